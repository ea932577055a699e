/** What Python and the panel's views say to each other. Written by .ci/wire.py; do not edit. */

/** The sections of a panel: the traits of its widget. */
export interface Traits {
  head: Head;
  places: Places;
  parameters: Parameter[];
  variables: Variable[];
  rows: Table;
  message: Typed;
  extra: Draft[];
  template: Template;
  tools: Tool[];
  preview: Preview;
  past: Previewed[];
  form: string;
  line: string;
  warnings: string[];
  columns: Column[];
  earlier: Rows;
  compare: Comparison;
  history: Listed;
  undo: Labels;
  busy: boolean;
  anyway: boolean;
  sweep: SweepSection;
  grid: GridHead;
  grid_seat: GridSeat;
  thread: string;
  save: SaveSection;
  versions: Versions;
  stored: Ticks[];
}

/** What the panel is about; `own` is whether there is anything to reset. */
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
  own: boolean;
  told: string;
  changed: boolean;
  local: string | null;
}

/** What a picker offers: the assistants of the project, and the environments and versions of this one. */
export interface Places { assistants: string[]; environments: string[]; versions: string[] }

/** One parameter as the front end draws it. */
export interface Parameter {
  name: string;
  label: string;
  option: string;
  kind: string;
  group: "main" | "more";
  state: "inherited" | "overridden" | "pinned" | "locked" | "unknown";
  value: unknown;
  deployed: unknown;
  low: number | null;
  high: number | null;
  step: number | null;
  choices: string[];
  suggestions: string[];
  help: string;
  note: string | null;
  problem: string | null;
  source: string | null;
}

/** One variable as the front end draws it. */
export interface Variable {
  name: string;
  kind: "text" | "json";
  value: string | null;
  default: string;
  badge: "missing" | "unused" | null;
  problem: string | null;
  earlier: string | null;
}

/** The rows as the front end draws them: how many, which one stands here, from 0, and what it fills. */
export interface Table {
  count: number;
  at: number | null;
  columns: string[];
  message: string | null;
  told: string;
}

/** The message, its images by name; its serial goes up when it was replaced by other means than typing. */
export interface Typed { text: string; images: string[]; serial: number }

/** One message as its editor holds it. */
export interface Draft { of: string; role: string; text: string; images: string[]; editable: boolean }

/** The template; `own` if it is sent, `known` if what is deployed could be read. */
export interface Template {
  own: boolean;
  known: boolean;
  messages: Draft[];
  diff: [string, string][] | null;
  problems: Problem[];
}

/** What is wrong with the template, and where: in which message, from 0, and line and column, from 1. */
export interface Problem {
  message: number;
  line: number;
  column: number;
  text: string;
  kind: "error" | "warning";
}

/** One tool; `hosted` if Langtail runs it. Its parameters are JSON text. */
export interface Tool { name: string; description: string; hosted: boolean; parameters: string }

/** The messages as they will be sent, but for the conversation between the two lists. */
export interface Preview { template: Previewed[]; call: Previewed[]; problem: string | null }

/** One message of the preview; its images by the names that stand for them, or by their addresses. */
export interface Previewed {
  role: string;
  text: string;
  images: string[];
  origin: "from the template" | "from the thread" | "from Messages" | "your message";
}

/** One answer as the front end draws it; its text comes in pieces of its own. */
export interface Column {
  id: string;
  title: string;
  detail: string;
  state: "idle" | "running" | "done" | "stopped" | "failed";
  waiting: string | null;
  note: string[];
  calls: Called[];
  reasoning: string;
  footer: string[];
  marks: string[];
  asked: string;
  kept: string | null;
  can_keep: boolean;
  serial: number;
  diff: [string, string][] | null;
}

/** A tool that was called; with its result, where Langtail ran it. */
export interface Called { name: string; arguments: string; result: string }

/** The earlier comparisons, the newest first; `cut` if there were more than stay. */
export interface Rows { asked: string; rows: Folded[]; cut: boolean }

/** One earlier comparison as the front end draws it until it is opened. */
export interface Folded { id: string; asked: string; answers: Glimpse[] }

/** One answer of a folded row: what it is called and how it begins. */
export interface Glimpse {
  title: string;
  words: string;
  marks: string[];
  state: "idle" | "running" | "done" | "stopped" | "failed";
  kept: string | null;
}

/** The next comparison: whether anything is put beside the deployed settings, and all its columns. */
export interface Comparison { on: boolean; items: Item[]; can_add: boolean }

