/** The answers, a column for each. */
import { bdi, div, show } from "../dom";
import { keyed } from "../keyed";
import type { View } from "../view";
import type { Column, Piece } from "../wire";
import { AnswerColumn, type Side } from "./column";
import { earlier } from "./earlier";

const NEWS = { idle: "", running: "Running.", done: "Done.", stopped: "Stopped.", failed: "Failed." };

export function answers(view: View) {
  const { link } = view;
  const node = div("lt-answers");
  const none = div("lt-empty", "No answer yet. One joins the conversation only when you press Keep.");
  let said: string | undefined;
  const heard = new Set<string>();
  let early = false;
  const side: Side = {
    differs: false,
    count: 0,
    flip() {
      side.differs = !side.differs;
      for (const row of rows.values()) row.turn();
    },
  };
  const { draw, rows } = keyed(node, "id", (column: Column) => new AnswerColumn(view, column, side));
  link.watch("columns", (now) => {
    side.count = now.length;
    draw(now);
    none.hidden = now.length > 0;
    node.classList.toggle("lt-many", now.length > 1);
    // Text may overtake the trait that makes its column.
    if (early) link.send({ do: "hello" });
    early = false;
    const states = now.map(({ serial, state }) => `${serial} ${state}`).join();
    // What stands there again, once a stored answer is left, was said before.
    if (said !== undefined && said !== states && now.length && !heard.has(states)) link.say(news(now));
    said = states; // a view that opens says nothing of runs that ended before
    heard.add(states);
  });
  const receive = (piece: Piece, whole: boolean) => {
    early ||= !rows.get(piece.id)?.receive(piece, whole);
  };
  link.hear("grow", ({ grow }) => receive(grow, false));
  link.hear("full", ({ full }) => {
    for (const piece of full) receive(piece, true);
  });
  const asked = bdi("", "lt-head lt-asking");
  link.watch("earlier", (now) => show(asked, now.asked));
  return [none, asked, node, ...earlier(view)];
}

/** What is worth saying of all columns. */
function news(columns: Column[]) {
  const [stored] = columns.filter(({ id }) => id === "stored");
  if (stored) return `${stored.marks[0]}.`;
  const states = columns.map(({ state }) => state);
  const kinds = [...new Set(states)];
  if (kinds.length === 1) return NEWS[kinds[0]];
  if (kinds.includes("running")) return NEWS.running;
  const counts = kinds.map((kind) => `${states.filter((state) => state === kind).length} ${kind}`);
  return `${counts.join(", ")}.`;
}
