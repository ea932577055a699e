/** The top of the panel: which assistant, what is overridden, undo. */
import { bdi, button, div, enable, iconButton, rename, span, tag } from "./dom";
import { targetPicker } from "./target";
import { versions } from "./versions";
import type { View } from "./view";
import type { Head } from "./wire";
import { drawParts } from "./words";

export function header(view: View) {
  const { opener, box } = versions(view);
  return [div("lt-between lt-top", title(view, opener), acts(view)), notice(view), box];
}

function title(view: View, differences: HTMLElement) {
  const { link } = view;
  const local = span("");
  const name = div("lt-name", targetPicker(view), local);
  const place = span("lt-quiet");
  link.watch("head", (head) => {
    local.replaceChildren(...(head.local ? [tag(head.local)] : []));
    drawParts(place, [head.place, modelOf(head)]);
    place.title = head.target;
  });
  return div("lt-title", name, div("lt-group", place, differences));
}

function modelOf(head: Head) {
  if (head.status === "reading") return "reading the deployment…";
  return head.deployed_model && `deployed with ${head.deployed_model}`;
}

function acts({ link, typing }: View) {
  const undo = iconButton("undo", "Undo", () => typing.replace({ do: "undo" }));
  const redo = iconButton("redo", "Redo", () => typing.replace({ do: "redo" }));
  const count = bdi("", "lt-quiet");
  const reset = button("Reset all", () => typing.replace({ do: "reset", name: null }), "lt-plain");
  link.watch("head", (head) => {
    count.textContent = head.told;
    count.classList.toggle("lt-accent", head.overrides > 0);
    enable(reset, head.own);
  });
  link.watch("undo", (now) => {
    rename(undo, now.undo ? `Undo: ${now.undo}` : "Undo");
    rename(redo, now.redo ? `Redo: ${now.redo}` : "Redo");
    enable(undo, !!now.undo);
    enable(redo, !!now.redo);
  });
  return div("lt-group", undo, redo, count, reset);
}

/** The deployment changed, or cannot be read. */
function notice({ link }: View) {
  const words = bdi("");
  const reload = button("", () => link.send({ do: "refresh" }), "lt-small");
  const node = div("lt-notice lt-between", words, reload);
  link.watch("head", ({ status, changed, problem }) => {
    const unread = status === "unreadable";
    node.hidden = !changed && !unread;
    node.classList.toggle("lt-bad", unread);
    words.textContent = unread
      ? problem ?? "The deployment could not be read."
      : "The deployment changed since this panel was opened.";
    reload.textContent = unread ? "Try again" : "Reload";
  });
  return node;
}
