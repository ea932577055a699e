/** The controls of a number: a box, and beside it a slider or "no limit". */
import { h, span } from "../dom";
import { fill } from "../boxes";
import { DRAGGING, TYPING } from "../typing";
import type { View } from "../view";
import type { Parameter, Ticks } from "../wire";
import type { Control, Sink } from "./control";
import { stands } from "./values";

/** What stands beside the box. */
interface Side {
  node: HTMLElement;
  /** Follow what is typed into the box. */
  follow(text: string): void;
  draw(row: Parameter): void;
}

/** How near to a tick a slider that is dragged stops on it, as a share of its length. */
const NEAR = 0.015;

export function numberControl(view: View, first: Parameter, sink: Sink): Control {
  const { typing } = view;
  const open = first.name === "max_tokens";
  const whole = first.kind === "integer";
  const typed = typing.later<void>(TYPING * 2, () => {
    const wrong = fault(box, whole);
    if (wrong) sink.complain(wrong);
    else if (box.value !== "") sink.set(Number(box.value));
    else sink.off();
  });
  const box = h("input", {
    type: "number", class: "lt-number", min: open ? 1 : first.low, max: first.high, step: first.step,
    inputmode: "decimal", placeholder: "–",
    onbeforeinput(event: InputEvent) {
      if (!whole) typeComma(event);
    },
    oninput() {
      if (box.value === "") return;
      side?.follow(box.value);
      typed.call();
    },
    onchange() {
      typed.call();
      typed.flush();
    },
  });
  keepFromWheel(box);
  const side = open ? noLimit(first, sink) : first.high !== null ? slider(view, first, sink, box) : null;
  return {
    nodes: side ? [box, side.node] : [box],
    main: box,
    draw(row) {
      const value = stands(row);
      fill(box, value === null || (open && value === -1) ? "" : String(value));
      side?.draw(row);
    },
  };
}

function fault(box: HTMLInputElement, whole: boolean) {
  if (box.validity.badInput) return "Not a number.";
  return whole && !Number.isSafeInteger(Number(box.value)) ? "Not a whole number that can be sent." : null;
}

/** Chromium drops a decimal comma and reads 0,7 as 7. */
function typeComma(event: InputEvent) {
  if (!event.data?.includes(",")) return;
  event.preventDefault();
  document.execCommand("insertText", false, event.data.replace(",", "."));
}

/** Scrolling the notebook over a focused box must not turn its number. */
function keepFromWheel(box: HTMLInputElement) {
  box.addEventListener("wheel", () => {
    box.readOnly = true;
    setTimeout(() => { box.readOnly = false; });
  }, { passive: true });
}

function slider({ link, typing }: View, first: Parameter, sink: Sink, box: HTMLInputElement): Side {
  const low = Number(first.low);
  const high = Number(first.high);
  const moved = typing.every(DRAGGING, (value: number) => sink.set(value));
  const range = h("input", {
    // The arrow keys do the same in the box, which has the focus before.
    type: "range", class: "lt-range", tabindex: -1, min: low, max: high, step: box.step, "aria-label": `${first.label} slider`,
    oninput() {
      const near = stored.find((value) => Math.abs(value - Number(range.value)) <= NEAR * (high - low));
      if (near !== undefined) range.value = String(near);
      box.value = range.value;
      follow(range.value);
      moved.call(Number(range.value));
    },
    onchange: moved.flush,
  });
  const ticks = span("lt-ticks");
  ticks.ariaHidden = "true";
  const node = span("lt-slide", ticks, range);
  let stored: number[] = [];
  node.style.setProperty("--zero", String(Math.max(0, -low / (high - low))));
  const share = (value: unknown) => String((Number(value) - low) / (high - low));

  function paint(text: string) {
    node.style.setProperty("--at", share(range.value));
    range.ariaValueText = text;
  }

  function follow(text: string) {
    range.value = text;
    node.classList.remove("lt-unset");
    paint(text);
  }

  function draw(row: Parameter) {
    const value = stands(row);
    range.value = String(value ?? low);
    paint(value === null ? "not set" : `${value}${row.value === null ? ", as deployed" : ""}`);
    node.classList.toggle("lt-unset", value === null);
    node.classList.toggle("lt-mark", row.deployed !== null);
    node.style.setProperty("--deployed", share(row.deployed ?? low));
  }
  const drawTicks = (all: Ticks[]) => {
    stored = all.find(({ name }) => name === first.name)?.values.filter((value) => value >= low && value <= high) ?? [];
    ticks.replaceChildren(...stored.map((value) => {
      const tick = span("lt-tick");
      tick.style.setProperty("--tick", share(value));
      return tick;
    }));
    node.title = box.title = stored.length ? `Stored answers at ${stored.join(", ")}: PageUp and PageDown step to them` : "";
  };
  link.watch("stored", drawTicks);
  drawTicks(link.get("stored")); // a row may be made long after the view
  // The box takes the focus before the slider; its arrows go by hundredths, from tick to tick would be a long way.
  box.addEventListener("keydown", (event) => {
    const by = { PageUp: 1, PageDown: -1 }[event.key];
    if (!by || !stored.length) return;
    event.preventDefault();
    const at = Number(box.value || first.deployed || low);
    const next = by > 0 ? stored.find((value) => value > at) : stored.findLast((value) => value < at);
    if (next === undefined) return;
    box.value = String(next);
    follow(box.value);
    sink.set(next);
  });
  return { node, follow, draw };
}

/** The box beside max_tokens. */
function noLimit(first: Parameter, sink: Sink): Side {
  let deployed = Number(first.deployed);
  const box = h("input", {
    type: "checkbox", "aria-label": `${first.label}: no limit`,
    // 800 is what Langtail gives a new assistant.
    onchange: () => sink.set(box.checked ? -1 : deployed > 0 ? deployed : 800),
  });
  return {
    node: h("label", "lt-check", box, "no limit"),
    follow() { box.checked = false; },
    draw(row) {
      deployed = Number(row.deployed);
      box.checked = stands(row) === -1;
    },
  };
}
