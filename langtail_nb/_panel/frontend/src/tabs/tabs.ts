/** What is sent, in tabs; each is made when it is first turned to. */
import { messageBox } from "../ask/message";
import { variables } from "../ask/variables";
import { fit } from "../boxes";
import { div, fresh, h, show, span } from "../dom";
import { parameters } from "../parameters/list";
import type { View } from "../view";
import { historyTab } from "./history";
import { messagesTab } from "./messages";
import { previewTab } from "./preview";
import { rowsTab } from "./rows";
import { templateTab } from "./template";
import { toolsTab } from "./tools";

interface Tab {
  name: string;
  make(view: View): HTMLElement[];
  /** The trait whose size stands beside the name. */
  counted?: "template" | "extra" | "tools" | "history" | "rows";
}

const TABS: Tab[] = [
  { name: "Ask", make: (view) => [div("lt-left", messageBox(view), variables(view)), parameters(view)] },
  { name: "Rows", make: rowsTab, counted: "rows" },
  { name: "Template", make: templateTab, counted: "template" },
  { name: "Messages", make: messagesTab, counted: "extra" },
  { name: "Tools", make: toolsTab, counted: "tools" },
  { name: "Preview", make: previewTab },
  { name: "History", make: historyTab, counted: "history" },
];

export function tabs(view: View) {
  const heads = TABS.map((tab, place) => tabHead(view, tab, place, () => select(place)));

  function select(chosen: number) {
    const { panel: shown } = heads[chosen];
    if (!shown.firstChild) shown.append(...TABS[chosen].make(view));
    view.link.drawNew();
    heads.forEach(({ head, panel }, place) => {
      head.ariaSelected = String(place === chosen);
      head.tabIndex = place === chosen ? 0 : -1;
      panel.hidden = place !== chosen;
    });
    for (const box of shown.querySelectorAll("textarea")) fit(box);
  }

  function turn(event: KeyboardEvent) {
    const next = neighbour(event.key, heads.findIndex(({ head }) => head === event.target), heads.length - 1);
    if (next === undefined) return;
    event.preventDefault();
    select(next);
    heads[next].head.focus();
  }

  const props = { class: "lt-tabs", role: "tablist", "aria-label": "What is sent", onkeydown: turn };
  const list = h("div", props, ...heads.map(({ head }) => head));
  view.turn = (name) => select(TABS.findIndex((tab) => tab.name === name));
  select(0);
  return [list, ...heads.map(({ panel }) => panel)];
}

/** The tab that a key leads to. */
function neighbour(key: string, at: number, last: number): number | undefined {
  return { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[key];
}

function sizeOf(all: unknown[] | { total: number } | { own: boolean } | { count: number }) {
  if (Array.isArray(all)) return String(all.length || "");
  if ("count" in all) return all.count ? all.count.toLocaleString("en") : "";
  return "total" in all ? (all.total ? all.total.toLocaleString("en") : "") : all.own ? "edited" : "";
}

function tabHead({ link }: View, { name, counted }: Tab, place: number, onclick: () => void) {
  const [id, label] = [fresh(), fresh()];
  const kind = `lt-panel ${place ? "" : "lt-ask"}`;
  const panel = h("div", { id, role: "tabpanel", class: kind, "aria-labelledby": label });
  const note = counted && span("lt-count");
  const head = h("button", { type: "button", role: "tab", id: label, "aria-controls": id, onclick }, name, note);
  if (note) {
    link.watch(counted, (all) => show(note, sizeOf(all)));
  }
  return { head, panel };
}