/** One column of the next comparison as the front end draws it. */
export interface Item { id: string; title: string; detail: string; fixed: boolean }

/** The newest calls, and how many there are in all. */
export interface Listed { total: number; runs: Run[] }

/** One earlier call as it is listed. */
export interface Run {
  id: number;
  at: string;
  source: string;
  where: string;
  asked: string;
  detail: string;
  model: string;
  tokens: string;
  cost: string;
  latency: string;
  words: string;
  state: string;
}

/** What would be undone and redone, in words. */
export interface Labels { undo: string | null; redo: string | null }

/** The Rows tab: the table's beginning, what is varied, what it will cost, how far it is. */
export interface SweepSection {
  count: number;
  parts: SweepPart[];
  preview: string[][];
  message: string | null;
  axes: SweepAxis[];
  stops: Stop[];
  repeats: number;
  score: ScoreChoice;
  budget: string;
  hint: string;
  settings: string[];
  plan: number;
  button: string;
  told: string;
  notes: string[];
  problem: string | null;
  running: boolean;
  done: number;
  total: number;
  progress: string;
  waits: string;
}

/** A column of the table and what it is for. */
export interface SweepPart { name: string; part: "message" | "sent" | "for scores" }

/** A parameter that stops can be typed for; `deployed` is what counts without any. */
export interface SweepAxis { name: string; label: string; hint: string }

/** Stops on one parameter, as they were typed: `0, 0.5, 1`; and what is wrong with them. */
export interface Stop { name: string; text: string; problem: string | null }

/** The one score; `text` is the pattern or the name of a column. */
export interface ScoreChoice {
  kind: "none" | "contains" | "equals" | "regex" | "json";
  column: string;
  pattern: string;
}

/** What stands above the rows; `serial` goes up with what is there, for a view to ask anew. */
export interface GridHead {
  serial: number;
  rows: number;
  settings: GridSetting[];
  scores: string[];
  marked: GridMarked[];
  told: string[];
}

/** A column: what the setting is called, in a line what is known of it so far, and the word for it. */
export interface GridSetting { setting: number; label: string; told: string; word: string }

/** How many answers a person marked for this score; `can` is whether they can be marked for it. */
export interface GridMarked { score: string; told: string; can: boolean }

/** Where somebody stands in a grid: the rows asked for, None before any, and those that are open. */
export interface GridSeat { wanted: GridWanted | null; open: number[] }

/** Which rows a view asks for: `setting` is the one that differs, won or lost, None for any. */
export interface GridWanted {
  search: string;
  shown: "all" | "differ" | "won" | "lost" | "unscored";
  setting: number | null;
  score: string;
  sort: "difference" | "row";
  page: number;
}

/** What saving would write, once it is open; or in `nowhere` why it cannot, and what to do instead. */
export interface SaveSection {
  open: boolean;
  busy: boolean;
  nowhere: string | null;
  link: boolean;
  file: string;
  serial: number;
  some: boolean;
  differs: boolean;
  facts: Fact[];
  words: [string, string][];
  left: string[];
  variables: Default[];
}

/** One value that differs: its name, and both as they are shown. */
export interface Fact { name: string; before: string; after: string }

/** A variable that is set, and whether its text is to be its default. */
export interface Default { name: string; on: boolean }

/** How two deployments differ, once that is open; `problem` is why they cannot be read. */
export interface Versions {
  open: boolean;
  busy: boolean;
  choices: Choice[];
  first: string;
  second: string;
  problem: string | null;
  facts: Fact[];
  words: [string, string][];
}

/** A deployment that can be compared with another, or `here`, what is set in this kernel. */
export interface Choice { name: string; label: string }

/** The values of one parameter at which there is an answer. */
export interface Ticks { name: string; values: number[] }

/** What one answer grew by, or all of it: blocks that are finished, as HTML, and its tail. */
export interface Piece { id: string; serial: number; add: string[]; tail: HtmlTail | TextTail | null }

/** The end of an answer that is still being written, as HTML that replaces what stood there. */
export interface HtmlTail { html: string }

/** The end of an answer as a text, which continues what stood there if `more`, and may be code. */
export interface TextTail { text: string; more: boolean; code: boolean }

/** An earlier comparison that was opened: its columns, and their answers from their start. */
export interface Opened { id: string; columns: Column[]; full: Piece[] }

/** Calls as they were asked for, at most fifty; `total` counts those of all pages. */
export interface Page { wanted: Wanted; total: number; runs: Run[] }

