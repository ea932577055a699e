/** The controls of parameters, one for each kind. */
import { div, fresh, h } from "../dom";
import { choose, fill, textarea } from "../boxes";
import type { View } from "../view";
import type { Parameter } from "../wire";
import type { Control, Sink } from "./control";
import { numberControl } from "./number";
import { stands, worded } from "./values";

type Make = (view: View, first: Parameter, sink: Sink) => Control;

const CONTROLS: Record<string, Make> = {
  number: numberControl, integer: numberControl, text: textControl, texts: textsControl, choice: choiceControl,
  flag: choiceControl, object: objectControl, json_mode: jsonControl,
};

export const controlOf: Make = (view, first, sink) => (CONTROLS[first.kind] ?? textControl)(view, first, sink);

function textControl(_: View, _first: Parameter, sink: Sink): Control {
  const list = h("datalist", { id: fresh() });
  const box = h("input", {
    type: "text", class: "lt-text", list: list.id, dir: "auto", spellcheck: "false", autocomplete: "off",
    onchange: () => (box.value === "" ? sink.off() : sink.set(box.value)),
  });
  return {
    nodes: [h("div", {}, box, list)],
    main: box,
    draw(row) {
      fill(box, String(row.value ?? ""));
      box.placeholder = worded(row.deployed, row.name) || "not set";
      list.replaceChildren(...row.suggestions.map((value) => h("option", { value })));
    },
  };
}

/** Up to four texts, each in a box of its own because a stop text may hold a line break. */
function textsControl(_: View, first: Parameter, sink: Sink): Control {
  const onchange = () => {
    const texts = boxes.map((box) => box.value).filter((text) => text !== "");
    if (texts.length) sink.set(texts);
    else sink.off();
  };
  const boxes = [1, 2, 3, 4].map(
    (place) => textarea({ "aria-label": `${first.label} ${place}`, class: "lt-mono", onchange }),
  );
  return {
    nodes: [div("lt-texts", ...boxes)],
    main: boxes[0],
    draw(row) {
      const texts = [row.value ?? []].flat().map(String);
      boxes.forEach((box, place) => {
        fill(box, texts[place] ?? "");
        box.placeholder = place === 0 ? worded(row.deployed, row.name) || "not set" : "another";
        box.hidden = place > texts.length;
      });
    },
  };
}

function choiceControl(_: View, first: Parameter, sink: Sink): Control {
  const flag = first.kind === "flag";
  const node = h("select", {
    class: "lt-select",
    onchange: () => (node.value === "" ? sink.off() : sink.set(flag ? node.value === "on" : node.value)),
  });
  return {
    nodes: [node],
    main: node,
    draw(row) {
      const deployed = worded(row.deployed, row.name);
      const choices = Object.fromEntries((flag ? ["on", "off"] : row.choices).map((one) => [one, called(one)]));
      const options = { "": deployed ? `as deployed (${deployed})` : "as deployed", ...choices };
      choose(node, options, worded(row.value, row.name));
    },
  };
}

/** A choice as it is called: a tool by its name. */
const called = (choice: string): string => (choice.startsWith("{") ? JSON.parse(choice).function.name : choice);

function objectControl(_: View, _first: Parameter, sink: Sink): Control {
  const onchange = () => {
    const some = box.value.trim();
    try {
      if (some) JSON.parse(some);
    } catch (error) {
      sink.complain(`Not JSON: ${(error as Error).message}`);
      return;
    }
    if (some) sink.set(box.value); // as it is: numbers may be longer than ours
    else sink.off();
  };
  const box = textarea({ class: "lt-mono", onchange });
  return {
    nodes: [box],
    main: box,
    draw(row) {
      fill(box, String(row.value ?? ""));
      box.placeholder = worded(row.deployed, row.name) || "not set (JSON)";
    },
  };
}

/** Its box is the row's own: a call can ask for JSON, never take it back. */
function jsonControl(_: View, _first: Parameter, sink: Sink): Control {
  const onchange = () => (box.checked ? sink.set({ type: "json_object" }) : sink.off());
  const box = h("input", { type: "checkbox", onchange });
  return {
    nodes: [h("label", "lt-check", box, "JSON")],
    main: box,
    draw(row) { box.checked = !!stands(row); },
  };
}
