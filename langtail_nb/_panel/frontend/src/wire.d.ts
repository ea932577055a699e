/** What Python and the panel's view say to each other. Read by the type checker only; never sent to a browser. */

export type State = "inherited" | "overridden" | "pinned" | "locked" | "unknown";
/** Pieces of two texts: kept, removed, added. Joined as they stand. */
export type Diff = [sign: " " | "-" | "+", text: string][];

export interface Head {
  assistant: string;
  environment: string;
  version: string | null;
  place: string;
  target: string;
  status: "reading" | "known" | "unreadable";
  problem: string | null;
  deployed_model: string | null;
  overrides: number;
  variables: number;
  /** Whether there is anything to reset. */
  own: boolean;
  changed: boolean;
  local: string | null;
}

export interface Parameter {
  name: string;
  label: string;
  option: string;
  kind: string;
  group: "main" | "more";
  state: State;
  value: any;
  deployed: any;
  low: number | null;
  high: number | null;
  step: number | null;
  choices: string[];
  suggestions: string[];
  help: string;
  note: string | null;
  problem: string | null;
  source: "set" | "panel" | null;
}

export interface Variable {
  name: string;
  kind: "text" | "json";
  value: string | null;
  default: string;
  badge: null | "missing" | "unused";
  problem: string | null;
  earlier: string | null;
}

export interface Problem {
  message: number;
  line: number;
  column: number;
  text: string;
  kind: "error" | "warning";
}

export interface Template {
  own: boolean;
  messages: Entry[];
  diff: Diff | null;
  problems: Problem[];
  known: boolean;
}

export interface Column {
  id: string;
  title: string;
  detail: string;
  state: "idle" | "running" | "done" | "stopped" | "failed";
  waiting: string | null;
  note: string[];
  calls: { name: string; arguments: string; result: string }[];
  reasoning: string;
  footer: string[];
  marks: string[];
  asked: string;
  kept: string | null;
  can_keep: boolean;
  serial: number;
  diff: Diff | null;
}

/** One column that the next comparison runs. */
export interface Item {
  id: string;
  title: string;
  detail: string;
  fixed: boolean;
}

/** One run of the history. */
export interface Past {
  id: number;
  at: string;
  source: string;
  where: string;
  detail: string;
  asked: string;
  model: string;
  tokens: string;
  latency: string;
  words: string;
  state: "sent" | "open" | "done" | "partial" | "failed";
}

/** A message as it will be sent, and where it comes from. */
export type Previewed = { role: string; text: string; origin: string };

export interface Traits {
  head: Head;
  parameters: Parameter[];
  variables: Variable[];
  rows: { count: number; at: number | null };
  message: { text: string; serial: number };
  extra: Entry[];
  template: Template;
  tools: { name: string; description: string; hosted: boolean; parameters: string }[];
  preview: { template: Previewed[]; call: Previewed[]; problem: string | null };
  past: Previewed[];
  line: string;
  warnings: string[];
  columns: Column[];
  compare: { on: boolean; items: Item[]; can_add: boolean };
  history: Past[];
  undo: { undo: string | null; redo: string | null };
  busy: boolean;
  thread: string;
}

/** The end of an answer that is still being written: HTML, replaced by the next; or a text that may go on, as code or not. */
export type Tail = { html: string; text?: undefined; code?: undefined } | { text: string; more: boolean; code: boolean } | null;
/** Blocks of an answer that are finished, and its tail. */
export interface Growth {
  id: string;
  serial: number;
  add: string[];
  tail: Tail;
}

/** The part of anywidget's model that is used. */
export interface Model {
  get(name: string): any;
  send(content: any): void;
  on(name: string, back: (...args: any[]) => void): void;
  off(name: string, back: (...args: any[]) => void): void;
  widget_manager?: any;
}

/** A message that is edited in a list of messages: under its name, with the names or addresses of its images. */
export interface Entry {
  of: string;
  role: string;
  text: string;
  images: string[];
  editable: boolean;
}

/** An item of a list on the page: made once, then drawn in place. */
export interface Row<Item> {
  node: HTMLElement;
  draw(item: Item, index: number): void;
}

/** What a parameter's control may do. */
export interface Sink {
  /** Send a value in JSON form. */
  set(value: any): void;
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
