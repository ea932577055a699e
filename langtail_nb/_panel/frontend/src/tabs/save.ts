/** Saving into the project's file, in two steps: what would be written is shown, then it is. */
import { difference } from "../difference";
import { bdi, button, div, enable, h, show, span } from "../dom";
import { keyed } from "../keyed";
import type { View } from "../view";
import type { Default, SaveSection } from "../wire";
import { drawLines } from "../words";

/** Return the button that opens what would be written, and the box for that. */
export function save(view: View) {
  const { link, typing } = view;
  const opener = button("Save…", () => {
    if (link.get("save").open) close();
    else if (!typing.refuses("Nothing was saved")) link.send({ do: "save_open", on: true });
  }, "lt-small", "Show what saving would write into the project's file");
  const box = h("section", { class: "lt-save", "aria-label": "Save" });
  const { node, draw, write } = inside(view, close);
  box.append(...node);

  function close() {
    link.send({ do: "save_open", on: false });
    opener.focus();
  }

  link.watch("save", (now) => {
    const wasOpen = !box.hidden;
    if (!now.open && box.contains(document.activeElement)) opener.focus();
    box.hidden = !now.open;
    opener.ariaExpanded = String(!!now.open);
    if (!now.open) return;
    draw(now);
    if (!wasOpen && document.activeElement === opener) write.focus();
  });
  return { opener, box };
}

function inside(view: View, close: () => void) {
  const { link, typing } = view;
  const file = bdi("", "lt-mono");
  const head = div("lt-head", "Changes in ", file);
  const changes = difference("Changes in the file");
  const ticks = div("lt-bar");
  const { draw: drawTicks } = keyed(ticks, "name", (one: Default) => tick(view, one));
  const defaults = div("lt-bar", span("lt-quiet", "Save as defaults too:"), ticks);
  const notes = div("lt-quiet");
  const write = button("Save", () => {
    const { serial } = link.get("save"); // of what is shown; what is typed comes before it, and is refused
    if (!typing.refuses("Nothing was saved")) link.send({ do: "save_write", serial });
  }, "lt-primary");
  const told = span("lt-quiet");
  const copy = button("Copy playground link", () => {
    view.taking.ask({ do: "copy", kind: "link" }, (text) => show(told, text));
  }, "lt-small");
  const cancel = button("Cancel", close);

  function draw(now: SaveSection) {
    const can = now.nowhere === null;
    file.textContent = now.file;
    for (const node of [head, changes.node, write]) node.hidden = !can;
    defaults.hidden = !can || !now.variables.length;
    copy.hidden = can || !now.link;
    changes.draw(now.facts, now.words);
    drawTicks(now.variables);
    drawLines(notes, notesOf(now));
    enable(write, !now.busy && (now.some || now.differs));
    write.textContent = now.busy ? "Saving…" : "Save";
    cancel.textContent = can ? "Cancel" : "Close";
  }

  return { node: [head, changes.node, defaults, notes, div("lt-bar", write, copy, cancel, told)], draw, write };
}

function notesOf({ nowhere, left, some, variables }: SaveSection) {
  if (nowhere !== null) return [nowhere.charAt(0).toUpperCase() + nowhere.slice(1)];
  const stays = left.length ? [`Stays set here, as no file holds it: ${left.join(", ")}.`] : [];
  if (some) return stays;
  return [variables.length ? "Only variables are set here; tick those to save as defaults." : "Nothing is set here."];
}

/** A variable that can become a default. */
function tick({ link }: View, { name }: Default) {
  const box = h("input", { type: "checkbox" });
  box.addEventListener("change", () => link.send({ do: "save_default", name, on: box.checked }));
  return {
    node: h("label", "lt-check", box, bdi(name, "lt-mono")),
    draw(now: Default) {
      box.checked = now.on;
    },
  };
}
