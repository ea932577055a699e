/** A sweep's answers, rows × settings: a page at a time, filtered, searched, sorted; a row opens in place. */
import { choose } from "../boxes";
import { bdi, button, div, enable, h, scroller, show, span, tag } from "../dom";
import { keyed } from "../keyed";
import { TYPING } from "../typing";
import type { View } from "../view";
import type { GridHead, GridPage, GridRow, GridWanted } from "../wire";
import { drawLines } from "../words";
import { gridRow } from "./row";
import type { Words } from "./shared";

type Shown = GridWanted["shown"];
const SHOWN: Record<Shown, string> = {
  all: "all rows", differ: "that differ", won: "won", lost: "lost", unscored: "unscored",
};
const FIRST: GridWanted = { search: "", shown: "all", setting: null, score: "", sort: "difference", page: 0 };
const NEVER = "No row is like this. Other words, or “all rows”, may find one.";

export function grid(view: View, words: Words) {
  const { link } = view;
  const seat = link.get("grid_seat");
  const wanted: GridWanted = { ...(seat.wanted ?? FIRST) };
  const open = new Set(seat.open);
  const told = div("lt-quiet");
  const heads = h("div", { class: "lt-grid-heads", role: "row" });
  const body = h("div", { role: "rowgroup" });
  const none = div("lt-empty");
  const head = () => link.get("grid");
  const score = () => wanted.score || head().scores[0] || "";
  const { draw, rows } = keyed(body, "row", (row: GridRow) => gridRow({ view, words, head, score, open }, row));
  const table = h("div", { class: "lt-grid", role: "table", "aria-label": "Answers by row and setting" }, heads, body);
  const scroll = scroller("lt-grid-scroll", "Answers", table);
  const bar = choices(view, wanted, () => {
    drawMarked();
    for (const row of rows.values()) row.refresh();
    ask(0);
  });
  const pages = pager(() => wanted.page, ask);
  const node = h("section", { class: "lt-results", "aria-label": "Answers of the sweep" }, bar.node, told, scroll, none, pages.node);
  let serial = -1;

  function ask(page: number) {
    wanted.page = page;
    link.send({ do: "grid_find", wanted: { ...wanted } });
  }

  function drawMarked(told = head().marked.find((one) => one.score === score())?.told) {
    show(pages.marked, told ?? null);
  }

  function receive({ wanted: of, rows: found, total, pages: count }: GridPage) {
    if (JSON.stringify({ ...of, page: 0 }) !== JSON.stringify({ ...wanted, page: 0 })) return;
    // Of a page that was left while it was on its way nothing is drawn; of rows that became fewer the last one is.
    if (of.page !== wanted.page && !(of.page < wanted.page && of.page === count - 1)) return;
    wanted.page = of.page;
    drawKeeping(found);
    show(none, found.length ? null : NEVER);
    scroll.hidden = !found.length;
    pages.draw(of.page, count, total);
  }

  /** Draw the rows; the focus stays in the row that moves, and goes to the first where its row is on the page no more. */
  function drawKeeping(found: GridRow[]) {
    const at = body.contains(document.activeElement) ? document.activeElement as HTMLElement : null;
    draw(found);
    if (at && at !== document.activeElement) (body.contains(at) ? at : body.querySelector<HTMLElement>(".lt-row-head"))?.focus();
  }

  link.watch("grid", (head) => {
    node.hidden = !head.settings?.length;
    if (node.hidden || head.serial === serial) return;
    serial = head.serial;
    drawHeads(view, heads, head, words);
    table.style.setProperty("--settings", String(head.settings.length));
    bar.draw(head);
    drawMarked();
    drawLines(told, head.told);
    for (const row of rows.values()) row.refresh();
    ask(wanted.page);
  });
  link.hear("grid_page", ({ grid_page }) => receive(grid_page));
  link.hear("grid_row", ({ grid_row }) => { if (grid_row.score === score()) rows.get(grid_row.row)?.open(grid_row); });
  link.hear("grid_marked", ({ grid_marked }) => {
    if (grid_marked.score !== score()) return;
    rows.get(grid_marked.row)?.mark(grid_marked);
    drawMarked(grid_marked.told);
  });
  scroll.addEventListener("keydown", (event) => step(event, body, (by) => pages.turn(by)));
  return node;
}

/** The columns' names, what is known of each, and what can be done with it. */
function drawHeads({ typing }: View, heads: HTMLElement, { settings }: GridHead, words: Words) {
  const cells = settings.map(({ setting, label, told, word }, at) => {
    const use = button(words.use, () => typing.replace({ do: "grid_use", setting }), "lt-link", words.useTitle);
    use.ariaLabel = `${words.use}: ${label}`;
    const name = at ? use : span("lt-quiet", "what the others are compared with");
    return h("div", { role: "columnheader" }, div("lt-group", bdi(label, "lt-head"), wordOf(word)), facts(told), name);
  });
  // The focus may be on one of them, and what is told changes several times a second.
  const text = JSON.stringify(settings.map(({ label, word }) => [label, word]));
  if (heads.dataset.of === text) {
    settings.forEach(({ told }, at) => { heads.children[at + 1].children[1].replaceWith(facts(told)); });
    return;
  }
  heads.dataset.of = text;
  heads.replaceChildren(h("div", { role: "columnheader", class: "lt-quiet" }, "Row"), ...cells);
}

