/** Question, controls and answer in one sight: what moves when a run begins. */
import { div } from "./dom";
import type { View } from "./view";

/** Pixels of an answer that are wanted in sight: its head and eight lines. */
const WANTED = 240;

/** Return what stands before the answers, and is brought into sight with room below it when this view begins a run. */
export function sight(view: View) {
  const { root, link, focus } = view;
  const node = div("lt-sight");
  let hasFolded = false;
  link.watch("busy", (busy) => { node.classList.toggle("lt-busy", busy); });
  link.watch("columns", (columns) => {
    if (!columns.some(({ serial }) => serial > view.asked)) return;
    view.asked = Infinity;
    if (!hasFolded && !fits(root, node)) focus.keep(() => foldAll(root));
    hasFolded = true;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    node.scrollIntoView({ block: "nearest", inline: "nearest", behavior: still ? "instant" : "smooth" });
  });
  return node;
}

/** Whether the question can be seen together with the beginning of the answer. */
function fits(root: HTMLElement, end: HTMLElement) {
  const start = root.querySelector(".lt-message");
  if (!start?.checkVisibility()) return true;
  const taken = end.getBoundingClientRect().top - start.getBoundingClientRect().top;
  return taken + WANTED <= heightOfSight(root);
}

function heightOfSight(root: HTMLElement) {
  for (let node = root.parentElement; node; node = node.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(node).overflowY) && node.scrollHeight > node.clientHeight) {
      return node.clientHeight;
    }
  }
  return innerHeight;
}

/** Fold what is set to a line each, but for where the focus is, and where somebody has unfolded more. */
function foldAll(root: HTMLElement) {
  for (const node of root.querySelectorAll<HTMLDetailsElement>(".lt-fold")) {
    if (!node.contains(document.activeElement) && !node.querySelector("[open]")) node.open = false;
  }
}
