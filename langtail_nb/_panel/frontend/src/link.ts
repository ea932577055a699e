/** The link between a view and Python, which owns all state: traits come, actions go, messages come. */
import type { AnyModel } from "@anywidget/types";
import { h } from "./dom";
import type { Focus } from "./focus";
import { hasEnded, watchKernel } from "./kernel";
import type { Action, Said, Traits } from "./wire";

export type Model = AnyModel<Traits>;
export type Timer = ReturnType<typeof setTimeout>;

/** Milliseconds after which a kernel that says nothing is told of. */
const SILENCE = 6000;
export const GONE = "The kernel is gone. Run the cell again for a live panel.";

type KeyOf<Union> = Union extends unknown ? keyof Union : never;
type SaidWith<Key extends KeyOf<Said>> = Extract<Said, Record<Key, unknown>>;

export class Link {
  /** The line on which what happened is told. */
  readonly status = h("div", { class: "lt-status", role: "status", "aria-live": "polite" });
  readonly model: Model;
  readonly #focus: Focus;
  readonly #draws: (() => void)[] = [];
  readonly #ends: (() => void)[] = [];
  readonly #hearers = new Map<string, (said: never) => void>();
  readonly #lives: ((alive: boolean) => void)[] = [];
  #silence: Timer | undefined;
  #alive = true;

  constructor(model: Model, focus: Focus) {
    this.model = model;
    this.#focus = focus;
    this.#on("msg:custom", (said: Said) => {
      for (const key of Object.keys(said)) this.#hearers.get(key)?.(said as never);
    });
    this.hear("say", ({ say, bad }) => this.say(say, bad));
    this.#watchLife();
  }

  get<Name extends keyof Traits>(name: Name): Traits[Name] {
    return this.model.get(name);
  }

  /** Draw a trait when the view opens and whenever it changes. */
  watch<Name extends keyof Traits>(name: Name, draw: (value: Traits[Name]) => void) {
    const now = () => draw(this.get(name));
    this.#on(`change:${name}`, now);
    this.#draws.push(now);
  }

  /** Draw for the first time what came since the last. */
  drawNew() {
    for (const draw of this.#draws.splice(0)) draw();
  }

  /** Take the messages that have a member of this name. */
  hear<Key extends KeyOf<Said>>(key: Key, act: (said: SaidWith<Key>) => void) {
    this.#hearers.set(key, act);
  }

  send(action: Action) {
    const isOfUser = action.do !== "hello" && action.do !== "count";
    if (!this.#alive) {
      if (isOfUser) this.say(GONE);
      return;
    }
    // What was said of the last action would stand beside the next one.
    if (isOfUser && !this.get("busy")) this.say("");
    try {
      this.model.send(action);
      this.#silence ??= setTimeout(() => {
        this.say("No word from the kernel yet: it is busy, or was restarted. Then run the cell again.");
      }, SILENCE);
    } catch {
      this.#live(false);
    }
  }

  /** Have something done when the kernel is gone, and when it turns out not to be. */
  atLife(act: (alive: boolean) => void) {
    this.#lives.push(act);
    if (!this.#alive) act(false);
  }

  #live(alive: boolean) {
    if (alive === this.#alive) return;
    this.#alive = alive;
    clearTimeout(this.#silence);
    this.#silence = undefined;
    this.say("");
    for (const act of this.#lives) act(alive);
  }

  /** The front end tells of a kernel that ends or starts anew, ipywidgets of a comm that is closed or cut off. */
  #watchLife() {
    this.atEnd(watchKernel(this.model.widget_manager, () => this.#live(false)));
    const close = () => this.#live(false);
    const ask = () => {
      // It says that something changed, and not what: a kernel that is there answers.
      try {
        if (!hasEnded(this.model.widget_manager)) this.model.send({ do: "hello" });
      } catch {
        // It is gone.
      }
      this.#live(false);
    };
    for (const [name, act] of [["comm:close", close], ["comm_live_update", ask]] as const) {
      this.model.on(name, act);
      this.atEnd(() => this.model.off(name, act));
    }
  }

  say(text: string, bad = false) {
    this.status.textContent = text.charAt(0).toUpperCase() + text.slice(1);
    this.status.classList.toggle("lt-problem", bad);
  }

  /** Have something done when the view ends. */
  atEnd(end: () => void) {
    this.#ends.push(end);
  }

  end() {
    clearTimeout(this.#silence);
    for (const end of this.#ends) end();
  }

  #on(name: string, act: (content: Said) => void) {
    const heard = (content: Said) => {
      clearTimeout(this.#silence);
      this.#silence = undefined;
      this.#live(true);
      this.#focus.keep(() => act(content));
    };
    this.model.on(name, heard);
    this.atEnd(() => this.model.off(name, heard));
  }
}
