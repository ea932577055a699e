/** The tools that a call can use. */
import { bdi, div, h, tag } from "../dom";
import type { View } from "../view";
import type { Tool } from "../wire";

export function toolsTab({ link }: View) {
  const node = div("lt-messages");
  link.watch("tools", (all) => {
    node.replaceChildren(...(all.length ? all.map(tool) : [none()]));
  });
  return [node];
}

function none() {
  const example = h("code", "lt-mono", "lt.settings.tools = [{…}]");
  return div(
    "lt-empty", "This assistant has no tools. They are given to it in Langtail; or, for the calls of this notebook, in a cell: ",
    example, ".",
  );
}

function tool({ name, description, hosted, parameters }: Tool) {
  const summary = h("summary", { "aria-label": `Parameters of ${name}` }, "Parameters");
  return div(
    "lt-entry",
    div("lt-called", bdi(name, "lt-label lt-mono"), hosted && tag("runs at Langtail")),
    description && div("", bdi(description)),
    parameters && h("details", "lt-more", summary, h("pre", "lt-code", bdi(parameters))),
  );
}
