/** One earlier call in the list: its beginning, and in place, once it is opened, the whole of it. */
import { bdi, button, div, fresh, h, span, tag } from "../dom";
import { dress } from "../jupyterlab";
import { thumbnail } from "../messages/pictures";
import { clean } from "../sanitize";
import type { View } from "../view";
import type { Run, Whole } from "../wire";
import { drawSource } from "./source_icon";

export function historyRow(view: View, { id }: Run) {
  const { link, typing } = view;
  const source = span("lt-source");
  const asked = h("button", { type: "button", class: "lt-asked", "aria-expanded": "false", onclick: turn });
  const words = div("lt-words");
  const facts = div("lt-facts");
  const restore = button("Restore", () => typing.replace({ do: "restore", id }), "lt-small", "Put these settings back");
  const pin = button("Pin", () => link.send({ do: "pin", id }), "lt-small", "Compare with this answer");
  const whole = h("div", { class: "lt-whole", id: fresh(), hidden: true });
  asked.setAttribute("aria-controls", whole.id);
  let state = "";

  function turn() {
    whole.hidden = !whole.hidden;
    asked.ariaExpanded = String(!whole.hidden);
    if (!whole.hidden) link.send({ do: "whole", id });
  }

  return {
    node: h("li", {}, source, div("lt-said", asked, words), facts, div("lt-group", restore, pin), whole),
    draw(run: Run) {
      const place = run.where === placeOf(view) ? "" : run.where;
      drawSource(source, run.source, run.where);
      asked.replaceChildren(bdi(run.asked || "(no message)"));
      words.replaceChildren(...(run.state === "done" ? [] : [tag(run.state, toneOf(run.state)), " "]), bdi(run.words));
      const took = [run.tokens, run.cost, run.latency].filter(Boolean).join(" · ");
      facts.replaceChildren(line(run.at, place && `in ${place}`), line(run.detail), line(took));
      facts.title = run.model;
      const called = `the run of ${run.at}, ${run.asked}`;
      restore.ariaLabel = `Restore ${called}`;
      pin.ariaLabel = `Pin ${called}`;
      if (state && state !== run.state && !whole.hidden) link.send({ do: "whole", id });
      state = run.state;
    },
    open: (read: Whole) => whole.replaceChildren(...wholeOf(view, read, asked.textContent ?? "")),
  };
}

const toneOf = (state: string) => (state === "failed" ? "lt-bad" : "lt-warn");

function placeOf({ link }: View) {
  const { environment, version } = link.get("head");
  return environment + (version ? `@${version}` : "");
}

function line(...parts: string[]) {
  const texts = parts.filter(Boolean);
  const node = div("", ...texts.map((text) => bdi(text, "lt-part")));
  node.hidden = !texts.length;
  return node;
}

/** `shown` is what stands above it already. */
function wholeOf(view: View, { settings, asked, answer, calls, problem }: Whole, shown: string) {
  const box = div("lt-answer");
  for (const html of answer) {
    const block = clean(html);
    dress(view, block, () => {});
    box.append(block);
  }
  const isShown = asked.length === 1 && asked[0].text === shown && !asked[0].images.length;
  const messages = (isShown ? [] : asked).map(({ role, text, images }) => [
    span("lt-quiet", role),
    div("lt-text-whole", bdi(text), ...images.map((name) => thumbnail(view.pictures.get(name), `Image of ${role}`))),
  ]);
  return [
    ...messages.flat(),
    ...(answer.length ? [span("lt-quiet", "assistant"), box] : []),
    ...(calls.length ? [span("lt-quiet", "tools"), div("lt-text-whole lt-mono", bdi(calls.join("\n")))] : []),
    ...(problem ? [span("lt-quiet", "ended"), div("lt-problem", bdi(problem))] : []),
    ...(settings.length ? [span("lt-quiet", "settings"), div("lt-text-whole lt-mono", bdi(settings.join("\n")))] : []),
  ];
}
