/** The comparisons before the newest: a row for each question, folded to how its answers begin. */
import { bdi, div, h, show, span } from "../dom";
import { type Row, keyed } from "../keyed";
import type { View } from "../view";
import type { Column, Folded, Opened } from "../wire";
import { AnswerColumn, type Side } from "./column";

export function earlier(view: View) {
  const node = div("lt-earlier");
  const note = div("lt-quiet");
  const { draw, rows } = keyed(node, "id", (row: Folded) => new EarlierRow(view, row));
  view.link.watch("earlier", ({ rows: all, cut }) => {
    draw(all);
    show(note, cut ? `The last ${all.length} comparisons stay here; older answers are in History.` : "");
  });
  view.link.hear("row", ({ row }) => rows.get(row.id)?.fill(row));
  return [node, note];
}

class EarlierRow implements Row<Folded> {
  readonly node: HTMLDetailsElement;
  readonly #asked = bdi("", "lt-head");
  readonly #glimpses = span("lt-glimpses");
  readonly #side: Side = { differs: false, count: 0, flip: () => this.#flip() };
  readonly #list: ReturnType<typeof keyed<Column, "id", AnswerColumn>>;
  readonly #ask: () => void;
  #drawn = "";

  constructor(view: View, { id }: Folded) {
    const answers = div("lt-answers lt-many");
    this.#ask = () => view.link.send({ do: "open", row: id });
    this.#list = keyed(answers, "id", (column: Column) => new AnswerColumn(view, column, this.#side));
    this.node = h("details", "lt-past", h("summary", {}, this.#asked, this.#glimpses), answers);
    this.node.addEventListener("toggle", () => {
      if (this.node.open && !this.#list.rows.size) this.#ask();
    });
  }

  draw(now: Folded) {
    const text = JSON.stringify(now);
    if (text === this.#drawn) return;
    this.#drawn = text;
    this.#asked.textContent = now.asked;
    this.#glimpses.replaceChildren(...now.answers.map(({ title, words, marks, state, kept }) => span(
      "lt-glimpse", bdi(title, "lt-quiet"), h("bdi", { class: "lt-words", dir: "auto" }, words || state),
      ...[...marks, kept].flatMap((mark) => (mark ? [bdi(mark, "lt-mark lt-quiet")] : [])),
    )));
    if (this.#list.rows.size) this.#ask(); // what it holds is of before
  }

  /** Show the answers as Python tells them. */
  fill({ columns, full }: Opened) {
    if (!this.node.open) return;
    this.#side.count = columns.length;
    this.#list.draw(columns);
    for (const piece of full) this.#list.rows.get(piece.id)?.receive(piece, true);
  }

  #flip() {
    this.#side.differs = !this.#side.differs;
    for (const row of this.#list.rows.values()) row.turn();
  }
}
