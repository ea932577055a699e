/** How two deployments differ: values by name, messages word by word. */
import { bdi, div, scroller, show, span } from "./dom";
import type { Fact } from "./wire";
import { drawDiff } from "./words";

/** Return a box for a difference, and what draws it. */
export function difference(name: string) {
  const list = div("lt-facts");
  const none = div("lt-quiet");
  const diff = scroller("lt-diff lt-capped", name);
  function draw(facts: Fact[], words: [string, string][]) {
    list.replaceChildren(...facts.map(fact));
    list.hidden = !facts.length;
    diff.hidden = !words.length;
    if (words.length) drawDiff(diff, words);
    show(none, facts.length || words.length ? "" : "No difference.");
  }
  return { node: div("lt-difference", list, diff, none), draw };
}

function fact({ name, before, after }: Fact) {
  return div("", bdi(name, "lt-quiet"), span("", bdi(before), " → ", bdi(after, "lt-head")));
}
