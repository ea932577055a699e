/** The Rows tab: a table, what is varied on it, what that will cost, and the answers side by side. */
import { choose, fill, textarea } from "../boxes";
import { bdi, button, div, enable, fresh, h, iconButton, scroller, show, span, tag } from "../dom";
import { grid } from "../explore/grid";
import { keyed } from "../keyed";
import { TYPING } from "../typing";
import type { View } from "../view";
import type { ScoreChoice, Stop, SweepSection } from "../wire";
import { drawLines } from "../words";

const WORDS = {
  use: "Use these settings",
  useTitle: "Have the panel and the next cell ask with this setting",
  cell: "Insert cell",
};
const SCORES: Record<ScoreChoice["kind"], string> = {
  none: "no score", contains: "contains the column", equals: "equals the column", regex: "matches a pattern", json: "is valid JSON",
};
/** Seen only where the kernel takes long. */
const WAITING = "Waiting for the kernel.";
const EMPTY = "No rows yet. Open the panel as lt.panel(rows=df), or paste a table here: from a spreadsheet, or CSV.";

/** Draw the tab's section, which comes once Python knows that somebody has turned to the tab. */
function watchSweep({ link }: Pick<View, "link">, draw: (now: SweepSection) => void) {
  link.watch("sweep", (now) => { if (now.parts) draw(now); });
}

export function rowsTab(view: View): HTMLElement[] {
  const none = div("lt-empty", EMPTY);
  const left = div("lt-left", table(view), paste(view));
  const right = div("lt-left", vary(view), measure(view));
  const asked = div("lt-sweep-form", left, right);
  const line = runLine(view);
  const form = div("lt-left", none, asked, ...line.nodes, grid(view, WORDS));
  const waiting = div("lt-empty lt-late", WAITING);
  const tab = div("lt-sweep-tab", waiting, form);
  form.hidden = true;
  tab.ariaBusy = "true";
  watchSweep(view, ({ count }) => {
    none.hidden = count > 0;
    right.hidden = !count;
    waiting.hidden = true;
    form.hidden = false;
    tab.ariaBusy = null;
  });
  view.link.send({ do: "sweep_look" });
  tab.addEventListener("keydown", (event) => press(view, event, line.press));
  return [tab];
}

/** Here the keys of Run and Stop mean the sweep. */
function press({ link }: View, event: KeyboardEvent, run: () => void) {
  const isRun = event.key === "Enter" && (event.ctrlKey || event.metaKey);
  const isStop = event.key === "Escape" && !event.isComposing && link.get("sweep").running;
  if (!isRun && !isStop) return;
  event.preventDefault();
  event.stopPropagation();
  if (isRun) run();
  else link.send({ do: "sweep_stop" });
}

/** The first rows, and what each column is for. */
function table(view: View) {
  const { link, typing } = view;
  const count = span("lt-quiet");
  const from = h("select", { class: "lt-select", "aria-label": "Message from column", onchange() {
    typing.replace({ do: "message_from", column: from.value ? from.value.slice(1) : null });
  } });
  const heads = h("tr", {});
  const body = h("tbody", {});
  const more = div("lt-quiet");
  const node = div(
    "lt-left",
    div("lt-between", div("lt-group", span("lt-head", "Rows"), count), div("lt-group lt-quiet", "message from", from)),
    scroller("lt-table-scroll", "The first rows", h("table", "lt-table", h("thead", {}, heads), body)),
    more,
  );
  watchSweep({ link }, ({ count: all, parts, preview, message }) => {
    node.hidden = !all;
    count.textContent = all.toLocaleString("en");
    const columns = Object.fromEntries(parts.map(({ name }) => [`=${name}`, name]));
    choose(from, { "": "no column", ...columns }, message === null ? "" : `=${message}`);
    heads.replaceChildren(...parts.map(({ name, part }) => h(
      "th", { scope: "col" }, bdi(name), " ", tag(part, part === "sent" ? "lt-good" : part === "message" ? "lt-notice" : ""),
    )));
    body.replaceChildren(...preview.map((cells) => h("tr", {}, ...cells.map((text) => h("td", {}, bdi(text || "–"))))));
    const hidden = all - preview.length;
    show(more, hidden > 0 ? `and ${hidden.toLocaleString("en")} more` : null);
  });
  return node;
}

/** Where a table is pasted; folded while there is one. */
function paste({ link, typing }: View) {
  const box = textarea({ rows: 5, class: "lt-mono lt-paste", placeholder: "question               expected\nWhere is my parcel?    two days", "aria-label": "Paste a table", wrap: "off" });
  const take = button("Take this table", () => {
    if (box.value.trim()) typing.replace({ do: "sweep_paste", text: box.value });
  }, "lt-small");
  box.addEventListener("paste", () => setTimeout(() => take.click()));
  const fold = h("details", "", h("summary", {}, "Paste a table"), div("lt-left", box, div("lt-group", take)));
  let had: boolean | undefined;
  watchSweep({ link }, ({ count }) => {
    if (had !== count > 0) fold.open = !count;
    had = count > 0;
  });
  return fold;
}

