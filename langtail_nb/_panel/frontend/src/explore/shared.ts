/** What the rows of the answers have in common. */
import type { View } from "../view";
import type { GridHead } from "../wire";

/** What an action of the grid is called where it stands. */
export interface Words {
  use: string;
  useTitle: string;
  cell: string;
}

/** What the rows of a grid share. */
export interface Shared {
  readonly view: View;
  readonly words: Words;
  head(): GridHead;
  /** The score that is looked at, which marks are given for. */
  score(): string;
  /** The rows that are open, on whatever page. */
  readonly open: Set<number>;
}
