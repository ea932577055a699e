/** How two versions or environments of the assistant differ, below the pickers. */
import { choose } from "./boxes";
import { difference } from "./difference";
import { button, div, h, show, span } from "./dom";
import type { View } from "./view";
import type { Versions } from "./wire";

/** Return the button that opens it, and its box. */
export function versions(view: View) {
  const { link, typing } = view;
  const opener = button("Differences…", () => {
    const on = !link.get("versions").open;
    typing.flush(); // what is set here may be one of the two
    link.send({ do: "versions_open", on });
  }, "lt-link", "How two versions or environments differ");
  const pick = () => link.send({ do: "versions_pick", first: first.value, second: second.value });
  const first = h("select", { class: "lt-select", "aria-label": "Differences of", onchange: pick });
  const second = h("select", { class: "lt-select", "aria-label": "Differences to", onchange: pick });
  const close = button("Close", () => {
    opener.focus();
    link.send({ do: "versions_open", on: false });
  }, "lt-small");
  const problem = div("lt-problem");
  const reading = div("lt-quiet", "reading…");
  const changes = difference("Differences of two deployments");
  const head = div("lt-between", div("lt-group", span("lt-head", "Differences"), first, span("", "→"), second), close);
  const box = h("section", { class: "lt-versions", "aria-label": "Differences" }, head, problem, reading, changes.node);

  function draw(now: Versions) {
    const labels = Object.fromEntries(now.choices.map(({ name, label }) => [name, label]));
    choose(first, labels, now.first);
    choose(second, labels, now.second);
    show(problem, now.problem);
    reading.hidden = !now.busy;
    changes.node.hidden = now.busy || !!now.problem;
    changes.draw(now.facts, now.words);
  }

  link.watch("versions", (now) => {
    box.hidden = !now.open;
    opener.ariaExpanded = String(!!now.open);
    if (now.open) draw(now);
  });
  return { opener, box };
}
