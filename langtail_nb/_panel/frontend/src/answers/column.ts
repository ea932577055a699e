/** One answer: what it is called, how it stands, its text or how it differs from the first. */
import { bdi, button, div, h, scroller, show, span, tag } from "../dom";
import type { Row } from "../keyed";
import type { View } from "../view";
import type { Column, Piece } from "../wire";
import { drawDiff, drawLines, drawParts } from "../words";
import { AnswerBox } from "./box";

/** Milliseconds: of an answer that came sooner, nobody was reading the end. */
const QUICK = 3000;

export class AnswerColumn implements Row<Column> {
  readonly node: HTMLElement;
  #serial = NaN;
  #began = 0;
  #differs: boolean;
  readonly #view: View;
  readonly #answer: AnswerBox;
  readonly #diff: HTMLElement;
  readonly #title = bdi("", "lt-head");
  readonly #detail = bdi("", "lt-quiet");
  readonly #state = span("lt-state lt-quiet");
  readonly #marks = span("");
  readonly #notes = div("lt-notes");
  readonly #more = div("");
  readonly #footer = div("lt-footer lt-quiet");
  readonly #kept = tag("", "lt-good");
  readonly #asked = bdi("", "lt-quiet");
  readonly #stop: HTMLElement;
  readonly #keep: HTMLElement;
  readonly #toggle: HTMLElement;

  /** `flip` turns all columns between answers and differences. */
  constructor(view: View, { id, title }: Column, flip: () => void, differs: boolean) {
    const { link } = view;
    this.#view = view;
    this.#differs = differs;
    this.#answer = new AnswerBox(view, `Answer: ${title}`);
    this.#diff = scroller("lt-diff lt-answer", `Word diff: ${title}`);
    this.#stop = button("Stop", () => link.send({ do: "stop", column: id }), "lt-small");
    const keep = () => link.send({ do: "keep", column: id, serial: this.#serial });
    this.#keep = button("Keep", keep, "lt-small", "Make this answer part of the conversation");
    this.#toggle = button("Word diff", flip, "lt-small", "Show in each column how it differs from the first");
    this.node = h(
      "div", { class: "lt-column", role: "group" },
      div(
        "lt-between lt-caption",
        div("lt-called", this.#title, this.#marks, this.#detail), div("lt-group", this.#state, this.#stop),
      ),
      this.#asked, this.#more, this.#answer.node, this.#diff, this.#notes,
      div("lt-between", this.#footer, div("lt-group", this.#toggle, this.#kept, this.#keep)),
    );
  }

  /** Show the answer, or how it differs. */
  turn(differs: boolean) {
    this.#differs = differs;
    const shown = differs && !this.#toggle.hidden;
    this.#toggle.ariaPressed = String(shown);
    this.#answer.node.hidden = shown;
    this.#diff.hidden = !shown;
  }

  draw(now: Column) {
    const count = this.#view.link.get("columns").length;
    this.#follow(now, count);
    const running = now.state === "running";
    this.node.dataset.state = now.state;
    this.#name(now);
    show(this.#asked, now.asked && `“${now.asked}”`);
    this.#marks.replaceChildren(...now.marks.map((mark) => tag(mark, "lt-good")));
    show(this.#state, running ? now.waiting ?? "running" : "");
    drawLines(this.#notes, now.note);
    drawMore(this.#more, now);
    drawParts(this.#footer, now.footer);
    this.#stop.hidden = !running || count < 2;
    this.#keep.hidden = !now.can_keep;
    show(this.#kept, now.kept);
    this.#toggle.hidden = now.diff === null;
    if (now.diff) drawDiff(this.#diff, now.diff);
    if (!running) this.#answer.rest();
    this.turn(this.#differs);
  }

  /**
   * Take what an answer grew by, or is as a whole, and return whether its column is here; what is of an older one is
   * dropped.
   */
  receive(piece: Piece, whole: boolean) {
    if (piece.serial !== this.#serial) return piece.serial < this.#serial; // of a run that was stopped or replaced
    if (whole) this.#answer.clear();
    this.#answer.grow(piece);
    if (this.#isRunning) return true;
    this.#answer.rest();
    if (whole) this.#answer.toStart();
    return true;
  }

  get #isRunning() {
    return this.node.dataset.state === "running";
  }

  /** Begin anew with another run, and go to the start of one that has ended. */
  #follow(now: Column, count: number) {
    if (now.serial !== this.#serial && !Number.isNaN(this.#serial)) this.#answer.clear();
    this.#serial = now.serial;
    const running = now.state === "running";
    if (running && !this.#isRunning) this.#began = performance.now();
    // Nobody reads several ends, nor one that came at once; of a slow answer the end was being read.
    const quick = performance.now() - this.#began < QUICK;
    if (!running && this.#isRunning && (quick || count > 1)) this.#answer.toStart();
  }

  #name({ title, detail }: Column) {
    this.node.ariaLabel = title;
    this.#title.textContent = title;
    show(this.#detail, title.toLowerCase().startsWith(detail) ? "" : detail);
    this.#stop.ariaLabel = `Stop ${title}`;
    this.#keep.ariaLabel = `Keep ${title}`;
  }
}

/** Draw reasoning, folded, and the tools that were called. */
function drawMore(node: HTMLElement, { reasoning, calls }: Column) {
  const text = JSON.stringify([reasoning, calls]);
  if (node.dataset.of === text) return; // what was unfolded stays so
  node.dataset.of = text;
  node.replaceChildren(...calls.map(({ name, arguments: given, result }) => div(
    "lt-mono lt-said", bdi(name, "lt-head"), " ", bdi(given), result && span("lt-quiet", " → ", bdi(result)),
  )));
  if (!reasoning) return;
  const said = h("div", { class: "lt-said lt-quiet", dir: "auto" }, reasoning);
  node.prepend(h("details", "lt-more", h("summary", {}, "Reasoning"), said));
}
