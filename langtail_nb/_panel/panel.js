// @ts-check
/**
 * The panel's view. Python owns all state: this module draws the traits of one anywidget and sends actions.
 *
 * Texts of models, deployments and users are data. They reach the page as text nodes only; an answer's HTML is
 * parsed without being run, and copied node by node through a list of allowed tags (`clean`).
 *
 * In order: elements, answers made safe, what is typed and its echo, the view, then its parts from the
 * top of the panel to its bottom.
 */

/** @import {Column, Control, Diff, Entry, Growth, Item, Model, Parameter, Past, Problem, Row, Sink, State, Tail, Traits, Variable} from "./types" */

const ROLES = ["system", "user", "assistant", "tool"];
const IMAGE_BYTES = 5 * 1024 * 1024;
const IMAGE = /^data:image\/(png|jpeg|gif|webp);base64,/;
/** Milliseconds. TYPING is what PANEL traffic needs to stay far below the server's message limit. */
const TYPING = 200, DRAGGING = 100, ECHO = 1500, SILENCE = 6000;

/** What a view shows before Python has set a trait. @type {Traits} */
const NOTHING = {
  head: {
    assistant: "", environment: "", version: null, place: "", target: "", status: "reading", problem: null,
    deployed_model: null, overrides: 0, changed: false, local: null,
  },
  parameters: [], variables: [], rows: { count: 0, at: null }, message: { text: "", serial: 0 }, extra: [],
  template: { own: false, messages: [], deployed: null, diff: null, problems: [], known: false },
  tools: [], preview: { messages: [], problem: null }, line: "", warnings: [], columns: [],
  compare: { on: false, items: [], room: 0 }, history: [], undo: { undo: null, redo: null }, busy: false, thread: "",
};

/* ---- Elements ---- */

/**
 * Make an element; every one of the panel is made here.
 *
 * JupyterLab listens for keys in the capture phase, before any listener of ours, and skips an element only if
 * the attribute is on it: without it, `d` `d` on a slider deletes the cell. Scrolling boxes take focus too.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [props] attributes, and listeners as functions named on…; null and false are left out
 * @param {...(Node|string|null|undefined)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  node.setAttribute("data-lm-suppress-shortcuts", "true");
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value != null && value !== false) node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child != null) node.append(child);
  return node;
}

/** Icons: strokes in a box of 16. */
const ICONS = {
  undo: "M6 3 3 6l3 3M3 6h6.5a3.5 3.5 0 0 1 0 7H6",
  redo: "M10 3l3 3-3 3M13 6H6.5a3.5 3.5 0 0 0 0 7H10",
  reset: "M3.5 6.5a5 5 0 1 1-.4 3M3 3v3.5h3.5",
  up: "M8 13V3.5M4 7l4-4 4 4",
  down: "M8 3v9.5M4 9l4 4 4-4",
  close: "M4 4l8 8M12 4l-8 8",
};

/** @param {keyof typeof ICONS} name */
function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  for (const [key, value] of [["viewBox", "0 0 16 16"], ["aria-hidden", "true"], ["class", "lt-icon"]]) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/**
 * Make a button. It is switched off with `aria-disabled`, so that it keeps the focus: a disabled element loses it
 * to the page, and the next key would reach the notebook.
 *
 * @param {string} label what it shows, or its name if it shows an icon
 * @param {() => void} act
 * @param {{kind?: string, title?: string, icon?: keyof typeof ICONS}} [more]
 */
function button(label, act, more = {}) {
  const bare = more.icon && !more.kind;
  const node = h(
    "button",
    {
      type: "button", class: `lt-button ${more.kind ?? ""} ${bare ? "lt-bare" : ""}`, title: more.title ?? (bare ? label : null),
      "aria-label": bare ? label : null,
      onclick: () => { if (node.getAttribute("aria-disabled") !== "true") act(); },
    },
    more.icon ? icon(more.icon) : null,
    bare ? null : label,
  );
  return node;
}

/** @param {HTMLElement} node @param {boolean} on */
function enable(node, on) {
  if (on) node.removeAttribute("aria-disabled");
  else node.setAttribute("aria-disabled", "true");
}

/** Name an icon button anew. @param {HTMLElement} node @param {string} label */
function rename(node, label) {
  node.title = label;
  node.setAttribute("aria-label", label);
}

/** Text of someone else, whose direction must not leak into ours. @param {string} text @param {string} [kind] */
const bdi = (text, kind) => h("bdi", { class: kind }, text);

/** Show a text, or hide its element if there is none. @param {HTMLElement} node @param {string|null|undefined} text */
function show(node, text) {
  if (node.textContent !== (text ?? "")) node.textContent = text ?? "";
  node.hidden = !text;
}

/** @param {string} text @param {string} [kind] */
const tag = (text, kind = "") => h("span", { class: `lt-tag ${kind}` }, bdi(text));

/** @param {number} count @param {string} noun */
const many = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** @param {HTMLElement} node @param {string[]} lines @param {string} [kind] */
function drawLines(node, lines, kind) {
  node.replaceChildren(...lines.map((line) => h("div", { class: kind }, bdi(line))));
  node.hidden = lines.length === 0;
}

/**
 * Draw a diff: signs and colours, never a colour alone, never a stroke through words that must stay readable.
 * @param {HTMLElement} node @param {Diff|null} diff
 */
function drawDiff(node, diff) {
  const pieces = (diff ?? []).map(([sign, text]) => {
    if (sign === " ") return bdi(text);
    return h(sign === "+" ? "ins" : "del", {}, h("span", { class: "lt-sign" }, sign === "+" ? "+" : "−"), bdi(text));
  });
  node.replaceChildren(...(pieces.some((piece) => piece.localName !== "bdi") ? pieces : ["No difference."]));
}

/**
 * Keep one child per item: made once, drawn in place, moved only when out of order, so that focus and caret stay.
 * @template Item
 * @param {HTMLElement} parent
 * @param {(item: Item, index: number) => string|number} key
 * @param {(item: Item) => Row<Item>} make
 */
function keyed(parent, key, make) {
  /** @type {Map<string|number, Row<Item>>} */
  const rows = new Map();
  /** @param {Item[]} items */
  const draw = (items) => {
    const keys = items.map(key);
    const wanted = new Set(keys);
    for (const [id, row] of rows) {
      if (wanted.has(id)) continue;
      row.node.remove();
      rows.delete(id);
    }
    let place = parent.firstChild;
    items.forEach((item, index) => {
      let row = rows.get(keys[index]);
      if (!row) rows.set(keys[index], (row = make(item)));
      if (row.node === place) place = place.nextSibling;
      else parent.insertBefore(row.node, place);
      row.draw(item, index);
    });
  };
  return { draw, get: (/** @type {string|number} */ id) => rows.get(id) };
}

let made = 0;
/** An id that no other view of the page has. */
const fresh = () => `langtail-${++made}`;

const GROWS = globalThis.CSS?.supports("field-sizing", "content");

