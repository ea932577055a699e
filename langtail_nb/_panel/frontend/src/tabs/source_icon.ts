/** Who made a call, as a sign with a name. */
import { rename, strokes } from "../dom";

/** Strokes in a box of 16, and what they are called. */
const SIGNS: Record<string, [string, string]> = {
  cell: ["M2.5 3.5h11v9h-11zM5 6.5l2 1.5-2 1.5M8.5 10h3", "a cell"],
  panel: ["M3 4.5h5.5M11.5 4.5H13M3 8h1.5M7.5 8H13M3 11.5h6.5M12.5 11.5h.5M10 3v3M6 6.5v3M11 10v3", "a panel"],
  compare: ["M2.5 3.5h4v9h-4zM9.5 3.5h4v9h-4z", "a comparison"],
  ask: ["M10 2.5H8.8A1.8 1.8 0 0 0 7 4.3v7.4a1.8 1.8 0 0 1-1.8 1.8H4.5M4.5 7h5.5", "lt.ask"],
};
const OTHER = "M8 7.2v1.6";

/** Draw the sign; its name tells where it was asked, too. */
export function drawSource(node: HTMLElement, source: string, where: string) {
  const [path, called] = SIGNS[source] ?? [OTHER, source];
  node.role = "img";
  rename(node, `from ${called}${where && `, in ${where}`}`);
  node.replaceChildren(strokes(path));
}
