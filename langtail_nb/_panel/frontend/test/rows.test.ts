import "./page";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Model } from "../src/link";
import { rowsTab } from "../src/tabs/rows";
import { viewOf } from "../src/view";
import type { Action, SweepSection } from "../src/wire";

const SECTION: SweepSection = {
  count: 1, parts: [{ name: "topic", part: "sent" }], preview: [["cats"]], message: null, axes: [], stops: [],
  repeats: 1, score: { kind: "none", column: "", pattern: "" }, budget: "", hint: "", settings: ["deployed"],
  plan: 1, button: "Sweep 1 call", told: "", notes: [], problem: null,
  running: false, done: 0, total: 0, progress: "", waits: "",
};

/** The tab of a kernel that has said nothing yet, and how it says what there is. */
function tab() {
  const traits: Record<string, unknown> = { sweep: {}, grid: {}, grid_seat: { wanted: null, open: [] } };
  const heard: [string, () => void][] = [];
  const sent: Action[] = [];
  const model = {
    get: (name: string) => traits[name],
    on: (name: string, act: () => void) => heard.push([name, act]),
    off: () => {},
    send: (action: Action) => sent.push(action),
  };
  const view = viewOf(model as unknown as Model);
  const [node] = rowsTab(view);
  view.link.drawNew();
  const say = (section: SweepSection) => {
    traits.sweep = section;
    for (const [name, act] of heard) if (name === "change:sweep") act();
  };
  const shown = (name: string) => {
    const found = node.querySelector(name);
    return found !== null && !found.closest("[hidden]");
  };
  return { node, sent, say, shown };
}

test("nothing of the tab can be pressed before the kernel has said what it holds", () => {
  const { node, sent, say, shown } = tab();
  assert.deepEqual(sent.map((action) => action.do), ["sweep_look"]);
  for (const kind of ["button", "select", "input", "textarea"]) assert.equal(shown(kind), false, kind);
  assert.ok(shown(".lt-late"));
  assert.equal(node.ariaBusy, "true");

  say(SECTION);
  for (const kind of ["button", "select", "input", "textarea"]) assert.ok(shown(kind), kind);
  assert.equal(shown(".lt-late"), false);
  assert.equal(node.ariaBusy, null);
});
