/** One row of a sweep: the beginning of each setting's answer and, once it is opened, all of them in full. */
import { bdi, button, div, fresh, h, show, span, tag } from "../dom";
import { keyed, type Row } from "../keyed";
import type { View } from "../view";
import type { GridAnswer, GridCell, GridColumn, GridHead, GridRow, GridWhole } from "../wire";
import { drawDiff, drawParts } from "../words";
import type { Words } from "./grid";

const MARKS = { won: "▲ won", lost: "▼ lost", tied: "= tied", unscored: "unscored", "": "" };
const TONES = { won: "lt-good", lost: "lt-bad", tied: "", unscored: "lt-warn", "": "" };

export interface GridRowView extends Row<GridRow> {
  /** Show the whole row. */
  open(whole: GridWhole): void;
  /** Ask for it anew where it is open: there may be more of it. */
  refresh(): void;
}

export function gridRow(view: View, { row }: GridRow, head: () => GridHead, words: Words): GridRowView {
  const whole = h("div", { class: "lt-row-whole", id: fresh(), hidden: true, role: "group" });
  const asked = h("button", {
    type: "button", class: "lt-asked lt-row-head", "aria-expanded": "false", "aria-controls": whole.id, onclick: turn,
  });
  const beside = div("lt-quiet lt-beside");
  const line = h("div", { class: "lt-grid-row", role: "row" }, h("div", { role: "rowheader" }, asked, beside));
  const fields = h("dl", "lt-fields");
  const columns = div("lt-whole-columns");
  const drawn = keyed(columns, "setting", (column: GridColumn) => settingColumn(view, row, column, words));
  whole.append(fields, columns);

  function turn() {
    whole.hidden = !whole.hidden;
    asked.ariaExpanded = String(!whole.hidden);
    refresh();
  }

  function refresh() {
    if (!whole.hidden) view.link.send({ do: "grid_open", row });
  }

  return {
    node: h("div", { class: "lt-grid-group", role: "presentation" }, line, whole),
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
    },
    refresh,
  };
}

/** The beginning of an answer, what it scored, and how that stands to the first setting's. */
function cell({ text, state, score, share, result }: GridCell, label: string) {
  const tone = share === null ? "" : share === 1 ? "lt-pass" : share === 0 ? "lt-fail" : "lt-partly";
  const mark = MARKS[result] && span(`lt-result ${TONES[result]}`, MARKS[result]);
  const said = state === "none" ? span("lt-quiet", "· · ·") : bdi(text, state === "failed" ? "lt-problem" : "");
  return h(
    "div", { role: "cell", class: tone, "data-state": state },
    span("lt-label lt-quiet", bdi(label)), div("lt-words", said),
    div("lt-facts", score && span("", score), mark, state === "same" && span("", "the same text")),
  );
}

/** What one setting answered to a row, and what can be done with it. */
function settingColumn(view: View, row: number, { setting }: GridColumn, words: Words): Row<GridColumn> {
  const { typing, taking } = view;
  const name = bdi("", "lt-head");
  const answers = div("");
  const told = tag("", "lt-good");
  let differs = setting > 0;
  let shown: GridColumn | undefined;
  const turn = button("Word diff", () => {
    differs = !differs;
    draw();
  }, "lt-small", "Show how it differs from the first setting's answer, or the answer alone");
  const use = button(words.use, () => typing.replace({ do: "grid_use", setting }), "lt-small", words.useTitle);
  const insert = button(
    words.cell, () => taking.ask({ do: "grid_cell", setting, row }, (text) => show(told, text)), "lt-small",
    "Insert the cell that asks this row with this setting",
  );

  function draw() {
    if (!shown) return;
    const { label, answers: found } = shown;
    name.textContent = label;
    turn.hidden = !found.some(({ diff }) => diff);
    turn.ariaPressed = String(differs);
    for (const act of [turn, use, insert]) act.ariaLabel = `${act.textContent}: ${label}`;
    answers.replaceChildren(...found.map((one) => answer(one, differs, found.length > 1)));
  }

  show(told, null);
  return {
    node: h("div", { class: "lt-column", role: "group" }, div("lt-caption", name), answers, div("lt-group lt-acts", turn, use, insert, told)),
    draw(now: GridColumn) {
      shown = now;
      draw();
    },
  };
}

function answer({ repeat, text, diff, problem, facts, scores }: GridAnswer, differs: boolean, several: boolean) {
  const box = h("div", { class: "lt-diff lt-raw lt-answer", dir: "auto" });
  if (problem) box.append(span("lt-problem", bdi(problem)));
  else if (differs && diff) drawDiff(box, diff);
  else box.append(bdi(text));
  const foot = div("lt-footer lt-quiet");
  drawParts(foot, [several ? `repeat ${repeat}` : null, ...facts]);
  return div("lt-repeat", box, foot, ...scores.map(({ name, text: said, reason }) => div(
    "lt-scored", bdi(`${name}: `, "lt-quiet"), tag(said, said === "pass" ? "lt-good" : said === "fail" ? "lt-bad" : ""),
    reason && bdi(` ${reason}`, "lt-quiet"),
  )));
}
