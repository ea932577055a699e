/** The variables, one line each. */
import { bdi, blame, button, div, fresh, h, span, tag } from "../dom";
import { choose, fill, textarea } from "../boxes";
import { fold } from "../fold";
import { type Row, keyed } from "../keyed";
import { menu } from "../menu";
import { TYPING } from "../typing";
import type { View } from "../view";
import type { Variable } from "../wire";

export function variables(view: View) {
  const list = div("lt-variables");
  const whole = fold("Variables", [], [list]);
  const node = div("lt-field", whole.node);
  const { draw } = keyed(list, "name", (row: Variable) => variableRow(view, row));
  view.link.watch("variables", (all) => {
    draw(all);
    whole.sum(summed(all));
    node.hidden = !all.length;
  });
  return node;
}

/** What is set, as the line of the fold tells it. */
function summed(all: Variable[]) {
  const own = all.filter(({ value }) => value !== null);
  const missing = all.filter(({ badge }) => badge === "missing");
  const rest = all.length - own.length - missing.length;
  return [
    ...own.map(({ name, value }) => `${name}=${value}`), ...missing.map(({ name }) => `${name} missing`),
    rest ? `${rest} as deployed` : null,
  ];
}

function variableRow(view: View, first: Variable): Row<Variable> {
  const { link, typing } = view;
  let row = first;
  const { name } = first;
  const held = typing.hold(() => draw(row));
  const send = typing.later(TYPING, (value: string) => link.send({ do: "variable", name, value }));
  const problem = h("div", { class: "lt-problem", id: fresh() });
  const box = textarea({
    id: fresh(), "aria-describedby": problem.id, onchange: send.flush,
    oninput() {
      held.set(box.value);
      send.call(box.value);
    },
  });
  const badges = span("lt-badges");
  const label = h("label", { for: box.id, class: "lt-label lt-mono", title: name }, bdi(name));
  const options = menu(`Options of ${name}`, (close) => choices(view, row, box, { close, forget: () => held.release() }));
  const node = div("lt-variable", div("lt-named", label, badges), box, ...options, problem);

  function draw(now: Variable) {
    row = now;
    if (held.takes(now.value)) fill(box, now.value ?? "");
    box.placeholder = now.value === "" ? "empty" : now.earlier ?? now.default;
    box.classList.toggle("lt-mono", now.kind === "json");
    badges.replaceChildren(...badgesOf(now));
    node.dataset.state = now.value === null ? "inherited" : "overridden";
    blame(box, problem, now.problem);
  }
  return { node, draw };
}

/** What stands in a variable's menu. */
function choices(
  { link }: View, { name, value, kind: standing }: Variable, box: HTMLTextAreaElement,
  { close, forget }: { close(): void; forget(): void },
) {
  // What was typed a moment ago may not have come back yet.
  const isGiven = value !== null || box.value !== "";
  const kind = h("select", { class: "lt-select", "aria-label": `Kind of ${name}`, onchange() {
    const text = isGiven ? box.value : null;
    link.send({ do: "variable", name, value: text, kind: kind.value as Variable["kind"] });
  } });
  choose(kind, { text: "text", json: "JSON" }, standing);
  const reset = button("Reset", () => {
    close();
    forget();
    link.send({ do: "variable", name, value: null });
    box.focus();
  }, "lt-plain");
  reset.ariaLabel = `Reset ${name}`;
  // As if it were typed: it is sent, and the box's own undo takes it back.
  const edit = button("Edit the value", () => {
    close();
    box.select();
    document.execCommand("insertText", false, box.placeholder);
  }, "lt-plain");
  edit.ariaLabel = `Edit the value of ${name}`;
  const edited = !isGiven && box.placeholder ? [edit] : [];
  return [...(isGiven ? [reset] : edited), h("label", "lt-check", "Kind ", kind)];
}

function badgesOf({ badge, value, earlier }: Variable) {
  return [
    ...(badge ? [tag(badge, badge === "missing" ? "lt-warn" : "")] : []),
    ...(value === null && earlier !== null ? [tag("last turn")] : []),
  ];
}
