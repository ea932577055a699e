/** The cell that does the same: shown, copied, inserted. */
import { choose, fit, textarea } from "./boxes";
import { button, div, h, scroller, show, span, tag } from "./dom";
import { insertBelow } from "./jupyterlab";
import type { View } from "./view";
import type { Action } from "./wire";

const COPIES: Record<string, string> = {
  cell: "cell", python: "Python", curl: "curl", json: "JSON body", link: "playground link",
};

export function cellLine(view: View) {
  const { link } = view;
  const line = scroller("lt-code", "The same as a cell");
  line.dir = "ltr";
  const kind = h("select", { class: "lt-select", "aria-label": "Copy as" });
  choose(kind, COPIES, "cell");
  const { told, spare, tell, copy } = clipboard(view);
  const ask = asking(view);
  link.hear("copy", ({ copy: what, text }) => {
    if (ask.isAnswered("copy")) void copy(text, `Copied: ${COPIES[what] ?? what}.`);
  });
  link.hear("insert", ({ insert: text }) => {
    if (!ask.isAnswered("insert")) return;
    if (insertBelow(view, text)) tell("Inserted below.");
    else void copy(text, "No cell can be inserted here. It is copied: paste it into a new one.");
  });
  link.watch("line", (text) => {
    show(line, text);
    show(told, "");
  });
  const acts = div(
    "lt-group", span("lt-quiet", "Copy as"), kind,
    button("Copy", () => ask.send({ do: "copy", kind: kind.value }), "lt-small"),
    button("Insert below", () => ask.send({ do: "insert" }), "lt-small"),
  );
  const head = div("lt-group", span("lt-head", "The same as a cell"), told);
  return div("lt-line", div("lt-between", head, acts), line, spare);
}

/** Python answers all views of the model; each acts on its own presses only. */
function asking({ link, typing }: View) {
  let asked = "";
  return {
    send(action: Action) {
      if (typing.refuses("Nothing was copied")) return;
      asked = action.do;
      link.send(action);
    },
    isAnswered(name: Action["do"]) {
      if (asked !== name) return false;
      asked = "";
      return true;
    },
  };
}

function clipboard({ link }: View) {
  // The status may be out of sight from here.
  const told = tag("", "lt-good");
  // Where the clipboard is closed to the page, the text is shown, ready to be copied by hand.
  const spare = textarea({ readonly: true, class: "lt-mono", "aria-label": "Text to copy", hidden: true });

  function tell(text: string) {
    link.say(text);
    show(told, text);
  }

  async function copy(text: string, done: string) {
    try {
      await navigator.clipboard.writeText(text);
      spare.hidden = true;
      tell(done);
    } catch {
      spare.hidden = false;
      spare.value = text;
      fit(spare);
      spare.select();
      tell(document.execCommand("copy") ? done : "The clipboard is closed to this page. The text is selected.");
    }
  }
  return { told, spare, tell, copy };
}
