/** Lists of messages that can be edited: the template, and those before the message. */
import { button, div } from "../dom";
import { keyed } from "../keyed";
import { type Held, TYPING } from "../typing";
import type { View } from "../view";
import type { Draft, Problem } from "../wire";
import { type Entries, type Keyed, entry } from "./entry";

/** What a list is made of. */
export interface Source {
  what: string;
  read(): Draft[];
  send(drafts: Draft[]): void;
  problems?(): Problem[];
}

let keys = 0;

/** The copy on screen leads while it is being typed. */
export class MessageList implements Entries {
  readonly node = div("lt-messages");
  readonly add = button("Add message", () => this.#append(), "lt-small");
  #entries: Keyed[] = [];
  readonly #source: Source;
  readonly #held: Held;
  readonly #sent: { call(): void; flush(): void };
  readonly #rows;

  constructor(view: View, source: Source) {
    this.#source = source;
    this.#held = view.typing.hold(() => this.draw());
    this.#sent = view.typing.later<void>(TYPING, () => source.send(this.#entries.map(draftOf)));
    this.#rows = keyed(this.node, "key", ({ key }: Keyed) => entry(view, this, key));
    view.pictures.watch(() => this.draw());
  }

  get what() {
    return this.#source.what;
  }

  get length() {
    return this.#entries.length;
  }

  problemsOf(index: number) {
    return this.#source.problems?.().filter((problem) => problem.message === index) ?? [];
  }

  draw() {
    const now = this.#source.read();
    if (this.#held.takes(plain(now))) {
      this.#entries = now.map((draft, index) => ({ ...draft, key: this.#entries[index]?.key ?? ++keys }));
    }
    this.#rows.draw(this.#entries);
  }

  change(key: number, more: Partial<Draft>, now: boolean) {
    const at = this.#at(key);
    this.#edit(this.#entries.with(at, { ...this.#entries[at], ...more }), now);
  }

  move(key: number, by: number, from: HTMLElement) {
    const at = this.#at(key);
    const next = [...this.#entries];
    if (!next[at + by]) return;
    next.splice(at + by, 0, ...next.splice(at, 1));
    this.#edit(next, true);
    from.focus(); // an element that is moved in the page loses it
  }

  remove(key: number) {
    const at = this.#at(key);
    this.#edit(this.#entries.toSpliced(at, 1), true);
    const next = this.node.children[Math.min(at, this.length - 1)];
    (next?.querySelector("textarea") ?? this.add).focus();
  }

  flush() {
    this.#sent.flush();
  }

  #append() {
    const role = this.#entries.at(-1)?.role === "user" ? "assistant" : "user";
    this.#edit([...this.#entries, { of: "", role, text: "", images: [], editable: true, key: ++keys }], true);
    this.node.lastElementChild?.querySelector("textarea")?.focus();
  }

  #at(key: number) {
    return this.#entries.findIndex((one) => one.key === key);
  }

  #edit(next: Keyed[], now: boolean) {
    this.#entries = next;
    this.#held.set(plain(next));
    this.#sent.call();
    if (!now) return;
    this.flush();
    this.#rows.draw(next);
  }
}

/** What an echo is compared by. */
const plain = (drafts: Draft[]) => drafts.map(({ role, text, images }) => [role, text, images]);

const draftOf = ({ key, ...draft }: Keyed): Draft => draft;
