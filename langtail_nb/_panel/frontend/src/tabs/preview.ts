/** The messages exactly as they will be sent. */
import { bdi, div, h, show, span } from "../dom";
import type { View } from "../view";
import type { Previewed } from "../wire";

export function previewTab({ link }: View) {
  const problem = div("lt-problem");
  const node = div("lt-messages");
  const draw = () => {
    const { template, call, problem: told } = link.get("preview");
    const all = [...template, ...link.get("past"), ...call];
    show(problem, told);
    node.replaceChildren(...(all.length || told ? all.map(message) : [div("lt-empty", "Nothing to send yet.")]));
  };
  link.watch("preview", draw);
  link.watch("past", draw);
  return [div("lt-quiet", "The messages exactly as they will be sent."), problem, node];
}

function message({ role, text, origin }: Previewed) {
  const head = div("lt-between", bdi(role, "lt-head"), span("lt-quiet", origin));
  return div("lt-entry", head, h("div", { class: "lt-said", dir: "auto" }, text));
}