/** What is known of a setting; no part of it is torn in two. */
const facts = (told: string) => div("lt-facts lt-quiet", ...told.split(" · ").map((part) => bdi(part)));

const wordOf = (word: string) => word && tag(word, word === "better" ? "lt-good" : word === "worse" ? "lt-bad" : "");

/** Search, filter, sort. */
function choices({ typing }: View, wanted: GridWanted, changed: () => void) {
  const search = h("input", {
    type: "search", class: "lt-text lt-search", "aria-label": "Search rows", dir: "auto", autocomplete: "off",
    placeholder: "Question or answer",
  });
  search.value = wanted.search;
  const later = typing.later<void>(TYPING, () => {
    wanted.search = search.value.trim();
    changed();
  });
  search.addEventListener("input", () => later.call());
  search.addEventListener("keydown", ({ key }) => { if (key === "Enter") later.flush(); });
  const shown = select("Which rows", () => { wanted.shown = shown.value as Shown; });
  const setting = select("Of which setting", () => { wanted.setting = setting.value ? Number(setting.value) : null; });
  const score = select("By which score", () => { wanted.score = score.value.slice(1); });
  const sort = select("Sort rows", () => { wanted.sort = sort.value as GridWanted["sort"]; });
  choose(sort, { difference: "most different first", row: "in their order" }, wanted.sort);

  function select(label: string, act: () => void) {
    const node = h("select", { class: "lt-select", "aria-label": label, onchange() {
      act();
      setting.hidden = wanted.shown === "all";
      changed();
    } });
    return node;
  }

  return {
    node: div("lt-bar lt-choices", search, shown, setting, score, sort),
    draw({ settings, scores }: GridHead) {
      const kinds = Object.entries(SHOWN).filter(([kind]) => scores.length || kind === "all" || kind === "differ");
      choose(shown, Object.fromEntries(kinds), wanted.shown);
      // Keys that look like numbers would be sorted before the empty one.
      const others = settings.map(({ setting: at, label }) => [` ${at}`, label]).slice(1);
      choose(setting, { "": "in any setting", ...Object.fromEntries(others) }, wanted.setting === null ? "" : ` ${wanted.setting}`);
      setting.hidden = wanted.shown === "all";
      choose(score, Object.fromEntries(scores.map((name) => [`=${name}`, name])), `=${wanted.score || scores[0] || ""}`);
      score.hidden = scores.length < 2;
    },
  };
}

/** Where the page stands, and the way to the others: from the one that is asked for, which may not have come yet. */
function pager(wanted: () => number, turnTo: (page: number) => void) {
  let last = 0;
  const turn = (by: number) => {
    const to = wanted() + by;
    if (to >= 0 && to <= last) turnTo(to);
  };
  const back = button("‹", () => turn(-1), "lt-small lt-step", "Previous page");
  const forth = button("›", () => turn(1), "lt-small lt-step", "Next page");
  back.ariaLabel = back.title;
  forth.ariaLabel = forth.title;
  const told = span("lt-quiet");
  told.role = "status";
  const marked = span("lt-quiet lt-marked");
  marked.role = "status";
  const node = div("lt-between", marked, div("lt-group lt-pages", back, told, forth));
  return {
    node,
    marked,
    turn,
    draw(page: number, pages: number, total: number) {
      last = pages - 1;
      enable(back, page > 0);
      enable(forth, page < last);
      back.hidden = forth.hidden = pages < 2;
      const rows = `${total.toLocaleString("en")} row${total === 1 ? "" : "s"}`;
      told.textContent = pages > 1 ? `page ${page + 1} of ${pages} · ${rows}` : rows;
    },
  };
}

/** Arrows move from row to row, PageUp and PageDown from page to page. */
function step(event: KeyboardEvent, body: HTMLElement, turn: (by: number) => void) {
  const target = event.target as HTMLElement;
  if (target.matches("textarea,input,select")) return;
  const page = { PageDown: 1, PageUp: -1 }[event.key];
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (page === undefined && by === undefined) return;
  const heads = [...body.querySelectorAll<HTMLElement>(".lt-row-head")];
  const at = heads.indexOf(target);
  if (by !== undefined && at < 0) return;
  event.preventDefault();
  if (page !== undefined) turn(page);
  else heads[Math.min(heads.length - 1, Math.max(0, at + (by ?? 0)))]?.focus();
}
