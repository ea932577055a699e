/** The variables. */
import { bdi, blame, div, fresh, h, iconButton, span, tag } from "../dom";
import { choose, fill, textarea } from "../boxes";
import { type Row, keyed } from "../keyed";
import { TYPING } from "../typing";
import type { View } from "../view";
import type { Variable } from "../wire";

export function variables(view: View) {
  const list = div("lt-variables");
  const node = div("lt-field", span("lt-head", "Variables"), list);
  const { draw } = keyed(list, "name", (row: Variable) => variableRow(view, row));
  view.link.watch("variables", (all) => {
    draw(all);
    node.hidden = !all.length;
  });
  return node;
}

function variableRow({ link, typing }: View, first: Variable): Row<Variable> {
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
  const badges = span("");
  const kind = h("select", { class: "lt-select lt-kind", "aria-label": `Kind of ${name}`, onchange() {
    const value = row.value === null && box.value === "" ? null : box.value;
    link.send({ do: "variable", name, value, kind: kind.value as Variable["kind"] });
  } });
  const reset = iconButton("reset", `Reset ${name}`, () => {
    held.release();
    link.send({ do: "variable", name, value: null });
  });
  // As if it were typed: it is sent, and the box's own undo takes it back.
  const edit = iconButton("edit", `Edit the value of ${name}`, () => {
    box.select(); // at a second press, what the first one put there
    document.execCommand("insertText", false, box.placeholder);
  });
  const label = h("label", { for: box.id, class: "lt-label lt-mono" }, bdi(name));
  const node = div("lt-variable", div("lt-called", label, badges, edit, reset, kind), box, problem);

  function draw(now: Variable) {
    row = now;
    const own = now.value !== null;
    if (held.takes(now.value)) fill(box, now.value ?? "");
    box.placeholder = now.value === "" ? "empty" : now.earlier ?? now.default;
    box.classList.toggle("lt-mono", now.kind === "json");
    choose(kind, { text: "text", json: "JSON" }, now.kind);
    badges.replaceChildren(...badgesOf(now));
    node.dataset.state = own ? "overridden" : "inherited";
    edit.hidden = own || !box.placeholder;
    reset.hidden = !edit.hidden;
    reset.classList.toggle("lt-away", !own);
    blame(box, problem, now.problem);
  }
  return { node, draw };
}

function badgesOf({ badge, value, earlier }: Variable) {
  return [
    ...(badge ? [tag(badge, badge === "missing" ? "lt-warn" : "")] : []),
    ...(value === null && earlier !== null ? [tag("last turn")] : []),
  ];
}
