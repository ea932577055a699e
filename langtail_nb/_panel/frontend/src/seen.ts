/** What is done when something comes into sight. */
import type { Link } from "./link";

/** Tell whenever an element comes into sight or leaves it. */
export function watchSeen(link: Link, node: HTMLElement, told: (isSeen: boolean) => void) {
  const observer = new IntersectionObserver((seen) => told(seen[seen.length - 1].isIntersecting));
  observer.observe(node);
  link.atEnd(() => observer.disconnect());
}