/** Which calls a view asks for; `before` is the number of the last that it has. */
export interface Wanted {
  search: string;
  whose: "all" | "kernel" | "panel" | "cells" | "panels";
  failed: boolean;
  before: number | null;
}

/** One call in full: all that was asked, and the answer as blocks of HTML. */
export interface Whole {
  id: number;
  settings: string[];
  asked: Previewed[];
  answer: string[];
  calls: string[];
  problem: string | null;
}

/** A page as it was asked for; `total` counts the rows of all pages. */
export interface GridPage { wanted: GridWanted; total: number; pages: number; rows: GridRow[] }

/** A row in the list; its number is from 0. */
export interface GridRow { row: number; asked: string; beside: string[]; cells: GridCell[] }

/** One setting's answer to a row, its beginning; `share` is how much of pass or fail has passed. */
export interface GridCell {
  text: string;
  state: "there" | "same" | "failed" | "none";
  score: string;
  share: number | null;
  result: "won" | "lost" | "tied" | "unscored" | "";
  mark: string;
}

/** A row in full; its marks are those for one score. */
export interface GridWhole {
  row: number;
  score: string;
  asked: string;
  fields: GridField[];
  columns: GridColumn[];
}

/** A column of the table with its value in a row. */
export interface GridField { name: string; value: string; part: string }

/** One setting's answers to a row, a repeat each. */
export interface GridColumn { setting: number; label: string; answers: GridAnswer[] }

/** One answer in full; `diff` is against the first setting's of the same repeat, None for that. */
export interface GridAnswer {
  repeat: number;
  text: string;
  diff: [string, string][] | null;
  problem: string | null;
  facts: string[];
  scores: GridScore[];
  mark: "good" | "not" | "" | null;
}

/** What a score says of one answer, and why; `text` is `unscored` where it says nothing. */
export interface GridScore { name: string; text: string; reason: string }

/** An answer was marked, or that was taken back. */
export interface GridGiven {
  score: string;
  row: number;
  setting: number;
  repeat: number;
  mark: "good" | "not" | "";
  told: string;
}

/** A message as its editor holds it; `of` is the name of the one that it was. */
export interface Edited { of?: string; role: string; text: string; images?: string[]; editable?: boolean }

export type Said =
  /** A line for the status area. */
  | { say: string; bad?: boolean }
  /** An action was carried out, and there is nothing to say of it. */
  | { heard: string }
  /** An answer has grown. */
  | { grow: Piece }
  /** Answers from their start. */
  | { full: Piece[] }
  /** A row of the earlier comparisons, for the views that have it open. */
  | { row: Opened }
  /** A page of earlier calls. */
  | { found: Page }
  /** An earlier call in full. */
  | { whole: Whole }
  /** The tokens of the prompt, for the view that asked `of` it; None where nobody can tell. */
  | { counted: number | null; of: string }
  /** The data of an image, by its name. */
  | { picture: string; data: string }
  /** A text for the clipboard, of which kind it is, and what to say once it is there. */
  | { copy: string; text: string; told: string }
  /** The texts of the cells that do the same, and what to say once they are there. */
  | { insert: string[]; told: string }
  /** A page of a sweep's rows. */
  | { grid_page: GridPage }
  /** A row of a sweep in full. */
  | { grid_row: GridWhole }
  /** An answer of a sweep was marked. */
  | { grid_marked: GridGiven };

