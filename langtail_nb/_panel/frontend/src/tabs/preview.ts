/** The messages exactly as they will be sent. */
import { bdi, div, h, show, span } from "../dom";
import { thumbnail } from "../messages/pictures";
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
  return [div("lt-quiet", "The messages exactly as they will be sent."), problem, node];
}

function message({ pictures }: View, { role, text, images, origin }: Previewed) {
  const head = div("lt-between", bdi(role, "lt-head"), span("lt-quiet", origin));
  const shown = images.map((name) => thumbnail(pictures.get(name), `Image of ${origin}`));
  return div(
    "lt-entry", head, text && h("div", { class: "lt-said", dir: "auto" }, text),
    shown.length > 0 && div("lt-group lt-image", ...shown),
  );
}
