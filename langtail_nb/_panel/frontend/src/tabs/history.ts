/** Earlier calls of the assistant, from panels and cells. */
import { bdi, button, div, h, scroller, span, tag } from "../dom";
import { type Row, keyed } from "../keyed";
import type { View } from "../view";
import type { Run } from "../wire";

type Fact = Exclude<keyof Run, "id" | "state" | "model" | "where">;
/** The columns of the table, in order, and their heads. */
const HEADS: Record<Fact, string> = {
  at: "Time",
  source: "From",
  detail: "Settings",
  asked: "Asked",
  words: "First words",
  tokens: "Tokens",
  cost: "Cost",
  latency: "Took",
};
const FACTS = Object.keys(HEADS) as Fact[];

export function historyTab(view: View) {
  const body = h("tbody");
  const heads = h("tr", {}, ...Object.values(HEADS).map((name) => h("th", { scope: "col" }, name)), h("td"));
  const table = h("table", "lt-history", h("thead", {}, heads), body);
  const none = div("lt-empty", "No runs yet. Runs of this panel and of cells are listed here.");
  const { draw } = keyed(body, "id", (run: Run) => historyRow(view, run));
  view.link.watch("history", (runs) => {
    draw(runs);
    table.hidden = !runs.length;
    none.hidden = !table.hidden;
  });
  return [scroller("lt-scroll", "Runs", table), none];
}

function historyRow({ link, typing }: View, { id }: Run): Row<Run> {
  const cells = new Map(FACTS.map((fact) => [fact, h("td", `lt-${fact}`)]));
  const restore = button("Restore", () => typing.replace({ do: "restore", id }), "lt-small", "Put these settings back");
  const pin = button("Pin", () => link.send({ do: "pin", id }), "lt-small", "Compare with this answer");

  function draw(run: Run) {
    for (const [fact, cell] of cells) cell.replaceChildren(bdi(run[fact]));
    cells.get("source")?.append(span("lt-quiet", " in "), bdi(run.where));
    if (run.state !== "done") {
      cells.get("words")?.prepend(tag(run.state, run.state === "failed" ? "lt-bad" : "lt-warn"), " ");
    }
    const called = `the run of ${run.at}, ${run.asked}`;
    restore.ariaLabel = `Restore ${called}`;
    pin.ariaLabel = `Pin ${called}`;
    const detail = cells.get("detail");
    if (detail) detail.title = run.model;
  }
  return { node: h("tr", {}, ...cells.values(), h("td", {}, div("lt-group", restore, pin))), draw };
}
