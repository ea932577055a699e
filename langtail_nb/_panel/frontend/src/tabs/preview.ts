/** The messages exactly as they will be sent. */
import { bdi, div, fresh, h, show, span } from "../dom";
import { thumbnail } from "../messages/pictures";
import { watchSeen } from "../seen";
import { TYPING } from "../typing";
import type { View } from "../view";
import type { Previewed } from "../wire";

export function previewTab(view: View) {
  const { link, pictures } = view;
  const problem = div("lt-problem");
  const node = div("lt-messages");
  const draw = () => {
    const { template, call, problem: told } = link.get("preview");
    const all = [...template, ...link.get("past"), ...call];
    show(problem, told);
    node.replaceChildren(...(all.length || told ? all.map((one) => message(view, one)) : [div("lt-empty", "Nothing to send yet.")]));
  };
  link.watch("preview", draw);
  link.watch("past", draw);
  pictures.watch(draw);
  return [div("lt-between lt-quiet", span("", "The messages exactly as they will be sent."), size(view, node)), problem, node];
}

/** How many tokens they are to the model, where the engine can count them: asked for while they are in sight. */
function size({ link, typing }: View, messages: HTMLElement) {
  const node = span("lt-size");
  node.role = "status";
  let isSeen = false;
  let known = "";
  const ask = typing.later(TYPING, (of: string) => {
    if (isSeen && of === known) link.send({ do: "count", of });
  });
  const anew = () => {
    // The count of another prompt would be worse than none.
    show(node);
    known = fresh();
    ask.call(known);
  };
  link.hear("counted", ({ counted, of }) => {
    if (of === known) show(node, counted === null ? null : `${counted.toLocaleString("en")} tokens`);
  });
  for (const name of ["preview", "past", "tools"] as const) link.watch(name, anew);
  watchSeen(link, messages, (seen) => {
    isSeen = seen;
    if (seen && !node.textContent) anew();
  });
  return node;
}

function message({ pictures }: View, { role, text, images, origin }: Previewed) {
  const head = div("lt-between", bdi(role, "lt-head"), span("lt-quiet", origin));
  const shown = images.map((name) => thumbnail(pictures.get(name), `Image of ${origin}`));
  return div(
    "lt-entry", head, text && h("div", { class: "lt-said", dir: "auto" }, text),
    shown.length > 0 && div("lt-group lt-image", ...shown),
  );
}
