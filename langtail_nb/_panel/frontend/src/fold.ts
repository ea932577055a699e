/** A section that can be folded to the line of its name, which then says what is set in it. */
import { type Child, type Props, h, span } from "./dom";
import { drawParts } from "./words";

export interface Fold {
  readonly node: HTMLDetailsElement;
  /** Say what is set, in short pieces. */
  sum(parts: (string | null)[]): void;
}

export function fold(name: string, beside: Child[], inside: Child[], props: Props = {}): Fold {
  const told = span("lt-told lt-quiet");
  const summary = h("summary", "lt-head", span("", name), ...beside, told);
  const node = h("details", { open: true, ...props, class: `lt-fold ${props.class ?? ""}` }, summary, ...inside);
  return { node, sum: (parts) => drawParts(told, parts) };
}
