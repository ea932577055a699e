/** Nothing that is pressed in the panel may reach the notebook, whose single keys delete cells. */

/**
 * Keep the keys that are pressed on an element from the notebook.
 *
 * JupyterLab listens for keys in the capture phase, before any listener of ours, and skips an element only if the
 * attribute is on it: without it, `d` `d` on a slider deletes the cell. Boxes that scroll take the focus too.
 */
export const keepKeys = (node: HTMLElement) => node.setAttribute("data-lm-suppress-shortcuts", "true");

/** Keeps keys and the focus in the panel. */
export class Focus {
  /** Kept when no pointer is down. */
  pressed: Promise<unknown> = Promise.resolve();
  readonly #root: HTMLElement;

  constructor(root: HTMLElement) {
    this.#root = root;
    for (const type of ["keydown", "keyup", "keypress"]) {
      root.addEventListener(type, (event) => event.stopPropagation());
    }
    root.addEventListener("pointerdown", () => { this.pressed = released(); });
  }

  /** Do something, and keep the focus near what had it and went: on the page, the next key would be the notebook's. */
  keep(act: () => void) {
    const at = document.activeElement;
    act();
    if (!at || !this.#root.contains(at) || at.checkVisibility({ visibilityProperty: true })) return;
    if (document.activeElement !== at && this.#root.contains(document.activeElement)) return; // given to what follows it
    const row = at.closest(".lt-row,.lt-variable,.lt-column");
    const near = row?.querySelector<HTMLElement>(".lt-number,.lt-text,.lt-answer:not([hidden])");
    (near ?? this.#root).focus();
  }
}

/** Wait until the pointer that is down goes up. */
function released() {
  return new Promise<void>((done) => {
    const end = new AbortController();
    const up = () => {
      end.abort();
      setTimeout(done); // after the click, which comes in the same turn
    };
    for (const type of ["pointerup", "pointercancel"]) addEventListener(type, up, end);
  });
}
