/** Earlier calls of the assistant, from panels and cells: searched, turned over by pages, opened in place. */
import { button, div, h, scroller, show } from "../dom";
import { keyed } from "../keyed";
import { watchSeen } from "../seen";
import { TYPING } from "../typing";
import type { View } from "../view";
import type { Listed, Run, Wanted } from "../wire";
import { historyRow } from "./history_row";

type Choice = Pick<Wanted, "search" | "whose" | "failed">;
/** Whose calls are listed. */
const WHOSE: Record<Wanted["whose"], string> = {
  all: "everywhere", kernel: "this notebook", panel: "this panel", cells: "cells", panels: "panels",
};
const NEVER = "No runs yet. Runs of this panel and of cells are listed here.";

export function historyTab(view: View) {
  const none = div("lt-empty");
  const list = h("ul", { class: "lt-history" });
  const more = button("Show more", () => pages.more(), "lt-small lt-more");
  const { draw, rows } = keyed(list, "id", (run: Run) => historyRow(view, run));
  const choice = choices(view, () => pages.begin());
  const pages = paging(view, choice.now, (runs, total) => {
    draw(runs);
    choice.count(runs.length, total);
    more.hidden = runs.length >= total;
    list.hidden = !runs.length;
    show(none, runs.length ? null : choice.isOpen() ? NEVER : "No such run. Other words, or “everywhere”, may find it.");
  });
  view.link.hear("whole", ({ whole }) => rows.get(whole.id)?.open(whole));
  watchSeen(view.link, more, (isSeen) => { if (isSeen) pages.more(); });
  return [choice.node, scroller("lt-scroll", "Runs", list, more), none];
}

/** What is searched for, and how many there are. */
function choices({ typing, link }: View, changed: () => void) {
  const told = div("lt-quiet lt-found");
  told.role = "status";
  const search = h("input", {
    type: "search", class: "lt-text lt-search", "aria-label": "Search runs", dir: "auto",
    placeholder: "Question, answer or setting", autocomplete: "off",
  });
  const whose = h("select", { class: "lt-select", "aria-label": "Runs of" });
  whose.append(...Object.entries(WHOSE).map(([value, label]) => h("option", { value }, label)));
  const failed = h("input", { type: "checkbox" });
  const later = typing.later(TYPING, changed);
  const now = (): Choice => ({
    search: search.value.trim(), whose: whose.value as Wanted["whose"], failed: failed.checked,
  });
  search.addEventListener("input", () => later.call(undefined));
  search.addEventListener("keydown", ({ key }) => { if (key === "Enter") later.flush(); });
  for (const box of [whose, failed]) box.addEventListener("change", changed);
  const node = div("lt-bar lt-choices", search, whose, h("label", "lt-check", failed, "failed only"), told);
  return {
    node,
    now,
    isOpen: () => isOpen(now()),
    count(shown: number, total: number) {
      told.textContent = shown < total ? `${shown.toLocaleString("en")} of ${total.toLocaleString("en")}` : `${total}`;
      node.hidden = !total && isOpen(now()) && !link.get("history").total;
    },
  };
}

const isOpen = ({ search, whose, failed }: Choice) => !search && whose === "all" && !failed;

/** Pages as they come: the newest with the trait, or asked for where there is a choice; older ones behind them. */
function paging({ link }: View, chosen: () => Choice, draw: (runs: Run[], total: number) => void) {
  let known: Run[] = [];
  let total = 0;
  let awaited = "";

  function ask(before: number | null) {
    const wanted: Wanted = { ...chosen(), before };
    awaited = JSON.stringify(wanted);
    link.send({ do: "find", ...wanted });
  }

  /** Put a page in place of what is known of its part of the list. */
  function put(runs: Run[], before: number | null, all: number) {
    const newer = before === null ? [] : known.filter(({ id }) => id >= before);
    const last = runs.at(-1)?.id ?? 0;
    const older = newer.length + runs.length < all ? known.filter(({ id }) => id < last) : [];
    known = [...newer, ...runs, ...older];
    total = Math.max(all, known.length);
    draw(known, total);
  }

  function first(listed: Listed = link.get("history")) {
    if (isOpen(chosen())) put(listed.runs, null, listed.total);
    else ask(null);
  }

  link.watch("history", (listed) => first(listed));
  link.hear("found", ({ found: { wanted, runs, total } }) => {
    const { search, whose, failed, before } = wanted;
    if (JSON.stringify({ search, whose, failed, before }) !== awaited) return;
    awaited = "";
    put(runs, before, total);
  });
  return {
    begin() {
      known = [];
      awaited = "";
      first();
    },
    more() {
      const last = known.at(-1)?.id;
      if (!awaited && last !== undefined && known.length < total) ask(last);
    },
  };
}
