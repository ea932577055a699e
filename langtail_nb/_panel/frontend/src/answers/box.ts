/** The text of one answer as it grows. */
import { div, h, scroller } from "../dom";
import { dress } from "../jupyterlab";
import { clean } from "../sanitize";
import type { View } from "../view";
import type { Piece } from "../wire";

type Grown = Pick<Piece, "add" | "tail">;

/**
 * Finished blocks are appended and never touched again; the tail is replaced, or goes on. What arrives is gathered and
 * painted once per frame.
 */
export class AnswerBox {
  readonly node: HTMLElement;
  readonly #view: View;
  readonly #tail = div("lt-tail");
  readonly #text = new Text("");
  #due: Grown[] = [];
  #painted = false;
  // Whoever has scrolled up is reading, and stays there.
  #following = true;

  readonly #told: () => void;

  /** `painted` is called when the box has other contents. */
  constructor(view: View, name: string, painted: () => void) {
    this.#view = view;
    this.#told = painted;
    this.node = scroller("lt-answer", name, this.#tail);
    this.node.addEventListener("scroll", () => {
      const { scrollTop, clientHeight, scrollHeight } = this.node;
      this.#following = scrollTop + clientHeight >= scrollHeight - 24;
    }, { passive: true });
  }

  grow(grown: Grown) {
    this.#due.push(grown);
    if (this.#painted) return;
    this.#painted = true;
    if (document.hidden) setTimeout(() => this.#paint()); // a hidden page has no frames
    else requestAnimationFrame(() => this.#paint());
  }

  clear() {
    this.#due = [];
    this.#following = true;
    // The room is kept while the next answer arrives: what stands below must not jump up and down.
    this.node.style.minHeight = `${this.node.offsetHeight}px`;
    this.#tail.replaceChildren();
    this.node.replaceChildren(this.#tail);
  }

  /** Nothing more will come. */
  rest() {
    this.node.style.minHeight = "";
  }

  toStart() {
    this.#following = false;
    this.node.scrollTop = 0;
  }

  #paint() {
    this.#painted = false;
    this.#due.forEach(({ add, tail }, place) => {
      for (const html of add) this.#append(html);
      // Of several that replace each other only the newest can be seen.
      if ((tail && "text" in tail) || place === this.#due.length - 1) this.#end(tail);
    });
    this.#due = [];
    this.#follow();
    this.#told();
  }

  /** Whether there is more than fits. */
  get isCut() {
    return this.node.scrollHeight > this.node.clientHeight + 1;
  }

  #append(html: string) {
    const block = clean(html);
    dress(this.#view, block, () => this.#follow());
    this.node.insertBefore(block, this.#tail);
  }

  #end(tail: Piece["tail"]) {
    const text = this.#text;
    if (!tail || !("text" in tail)) this.#tail.replaceChildren(tail ? clean(tail.html) : "");
    else if (tail.more) text.appendData(tail.text);
    else {
      text.data = tail.text;
      this.#tail.replaceChildren(tail.code ? h("pre", { dir: "ltr" }, h("code", {}, text)) : text);
    }
    this.#tail.classList.toggle("lt-raw", !!tail && "text" in tail && !tail.code);
  }

  #follow() {
    if (this.#following) this.node.scrollTop = this.node.scrollHeight;
  }
}
