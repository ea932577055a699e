/** One parameter: whether it is sent, its control, what is deployed, what is wrong. */
import { bdi, blame, div, fresh, h, iconButton, show, span, tag } from "../dom";
import type { Row } from "../keyed";
import { ECHO, type Held } from "../typing";
import type { View } from "../view";
import type { Parameter } from "../wire";
import type { Control, Sink } from "./control";
import { controlOf } from "./controls";
import { sends, worded } from "./values";

/** Kinds whose values Python writes in its own way, so that what was sent never comes back as it was. */
const REWRITTEN = /^(object|json_mode)$/;

export class ParameterRow implements Row<Parameter>, Sink {
  readonly node: HTMLElement;
  #row: Parameter;
  /** The problem that Python told last. */
  #told: string | null = null;
  /** What the control was last set to, as JSON. */
  #last = "";
  readonly #view: View;
  readonly #held: Held;
  readonly #control: Control;
  readonly #use: HTMLInputElement;
  readonly #reset: HTMLElement;
  readonly #label: HTMLElement;
  readonly #pinned = tag("same");
  readonly #deployed = span("lt-deployed");
  readonly #note = div("lt-quiet");
  readonly #problem = h("div", { class: "lt-problem", id: fresh(), hidden: true });
  readonly #help = h("span", { class: "lt-hidden", id: fresh() });

  constructor(view: View, first: Parameter) {
    const { name, label } = first;
    this.#view = view;
    this.#row = first;
    this.#held = view.typing.hold(() => this.draw(this.#row));
    this.#control = controlOf(view, first, this);
    this.#control.main.id = fresh();
    this.#control.main.setAttribute("aria-describedby", `${this.#help.id} ${this.#problem.id}`);
    // By keyboard a value that is typed is sent, and Reset or an empty box takes it back: one stop for a row, not three.
    const onchange = () => this.#toggleUse();
    this.#use = h("input", { type: "checkbox", tabindex: -1, "aria-label": `Send ${label}`, onchange });
    this.#reset = iconButton("reset", `Reset ${label}`, () => {
      this.#forget();
      view.link.send({ do: "reset", name });
    });
    this.#label = h("label", { for: this.#control.main.id, class: "lt-label" }, bdi(label));
    this.#pinned.title = "Equal to what is deployed, and sent";
    this.node = this.#laidOut();
    view.typing.atMend(() => this.#mend());
  }

  set(value: unknown) {
    const text = JSON.stringify(value);
    if (this.#row.problem && text === this.#last) {
      this.complain(this.#row.problem); // it was told once, and has not changed
      return;
    }
    this.complain(null);
    this.#last = text;
    if (this.#isKnown(text)) return;
    if (!REWRITTEN.test(this.#row.kind)) this.#held.set(value);
    this.#mark("overridden");
    this.#view.link.send({ do: "set", name: this.#row.name, value });
  }

  off() {
    this.complain(null);
    const isKnown = this.#held.sent === null; // else it was sent, and the answer of Python is not here
    this.#held.release();
    if (!isKnown || sends(this.#row) || this.#row.problem) {
      this.#view.link.send({ do: "use", name: this.#row.name, on: false });
    } else this.#control.draw(this.#row);
  }

  complain(text: string | null) {
    const { name, label, problem } = this.#row;
    const { focus, typing } = this.#view;
    if (text) typing.wrong.set(name, text === problem ? text : `${label}: ${text}`); // Python names it, too
    else typing.wrong.delete(name);
    this.#reset.classList.toggle("lt-away", !text && !sends(this.#row));
    // A line that comes up between press and release would move what is pressed away.
    void focus.pressed.then(() => blame(this.#control.main, this.#problem, text));
  }

  draw(now: Parameter) {
    this.#row = now;
    const { link, typing } = this.#view;
    const taken = this.#held.takes(now.value ?? now.deployed); // what was typed back to it is not sent
    // What cannot be read is in the box alone; it stays there until it is mended.
    const unread = typing.wrong.has(now.name) && this.#told === null;
    if (taken && !now.problem && !unread && !this.node.contains(typing.at)) this.#control.draw(now);
    this.#mark(taken || now.problem ? now.state : "overridden");
    this.#drawDeployed(now, now.state === "unknown" || link.get("head").status !== "known");
    if (now.problem !== this.#told) this.#tell(now.problem);
    show(this.#note, now.note);
    const source = now.source === "set" ? " Set with %langtail set." : "";
    this.#help.textContent = `${now.help}.${source} ${this.#deployed.title}.`;
    this.#label.title = this.#help.textContent;
    this.node.dataset.help = `${now.help}${now.option ? ` · ${now.option}` : ""}`;
  }

  #laidOut() {
    const control = this.#control;
    const use = this.#row.kind !== "json_mode" && this.#use;
    return div(
      `lt-row ${control.nodes[1] ? "" : "lt-wide"}`,
      span("lt-use", use), div("lt-called", this.#label, this.#pinned),
      div("lt-control", ...control.nodes), this.#deployed, this.#reset, this.#note, this.#problem, this.#help,
    );
  }

  /** Whether Python has a value, or was sent it. */
  #isKnown(text: string) {
    if (this.#held.sent !== null) return this.#held.sent === text;
    return !this.#row.problem && JSON.stringify(this.#row.value ?? this.#row.deployed) === text;
  }

  #toggleUse() {
    this.#forget();
    this.#view.link.send({ do: "use", name: this.#row.name, on: this.#use.checked });
    setTimeout(() => this.#mark(this.#row.state), ECHO); // it may have been refused
  }

  /** Show what Python says of the value, which is not told twice. */
  #tell(problem: string | null) {
    this.#told = problem;
    this.complain(problem);
  }

  #forget() {
    this.#held.release();
    this.complain(null);
  }

  #mend() {
    if (!this.#view.typing.wrong.has(this.#row.name)) return;
    this.#tell(null);
    this.#control.draw(this.#row);
  }

  #mark(state: Parameter["state"]) {
    const own = sends({ state });
    this.node.dataset.state = state;
    this.#use.checked = own;
    this.#pinned.hidden = state !== "pinned";
    this.#reset.classList.toggle("lt-away", !own && !this.#row.problem);
    for (const one of this.node.querySelectorAll("input, select, textarea")) {
      one.toggleAttribute("disabled", state === "locked");
    }
  }

  #drawDeployed(now: Parameter, unknown: boolean) {
    const value = worded(now.deployed, now.name);
    // A box that is empty shows it in its place.
    const isShown = value && this.#control.main.placeholder === value && !sends(now);
    this.#deployed.textContent = isShown ? "" : value || (unknown ? "?" : "–");
    this.#deployed.title = `Deployed: ${value || (unknown ? "not known" : "not set")}`;
  }
}
