/** All parameters: those that are always in sight, and the rest behind a fold. */
import { div, h, show, span } from "../dom";
import { fold } from "../fold";
import { keyed } from "../keyed";
import type { View } from "../view";
import type { Parameter } from "../wire";
import { ParameterRow } from "./row";
import { sends, worded } from "./values";

export function parameters(view: View) {
  const [main, more] = [div("lt-rows"), div("lt-rows")];
  const [mainRows, moreRows] = [main, more].map(
    (parent) => keyed(parent, "name", (row: Parameter) => new ParameterRow(view, row)),
  );
  const title = span("");
  const count = span("lt-count");
  let rest: Parameter[] = [];
  // Made when they are first asked for: the panel opens sooner.
  const drawRest = () => { if (further.open) moreRows.draw(rest); };
  const further = h("details", { class: "lt-more", ontoggle: drawRest }, h("summary", {}, title), more);
  view.link.watch("parameters", (all) => {
    rest = all.filter((row) => row.group === "more");
    mainRows.draw(all.filter((row) => row.group !== "more"));
    drawRest();
    further.hidden = rest.length === 0;
    const [own, hidden] = [all, rest].map((some) => some.filter(sends).length);
    title.textContent = hidden ? `More parameters, ${hidden} set` : "More parameters";
    show(count, own ? `${own} set` : "");
    whole.sum(summed(all));
  });
  const heads = div("lt-heads lt-quiet", span(""), span(""), span("", "Value"), span("", "Deployed"));
  heads.ariaHidden = "true";
  const { help, listeners } = helpOfTheRowInUse();
  const whole = fold("Parameters", [count, help], [heads, main, further], { class: "lt-parameters", ...listeners });
  return whole.node;
}

/** What is set, as the line of the fold tells it. */
function summed(all: Parameter[]) {
  const own = all.filter(sends);
  const rest = all.length - own.length;
  return [...own.map(({ name, value }) => `${name} ${worded(value, name)}`), rest ? `${rest} as deployed` : null];
}

/** One place for the help of the row in use, so that nothing moves when another takes the focus. */
function helpOfTheRowInUse() {
  const help = span("lt-help lt-quiet");
  help.ariaHidden = "true";
  const tell = ({ target }: Event) => {
    const row = target instanceof Element && target.closest<HTMLElement>(".lt-row");
    if (row) help.textContent = row.dataset.help ?? "";
  };
  const hush = () => { help.textContent = ""; };
  return { help, listeners: { onfocusin: tell, onpointerover: tell, onfocusout: hush, onpointerleave: hush } };
}
