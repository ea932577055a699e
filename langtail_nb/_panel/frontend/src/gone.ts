/** A panel whose kernel is gone: it says so at once, looks so, and is left to be read and copied. */
import { div } from "./dom";
import { GONE } from "./link";
import type { View } from "./view";

/** What would seem to change something; of texts, only what changes them is kept away. */
const CHANGES = "select,[type=checkbox],[type=range],[type=number]";

export function gone({ root, link }: View) {
  const banner = div("lt-notice lt-bad lt-gone");
  banner.role = "alert";
  banner.hidden = true;
  let alive = true;
  link.atLife((now) => {
    alive = now;
    banner.hidden = alive;
    banner.textContent = alive ? "" : GONE;
    root.classList.toggle("lt-ended", !alive);
  });
  const refuse = (event: Event) => { if (!alive) event.preventDefault(); };
  root.addEventListener("beforeinput", refuse, true);
  root.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (key !== "Tab" && target instanceof Element && target.matches(CHANGES)) refuse(event);
  }, true);
  return banner;
}
