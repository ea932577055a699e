/** The control of a parameter, and what it may do. */
import type { Parameter } from "../wire";

/** What a control may do. */
export interface Sink {
  /** Send a value in JSON form. */
  set(value: unknown): void;
  /** Go back to what is deployed. */
  off(): void;
  /** Say what is wrong before anything is sent. */
  complain(text: string | null): void;
}

export interface Control {
  nodes: HTMLElement[];
  /** The one that the row's label names. */
  main: HTMLElement & { placeholder?: string };
  draw(row: Parameter): void;
}
