/** A few controls that are wanted now and then, behind one button. */
import { h, iconButton } from "./dom";

/** Pixels that a menu may need below its button. */
const ROOM = 140;

/**
 * Return the button and, to stand behind it, the box that it opens. What is in the box is made whenever it opens: a panel
 * has many menus, and few of them are ever opened.
 */
export function menu(name: string, make: (close: () => void) => HTMLElement[]) {
  const box = h("div", { popover: "auto", class: "lt-menu", role: "group", "aria-label": name });
  const opener = iconButton("more", name, () => {});
  opener.popoverTargetElement = box;
  const close = () => box.hidePopover();
  let at: DOMRect;
  // What floats above the page does not go along with what is scrolled below it.
  const follow = () => { if (opener.getBoundingClientRect().top !== at.top) close(); };
  box.addEventListener("beforetoggle", ({ newState }) => {
    removeEventListener("scroll", follow, true);
    if (newState !== "open") return;
    addEventListener("scroll", follow, { capture: true, passive: true });
    at = opener.getBoundingClientRect();
    box.replaceChildren(...make(close));
    place(box, at);
  });
  return [opener, box];
}

/** Put a box below what it belongs to, or above where there is no room. */
function place({ style }: HTMLElement, { top, right, bottom }: DOMRect) {
  const isAbove = bottom + ROOM > innerHeight && top > ROOM;
  style.right = `${document.documentElement.clientWidth - right}px`;
  style.top = isAbove ? "auto" : `${bottom + 2}px`;
  style.bottom = isAbove ? `${innerHeight - top + 2}px` : "auto";
}
