/** Texts in several pieces. */
import { bdi, div, h, span } from "./dom";
import type { Column } from "./wire";

/** Draw short texts with dots between them. */
export function drawParts(node: HTMLElement, parts: (string | null)[]) {
  node.replaceChildren(...parts.flatMap((part) => (part ? [bdi(part, "lt-part")] : [])));
}

export function drawLines(node: HTMLElement, lines: string[], kind = "") {
  node.replaceChildren(...lines.map((line) => div(kind, bdi(line))));
  node.hidden = lines.length === 0;
}

/** Signs, lines and colours, never colour alone. */
export function drawDiff(node: HTMLElement, diff: Column["diff"]) {
  const differs = diff?.some(([sign]) => sign !== " ");
  node.replaceChildren(...(diff && differs ? diff.map(([sign, text]) => piece(sign, text)) : ["No difference."]));
}

function piece(sign: string, text: string) {
  if (sign === " ") return bdi(text);
  if (sign === "~") return span("lt-left-out", `⋯ ${text} ⋯`);
  return h(sign === "+" ? "ins" : "del", {}, span("lt-sign", sign === "+" ? "+" : "−"), bdi(text));
}
