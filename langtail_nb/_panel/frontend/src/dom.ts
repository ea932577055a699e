/**
 * The elements of the panel; every one of them is made here.
 *
 * Texts of models, deployments and users are data. They reach the page as text nodes only.
 */
import { keepKeys } from "./focus";

export type Child = Node | string | null | undefined | false;
/** Attributes, and listeners as functions named on…; null and false leave an attribute out. */
export type Props = Record<string, string | number | boolean | null | undefined | ((event: never) => void)>;

/** Make an element; a string in place of its props is its classes. */
export function h<Name extends keyof HTMLElementTagNameMap>(
  name: Name, props: string | Props = {}, ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const node = document.createElement(name);
  keepKeys(node);
  for (const [key, value] of Object.entries(typeof props === "string" ? { class: props } : props)) {
    if (typeof value === "function") node.addEventListener(key.slice(2), value as EventListener);
    else if (value != null && value !== false) node.setAttribute(key, value === true ? "" : String(value));
  }
  for (const child of children) if (child) node.append(child);
  return node;
}

export const div = (kind: string, ...children: Child[]) => h("div", kind, ...children);
export const span = (kind: string, ...children: Child[]) => h("span", kind, ...children);
/** Text of someone else, whose direction must not leak into ours. */
export const bdi = (text: string, kind = "") => h("bdi", kind, text);
export const tag = (text: string, kind = "") => span(`lt-tag ${kind}`, bdi(text));
/** A box that can be scrolled, by keyboard too. */
export const scroller = (kind: string, name: string, ...children: Node[]) =>
  h("div", { class: kind, tabindex: 0, role: "group", "aria-label": name }, ...children);

/** Strokes in a box of 16. */
const ICONS = {
  undo: "M6 3 3 6l3 3M3 6h6.5a3.5 3.5 0 0 1 0 7H6",
  redo: "M10 3l3 3-3 3M13 6H6.5a3.5 3.5 0 0 0 0 7H10",
  reset: "M3.5 6.5a5 5 0 1 1-.4 3M3 3v3.5h3.5",
  up: "M8 13V3.5M4 7l4-4 4 4",
  down: "M8 3v9.5M4 9l4 4 4-4",
  close: "M4 4l8 8M12 4l-8 8",
  open: "M9.5 3H13v3.5M13 3 9 7M6.5 13H3V9.5M3 13l4-4",
  image: "M2.5 3h11v10h-11zM2.5 11l3.5-3.5 2.5 2.5 2-2 3 3M10.4 6h.2",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
};

/** Draw an icon of strokes in a box of 16. */
export function strokes(lines: string) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.ariaHidden = "true";
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", lines);
  svg.append(path);
  return svg;
}

/**
 * Make a button. It looks switched off with `aria-disabled` (`enable`), so that it keeps the focus: a disabled element
 * loses it to the page, and the next key would reach the notebook. It acts all the same: what was typed a moment ago
 * may have given it something to do that Python has not told yet.
 */
export function button(label: string, act: () => void, kind = "", title?: string) {
  return h("button", { type: "button", class: `lt-button ${kind}`, title, onclick: act }, label);
}

/** Make a button that shows an icon; the label is its name. */
export function iconButton(kind: keyof typeof ICONS, label: string, act: () => void) {
  const node = h("button", { type: "button", class: "lt-button lt-bare", onclick: act }, strokes(ICONS[kind]));
  rename(node, label);
  return node;
}

export function enable(node: HTMLElement, on: boolean) {
  node.ariaDisabled = on ? null : "true";
}

/** Give a button of an icon another name. */
export function rename(node: HTMLElement, label: string) {
  node.title = label;
  node.ariaLabel = label;
}

/** Show a text, or hide its element if there is none. */
export function show(node: HTMLElement, text: string | null = null) {
  if (node.textContent !== (text ?? "")) node.textContent = text ?? "";
  node.hidden = !text;
}

/** Show what is wrong with a control. */
export function blame(control: HTMLElement, node: HTMLElement, text: string | null) {
  show(node, text);
  control.ariaInvalid = text ? "true" : null;
}

let made = 0;
// Each panel of a page loads this module anew, so a number alone would name the controls of the first one.
const PREFIX = `langtail-${Math.random().toString(36).slice(2)}`;
/** An id that no other view of the page has. */
export const fresh = () => `${PREFIX}-${++made}`;