/** Stops of parameters: several values each, all combinations of which are asked. */
function vary(view: View) {
  const { link, typing } = view;
  const list = div("lt-left");
  const { draw } = keyed(list, "name", (stop: Stop) => stops(view, stop));
  const add = h("select", { class: "lt-select", "aria-label": "Vary a parameter", onchange() {
    const name = add.value;
    add.value = "";
    if (!name) return;
    typing.replace({ do: "sweep_stops", name, text: "" });
  } });
  const settings = div("lt-bar");
  watchSweep({ link }, ({ axes, stops: now, settings: labels }) => {
    draw(now);
    const left = axes.filter(({ name }) => !now.some((one) => one.name === name));
    choose(add, { "": "vary a parameter …", ...Object.fromEntries(left.map(({ name, label }) => [name, label])) }, "");
    settings.replaceChildren(...labels.map((label) => span("lt-chip lt-fixed", bdi(label))));
    settings.hidden = !labels.length;
  });
  return div(
    "lt-left", div("lt-group", span("lt-head", "Settings"), span("lt-quiet", "deployed, those compared in Ask, and these stops")),
    list, div("lt-group", add), settings,
  );
}

function stops({ link, typing }: View, { name }: Stop) {
  const label = name.replaceAll("_", " ");
  const id = fresh();
  let known: string | undefined;
  const later = typing.later<string>(TYPING * 2, (text) => {
    known = text;
    link.send({ do: "sweep_stops", name, text });
  });
  const box = h("input", {
    id, type: "text", class: "lt-text", autocomplete: "off", placeholder: "0, 0.5, 1", oninput: () => later.call(box.value), onchange: later.flush,
  });
  const problem = div("lt-problem");
  const drop = iconButton("close", `Do not vary ${label}`, () => typing.replace({ do: "sweep_stops", name, text: null }));
  return {
    node: div("lt-stop", h("label", { for: id }, label), box, drop, problem),
    draw({ text, problem: wrong }: Stop) {
      if (text !== known && document.activeElement !== box) fill(box, text);
      known = text;
      const { axes } = link.get("sweep");
      const hint = axes.find((axis) => axis.name === name)?.hint;
      box.title = hint ? `Several values with commas, ${hint}` : "Several values with commas";
      show(problem, wrong);
      box.ariaInvalid = wrong ? "true" : null;
    },
  };
}

/** Repeats, one score, a budget. */
function measure({ link, typing }: View) {
  const repeats = h("input", { type: "number", class: "lt-number", min: 1, max: 20, step: 1, "aria-label": "Repeats" });
  const kind = h("select", { class: "lt-select", "aria-label": "Score" });
  const column = h("select", { class: "lt-select", "aria-label": "Column of the score" });
  const pattern = h("input", { type: "text", class: "lt-text", "aria-label": "Pattern of the score", placeholder: "^Dear", autocomplete: "off", spellcheck: "false" });
  const budget = h("input", { type: "text", class: "lt-text", "aria-label": "Budget", autocomplete: "off" });
  const send = () => link.send({
    do: "sweep_score", kind: kind.value as ScoreChoice["kind"], column: column.value.slice(1), pattern: pattern.value,
  });
  for (const box of [kind, column]) box.addEventListener("change", send);
  const type = (box: HTMLInputElement, act: () => void) => {
    const later = typing.later<void>(TYPING * 2, act);
    box.addEventListener("input", () => later.call());
    box.addEventListener("change", later.flush);
  };
  type(pattern, send);
  type(budget, () => link.send({ do: "sweep_budget", budget: budget.value }));
  type(repeats, () => {
    const count = Number(repeats.value);
    if (Number.isInteger(count) && repeats.value) link.send({ do: "sweep_repeats", repeats: count });
  });
  watchSweep({ link }, (now) => {
    for (const [box, text] of [[repeats, String(now.repeats)], [pattern, now.score.pattern], [budget, now.budget]] as const) {
      if (document.activeElement !== box) fill(box, text);
    }
    choose(kind, SCORES, now.score.kind);
    const columns = now.parts.map(({ name }) => [`=${name}`, name]);
    choose(column, { "=": "choose a column", ...Object.fromEntries(columns) }, `=${now.score.column}`);
    column.hidden = now.score.kind !== "contains" && now.score.kind !== "equals";
    pattern.hidden = now.score.kind !== "regex";
    budget.placeholder = now.hint ? `none, or ${now.hint}` : "none";
  });
  const field = (name: string, ...boxes: HTMLElement[]) => div("lt-field-row", span("", name), div("lt-group", ...boxes));
  return div("lt-measure", field("Repeats", repeats), field("Score", kind, column, pattern), field("Budget", budget));
}

/** The button with its price, how far the sweep is, and why it waits. */
function runLine({ link, typing }: View) {
  const press = () => {
    if (typing.refuses("Nothing was sent")) return;
    const { plan, problem } = link.get("sweep");
    if (problem) link.say(problem, true);
    else if (plan) link.send({ do: "sweep_run", plan });
  };
  const run = button("Sweep", press, "lt-primary");
  const stop = button("Stop", () => link.send({ do: "sweep_stop" }), "", "Stop; what has arrived is kept");
  const told = span("lt-quiet");
  const bar = h("progress", { "aria-label": "Progress of the sweep" });
  const problem = div("lt-problem");
  const notes = div("lt-quiet");
  const far = h("div", { class: "lt-quiet lt-far", role: "status" });
  const waits = div("lt-warning");
  watchSweep({ link }, (now) => {
    run.textContent = now.button;
    enable(run, now.plan > 0 && !now.problem && !now.running);
    enable(stop, now.running);
    stop.hidden = !now.running;
    show(told, now.told);
    bar.hidden = !now.running;
    bar.max = Math.max(1, now.total);
    bar.value = now.done;
    show(problem, now.problem);
    drawLines(notes, now.notes);
    show(far, now.progress);
    show(waits, now.waits);
    node.hidden = !now.count;
    below.hidden = !now.count;
  });
  const node = div("lt-bar lt-sweep-run", run, stop, told, bar);
  const below = div("lt-left", problem, far, waits, notes);
  return { nodes: [node, below], press };
}
