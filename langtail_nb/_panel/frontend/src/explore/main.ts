/** The explorer's view: the answers of one run, on the parts of the panel. */
import { gone } from "../gone";
import type { Model } from "../link";
import { viewOf } from "../view";
import { div } from "../dom";
import { grid } from "./grid";

const WORDS = {
  use: "To panel",
  useTitle: "Have the assistant's panels and the next cell ask with this setting",
  cell: "As cell",
};

function render({ model, el }: { model: Model; el: HTMLElement }) {
  const view = viewOf(model);
  const { root, link, typing, taking } = view;
  root.ariaLabel = "Answers of a sweep";
  root.classList.add("langtail-explorer");
  root.append(gone(view), grid(view, WORDS), div("lt-bar lt-foot", link.status), taking.spare);
  link.drawNew();
  el.append(root);
  return () => {
    typing.end();
    link.end();
    root.remove();
  };
}

export default { render };