export type Action =
  /** A view opened: it wants what is not in a trait. */
  | { do: "hello" }
  /** The panel is to be on another assistant, environment or version, written as on a cell's line. */
  | { do: "switch"; target: string }
  /** A parameter's control was set to a value. */
  | { do: "set"; name: string; value: unknown }
  /** A parameter is to be sent, or to be as deployed again. */
  | { do: "use"; name: string; on: boolean }
  /** One parameter is to be as deployed again; or all, and the variables. */
  | { do: "reset"; name: string | null }
  /** A variable was typed, or taken out; or is to be edited as another kind. */
  | { do: "variable"; name: string; value: string | null; kind?: "text" | "json" }
  /** Message and variables are to be filled from a row of the table, counted from 0. */
  | { do: "fill"; row: number }
  /** The message is to come from another column of the table, or from none. */
  | { do: "message_from"; column: string | null }
  /** The message was typed. */
  | { do: "message"; text: string }
  /** Images were attached to the message, or taken away; these are the names of all. */
  | { do: "images"; images: string[] }
  /** The messages before the message were edited. */
  | { do: "extra"; messages: Edited[] }
  /** An image was attached; it is known by its name from now on. */
  | { do: "picture"; name: string; data: string }
  /** The template was edited; or is to be as deployed again. */
  | { do: "template"; messages: Edited[] | null }
  /** The last edit is to be taken back. */
  | { do: "undo" }
  /** It is to be made again. */
  | { do: "redo" }
  /** A page of the earlier calls is wanted, behind the one of the number `before`. */
  | { do: "find"; search: string; whose: "all" | "kernel" | "panel" | "cells" | "panels"; failed: boolean; before: number | null }
  /** An earlier call is wanted in full. */
  | { do: "whole"; id: number }
  /** How many tokens the prompt has is wanted; the answer says `of` again. */
  | { do: "count"; of: string }
  /** The settings of an earlier call are to be put back. */
  | { do: "restore"; id: number }
  /** An earlier answer is to be compared with. */
  | { do: "pin"; id: number }
  /** Run was pressed, by someone who saw answers up to the serial `after`; and, if so, "Run anyway". */
  | { do: "run"; after?: number; anyway?: boolean }
  /** One column is to be stopped, or all. */
  | { do: "stop"; column?: string | null }
  /** An answer is to be made part of the conversation. */
  | { do: "keep"; column: string; serial: number }
  /** The conversation is to be left. */
  | { do: "new_thread" }
  /** Compare was pressed, as Run. */
  | { do: "compare"; after?: number; anyway?: boolean }
  /** The settings as they are now are to be compared, too. */
  | { do: "compare_add" }
  /** A column is to be taken out of the comparison. */
  | { do: "compare_drop"; id: string }
  /** What is deployed is to be read anew. */
  | { do: "refresh" }
  /** The request is wanted as a text. */
  | { do: "copy"; kind: string }
  /** The cell that does the same is wanted. */
  | { do: "insert" }
  /** The request is to be shown in this form. */
  | { do: "form"; kind: string }
  /** A row of the earlier comparisons was opened. */
  | { do: "open"; row: string }
  /** The settings of an answer are to be those of the panel. */
  | { do: "take_settings"; column: string; serial: number }
  /** The text of an answer is wanted for the clipboard. */
  | { do: "take_text"; column: string; serial: number }
  /** The cell that asks as an answer was asked is wanted. */
  | { do: "take_cell"; column: string; serial: number }
  /** A page of the rows is wanted. */
  | { do: "grid_find"; wanted: GridWanted }
  /** A row is wanted in full, with the marks for a score. */
  | { do: "grid_open"; row: number; score: string }
  /** A row that was open is closed. */
  | { do: "grid_close"; row: number }
  /** A setting's values are to be those that panel and cells ask with. */
  | { do: "grid_use"; setting: number }
  /** The cell that asks a row as a setting asked it is wanted. */
  | { do: "grid_cell"; setting: number; row: number }
  /** A key was pressed on an answer: good, not, or neither; the key that gave a mark takes it back. */
  | { do: "grid_mark"; setting: number; row: number; repeat: number; score: string; key: "y" | "n" | "u" }
  /** The Rows tab was turned to: it wants to know what a sweep costs. */
  | { do: "sweep_look" }
  /** Stops of a parameter were typed; None takes it out. */
  | { do: "sweep_stops"; name: string; text: string | null }
  /** How often each setting answers each row. */
  | { do: "sweep_repeats"; repeats: number }
  /** What is to be measured. */
  | { do: "sweep_score"; kind: "none" | "contains" | "equals" | "regex" | "json"; column: string; pattern: string }
  /** What it may cost. */
  | { do: "sweep_budget"; budget: string }
  /** A table was pasted. */
  | { do: "sweep_paste"; text: string }
  /** The button was pressed, by someone who saw the plan of this number. */
  | { do: "sweep_run"; plan: number }
  /** What runs is to be stopped. */
  | { do: "sweep_stop" }
  /** What saving would write is to be shown; or not any more. */
  | { do: "save_open"; on: boolean }
  /** A variable is to be saved as a default, or not. */
  | { do: "save_default"; name: string; on: boolean }
  /** What a view shows under this serial is to be written. */
  | { do: "save_write"; serial: number }
  /** How two versions differ is to be shown; or not any more. */
  | { do: "versions_open"; on: boolean }
  /** Two other deployments are to be compared. */
  | { do: "versions_pick"; first: string; second: string };
