/** One message of a list that is edited. */
import { bdi, button, div, enable, h, iconButton, rename } from "../dom";
import { choose, fill, textarea } from "../boxes";
import type { Row } from "../keyed";
import type { View } from "../view";
import type { Draft, Problem } from "../wire";
import { messagePictures } from "./pictures";

const ROLES = { system: "system", user: "user", assistant: "assistant" };

/** Each entry has a key of its own, so that moving and deleting take the boxes along. */
export type Keyed = Draft & { key: number };

/** The list that an entry is in. */
export interface Entries {
  readonly what: string;
  readonly length: number;
  /** Change one message; `now` sends it at once, not when typing pauses. */
  change(key: number, more: Partial<Draft>, now: boolean): void;
  move(key: number, by: number, from: HTMLElement): void;
  remove(key: number): void;
  flush(): void;
  problemsOf(index: number): Problem[];
}

export function entry(view: View, list: Entries, key: number): Row<Keyed> {
  const change = (more: Partial<Draft>, now: boolean) => list.change(key, more, now);
  const up = iconButton("up", "", () => list.move(key, -1, up));
  const down = iconButton("down", "", () => list.move(key, 1, down));
  const remove = iconButton("close", "", () => list.remove(key));
  const role = h("select", { class: "lt-select", onchange: () => change({ role: role.value }, true) });
  const box = textarea({ rows: 2, oninput: () => change({ text: box.value }, false), onchange: () => list.flush() });
  const pictures = messagePictures(view, (images) => change({ images }, true));
  pictures.takeFrom(box, () => !pictures.attach.hidden);
  const problems = div("lt-problems");
  const acts = div("lt-group", pictures.attach, up, down, remove);
  const head = div("lt-between", role, acts);
  const node = h("div", { class: "lt-entry", role: "group" }, head, box, pictures.node, problems);

  function name(called: string) {
    node.ariaLabel = called;
    role.ariaLabel = `Role of ${called}`;
    box.ariaLabel = `Text of ${called}`;
    rename(up, `Move ${called} up`);
    rename(down, `Move ${called} down`);
    rename(remove, `Delete ${called}`);
  }

  function draw(now: Keyed, index: number) {
    const called = `${list.what} message ${index + 1}`;
    name(called);
    enable(up, index > 0);
    enable(down, index < list.length - 1);
    choose(role, ROLES, now.role);
    fill(box, now.text);
    box.readOnly = !now.editable;
    pictures.draw(now.images, called);
    pictures.attach.hidden = !now.editable || now.role !== "user";
    drawProblems(problems, list.problemsOf(index), box);
  }
  return { node, draw };
}

function drawProblems(node: HTMLElement, found: Problem[], box: HTMLTextAreaElement) {
  const told = JSON.stringify(found);
  if (node.dataset.of === told) return; // its buttons keep the focus
  node.dataset.of = told;
  node.replaceChildren(...found.map((problem) => problemLine(problem, box)));
}

/** Put the caret of a box where a fault is. */
export function placeCaret(box: HTMLTextAreaElement, line: number, column: number) {
  const above = box.value.split("\n").slice(0, line - 1).join("\n").length;
  const start = above + (line > 1 ? column : column - 1);
  box.focus();
  box.setSelectionRange(start, start);
}

/** A problem of a template; pressing its place puts the caret there. */
function problemLine({ line, column, text, kind }: Problem, box: HTMLTextAreaElement) {
  const place = button(`Line ${line}, column ${column}`, () => placeCaret(box, line, column), "lt-link");
  return div(kind === "error" ? "lt-problem" : "lt-warning", place, " ", bdi(text));
}
