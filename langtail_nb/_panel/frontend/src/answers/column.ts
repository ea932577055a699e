/** One answer: what it is called, how it stands, its text or how it differs from the first. */
import { bdi, button, div, h, iconButton, rename, scroller, show, span, tag } from "../dom";
import type { Row } from "../keyed";
import type { View } from "../view";
import type { Column, Piece } from "../wire";
import { drawDiff, drawLines, drawParts } from "../words";
import { AnswerBox } from "./box";

/** Milliseconds: of an answer that came sooner, nobody was reading the end. */
const QUICK = 3000;

/** What columns that stand side by side share. */
export interface Side {
  /** Whether they show differences in place of answers, and what turns them all. */
  differs: boolean;
  flip(): void;
  /** How many they are. */
  count: number;
}

export class AnswerColumn implements Row<Column> {
  readonly node: HTMLElement;
  #serial = NaN;
  #began = 0;
  readonly #view: View;
  readonly #side: Side;
  readonly #answer: AnswerBox;
  readonly #diff: HTMLElement;
  readonly #title = bdi("", "lt-head");
  readonly #detail = bdi("", "lt-quiet");
  readonly #state = span("lt-state lt-quiet");
  readonly #notes = div("lt-notes");
  readonly #more = div("");
  readonly #footer = div("lt-footer lt-quiet");
  readonly #kept = tag("", "lt-good");
  readonly #told = tag("", "lt-good");
  readonly #asked = bdi("", "lt-quiet");
  readonly #acts: Record<"stop" | "diff" | "use" | "copy" | "insert" | "keep" | "whole", HTMLElement>;

  constructor(view: View, { id, title }: Column, side: Side) {
    this.#view = view;
    this.#side = side;
    this.#answer = new AnswerBox(view, `Answer: ${title}`, () => this.#offerWhole());
    this.#diff = scroller("lt-diff lt-answer", `Word diff: ${title}`);
    this.#acts = this.#buttons(id);
    const { stop, diff, use, copy, insert, keep, whole } = this.#acts;
    this.node = h(
      "div", { class: "lt-column", role: "group" },
      div(
        "lt-between lt-caption",
        div("lt-called", this.#title, this.#detail), div("lt-group", this.#state, stop, whole),
      ),
      this.#asked, this.#more, this.#answer.node, this.#diff, this.#notes,
      div("lt-below", this.#footer, div("lt-group lt-acts", diff, use, copy, insert, this.#kept, keep, this.#told)),
    );
  }

  #buttons(column: string) {
    const { link, typing, taking } = this.#view;
    const told = (text: string) => show(this.#told, text);
    const small = (label: string, act: () => void, title: string) => button(label, act, "lt-small", title);
    const seen = () => ({ column, serial: this.#serial });
    return {
      stop: button("Stop", () => link.send({ do: "stop", column }), "lt-small"),
      diff: small("Word diff", () => this.#side.flip(), "Show in each column how it differs from the first"),
      use: small(
        "Use settings", () => typing.replace({ do: "take_settings", ...seen() }),
        "Have the panel and the next cell ask with these settings",
      ),
      copy: small("Copy", () => taking.ask({ do: "take_text", ...seen() }, told), "Copy the text of this answer"),
      insert: small(
        "Insert cell", () => taking.ask({ do: "take_cell", ...seen() }, told),
        "Insert the cell that asks with these settings",
      ),
      keep: small("Keep", () => link.send({ do: "keep", ...seen() }), "Make this answer part of the conversation"),
      whole: iconButton("open", "", () => {
        this.node.classList.toggle("lt-whole");
        this.#offerWhole();
      }),
    };
  }

  /** Show the answer, or how it differs. */
  turn() {
    const { diff } = this.#acts;
    const shown = this.#side.differs && !diff.hidden;
    diff.ariaPressed = String(shown);
    this.#answer.node.hidden = shown;
    this.#diff.hidden = !shown;
    this.#offerWhole();
  }

  draw(now: Column) {
    const { stop, diff, use, copy, insert, keep } = this.#acts;
    this.#follow(now);
    const running = now.state === "running";
    this.node.dataset.state = now.state;
    this.#name(now);
    show(this.#asked, now.asked && `“${now.asked}”`);
    show(this.#state, running ? now.waiting ?? "running" : "");
    drawLines(this.#notes, now.note);
    drawMore(this.#more, now);
    drawParts(this.#footer, now.footer);
    this.#footer.prepend(...now.marks.map((mark) => bdi(mark, "lt-mark")));
    stop.hidden = !running || this.#side.count < 2;
    for (const act of [use, copy, insert]) act.hidden = running;
    keep.hidden = !now.can_keep;
    show(this.#kept, now.kept);
    diff.hidden = now.diff === null;
    if (now.diff) drawDiff(this.#diff, now.diff);
    if (!running) this.#answer.rest();
    this.turn();
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
  #follow(now: Column) {
    if (now.serial !== this.#serial && !Number.isNaN(this.#serial)) this.#answer.clear();
    if (now.serial !== this.#serial) show(this.#told, "");
    this.#serial = now.serial;
    const running = now.state === "running";
    if (running && !this.#isRunning) this.#began = performance.now();
    // Nobody reads several ends, nor one that came at once; of a slow answer the end was being read.
    const quick = performance.now() - this.#began < QUICK;
    if (!running && this.#isRunning && (quick || this.#side.count > 1)) this.#answer.toStart();
  }

  #name({ title, detail }: Column) {
    const { stop, diff, use, copy, insert, keep } = this.#acts;
    this.node.ariaLabel = title;
    this.#answer.node.ariaLabel = `Answer: ${title}`;
    this.#diff.ariaLabel = `Word diff: ${title}`;
    this.#title.textContent = title;
    show(this.#detail, detail);
    for (const act of [stop, diff, use, copy, insert, keep]) act.ariaLabel = `${act.textContent} ${title}`;
  }

  /** Offer to open what does not fit, or to close what was opened. */
  #offerWhole() {
    const { whole } = this.#acts;
    const open = this.node.classList.contains("lt-whole");
    whole.hidden = !open && !this.#answer.isCut;
    rename(whole, `${open ? "Close" : "Open whole"}: ${this.#title.textContent}`);
    whole.ariaExpanded = String(open);
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
