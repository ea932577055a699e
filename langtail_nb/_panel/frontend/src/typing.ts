/** What is typed, when it is sent, and what its echo may draw. */
import type { Link, Timer } from "./link";
import type { Action } from "./wire";

/** Milliseconds: pauses that keep the traffic far below the server's message limit, and how long an echo may take. */
export const TYPING = 200;
export const DRAGGING = 100;
export const ECHO = 1500;

/**
 * Guards a control against the echo of an older value: what was sent is shown until Python has it, or has answered
 * something else and stayed with it. A silent kernel, busy with a cell, changes nothing.
 */
export class Held {
  /** What was sent and not yet echoed, as JSON. */
  sent: string | null = null;
  #timer: Timer | undefined;
  readonly #redraw: () => void;

  /** `redraw` draws the newest trait. */
  constructor(redraw: () => void) {
    this.#redraw = redraw;
  }

  set(value: unknown) {
    this.release();
    this.sent = JSON.stringify(value);
  }

  /** Return whether a value that arrived may be drawn. */
  takes(value: unknown) {
    if (this.sent !== null && JSON.stringify(value) !== this.sent) {
      this.#timer ??= setTimeout(() => {
        this.release();
        this.#redraw();
      }, ECHO);
      return false;
    }
    this.release();
    return true;
  }

  release() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.sent = null;
  }
}

/** What all boxes of a view hold that Python does not know yet. */
export class Typing {
  /** The control that was touched and not yet left. */
  at: Node | null = null;
  /** What is wrong with a parameter, by its name. */
  readonly wrong = new Map<string, string>();
  readonly #link: Link;
  readonly #holds: Held[] = [];
  readonly #flushes: (() => void)[] = [];
  readonly #mends: (() => void)[] = [];

  constructor(root: HTMLElement, link: Link) {
    this.#link = link;
    // What is picked is whole at once, and drawn as Python has it.
    root.addEventListener("input", ({ target }) => {
      this.at = target instanceof Element && !target.matches("select,[type=checkbox]") ? target : null;
    });
    // Not with its change: a text that was put back has none. What waits goes now, not over what a cell sets next.
    root.addEventListener("focusout", () => {
      this.at = null;
      this.sendTyped();
    });
  }

  hold(redraw: () => void) {
    const held = new Held(redraw);
    this.#holds.push(held);
    return held;
  }

  /** Have what cannot be read forgotten when it is replaced. */
  atMend(mend: () => void) {
    this.#mends.push(mend);
  }

  /** Act when values pause for `ms`. */
  later<Value>(ms: number, act: (value: Value) => void) {
    return this.#delayed(ms, act, true);
  }

  /** Act every `ms` while values keep coming. */
  every<Value>(ms: number, act: (value: Value) => void) {
    return this.#delayed(ms, act, false);
  }

  /** Send what still waits. */
  sendTyped() {
    for (const flush of this.#flushes) flush();
  }

  /** Send what still waits, and what a box holds that is only sent when it is left. */
  flush() {
    this.at?.dispatchEvent(new Event("change", { bubbles: true }));
    this.sendTyped();
  }

  /** Send an action after which the traits are right, whatever was typed before. */
  replace(action: Action) {
    this.flush();
    for (const held of this.#holds) held.release();
    for (const mend of this.#mends) mend();
    this.#link.send(action);
  }

  /** Send what waits, and return whether there is something that cannot be read; then it is told. */
  refuses(what: string) {
    this.flush();
    const [wrong] = this.wrong.values();
    if (wrong) this.#link.say(`${what}: ${wrong}`, true);
    return !!wrong;
  }

  end() {
    this.sendTyped();
    for (const held of this.#holds) held.release();
  }

  /** Act with the newest value, but not at once. */
  #delayed<Value>(ms: number, act: (value: Value) => void, pausing: boolean) {
    let waiting: { value: Value } | null = null;
    let timer: Timer | undefined;
    const flush = () => {
      clearTimeout(timer);
      timer = undefined;
      const due = waiting;
      waiting = null;
      if (due) act(due.value);
    };
    const call = (value: Value) => {
      waiting = { value };
      if (pausing) clearTimeout(timer);
      if (pausing || timer === undefined) timer = setTimeout(flush, ms);
    };
    this.#flushes.push(flush);
    return { call, flush };
  }
}
