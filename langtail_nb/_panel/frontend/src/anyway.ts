/** A template that goes out as it is written: why a press sent nothing, and where the fault is. */
import { bdi, button, div } from "./dom";
import { placeCaret } from "./messages/entry";
import type { View } from "./view";

/** Return the line that leads to the fault, while the buttons say "anyway". */
export function whyAnyway(view: View) {
  const { link, root } = view;
  const node = div("lt-problem");
  const draw = () => {
    const fault = link.get("template").problems?.find(({ kind }) => kind === "error");
    node.hidden = !link.get("anyway") || !fault;
    if (!fault) return;
    const { message, line, column, text } = fault;
    const place = button(`Template message ${message + 1}, line ${line}, column ${column}`, () => {
      view.turn("Template");
      const box = root.querySelectorAll<HTMLTextAreaElement>(".lt-template textarea")[message];
      if (box) placeCaret(box, line, column);
    }, "lt-link");
    node.replaceChildren(place, " ", bdi(text));
  };
  link.watch("anyway", draw);
  link.watch("template", draw);
  return node;
}
