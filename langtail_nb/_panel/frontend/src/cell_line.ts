/** The cell that does the same, or another form of it: shown, copied, inserted. */
import { choose } from "./boxes";
import { button, div, h, scroller, show, span, tag } from "./dom";
import type { View } from "./view";

/** The forms, and how each is spoken of. */
const FORMS: Record<string, string> = {
  cell: "cell", python: "Python", curl: "curl", json: "JSON body", link: "playground link",
};
const HEADS: Record<string, string> = { cell: "a cell", json: "a JSON body", link: "a playground link" };

export function cellLine({ link, taking }: View) {
  const line = scroller("lt-code", "");
  line.dir = "ltr";
  const kind = h("select", { class: "lt-select", "aria-label": "Copy as" });
  kind.addEventListener("change", () => link.send({ do: "form", kind: kind.value }));
  const title = span("lt-head");
  // The status may be out of sight from here.
  const told = tag("", "lt-good");
  const tell = (text: string) => show(told, text);
  link.watch("form", (form) => {
    choose(kind, FORMS, form);
    title.textContent = `The same as ${HEADS[form] ?? FORMS[form]}`;
    line.ariaLabel = title.textContent;
  });
  link.watch("line", (text) => {
    show(line, text);
    show(told, "");
  });
  const acts = div(
    "lt-group", span("lt-quiet", "Copy as"), kind,
    button("Copy", () => taking.ask({ do: "copy", kind: kind.value }, tell), "lt-small"),
    button("Insert below", () => taking.ask({ do: "insert" }, tell), "lt-small"),
  );
  const head = div("lt-group", title, told);
  return div("lt-line", div("lt-between", head, acts), line, taking.spare);
}
