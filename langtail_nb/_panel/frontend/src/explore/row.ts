/** One row of a sweep: the beginning of each setting's answer and, once it is opened, all of them in full. */
import { bdi, button, div, fresh, h, show, span, tag } from "../dom";
import { keyed, type Row } from "../keyed";
import type { GridCell, GridColumn, GridGiven, GridRow, GridWhole } from "../wire";
import { drawParts } from "../words";
import { answersOf, keysOf, SAID } from "./answer";
import type { Shared } from "./shared";

const RESULTS = { won: "▲ won", lost: "▼ lost", tied: "= tied", unscored: "unscored", "": "" };
const TONES = { won: "lt-good", lost: "lt-bad", tied: "", unscored: "lt-warn", "": "" };
const KEYS = "y good, n not good, u takes it back; ← → the other answers";

export interface GridRowView extends Row<GridRow> {
  /** Show the whole row. */
  open(whole: GridWhole): void;
  /** Ask for it anew where it is open: there may be more of it. */
  refresh(): void;
  /** Show that an answer was marked. */
  mark(given: GridGiven): void;
}

interface ColumnView extends Row<GridColumn> {
  mark(given: GridGiven): void;
}

export function gridRow(shared: Shared, { row }: GridRow): GridRowView {
  const { view, head, score, open } = shared;
  const whole = h("div", { class: "lt-row-whole", id: fresh(), hidden: true, role: "group" });
  const asked = h("button", {
    type: "button", class: "lt-asked lt-row-head", "aria-expanded": "false", "aria-controls": whole.id, onclick: turn,
  });
  const beside = div("lt-quiet lt-beside");
  const line = h("div", { class: "lt-grid-row", role: "row" }, h("div", { role: "rowheader" }, asked, beside));
  const fields = h("dl", "lt-fields");
  const columns = div("lt-whole-columns");
  const keys = div("lt-quiet lt-keys", KEYS);
  const drawn = keyed(columns, "setting", (column: GridColumn) => settingColumn(shared, row, column));
  const group = h("div", { class: "lt-grid-group", role: "presentation" }, line, whole);
  whole.append(fields, columns, keys);
  keysOf(group, asked, () => !whole.hidden);

  function turn() {
    unfold(!!whole.hidden);
    if (whole.hidden) view.link.send({ do: "grid_close", row });
  }

  function unfold(on: boolean) {
    whole.hidden = !on;
    asked.ariaExpanded = String(on);
    if (on) open.add(row);
    else open.delete(row);
    refresh();
  }

  function refresh() {
    if (!whole.hidden) view.link.send({ do: "grid_open", row, score: score() });
  }

  if (open.has(row)) unfold(true);
  return {
    node: group,
    draw(now: GridRow) {
      const labels = head().settings.map(({ label }) => label);
      asked.replaceChildren(bdi(now.asked));
      whole.ariaLabel = `Row ${row}: ${now.asked}`;
      drawParts(beside, now.beside);
      line.replaceChildren(line.children[0], ...now.cells.map((one, at) => cell(one, labels[at] ?? "")));
    },
    open({ fields: given, columns: read }: GridWhole) {
      fields.replaceChildren(...given.flatMap(({ name, value, part }) => [
        h("dt", {}, bdi(name), " ", tag(part)), h("dd", {}, bdi(value || "–")),
      ]));
      drawn.draw(read);
      keys.hidden = !read.some(({ answers }) => answers.some(({ mark }) => mark !== null));
    },
    refresh,
    mark: (given: GridGiven) => drawn.rows.get(given.setting)?.mark(given),
  };
}

/** The beginning of an answer, what it scored, and how that stands to the first setting's. */
function cell({ text, state, score, share, result, mark }: GridCell, label: string) {
  const tone = share === null ? "" : share === 1 ? "lt-pass" : share === 0 ? "lt-fail" : "lt-partly";
  const stands = RESULTS[result] && span(`lt-result ${TONES[result]}`, RESULTS[result]);
  const marked = mark && span("lt-marked", mark === "good" || mark === "not" ? SAID[mark] : `marked ${mark}`);
  const said = state === "none" ? span("lt-quiet", "· · ·") : bdi(text, state === "failed" ? "lt-problem" : "");
  return h(
    "div", { role: "cell", class: tone, "data-state": state },
    span("lt-label lt-quiet", bdi(label)), div("lt-words", said),
    div("lt-facts", score && span("", score), stands, marked, state === "same" && span("", "the same text")),
  );
}

/** What one setting answered to a row, and what can be done with it. */
function settingColumn(shared: Shared, row: number, column: GridColumn): ColumnView {
  const { view: { typing, taking }, words } = shared;
  const { setting } = column;
  const name = bdi("", "lt-head");
  const answers = answersOf(shared, row, column);
  const told = tag("", "lt-good");
  const turn = button("Word diff", () => {
    answers.turn();
    turn.ariaPressed = String(answers.differs);
  }, "lt-small", "Show how it differs from the first setting's answer, or the answer alone");
  const use = button(words.use, () => typing.replace({ do: "grid_use", setting }), "lt-small", words.useTitle);
  const insert = button(
    words.cell, () => taking.ask({ do: "grid_cell", setting, row }, (text) => show(told, text)), "lt-small",
    "Insert the cell that asks this row with this setting",
  );

  show(told, null);
  return {
    node: h("div", { class: "lt-column", role: "group" }, div("lt-caption", name), answers.node, div("lt-group lt-acts", turn, use, insert, told)),
    draw(now: GridColumn) {
      name.textContent = now.label;
      turn.hidden = !now.answers.some(({ diff }) => diff);
      turn.ariaPressed = String(answers.differs);
      for (const act of [turn, use, insert]) act.ariaLabel = `${act.textContent}: ${now.label}`;
      answers.draw(now);
    },
    mark: answers.mark,
  };
}
