/**
 * The panel's view. Python owns all state: this program draws the traits of one anywidget and sends actions.
 *
 * Texts of models, deployments and users are data. They reach the page as text nodes only (`dom`); an answer's HTML is
 * parsed without being run, and copied through a list of allowed tags (`sanitize`).
 */
import { answers } from "./answers/list";
import { cellLine } from "./cell_line";
import { gone } from "./gone";
import { header } from "./header";
import type { Model } from "./link";
import { begin, runBar, stop } from "./run";
import { sight } from "./sight";
import { tabs } from "./tabs/tabs";
import { type View, viewOf } from "./view";

/** Draw the panel into `el`, and return what takes it away again. */
function render({ model, el }: { model: Model; el: HTMLElement }) {
  const view = viewOf(model);
  const { root, link, typing } = view;
  root.append(gone(view), ...header(view), ...tabs(view), ...runBar(view), sight(view), ...answers(view), cellLine(view));
  root.addEventListener("keydown", (event) => press(view, event));
  link.drawNew();
  el.append(root);
  foldWhenNarrow(view, el);
  link.send({ do: "hello" });
  return () => {
    typing.end();
    link.end();
    root.remove();
  };
}

function press(view: View, event: KeyboardEvent) {
  // The first Esc closes what is open.
  const isOpen = view.root.querySelector(":popover-open");
  if (event.key === "Escape" && !event.isComposing && !isOpen) stop(view);
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  begin(view, "run");
}

/** On a narrow page the parameters start folded, so that Run is in sight. */
function foldWhenNarrow({ root, link }: View, el: HTMLElement) {
  const observer = new ResizeObserver(([{ contentRect: { width } }]) => {
    if (!width) return;
    observer.disconnect();
    if (width < 560) root.querySelector(".lt-parameters")?.removeAttribute("open");
  });
  observer.observe(el);
  link.atEnd(() => observer.disconnect());
}

export default { render };
