/** Run, stop, compare. */
import { bdi, button, div, enable, iconButton, rename, show, span } from "./dom";
import { whyAnyway } from "./anyway";
import { keyed } from "./keyed";
import type { View } from "./view";
import type { Item } from "./wire";
import { drawLines } from "./words";

/** Begin a run, unless one is on its way or there is something that cannot be read. */
export function begin(view: View, action: "run" | "compare") {
  const { link, typing, message } = view;
  if (link.get("busy")) return;
  if (typing.refuses("Nothing was sent")) return;
  link.send({ do: "message", text: message() }); // the kernel may hold an older text than the box
  view.asked = Math.max(0, ...link.get("columns").map(({ serial }) => serial));
  link.send({ do: action, after: view.asked, anyway: link.get("anyway") });
}

export function stop({ link }: View) {
  if (link.get("busy")) link.send({ do: "stop", column: null });
}

export function runBar(view: View) {
  const { link, typing } = view;
  const key = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘Enter" : "Ctrl+Enter";
  const run = button("Run", () => begin(view, "run"), "lt-primary", `Run these settings (${key})`);
  const end = button("Stop", () => stop(view), "", "Stop and keep what has arrived (Esc)");
  const compare = button("Compare", () => begin(view, "compare"), "", "Run these columns side by side");
  const add = button("Add these settings", () => {
    if (!typing.refuses("Nothing was added")) link.send({ do: "compare_add" });
  }, "lt-link", "Compare the settings above, too");
  const chips = div("lt-bar");
  const warnings = div("");
  const next = div("lt-next", chips, whyAnyway(view), warnings);
  link.watch("busy", (busy) => {
    enable(run, !busy);
    enable(compare, !busy);
    enable(end, busy);
  });
  const { draw } = keyed(chips, "id", (item: Item) => chip(view, item, add));
  const name = () => {
    const anyway = link.get("anyway") ? " anyway" : "";
    run.textContent = `Run${anyway}`;
    compare.textContent = `Compare ${link.get("compare").items?.length}${anyway}`;
  };
  link.watch("anyway", name);
  link.watch("compare", ({ items, on, can_add }) => {
    draw(items);
    chips.hidden = !on;
    enable(add, can_add);
    name();
  });
  link.watch("warnings", (lines) => drawLines(warnings, lines, "lt-warning"));
  return [div("lt-run", div("lt-bar", run, end, compare, add, link.status)), next];
}

/** One column of the next comparison. */
function chip({ link }: View, { id, fixed }: Item, add: HTMLElement) {
  const title = bdi("");
  const detail = bdi("", "lt-quiet");
  const drop = iconButton("close", "", () => {
    link.send({ do: "compare_drop", id });
    add.focus();
  });
  drop.hidden = fixed;
  return {
    node: span(`lt-chip ${fixed ? "lt-fixed" : ""}`, title, detail, drop),
    draw(item: Item) {
      title.textContent = item.title;
      show(detail, item.detail);
      detail.title = item.detail;
      rename(drop, `Remove ${item.title} from the comparison`);
    },
  };
}
