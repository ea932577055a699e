/** One answer of an opened row in full, and what a person says of it: good, not, or nothing. */
import { bdi, button, div, h, span, tag } from "../dom";
import { keyed, type Row } from "../keyed";
import type { GridAnswer, GridColumn, GridGiven } from "../wire";
import { drawDiff, drawParts } from "../words";
import type { Shared } from "./shared";

export interface AnswerView extends Row<GridAnswer> {
  /** Show another mark. */
  mark(said: GridAnswer["mark"]): void;
}

type Key = "y" | "n" | "u";
const KEYS = { y: "Good", n: "Not good" } as const;
const SIGNS = { y: "✓", n: "✗" } as const;
export const SAID = { good: "✓ good", not: "✗ not good" } as const;

/** The answers of one setting to a row, a repeat each. */
export function answersOf(shared: Shared, row: number, { setting }: GridColumn) {
  const node = div("");
  let [differs, label, several] = [setting > 0, "", false];
  let shown: GridAnswer[] = [];
  const { draw, rows } = keyed(node, "repeat", (one: GridAnswer) =>
    answer(shared, { row, setting, repeat: one.repeat }, () => ({ differs, several, label })));
  return {
    node,
    get differs() { return differs; },
    turn() {
      differs = !differs;
      draw(shown);
    },
    draw({ label: name, answers }: GridColumn) {
      [label, several, shown] = [name, answers.length > 1, answers];
      draw(shown);
    },
    mark: ({ repeat, mark }: GridGiven) => rows.get(repeat)?.mark(mark),
  };
}

function answer(
  { view: { link }, score }: Shared, place: { row: number; setting: number; repeat: number },
  how: () => { differs: boolean; several: boolean; label: string },
): AnswerView {
  const box = h("div", { class: "lt-diff lt-raw lt-answer", dir: "auto" });
  const foot = div("lt-footer lt-quiet");
  const scores = div("");
  const press = (key: Key) => link.send({ do: "grid_mark", ...place, score: score(), key });
  const made = (key: keyof typeof KEYS) => {
    const node = button(`${SIGNS[key]} ${KEYS[key]}`, () => press(key), "lt-small lt-judged", `${KEYS[key]} (${key}); again takes it back`);
    node.dataset.key = key;
    return node;
  };
  const [good, not] = [made("y"), made("n")];
  const marks = div("lt-group lt-marks", good, not);
  // Not in the order of Tab: its buttons are, and arrows lead from answer to answer.
  const node = h("div", { class: "lt-repeat", tabindex: -1, role: "group", "aria-keyshortcuts": "y n u" }, box, foot, scores, marks);
  node.addEventListener("lt-key", (event) => { if (!marks.hidden) press((event as CustomEvent<Key>).detail); });

  function mark(said: GridAnswer["mark"]) {
    marks.hidden = said === null;
    good.ariaPressed = String(said === "good");
    not.ariaPressed = String(said === "not");
    node.dataset.mark = said ?? "";
  }

  return {
    node,
    mark,
    draw({ repeat, text, diff, problem, facts, scores: given, mark: said }) {
      const { differs, several, label } = how();
      const name = several ? `${label}, repeat ${repeat}` : label;
      node.ariaLabel = name;
      good.ariaLabel = `${KEYS.y}: ${name}`;
      not.ariaLabel = `${KEYS.n}: ${name}`;
      if (problem) box.replaceChildren(span("lt-problem", bdi(problem)));
      else if (differs && diff) drawDiff(box, diff);
      else box.replaceChildren(bdi(text));
      drawParts(foot, [several ? `repeat ${repeat}` : null, ...facts]);
      scores.replaceChildren(...given.map(scored));
      mark(said);
    },
  };
}

const scored = ({ name, text, reason }: GridAnswer["scores"][number]) => div(
  "lt-scored", bdi(`${name}: `, "lt-quiet"), tag(text, text === "pass" ? "lt-good" : text === "fail" ? "lt-bad" : ""),
  reason && bdi(` ${reason}`, "lt-quiet"),
);

/** y, n and u mark the answer that has the focus, else that where the row was left; arrows lead from one to the next. */
export function keysOf(group: HTMLElement, head: HTMLElement, isOpen: () => boolean) {
  let last: HTMLElement | undefined;
  const all = () => [...group.querySelectorAll<HTMLElement>(".lt-repeat")];
  group.addEventListener("focusin", ({ target }) => { last = answerAt(target as HTMLElement) ?? last; });
  group.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if (!isOpen() || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const isMark = ["y", "n", "u"].includes(event.key);
    if (by === undefined && !isMark) return;
    event.preventDefault();
    const answers = all();
    const at = answerAt(target);
    if (by !== undefined) {
      const to = answers[(at ? answers.indexOf(at) : -1) + by] ?? (by < 0 ? head : undefined);
      to?.focus();
      return;
    }
    const one = at ?? (last && answers.includes(last) ? last : answers[0]);
    if (!one) return;
    if (!at) one.focus();
    one.dispatchEvent(new CustomEvent("lt-key", { detail: event.key }));
  });
}

function answerAt(target: HTMLElement): HTMLElement | undefined {
  const own = target.closest<HTMLElement>(".lt-repeat");
  return own ?? target.closest(".lt-column")?.querySelector<HTMLElement>(".lt-repeat") ?? undefined;
}
