/** Boxes for text, and choices. */
import { type Props, h } from "./dom";

const GROWS = globalThis.CSS?.supports("field-sizing", "content");

/** Fit a text box to its text, where CSS alone does not. */
export function fit(box: HTMLTextAreaElement) {
  if (GROWS || !box.isConnected) return;
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + 2}px`;
}

export function textarea(props: Props) {
  const kind = `lt-text ${props.class ?? ""}`;
  const box = h("textarea", { rows: 1, dir: "auto", spellcheck: "false", ...props, class: kind });
  box.addEventListener("input", () => fit(box));
  return box;
}

/** Replace a box's text and leave its caret where it was. */
export function fill(box: HTMLTextAreaElement | HTMLInputElement, text: string) {
  if (box.value === text) return;
  const caret = document.activeElement === box ? box.selectionStart : null; // null for numbers, too
  box.value = text;
  if (caret !== null) box.setSelectionRange(caret, caret);
  if (box instanceof HTMLTextAreaElement) fit(box);
}

/** Offer choices, labels by value, and one more if the value is none of them. */
export function choose(node: HTMLSelectElement, options: Record<string, string>, value: string) {
  const all = value in options ? options : { ...options, [value]: value };
  const text = JSON.stringify(all);
  if (node.dataset.options !== text) {
    node.dataset.options = text;
    node.replaceChildren(...Object.entries(all).map(([value, label]) => h("option", { value }, label)));
  }
  node.value = value;
}
