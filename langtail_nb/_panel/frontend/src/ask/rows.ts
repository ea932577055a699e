/** The table that message and variables are filled from, a row at a time. */
import { bdi, button, div, enable, h, show, span } from "../dom";
import { choose } from "../boxes";
import { TYPING } from "../typing";
import type { View } from "../view";

/** What stands for no column; a column may have any name. */
const NONE = "";

/** Return the steps, the choice of the message's column, and the line that says what of a row is not sent. */
export function rowSteps({ link, typing }: View) {
  let at: number | null = null;
  let count = 0;
  const held = typing.hold(() => draw());
  const take = (row: number) => {
    typing.at = null;
    typing.replace({ do: "fill", row });
    if (row < 0 || row >= count || !Number.isInteger(row)) return draw(); // Python says why not
    at = row;
    held.set(at);
    drawPlace();
  };
  const step = (by: number) => {
    const next = at === null ? 0 : at + by;
    if (next >= 0 && next < count) take(next);
  };
  const back = button("‹", () => step(-1), "lt-small lt-step", "Previous row");
  const forth = button("›", () => step(1), "lt-small lt-step", "Next row");
  back.ariaLabel = back.title;
  forth.ariaLabel = forth.title;
  const typed = typing.later<void>(TYPING * 2, () => {
    if (place.value && Number(place.value) - 1 !== at) take(Number(place.value) - 1);
  });
  const place = h("input", {
    type: "number", class: "lt-number", min: 1, step: 1, placeholder: "–", "aria-label": "Row of the table",
    oninput: () => typed.call(),
    onchange() {
      typed.call();
      typed.flush();
    },
  });
  const total = span("lt-quiet");
  const from = h("select", { class: "lt-select", "aria-label": "Message from", onchange() {
    typing.replace({ do: "message_from", column: from.value === NONE ? null : from.value.slice(1) });
  } });
  const source = div("lt-group lt-quiet", "from", from);
  const node = div("lt-group lt-steps", span("lt-quiet", "Row"), back, place, total, forth);
  const told = div("lt-quiet");

  function drawPlace() {
    place.value = at === null ? "" : String(at + 1);
    enable(back, at !== null && at > 0);
    enable(forth, at === null || at + 1 < count);
  }

  function draw() {
    const now = link.get("rows");
    count = now.count ?? 0;
    node.hidden = source.hidden = count === 0;
    if (!count) return show(told);
    if (held.takes(now.at)) {
      at = now.at;
      drawPlace();
    }
    place.max = String(count);
    total.textContent = `of ${count}`;
    // A column may be named like a property of every object.
    const columns = Object.fromEntries(now.columns.map((name) => [`=${name}`, name]));
    choose(from, { [NONE]: "no column", ...columns }, now.message === null ? NONE : `=${now.message}`);
    told.replaceChildren(bdi(now.told));
    told.hidden = !now.told;
  }
  link.watch("rows", draw);
  return { node, source, told };
}