/** Fit a text box to its text, where CSS alone does not. @param {HTMLTextAreaElement} box */
function fit(box) {
  if (GROWS || !box.isConnected) return;
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + 2}px`;
}

/** @param {Record<string, any>} props @returns {HTMLTextAreaElement} */
function textarea(props) {
  const box = h("textarea", { rows: 1, dir: "auto", spellcheck: "false", ...props, class: `lt-text ${props.class ?? ""}` });
  box.addEventListener("input", () => fit(box));
  return box;
}

/** Replace a box's text and leave its caret where it was. @param {HTMLTextAreaElement|HTMLInputElement} box @param {string} text */
function fill(box, text) {
  if (box.value === text) return;
  const focused = document.activeElement === box && box.type !== "number";
  const [start, end] = focused ? [box.selectionStart, box.selectionEnd] : [0, 0];
  box.value = text;
  if (focused) box.setSelectionRange(start, end);
  if (box instanceof HTMLTextAreaElement) fit(box);
}

/** @param {HTMLSelectElement} node @param {{value: string, label: string}[]} options @param {string} value */
function choose(node, options, value) {
  const all = options.some((option) => option.value === value) ? options : [...options, { value, label: value }];
  const text = JSON.stringify(all);
  if (node.dataset.options !== text) {
    node.dataset.options = text;
    node.replaceChildren(...all.map((option) => h("option", { value: option.value }, option.label)));
  }
  node.value = value;
}

/* ---- Answers made safe ---- */

const ALLOWED = new Set(
  ("p em strong s code pre ul ol li blockquote h1 h2 h3 h4 h5 h6 table thead tbody tr th td hr br a").split(" "),
);
/** Elements whose text is no text for readers. */
const SILENT = new Set(["script", "style", "template", "noscript", "iframe", "object", "textarea", "title", "xmp"]);
const SAFE_LINK = new Set(["http:", "https:", "mailto:"]);

/** The address if it may be followed, else null. @param {string|null} href */
function safeLink(href) {
  try {
    const url = new URL(href ?? "");
    return SAFE_LINK.has(url.protocol) ? url.href : null;
  } catch {
    return null; // relative: it would point into the notebook server
  }
}

/** Copy the attributes that are allowed. @param {Element} from @param {HTMLElement} to */
function copyAttributes(from, to) {
  if (to instanceof HTMLAnchorElement) {
    const href = safeLink(from.getAttribute("href"));
    if (href) Object.assign(to, { href, target: "_blank", rel: "noopener noreferrer" });
  }
  if (to instanceof HTMLOListElement && /^\d{1,9}$/.test(from.getAttribute("start") ?? "")) {
    to.start = Number(from.getAttribute("start"));
  }
  const language = /(?:^|\s)(language-[\w+#.-]{1,40})(?:\s|$)/.exec(from.className);
  if (to.localName === "code" && language) to.className = language[1];
  // Each block finds its own direction; code runs from left to right.
  to.dir = to.localName === "code" || to.localName === "pre" ? "ltr" : "auto";
}

/** @param {Node} from @param {Node} to */
function copyNodes(from, to) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.appendChild(document.createTextNode(node.nodeValue ?? ""));
    if (!(node instanceof Element)) continue;
    if (ALLOWED.has(node.localName)) {
      const copy = h(/** @type {"p"} */ (node.localName));
      copyAttributes(node, copy);
      copyNodes(node, copy);
      to.appendChild(copy);
    } else if (node.localName === "img") {
      // Fetching it would tell a stranger that this was read.
      to.appendChild(document.createTextNode(node.getAttribute("alt") ?? ""));
    } else if (!SILENT.has(node.localName)) {
      copyNodes(node, to);
    }
  }
}

/** Return the nodes of an HTML text that are allowed. Parsed by DOMParser, which runs and fetches nothing. @param {string} html */
function clean(html) {
  const fragment = document.createDocumentFragment();
  copyNodes(new DOMParser().parseFromString(html, "text/html").body, fragment);
  return fragment;
}

/* ---- What is typed, and its echo ---- */

/**
 * Guards a control against the echo of an older value: what was sent is shown until Python has it, or has
 * answered something else and stayed with it. A silent kernel (busy with a cell) changes nothing.
 */
class Held {
  /** @param {() => void} redraw draws the newest trait */
  constructor(redraw) {
    this.redraw = redraw;
    /** @type {string|null} */
    this.sent = null;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.timer = undefined;
  }

  /** @param {any} value */
  set(value) {
    this.release();
    this.sent = JSON.stringify(value);
  }

  /** Return whether a value that arrived may be drawn. @param {any} value */
  takes(value) {
    if (this.sent !== null && JSON.stringify(value) !== this.sent) {
      this.timer ??= setTimeout(() => { this.release(); this.redraw(); }, ECHO);
      return false;
    }
    this.release();
    return true;
  }

  release() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.sent = null;
  }
}

/**
 * Call `act` with the newest value, but not at once.
 * @template Value
 * @param {number} ms
 * @param {(value: Value) => void} act
 * @param {boolean} steady true: while values keep coming, act every `ms`; false: wait until they pause
 */
function later(ms, act, steady = false) {
  /** @type {{value: Value}|null} */
  let waiting = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const due = waiting;
    waiting = null;
    if (due) act(due.value);
  };
  /** @param {Value} value */
  const call = (value) => {
    waiting = { value };
    if (!steady) clearTimeout(timer);
    if (!steady || timer === undefined) timer = setTimeout(flush, ms);
  };
  return { call, flush };
}

/* ---- The view ---- */

/** One view of the panel: the link to the model, and what its parts share. */
class View {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.root = h("div", { class: "langtail-panel", tabindex: -1, role: "group", "aria-label": "Langtail panel" });
    // Filled twice with the same words, a live region says nothing the second time.
    this.status = h("div", { class: "lt-status", role: "status", "aria-live": "polite" });
    /** @type {(() => void)[]} */
    this.draws = [];
    /** @type {(() => void)[]} */
    this.ends = [];
    /** @type {Set<() => void>} */
    this.flushes = new Set();
    /** @type {Set<Held>} */
    this.holds = new Set();
    /** @type {Record<string, (content: any) => void>} */
    this.messages = { say: (text) => this.say(text) };
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.silence = undefined;
    this.on("msg:custom", (content) => {
      for (const [name, value] of Object.entries(content ?? {})) this.messages[name]?.(value);
    });
  }

  /** @template {keyof Traits} Name @param {Name} name @returns {Traits[Name]} */
  get(name) {
    return this.model.get(name) ?? NOTHING[name];
  }

  /** @param {string} name @param {(...args: any[]) => void} back */
  on(name, back) {
    const heard = (/** @type {any[]} */ ...args) => {
      clearTimeout(this.silence);
      this.silence = undefined;
      back(...args);
    };
    this.model.on(name, heard);
    this.ends.push(() => this.model.off(name, heard));
  }

  /** Draw now and whenever one of the traits changes. @param {(keyof Traits)[]} names @param {() => void} draw */
  watch(names, draw) {
    for (const name of names) this.on(`change:${name}`, draw);
    this.draws.push(draw);
  }

  /** @param {{do: string} & Record<string, any>} action */
  send(action) {
    try {
      this.model.send(action);
    } catch {
      this.say("The kernel is gone. Run the cell again for a live panel.");
      return;
    }
    this.silence ??= setTimeout(() => {
      this.say("No word from the kernel yet: it is busy or was restarted. After a restart, run the cell again.");
    }, SILENCE);
  }

  /** @param {string} text */
  say(text) {
    this.status.textContent = text;
  }

  /** @param {() => void} redraw */
  hold(redraw) {
    const held = new Held(redraw);
    this.holds.add(held);
    return held;
  }

  /** @template Value @param {number} ms @param {(value: Value) => void} act @param {boolean} [steady] */
  later(ms, act, steady) {
    const one = later(ms, act, steady);
    this.flushes.add(one.flush);
    return one;
  }

  /** Send what is still waiting, and what a box holds that is only sent when it is left. */
  flush() {
    const at = document.activeElement;
    if (at && this.root.contains(at) && at.matches("input, textarea")) at.dispatchEvent(new Event("change"));
    for (const flush of this.flushes) flush();
  }

  /** Send an action after which the traits are right, whatever was typed before. @param {{do: string} & Record<string, any>} action */
  replace(action) {
    this.flush();
    for (const held of this.holds) held.release();
    this.send(action);
  }

  /** @param {"run"|"compare"} what */
  run(what) {
    if (this.get("busy")) return;
    this.flush();
    this.send({ do: what });
  }

  stop() {
    if (this.get("busy")) this.send({ do: "stop", column: null });
  }

  end() {
    clearTimeout(this.silence);
    for (const flush of this.flushes) flush();
    for (const held of this.holds) held.release();
    for (const end of this.ends) end();
  }
}

/* ---- Header ---- */

/** @param {View} view */
function header(view) {
  const name = h("div", { class: "lt-name" });
  const place = h("div", { class: "lt-quiet" });
  const count = h("span", { class: "lt-quiet" });
  const undo = button("Undo", () => view.replace({ do: "undo" }), { icon: "undo" });
  const redo = button("Redo", () => view.replace({ do: "redo" }), { icon: "redo" });
  const reset = button("Reset all", () => view.replace({ do: "reset", name: null }), { kind: "lt-plain" });
  const notice = h("div", { class: "lt-notice", hidden: true });
  const words = h("span");
  const reload = button("Reload", () => view.send({ do: "refresh" }), { kind: "lt-small" });
  notice.append(words, reload);
  view.watch(["head"], () => {
    const head = view.get("head");
    name.replaceChildren(
      bdi(head.assistant, "lt-assistant"),
      ...(head.environment ? [h("span", { class: "lt-slash" }, "/"), bdi(head.environment)] : []),
      ...(head.version ? [bdi(`@${head.version}`, "lt-version")] : []),
      ...(head.local ? [tag(head.local, "lt-local")] : []),
    );
    const model = head.status === "reading" ? "reading the deployment…" : head.deployed_model && `deployed with ${head.deployed_model}`;
    place.replaceChildren(...[head.place, model].filter((part) => !!part).map((part) => bdi(part ?? "", "lt-part")));
    place.title = head.target;
    const some = head.overrides > 0;
    count.textContent = some ? many(head.overrides, "override") : "as deployed";
    count.classList.toggle("lt-accent", some);
    enable(reset, some);
    const unread = head.status === "unreadable";
    notice.hidden = !head.changed && !unread;
    notice.classList.toggle("lt-bad", unread);
    words.replaceChildren(
      unread
        ? bdi(head.problem ?? "The deployment could not be read.")
        : "The deployment changed since this panel was opened. What was not set here runs as it is deployed now.",
    );
    reload.textContent = unread ? "Try again" : "Reload";
  });
  view.watch(["undo"], () => {
    const { undo: back, redo: forth } = view.get("undo");
    rename(undo, back ? `Undo: ${back}` : "Undo");
    rename(redo, forth ? `Redo: ${forth}` : "Redo");
    enable(undo, !!back);
    enable(redo, !!forth);
  });
  return [
    h("div", { class: "lt-header" }, h("div", { class: "lt-title" }, name, place), h("div", { class: "lt-group" }, undo, redo, count, reset)),
    notice,
  ];
}

/* ---- Parameters ---- */

/** A value as people read it. @param {any} value @param {string} name */
function words(value, name) {
  if (value === null || value === undefined) return "";
  if (name === "max_tokens" && value === -1) return "no limit";
  if (typeof value === "boolean") return value ? "on" : "off";
  if (name === "response_format") return value.type === "json_object" ? "JSON" : JSON.stringify(value);
  if (Array.isArray(value)) return value.map((one) => (typeof one === "string" ? JSON.stringify(one) : String(one))).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** What a row stands at: its own value, else the deployed one. @param {Parameter} row */
const stands = (row) => row.value ?? row.deployed;

/** @param {View} view @param {Parameter} first @param {Sink} sink @returns {Control} */
function numberControl(view, first, sink) {
  const open = first.name === "max_tokens";
  const low = open ? 1 : first.low;
  const step = first.step ?? (first.kind === "integer" ? 1 : 0.01);
  const box = h("input", { type: "number", class: "lt-number", min: low, max: first.high, step, inputmode: "decimal" });
  const side = open ? noLimit(first, sink) : low !== null && first.high !== null ? slider(view, first, sink, box) : null;
  const typed = view.later(TYPING * 2, () => commit());
  const commit = () => {
    sink.complain(box.validity.badInput ? "Not a number." : null);
    if (box.validity.badInput) return;
    if (box.value === "") sink.off();
    else sink.set(Number(box.value));
  };
  box.addEventListener("input", () => {
    side?.follow(box.value);
    if (box.value !== "") typed.call(undefined);
  });
  box.addEventListener("change", () => { typed.call(undefined); typed.flush(); });
  // Scrolling the notebook over a focused box must not turn its number.
  box.addEventListener("wheel", () => { box.readOnly = true; setTimeout(() => (box.readOnly = false)); }, { passive: true });
  return {
    nodes: [box, side ? side.node : h("span")],
    main: box,
    draw(row) {
      if (side?.node.matches(":active")) return;
      const value = stands(row);
      fill(box, value === null || (open && value === -1) ? "" : String(value));
      box.placeholder = open && value === -1 ? "no limit" : "not set";
      side?.draw(row);
    },
  };
}

/** @param {View} view @param {Parameter} first @param {Sink} sink @param {HTMLInputElement} box */
function slider(view, first, sink, box) {
  const low = first.low ?? 0, high = first.high ?? 1;
  const range = h("input", {
    type: "range", class: "lt-range", min: low, max: high, step: first.step ?? 0.01, "aria-label": `${first.label} slider`,
  });
  const node = h("span", { class: "lt-slide" }, range);
  const share = (/** @type {number} */ value) => (value - low) / (high - low);
  const paint = (/** @type {string} */ word) => {
    node.style.setProperty("--at", String(share(Number(range.value))));
    range.setAttribute("aria-valuetext", word);
  };
  const moved = view.later(DRAGGING, (/** @type {number} */ value) => sink.set(value), true);
  range.addEventListener("input", () => {
    box.value = range.value;
    paint(range.value);
    moved.call(Number(range.value));
  });
  range.addEventListener("change", () => moved.flush());
  return {
    node,
    follow(/** @type {string} */ text) {
      range.value = text;
      paint(text);
    },
    draw(/** @type {Parameter} */ row) {
      const value = stands(row);
      range.value = String(value ?? low);
      paint(value === null ? "not set" : row.value === null ? `${value}, as deployed` : String(value));
      node.classList.toggle("lt-mark", row.deployed !== null);
      node.style.setProperty("--deployed", String(share(Number(row.deployed ?? low))));
    },
  };
}

/** The box beside max_tokens. @param {Parameter} first @param {Sink} sink */
function noLimit(first, sink) {
  let deployed = first.deployed;
  const box = h("input", { type: "checkbox", "aria-label": `${first.label}: no limit` });
  // 800 is what Langtail gives a new assistant.
  box.addEventListener("change", () => sink.set(box.checked ? -1 : deployed > 0 ? deployed : 800));
  return {
    node: h("label", { class: "lt-check" }, box, "no limit"),
    follow(/** @type {string} */ _text) { box.checked = false; },
    draw(/** @type {Parameter} */ row) {
      deployed = row.deployed;
      box.checked = stands(row) === -1;
    },
  };
}

/** @param {View} _view @param {Parameter} first @param {Sink} sink @returns {Control} */
function textControl(_view, first, sink) {
  const list = h("datalist", { id: fresh() });
  const box = h("input", { type: "text", class: "lt-text", list: list.id, dir: "auto", spellcheck: "false", autocomplete: "off" });
  box.addEventListener("change", () => (box.value === "" ? sink.off() : sink.set(box.value)));
  return {
    nodes: [box, list],
    main: box,
    draw(row) {
      fill(box, row.value === null ? "" : String(row.value));
      box.placeholder = words(row.deployed, row.name) || "not set";
      list.replaceChildren(...row.suggestions.map((value) => h("option", { value })));
    },
  };
}

/** Up to four texts, each in a box of its own because a stop text may hold a line break. @param {View} _view @param {Parameter} first @param {Sink} sink @returns {Control} */
function textsControl(_view, first, sink) {
  const boxes = [1, 2, 3, 4].map((place) => textarea({ "aria-label": `${first.label} ${place}`, class: "lt-mono" }));
  const commit = () => {
    const texts = boxes.map((box) => box.value).filter((text) => text !== "");
    if (texts.length) sink.set(texts);
    else sink.off();
  };
  for (const box of boxes) box.addEventListener("change", commit);
  return {
    nodes: [h("div", { class: "lt-texts" }, ...boxes)],
    main: boxes[0],
    draw(row) {
      const texts = Array.isArray(row.value) ? row.value : row.value === null ? [] : [String(row.value)];
      boxes.forEach((box, place) => {
        if (document.activeElement !== box) fill(box, texts[place] ?? "");
        box.placeholder = place === 0 ? words(row.deployed, row.name) || "none" : "another";
        box.hidden = place > texts.length;
      });
    },
  };
}

/** @param {View} _view @param {Parameter} first @param {Sink} sink @returns {Control} */
function choiceControl(_view, first, sink) {
  const flag = first.kind === "flag";
  const node = h("select", { class: "lt-select" });
  node.addEventListener("change", () => {
    if (node.value === "") sink.off();
    else sink.set(flag ? node.value === "on" : node.value);
  });
  return {
    nodes: [node],
    main: node,
    draw(row) {
      const deployed = words(row.deployed, row.name);
      const choices = flag ? ["on", "off"] : row.choices;
      const options = [{ value: "", label: deployed ? `as deployed (${deployed})` : "as deployed" }];
      choose(node, [...options, ...choices.map((value) => ({ value, label: value }))], words(row.value, row.name));
    },
  };
}

/** @param {View} _view @param {Parameter} _first @param {Sink} sink @returns {Control} */
function objectControl(_view, _first, sink) {
  const box = textarea({ class: "lt-mono", placeholder: "{}" });
  box.addEventListener("change", () => {
    if (box.value.trim() === "") return sink.off();
    try {
      sink.set(JSON.parse(box.value));
      sink.complain(null);
    } catch (error) {
      sink.complain(`Not JSON: ${error instanceof Error ? error.message : error}`);
    }
  });
  return {
    nodes: [box],
    main: box,
    draw(row) {
      if (document.activeElement === box) return;
      fill(box, row.value === null ? "" : JSON.stringify(row.value, null, 1));
      box.placeholder = words(row.deployed, row.name) || "{}";
    },
  };
}

/** Its box is the row's own: a call can ask for JSON, never take it back. @param {View} _view @param {Parameter} _first @param {Sink} sink @returns {Control} */
function jsonControl(_view, _first, sink) {
  const box = h("input", { type: "checkbox" });
  box.addEventListener("change", () => (box.checked ? sink.set({ type: "json_object" }) : sink.off()));
  const node = h("label", { class: "lt-check" }, box, "JSON");
  return { nodes: [node], main: box, draw(row) { box.checked = stands(row) !== null && stands(row) !== false; } };
}

/** @type {Record<string, (view: View, first: Parameter, sink: Sink) => Control>} */
const CONTROLS = {
  number: numberControl, integer: numberControl, text: textControl, texts: textsControl, choice: choiceControl,
  flag: choiceControl, object: objectControl, json_mode: jsonControl,
};
const NUMBERS = new Set(["number", "integer"]);

/** @param {View} view @param {Parameter} first @returns {Row<Parameter>} */
function parameterRow(view, first) {
  let row = first;
  const held = view.hold(() => draw(row));
  const problem = h("div", { class: "lt-problem", id: fresh(), hidden: true });
  const help = h("span", { class: "lt-hidden", id: fresh() });
  /** @type {Sink} */
  const sink = {
    set(value) {
      if (held.sent === JSON.stringify(value) || (held.sent === null && !row.problem && same(row, value))) return;
      held.set(value);
      mark("overridden");
      view.send({ do: "set", name: row.name, value });
    },
    off() {
      held.release();
      if (row.state === "inherited" && !row.problem) control.draw(row);
      else view.send({ do: "use", name: row.name, on: false });
    },
    complain: (text) => show(problem, text),
  };
  const control = (CONTROLS[first.kind] ?? textControl)(view, first, sink);
  const use = h("input", { type: "checkbox", "aria-label": `Send ${first.label}` });
  use.addEventListener("change", () => {
    held.release();
    view.send({ do: "use", name: row.name, on: use.checked });
  });
  control.main.id = fresh();
  control.main.setAttribute("aria-describedby", `${help.id} ${problem.id}`);
  const label = h("label", { for: control.main.id, class: "lt-label" }, bdi(first.label));
  const pinned = tag("pinned");
  pinned.title = "Equal to what is deployed, and sent all the same";
  const deployed = h("span", { class: "lt-deployed" });
  const reset = button(`Reset ${first.label}`, () => { held.release(); view.send({ do: "reset", name: row.name }); }, { icon: "reset" });
  const note = h("div", { class: "lt-note", hidden: true });
  const wide = !NUMBERS.has(first.kind);
  const node = h(
    "div",
    { class: `lt-row ${wide ? "lt-wide" : ""}` },
    h("span", { class: "lt-use" }, first.kind === "json_mode" ? null : use),
    h("div", { class: "lt-called" }, label, pinned),
    h("div", { class: "lt-control" }, ...control.nodes),
    deployed, reset, note, problem, help,
  );

  /** @param {State} state */
  function mark(state) {
    const own = state === "overridden" || state === "pinned";
    node.dataset.state = state;
    use.checked = own;
    pinned.hidden = state !== "pinned";
    reset.classList.toggle("lt-away", !own && !row.problem);
    for (const one of node.querySelectorAll("input, select, textarea")) one.toggleAttribute("disabled", state === "locked");
  }

  /** @param {Parameter} now */
  function draw(now) {
    row = now;
    const taken = held.takes(now.value);
    if (taken && !now.problem) control.draw(now);
    mark(taken || now.problem ? now.state : "overridden");
    const told = words(now.deployed, now.name);
    deployed.textContent = told || (now.state === "unknown" ? "?" : "–");
    deployed.title = told ? `deployed: ${told}` : now.state === "unknown" ? "What is deployed is not known" : "Not set in the deployment";
    show(problem, now.problem);
    control.main.toggleAttribute("aria-invalid", !!now.problem);
    if (now.problem) control.main.setAttribute("aria-invalid", "true");
    show(note, now.note);
    const source = now.source === "set" ? " Set with %langtail set." : "";
    help.textContent = `${now.help}.${source} ${deployed.title}.`;
    label.title = `${now.help}${now.option ? ` (${now.option})` : ""}${source ? `.${source}` : ""}`;
    node.dataset.help = `${now.help}${now.option ? ` · ${now.option}` : ""}`;
  }
  return { node, draw };
}

/** Whether a row already sends this value. @param {Parameter} row @param {any} value */
const same = (row, value) => row.value !== null && JSON.stringify(row.value) === JSON.stringify(value);

/** @param {View} view */
function parameters(view) {
  const columns = h("div", { class: "lt-columns-head", "aria-hidden": "true" }, h("span"), h("span"), h("span", {}, "Sent"), h("span", {}, "Deployed"));
  const main = h("div", { class: "lt-rows" });
  const more = h("div", { class: "lt-rows" });
  const title = h("span");
  const fold = h("details", { class: "lt-more" }, h("summary", {}, title), more);
  const count = h("span", { class: "lt-count" });
  // One place for the help of the row in use, so that nothing moves when another takes the focus.
  const help = h("div", { class: "lt-help", "aria-hidden": "true" });
  const all = h("details", { class: "lt-parameters", open: true }, h("summary", { class: "lt-head" }, "Parameters ", count), columns, main, fold, help);
  const tell = (/** @type {Event} */ event) => {
    const row = event.target instanceof Element ? event.target.closest(".lt-row") : null;
    if (row instanceof HTMLElement) help.textContent = row.dataset.help ?? "";
  };
  all.addEventListener("focusin", tell);
  all.addEventListener("pointerover", tell);
  const first = keyed(main, (/** @type {Parameter} */ row) => row.name, (row) => parameterRow(view, row));
  const rest = keyed(more, (/** @type {Parameter} */ row) => row.name, (row) => parameterRow(view, row));
  const own = (/** @type {Parameter[]} */ rows) => rows.filter((row) => row.state === "overridden" || row.state === "pinned").length;
  view.watch(["parameters"], () => {
    const rows = view.get("parameters");
    const later = rows.filter((row) => row.group === "more");
    first.draw(rows.filter((row) => row.group !== "more"));
    rest.draw(later);
    fold.hidden = later.length === 0;
    title.textContent = own(later) ? `More parameters, ${own(later)} set` : "More parameters";
    show(count, own(rows) ? `${own(rows)} set` : "");
  });
  return all;
}

/* ---- Message and variables ---- */

/** @param {View} view */
function messageBox(view) {
  const box = textarea({ id: fresh(), rows: 3, class: "lt-message", spellcheck: "true", placeholder: "Ask something. Empty: the template alone is sent." });
  const thread = h("div", { class: "lt-quiet" });
  const send = view.later(TYPING, (/** @type {string} */ text) => view.send({ do: "message", text }));
  let { serial, text: known } = { serial: NaN, text: "" };
  let dirty = false;
  box.addEventListener("input", () => { dirty = true; send.call(box.value); });
  box.addEventListener("change", () => send.flush());
  // The kernel may hold an older text, of before a reconnection: a run always brings its own.
  view.flushes.add(() => { if (dirty || box.value !== view.get("message").text) view.send({ do: "message", text: box.value }); dirty = false; });
  view.watch(["message"], () => {
    const now = view.get("message");
    const elsewhere = now.text !== known && !dirty && document.activeElement !== box;
    if (now.serial !== serial || elsewhere) fill(box, now.text);
    if (now.text === box.value) dirty = false;
    ({ serial, text: known } = now);
  });
  view.watch(["thread"], () => show(thread, view.get("thread")));
  return h("div", { class: "lt-field" }, h("label", { for: box.id, class: "lt-head" }, "Message"), box, thread);
}

/** @param {View} view @param {Variable} first @returns {Row<Variable>} */
function variableRow(view, first) {
  let row = first;
  const held = view.hold(() => draw(row));
  const box = textarea({ id: fresh() });
  const problem = h("div", { class: "lt-problem", id: fresh(), hidden: true });
  const badges = h("span", { class: "lt-badges" });
  const kind = h("select", { class: "lt-select lt-kind", "aria-label": `Kind of ${first.name}` });
  const reset = button(`Reset ${first.name}`, () => { held.release(); view.send({ do: "variable", name: row.name, value: null }); }, { icon: "reset" });
  const send = view.later(TYPING, (/** @type {string} */ value) => view.send({ do: "variable", name: row.name, value }));
  box.setAttribute("aria-describedby", problem.id);
  box.addEventListener("input", () => { held.set(box.value); send.call(box.value); });
  box.addEventListener("change", () => send.flush());
  kind.addEventListener("change", () => view.send({ do: "variable", name: row.name, value: row.value === null && box.value === "" ? null : box.value, kind: kind.value }));
  const node = h(
    "div",
    { class: "lt-variable" },
    h("div", { class: "lt-called" }, h("label", { for: box.id, class: "lt-label lt-mono" }, bdi(first.name)), badges, kind, reset),
    box, problem,
  );
  /** @param {Variable} now */
  function draw(now) {
    row = now;
    if (held.takes(now.value)) fill(box, now.value ?? "");
    box.placeholder = now.value === "" ? "empty" : now.earlier ?? now.default;
    box.classList.toggle("lt-mono", now.kind === "json");
    choose(kind, [{ value: "text", label: "text" }, { value: "json", label: "JSON" }], now.kind);
    badges.replaceChildren(
      ...(now.badge ? [tag(now.badge, now.badge === "missing" ? "lt-warn" : "")] : []),
      ...(now.value === null && now.earlier !== null ? [tag("from the previous turn")] : []),
    );
    node.dataset.state = now.value === null ? "inherited" : "overridden";
    reset.classList.toggle("lt-away", now.value === null);
    if (now.problem) box.setAttribute("aria-invalid", "true");
    else box.removeAttribute("aria-invalid");
    show(problem, now.problem);
  }
  return { node, draw };
}

/** @param {View} view */
function variables(view) {
  const list = h("div", { class: "lt-variables" });
  const place = h("input", { type: "number", class: "lt-number", min: 1, step: 1, value: 1, "aria-label": "Row of the table" });
  const total = h("span", { class: "lt-quiet" });
  const from = h("div", { class: "lt-group" }, "Row", place, total, button("Fill in", () => view.replace({ do: "fill", row: Number(place.value) }), { kind: "lt-small" }));
  const node = h("div", { class: "lt-field" }, h("div", { class: "lt-between" }, h("span", { class: "lt-head" }, "Variables"), from), list);
  const draw = keyed(list, (/** @type {Variable} */ row) => row.name, (row) => variableRow(view, row)).draw;
  view.watch(["variables"], () => {
    const rows = view.get("variables");
    draw(rows);
    node.hidden = rows.length === 0;
  });
  view.watch(["rows"], () => {
    const { count, at } = view.get("rows");
    from.hidden = count === 0;
    place.max = String(count);
    total.textContent = `of ${count}`;
    if (at !== null && document.activeElement !== place) place.value = String(at);
  });
  return node;
}

/* ---- Lists of messages: the template, and those before the message ---- */

/**
 * A list of messages that can be edited. The copy on screen leads while it is being typed; each entry has a key of
 * its own, so that moving and deleting take the boxes along.
 *
 * @param {View} view
 * @param {{what: string, images: boolean, read(): Entry[], send(entries: Entry[]): void, problems?(): Problem[]}} list
 */
function messageList(view, list) {
  /** @type {(Entry & {key: number})[]} */
  let entries = [];
  const plain = () => entries.map(({ role, text, image }) => [role, text, image]);
  const held = view.hold(() => draw());
  const sent = view.later(TYPING, () => list.send(entries.map(({ key: _key, ...entry }) => entry)));
  const node = h("div", { class: "lt-messages" });
  const add = button("Add message", () => {
    const role = entries.at(-1)?.role === "user" ? "assistant" : "user";
    edit([...entries, { role, text: "", image: null, editable: true, key: ++made }], true);
    rows.get(made)?.node.querySelector("textarea")?.focus();
  }, { kind: "lt-small" });

  /** @param {typeof entries} next @param {boolean} now send at once, not when typing pauses */
  function edit(next, now) {
    entries = next;
    held.set(plain());
    sent.call(undefined);
    if (now) { sent.flush(); rows.draw(entries); }
  }
  /** @param {number} key @param {Partial<Entry>} change @param {boolean} now */
  const change = (key, change, now) => edit(entries.map((entry) => (entry.key === key ? { ...entry, ...change } : entry)), now);
  /** @param {number} key @param {number} by @param {HTMLElement} from */
  function move(key, by, from) {
    const at = entries.findIndex((entry) => entry.key === key);
    const next = [...entries];
    next.splice(at + by, 0, ...next.splice(at, 1));
    edit(next, true);
    from.focus(); // an element that is moved in the page loses it
  }
  /** @param {number} key */
  function drop(key) {
    const at = entries.findIndex((entry) => entry.key === key);
    edit(entries.filter((entry) => entry.key !== key), true);
    const next = entries[Math.min(at, entries.length - 1)];
    const heir = next && rows.get(next.key)?.node.querySelector("textarea");
    (heir ?? add).focus();
  }
  const rows = keyed(node, (/** @type {Entry & {key: number}} */ entry) => entry.key, (first) => {
    const { key } = first;
    const role = h("select", { class: "lt-select", onchange: () => change(key, { role: role.value }, true) });
    const box = textarea({ rows: 2, oninput: () => change(key, { text: box.value }, false), onchange: () => sent.flush() });
    const up = button("Move up", () => move(key, -1, up), { icon: "up" });
    const down = button("Move down", () => move(key, 1, down), { icon: "down" });
    const remove = button("Delete", () => drop(key), { icon: "close" });
    const picture = list.images ? image(view, (data) => change(key, { image: data }, true)) : null;
    const problems = h("div", { class: "lt-problems" });
    const row = h(
      "div",
      { class: "lt-entry", role: "group" },
      h("div", { class: "lt-between" }, role, h("div", { class: "lt-group" }, picture?.button, up, down, remove)),
      box, picture?.node, problems,
    );
    return {
      node: row,
      draw(entry, index) {
        const called = `${list.what} message ${index + 1}`;
        row.setAttribute("aria-label", called);
        role.setAttribute("aria-label", `Role of ${called}`);
        box.setAttribute("aria-label", `Text of ${called}`);
        rename(up, `Move ${called} up`);
        rename(down, `Move ${called} down`);
        rename(remove, `Delete ${called}`);
        enable(up, index > 0);
        enable(down, index < entries.length - 1);
        choose(role, ROLES.map((value) => ({ value, label: value })), entry.role);
        fill(box, entry.text);
        box.readOnly = !entry.editable;
        picture?.draw(entry.image, called);
        const found = (list.problems?.() ?? []).filter((problem) => problem.message === index);
        problems.replaceChildren(...found.map((problem) => problemLine(problem, box)));
      },
    };
  });

  function draw() {
    const now = list.read();
    if (held.takes(now.map(({ role, text, image }) => [role, text, image]))) {
      entries = now.map((entry, index) => ({ ...entry, key: entries[index]?.key ?? ++made }));
    }
    rows.draw(entries);
  }
  return { node, add, draw };
}

/** A problem of a template; pressing its place puts the caret there. @param {Problem} problem @param {HTMLTextAreaElement} box */
function problemLine(problem, box) {
  const jump = () => {
    const start = box.value.split("\n").slice(0, problem.line - 1).reduce((sum, line) => sum + line.length + 1, 0);
    box.focus();
    box.setSelectionRange(start + problem.column - 1, start + problem.column - 1);
  };
  const place = button(`Line ${problem.line}, column ${problem.column}`, jump, { kind: "lt-link" });
  return h("div", { class: problem.kind === "error" ? "lt-problem" : "lt-warning" }, place, " ", bdi(problem.text));
}

/** An image of a message: attached from a file, shown only if its bytes are here. @param {View} view @param {(data: string|null) => void} set */
function image(view, set) {
  const file = h("input", { type: "file", accept: "image/png,image/jpeg,image/gif,image/webp", hidden: true, "aria-label": "Image file" });
  const attach = button("Attach image", () => file.click(), { kind: "lt-small" });
  const shown = h("span");
  const remove = button("Remove image", () => { set(null); attach.focus(); }, { icon: "close" });
  const node = h("div", { class: "lt-group lt-image", hidden: true }, shown, remove);
  file.addEventListener("change", () => {
    const [picked] = file.files ?? [];
    if (!picked) return;
    const reader = new FileReader();
    reader.onload = () => {
      const data = String(reader.result);
      if (IMAGE.test(data)) set(data);
      else view.say(`${picked.name} is not a PNG, JPEG, GIF or WebP image.`);
    };
    reader.onerror = () => view.say(`${picked.name} could not be read.`);
    if (picked.size <= IMAGE_BYTES) reader.readAsDataURL(picked);
    else view.say(`${picked.name} has ${(picked.size / 1024 / 1024).toFixed(1)} MB; an image may have 5 MB at most.`);
    file.value = "";
  });
  return {
    button: h("span", {}, attach, file),
    node,
    draw(/** @type {string|null} */ data, /** @type {string} */ called) {
      node.hidden = !data;
      file.setAttribute("aria-label", `Image file for ${called}`);
      rename(remove, `Remove image of ${called}`);
      if (!data || shown.dataset.of === data) return;
      shown.dataset.of = data;
      // An address is named, not fetched.
      shown.replaceChildren(IMAGE.test(data) ? h("img", { src: data, alt: `Image of ${called}` }) : bdi(data, "lt-mono"));
    },
  };
}

/* ---- The other tabs ---- */

/** @param {View} view */
function templateTab(view) {
  const read = () => view.get("template").messages.map((message) => ({ ...message, image: null }));
  const list = messageList(view, {
    what: "template", images: false, read,
    send: (entries) => view.send({ do: "template", messages: entries.map(({ role, text }) => ({ role, text })) }),
    problems: () => view.get("template").problems,
  });
  const state = h("span");
  const back = button("Back to deployed", () => view.replace({ do: "template", messages: null }), { kind: "lt-small" });
  const diff = h("div", { class: "lt-diff" });
  const fold = h("details", { class: "lt-more", open: true }, h("summary", {}, "Changes against deployed"), diff);
  view.watch(["template"], () => {
    const { own, known, diff: marks } = view.get("template");
    list.draw();
    state.textContent = own
      ? "Sent in place of the deployed template."
      : known ? "As deployed. Editing a text sends your copy instead; the deployment stays as it is." : "The deployed template is not known. A template written here is sent in its place.";
    enable(back, own);
    fold.hidden = !own || marks === null;
    drawDiff(diff, marks);
  });
  return [h("div", { class: "lt-between" }, h("span", { class: "lt-quiet" }, state), back), list.node, h("div", {}, list.add), fold];
}

/** @param {View} view */
function messagesTab(view) {
  const list = messageList(view, {
    what: "extra", images: true,
    read: () => view.get("extra").map(({ role, content, image }) => ({ role, text: content, image, editable: true })),
    send: (entries) => view.send({ do: "extra", messages: entries.map(({ role, text, image }) => ({ role, content: text, image })) }),
  });
  view.watch(["extra"], list.draw);
  return [h("div", { class: "lt-quiet" }, "Sent after the thread and before the message."), list.node, h("div", {}, list.add)];
}

/** @param {View} view */
function toolsTab(view) {
  const node = h("div", { class: "lt-tools" });
  view.watch(["tools"], () => {
    const tools = view.get("tools").map((tool) => h(
      "div",
      { class: "lt-entry" },
      h("div", { class: "lt-called" }, bdi(tool.name, "lt-label lt-mono"), tool.hosted ? tag("runs at Langtail") : null),
      tool.description ? h("div", {}, bdi(tool.description)) : null,
      tool.parameters ? h("details", { class: "lt-more" }, h("summary", { "aria-label": `Parameters of ${tool.name}` }, "Parameters"), h("pre", { class: "lt-code" }, bdi(tool.parameters))) : null,
    ));
    node.replaceChildren(...(tools.length ? tools : [empty("This assistant has no tools.")]));
  });
  return [node];
}

/** @param {string} text */
const empty = (text) => h("div", { class: "lt-empty" }, text);

const ORIGINS = /** @type {Record<string, string>} */ ({
  template: "from the template", thread: "from the thread", messages: "from Messages", message: "your message",
});

/** @param {View} view */
function previewTab(view) {
  const problem = h("div", { class: "lt-problem", hidden: true });
  const node = h("div", { class: "lt-messages" });
  view.watch(["preview"], () => {
    const preview = view.get("preview");
    show(problem, preview.problem);
    const shown = preview.messages.map((message) => h(
      "div",
      { class: "lt-entry" },
      h("div", { class: "lt-between" }, bdi(message.role, "lt-role"), h("span", { class: "lt-quiet" }, bdi(ORIGINS[message.from] ?? message.from))),
      h("div", { class: "lt-said", dir: "auto" }, message.text),
    ));
    node.replaceChildren(...(shown.length || preview.problem ? shown : [empty("Nothing to send yet.")]));
  });
  return [h("div", { class: "lt-quiet" }, "The messages exactly as they will be sent."), problem, node];
}

/** @param {View} view @param {Past} first @returns {Row<Past>} */
function pastRow(view, first) {
  const cells = ["at", "source", "detail", "model", "tokens", "latency", "words"].map((name) => h("td", { class: `lt-${name}` }));
  const restore = button("Restore", () => view.replace({ do: "restore", id: first.id }), { kind: "lt-small", title: "Put these settings back into the panel" });
  const pin = button("Compare", () => view.send({ do: "pin", id: first.id }), { kind: "lt-small", title: "Add this answer as a column" });
  const node = h("tr", {}, ...cells, h("td", { class: "lt-acts" }, h("div", { class: "lt-group" }, restore, pin)));
  return {
    node,
    draw(past) {
      const texts = [past.at, past.source, past.detail || "as deployed", past.model, past.tokens, past.latency, past.words];
      texts.forEach((text, place) => cells[place].replaceChildren(bdi(text)));
      if (past.state !== "done") cells[6].prepend(tag(past.state, past.state === "failed" ? "lt-bad" : "lt-warn"), " ");
      restore.setAttribute("aria-label", `Restore the run of ${past.at}`);
      pin.setAttribute("aria-label", `Compare with the run of ${past.at}`);
    },
  };
}

/** @param {View} view */
function historyTab(view) {
  const names = ["Time", "From", "Settings", "Model", "Tokens", "Took", "First words"];
  const body = h("tbody");
  const table = h("table", { class: "lt-history" }, h("thead", {}, h("tr", {}, ...names.map((name) => h("th", { scope: "col" }, name)), h("td"))), body);
  const none = empty("No runs yet. Runs of this panel and of cells are listed here.");
  const draw = keyed(body, (/** @type {Past} */ past) => past.id, (past) => pastRow(view, past)).draw;
  view.watch(["history"], () => {
    const rows = view.get("history");
    draw(rows);
    table.hidden = rows.length === 0;
    none.hidden = rows.length > 0;
  });
  return [h("div", { class: "lt-scroll", tabindex: 0, role: "group", "aria-label": "Runs" }, table), none];
}

/* ---- Tabs ---- */

/** @param {View} view */
function tabs(view) {
  const left = h("div", { class: "lt-left" }, messageBox(view), variables(view));
  /** @type {[name: string, nodes: HTMLElement[], traits: (keyof Traits)[], mark: () => string][]} */
  const parts = [
    ["Ask", [left, parameters(view)], [], () => ""],
    ["Template", templateTab(view), ["template"], () => (view.get("template").own ? "set" : "")],
    ["Messages", messagesTab(view), ["extra"], () => count(view.get("extra"))],
    ["Tools", toolsTab(view), ["tools"], () => count(view.get("tools"))],
    ["Preview", previewTab(view), [], () => ""],
    ["History", historyTab(view), ["history"], () => count(view.get("history"))],
  ];
  const list = h("div", { class: "lt-tabs", role: "tablist", "aria-label": "What is sent" });
  const panels = h("div", { class: "lt-panels" });
  const heads = parts.map(([name, nodes, traits, mark], place) => {
    const panel = h("div", { id: fresh(), role: "tabpanel", class: `lt-panel lt-panel-${name.toLowerCase()}` }, ...nodes);
    const note = h("span", { class: "lt-count" });
    const head = h("button", { type: "button", role: "tab", id: fresh(), "aria-controls": panel.id, onclick: () => select(place) }, name, note);
    panel.setAttribute("aria-labelledby", head.id);
    view.watch(traits, () => show(note, mark()));
    list.append(head);
    panels.append(panel);
    return { head, panel };
  });
  /** @param {number} chosen */
  function select(chosen) {
    heads.forEach(({ head, panel }, place) => {
      head.setAttribute("aria-selected", String(place === chosen));
      head.tabIndex = place === chosen ? 0 : -1;
      panel.hidden = place !== chosen;
    });
    if (!GROWS) for (const box of heads[chosen].panel.querySelectorAll("textarea")) fit(box);
  }
  list.addEventListener("keydown", (event) => {
    const at = heads.findIndex(({ head }) => head === event.target);
    const last = heads.length - 1;
    const next = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    select(next);
    heads[next].head.focus();
  });
  select(0);
  return [list, panels];
}

/** @param {any[]} items */
const count = (items) => (items.length ? String(items.length) : "");

/* ---- Run, stop, compare ---- */

/** @param {View} view */
function runBar(view) {
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  const run = button("Run", () => view.run("run"), { kind: "lt-primary", title: `Run these settings (${mac ? "⌘" : "Ctrl+"}Enter)` });
  const stop = button("Stop", () => view.stop(), { title: "Stop and keep what has arrived (Esc)" });
  const compare = button("Compare", () => view.run("compare"), { title: "Run every column below, side by side" });
  const add = button("Add these settings", () => { view.flush(); view.send({ do: "compare_add" }); }, { kind: "lt-link", title: "Add the settings above as a column of the next comparison" });
  const chips = h("span", { class: "lt-chips" });
  const columns = h("div", { class: "lt-compare" }, h("span", { class: "lt-quiet" }, "Compare"), chips, add);
  const warnings = h("div", { class: "lt-warnings", role: "group", "aria-label": "Warnings" });
  view.watch(["busy"], () => {
    const busy = view.get("busy");
    for (const node of [run, compare]) enable(node, !busy);
    enable(stop, busy);
    view.root.classList.toggle("lt-busy", busy);
  });
  const drawChips = keyed(chips, (/** @type {Item} */ item) => item.id, (first) => {
    const title = h("span");
    const drop = button("Remove", () => { view.send({ do: "compare_drop", id: first.id }); add.focus(); }, { icon: "close" });
    const node = h("span", { class: "lt-chip" }, title, drop);
    return {
      node,
      draw(item) {
        title.replaceChildren(bdi(item.title));
        node.title = item.detail;
        drop.hidden = item.fixed;
        node.classList.toggle("lt-fixed", item.fixed);
        rename(drop, `Remove ${item.title} from the comparison`);
      },
    };
  }).draw;
  view.watch(["compare"], () => {
    const { items, room } = view.get("compare");
    drawChips(items);
    enable(add, room > 0);
    compare.textContent = items.length > 1 ? `Compare ${items.length}` : "Compare";
  });
  view.watch(["warnings"], () => drawLines(warnings, view.get("warnings"), "lt-warning"));
  return h("div", { class: "lt-run" }, warnings, h("div", { class: "lt-bar" }, run, stop, compare, view.status), columns);
}

/* ---- Answers ---- */

/**
 * The text of one answer as it grows. Finished blocks are appended and never touched again; only the tail is
 * replaced. What arrives is gathered and painted once per frame.
 *
 * @param {string} name
 */
function answerBox(name) {
  const tail = h("div", { class: "lt-tail" });
  const text = document.createTextNode("");
  const node = h("div", { class: "lt-answer", tabindex: 0, role: "group", "aria-label": name }, tail);
  /** @type {{add: string[], tail: Tail}|null} */
  let due = null;
  // Whoever has scrolled up is reading, and stays there.
  let following = true;
  let painted = 0;
  node.addEventListener("scroll", () => {
    following = node.scrollTop + node.clientHeight >= node.scrollHeight - 24;
  }, { passive: true });

  function paint() {
    painted = 0;
    if (!due) return;
    const { add, tail: last } = due;
    due = null;
    for (const html of add) node.insertBefore(clean(html), tail);
    if (last?.html !== undefined) {
      tail.replaceChildren(clean(last.html));
    } else if (last?.text) {
      if (text.parentNode !== tail) tail.replaceChildren(text);
      if (last.text.startsWith(text.data)) text.appendData(last.text.slice(text.data.length));
      else text.data = last.text;
    } else {
      tail.replaceChildren();
    }
    tail.classList.toggle("lt-raw", last?.text !== undefined);
    if (following) node.scrollTop = node.scrollHeight;
  }

  return {
    node,
    /** @param {string[]} add @param {Tail} last */
    grow(add, last) {
      due = { add: [...(due?.add ?? []), ...add], tail: last };
      if (painted) return;
      // A hidden page has no frames.
      painted = document.hidden ? window.setTimeout(paint) : requestAnimationFrame(paint);
    },
    clear() {
      due = null;
      following = true;
      // The room is kept while the next answer arrives: what stands below must not jump up and down.
      node.style.minHeight = node.isConnected ? `${node.offsetHeight}px` : "";
      text.data = "";
      tail.replaceChildren();
      node.replaceChildren(tail);
    },
    rest() { node.style.minHeight = ""; },
  };
}

const STATES = { idle: "", running: "running", done: "", stopped: "stopped", failed: "failed" };

/** @param {View} view @param {Column} first @returns {Row<Column> & {receive(growth: Growth, whole: boolean): void}} */
function answerColumn(view, first) {
  let serial = NaN;
  let differs = false;
  const answer = answerBox(`Answer: ${first.title}`);
  const diff = h("div", { class: "lt-diff lt-answer", tabindex: 0, role: "group", "aria-label": `Word diff: ${first.title}` });
  const title = bdi("", "lt-label");
  const detail = bdi("", "lt-quiet");
  const marks = h("span", { class: "lt-badges" });
  const state = h("span", { class: "lt-state" });
  const notes = h("div", { class: "lt-notes" });
  const footer = h("div", { class: "lt-footer lt-quiet" });
  const stop = button("Stop", () => view.send({ do: "stop", column: first.id }), { kind: "lt-small" });
  const keep = button("Keep", () => view.send({ do: "keep", column: first.id }), { kind: "lt-small", title: "Make this answer the thread's next turn" });
  const kept = tag("", "lt-good");
  const toggle = button("Word diff", () => { differs = !differs; drawBody(); }, { kind: "lt-small" });
  const node = h(
    "div",
    { class: "lt-column", role: "group" },
    h("div", { class: "lt-between lt-column-head" }, h("div", { class: "lt-called" }, title, detail, marks), h("div", { class: "lt-group" }, state, stop)),
    notes, answer.node, diff,
    h("div", { class: "lt-between" }, footer, h("div", { class: "lt-group" }, toggle, kept, keep)),
  );

  function drawBody() {
    const shown = differs && !toggle.hidden;
    toggle.setAttribute("aria-pressed", String(shown));
    answer.node.hidden = shown;
    diff.hidden = !shown;
  }

  /** @param {Column} column */
  function draw(column) {
    if (column.serial !== serial) {
      if (!Number.isNaN(serial)) answer.clear();
      serial = column.serial;
    }
    node.dataset.state = column.state;
    node.setAttribute("aria-label", column.title);
    title.textContent = column.title;
    show(detail, column.detail === column.title ? "" : column.detail);
    const running = column.state === "running";
    marks.replaceChildren(...column.marks.map((mark) => tag(mark, "lt-good")));
    show(state, running ? column.waiting ?? "running" : STATES[column.state]);
    drawLines(notes, column.note);
    footer.replaceChildren(...column.footer.map((part) => bdi(part, "lt-part")));
    stop.hidden = !running || view.get("columns").length < 2;
    rename(stop, `Stop ${column.title}`);
    keep.hidden = !column.can_keep;
    rename(keep, `Keep ${column.title}`);
    keep.title = "Make this answer the thread's next turn";
    kept.hidden = !column.kept;
    kept.textContent = column.kept ?? "";
    toggle.hidden = column.diff === null;
    if (column.diff) drawDiff(diff, column.diff);
    if (!running) answer.rest();
    drawBody();
  }

  /** @param {Growth} growth @param {boolean} whole */
  function receive(growth, whole) {
    if (growth.serial !== serial) return; // of a run that was stopped or replaced
    if (whole) answer.clear();
    answer.grow(growth.add ?? [], growth.tail);
    if (whole && node.dataset.state !== "running") answer.rest();
  }
  return { node, draw, receive };
}

/** What a change of state is worth saying. @param {Column} column @param {boolean} alone */
function news(column, alone) {
  const said = {
    idle: "", running: "running.", done: `done${column.footer.length ? `, ${column.footer.join(", ")}` : ""}.`,
    stopped: "stopped, the text is kept.", failed: `failed. ${column.note[0] ?? ""}`,
  }[column.state];
  if (!said) return "";
  return alone ? said.charAt(0).toUpperCase() + said.slice(1) : `${column.title}: ${said}`;
}

/** @param {View} view */
function answers(view) {
  const node = h("div", { class: "lt-answers" });
  const none = empty("No answer yet. A run is a trial: it adds nothing to the thread until you keep it.");
  /** @type {Map<string, string>} */
  const said = new Map();
  /** @type {Map<string, ReturnType<typeof answerColumn>>} */
  const columns = new Map();
  const draw = keyed(node, (/** @type {Column} */ column) => column.id, (first) => {
    const column = answerColumn(view, first);
    columns.set(first.id, column);
    return column;
  }).draw;
  let drawn = false;
  view.watch(["columns"], () => {
    const now = view.get("columns");
    for (const id of columns.keys()) if (!now.some((column) => column.id === id)) columns.delete(id);
    draw(now);
    none.hidden = now.length > 0;
    node.classList.toggle("lt-many", now.length > 1);
    const heard = now.filter((column) => said.get(column.id) !== `${column.serial} ${column.state}`);
    for (const column of heard) said.set(column.id, `${column.serial} ${column.state}`);
    const text = heard.map((column) => news(column, now.length === 1)).filter((part) => part).join(" ");
    // A view that opens says nothing of runs that ended before.
    if (text && drawn) view.say(text);
    drawn = true;
  });
  view.messages.grow = (/** @type {Growth} */ growth) => columns.get(growth.id)?.receive(growth, false);
  view.messages.full = (/** @type {(Growth & {html: string[]})[]} */ all) => {
    for (const { html, ...rest } of all) columns.get(rest.id)?.receive({ ...rest, add: html }, true);
  };
  return [none, node];
}

/* ---- The cell that does the same ---- */

const COPIES = [
  { value: "cell", label: "cell" }, { value: "python", label: "Python" }, { value: "curl", label: "curl" },
  { value: "json", label: "JSON body" }, { value: "link", label: "playground link" },
];

/** @param {View} view */
function cellLine(view) {
  const text = h("pre", { class: "lt-code", tabindex: 0, role: "group", "aria-label": "The same as a cell", dir: "ltr" });
  const kind = h("select", { class: "lt-select", "aria-label": "Copy as" });
  choose(kind, COPIES, "cell");
  // Where the clipboard is closed to the page, the text is shown, ready to be copied by hand.
  const spare = textarea({ readonly: true, class: "lt-mono", "aria-label": "Text to copy", hidden: true });
  /** Each view acts on its own presses only: Python answers all views of the model. @type {Set<string>} */
  const asked = new Set();

  /** @param {string} what @param {string} value @param {string} before said in front of where it went */
  async function copy(what, value, before = "") {
    try {
      await navigator.clipboard.writeText(value);
      spare.hidden = true;
      view.say(`${before}${what} copied.`);
    } catch {
      spare.hidden = false;
      spare.value = value;
      fit(spare);
      spare.focus();
      spare.select();
      const done = document.execCommand("copy");
      view.say(`${before}${done ? `${what} copied.` : "The clipboard is closed to this page; the text is selected, ready to copy."}`);
    }
  }
  const name = (/** @type {string} */ value) => {
    const label = COPIES.find((one) => one.value === value)?.label ?? value;
    return label.charAt(0).toUpperCase() + label.slice(1);
  };
  const copyButton = button("Copy", () => { view.flush(); asked.add("copy"); view.send({ do: "copy", kind: kind.value }); }, { kind: "lt-small" });
  const insert = button("Insert below", () => { view.flush(); asked.add("insert"); view.send({ do: "insert" }); }, { kind: "lt-small", title: "Insert this cell below the panel" });
  view.messages.copy = (value) => {
    // {copy: kind, text}: the text arrives under its own name, in the same message.
    waiting = value;
  };
  let waiting = "";
  view.messages.text = (value) => { if (asked.delete("copy")) void copy(name(waiting), value); };
  view.messages.insert = (value) => {
    if (!asked.delete("insert")) return;
    if (insertBelow(view, value)) view.say("Cell inserted below.");
    else void copy("Cell", value, "This front end cannot insert a cell. ");
  };
  view.watch(["line"], () => { if (text.textContent !== view.get("line")) text.textContent = view.get("line"); });
  return h(
    "div",
    { class: "lt-line" },
    h("div", { class: "lt-between" }, h("span", { class: "lt-head" }, "The same as a cell"), h("div", { class: "lt-group" }, h("span", { class: "lt-quiet", "aria-hidden": "true" }, "Copy as"), kind, copyButton, insert)),
    text, spare,
  );
}

/**
 * Insert a code cell below the panel's own, and return whether that was possible.
 *
 * Seen in JupyterLab 4.6: the widget manager knows the notebook's shared model. In windowed notebooks the page holds
 * only some of the cells, so a cell's place is read from what JupyterLab wrote on it.
 *
 * @param {View} view @param {string} source
 */
function insertBelow(view, source) {
  const shared = view.model.widget_manager?.context?.model?.sharedModel;
  const cell = view.root.closest(".jp-Cell");
  if (!(cell instanceof HTMLElement) || typeof shared?.insertCell !== "function") return false;
  const all = [...(cell.closest(".jp-Notebook")?.querySelectorAll(".jp-Cell") ?? [])];
  const written = cell.dataset.windowedListIndex;
  const place = written !== undefined ? Number(written) : all.length === shared.cells?.length ? all.indexOf(cell) : -1;
  if (!(place >= 0)) return false;
  try {
    shared.insertCell(place + 1, { cell_type: "code", source, metadata: {} });
    return true;
  } catch {
    return false; // a notebook that may not be edited
  }
}

/* ---- The whole ---- */

/** @param {View} view */
function keyboard(view) {
  for (const type of ["keydown", "keyup", "keypress"]) view.root.addEventListener(type, (event) => event.stopPropagation());
  view.root.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      view.run("run");
    } else if (event.key === "Escape") {
      view.stop();
    }
  });
}

/** On a narrow page the parameters start folded, so that Run is in sight. @param {View} view @param {HTMLElement} el */
function foldWhenNarrow(view, el) {
  const observer = new ResizeObserver(([entry]) => {
    if (!entry.contentRect.width) return;
    observer.disconnect();
    if (entry.contentRect.width < 560) view.root.querySelector(".lt-parameters")?.removeAttribute("open");
  });
  observer.observe(el);
  view.ends.push(() => observer.disconnect());
}

/**
 * Draw the panel into `el`, and return what takes it away again.
 * @param {{model: Model, el: HTMLElement}} context
 */
function render({ model, el }) {
  const view = new View(model);
  view.root.append(
    ...header(view), ...tabs(view), runBar(view), ...answers(view), cellLine(view),
  );
  keyboard(view);
  for (const draw of view.draws) draw();
  el.append(view.root);
  foldWhenNarrow(view, el);
  view.send({ do: "hello" });
  return () => {
    view.end();
    view.root.remove();
  };
}

export default { render };
