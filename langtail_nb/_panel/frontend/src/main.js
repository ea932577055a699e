// @ts-check
/**
 * The panel's view. Python owns all state: this module draws the traits of one anywidget and sends actions.
 *
 * Texts of models, deployments and users are data. They reach the page as text nodes only; an answer's HTML is
 * parsed without being run, and copied node by node through a list of allowed tags (`clean`).
 *
 * In order: elements, answers made safe, what is typed and its echo, the view, then its parts from the top of the
 * panel to its bottom.
 */
/** @import {Column, Control, Diff, Entry, Growth, Item, Model, Parameter, Past, Problem, Row, Sink, State, Tail, Traits, Variable} from "./wire" */

const ROLES = ["system", "user", "assistant"];
const IMAGE_BYTES = 5 * 1024 * 1024;
const IMAGE = /^data:image\/(png|jpeg|gif|webp);base64,/;
/** Milliseconds: pauses that keep the traffic far below the server's message limit, and what is waited for. */
const TYPING = 200, DRAGGING = 100, ECHO = 1500, QUICK = 3000, SILENCE = 6000;

/* ---- Elements ---- */

/**
 * Make an element; every one of the panel is made here.
 *
 * JupyterLab listens for keys in the capture phase, before any listener of ours, and skips an element only if the
 * attribute is on it: without it, `d` `d` on a slider deletes the cell. Boxes that scroll take the focus too.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} name
 * @param {string|Record<string, any>} [props] classes; or attributes, and listeners as functions named on…
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
function h(name, props = {}, ...children) {
  const node = document.createElement(name);
  node.setAttribute("data-lm-suppress-shortcuts", "true");
  for (const [key, value] of Object.entries(typeof props === "string" ? { class: props } : props)) {
    if (typeof value === "function") node.addEventListener(key.slice(2), value);
    else if (value != null && value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children) if (child) node.append(child);
  return node;
}

/** @param {string} kind @param {...(Node|string|null|undefined|false)} children */
const div = (kind, ...children) => h("div", kind, ...children);
/** @param {string} kind @param {...(Node|string|null|undefined|false)} children */
const span = (kind, ...children) => h("span", kind, ...children);
/** Text of someone else, whose direction must not leak into ours. @param {string} text @param {string} [kind] */
const bdi = (text, kind = "") => h("bdi", kind, text);
/** @param {string} text @param {string} [kind] */
const tag = (text, kind = "") => span(`lt-tag ${kind}`, bdi(text));
/** A box that can be scrolled, by keyboard too. @param {string} kind @param {string} name @param {...Node} children */
const scroller = (kind, name, ...children) => h("div", { class: kind, tabindex: 0, role: "group", "aria-label": name }, ...children);

/** Strokes in a box of 16. */
const ICONS = {
  undo: "M6 3 3 6l3 3M3 6h6.5a3.5 3.5 0 0 1 0 7H6",
  redo: "M10 3l3 3-3 3M13 6H6.5a3.5 3.5 0 0 0 0 7H10",
  reset: "M3.5 6.5a5 5 0 1 1-.4 3M3 3v3.5h3.5",
  up: "M8 13V3.5M4 7l4-4 4 4",
  down: "M8 3v9.5M4 9l4 4 4-4",
  close: "M4 4l8 8M12 4l-8 8",
  edit: "M3 13l1-4 6-6 3 3-6 6z",
};

/** @param {string} strokes */
function icon(strokes) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.ariaHidden = "true";
  svg.append(document.createElementNS(svg.namespaceURI, "path"));
  svg.firstElementChild?.setAttribute("d", strokes);
  return svg;
}

/**
 * Make a button. It looks switched off with `aria-disabled` (`enable`), so that it keeps the focus: a disabled element
 * loses it to the page, and the next key would reach the notebook. It acts all the same: what was typed a moment ago
 * may have given it something to do that Python has not told yet.
 *
 * @param {string} label what it shows; the name, where its kind is that of an icon
 * @param {() => void} act
 * @param {string} [kind] an icon, or a class
 * @param {string} [title]
 */
function button(label, act, kind = "", title) {
  const strokes = ICONS[/** @type {keyof typeof ICONS} */ (kind)];
  const node = h("button", {
    type: "button", class: `lt-button ${strokes ? "lt-bare" : kind}`, title,
    onclick: act,
  }, strokes ? icon(strokes) : label);
  if (strokes) rename(node, label);
  return node;
}

/** @param {HTMLElement} node @param {boolean} on */
const enable = (node, on) => { node.ariaDisabled = on ? null : "true"; };

/** Give a button of an icon another name. @param {HTMLElement} node @param {string} label */
function rename(node, label) {
  node.title = label;
  node.ariaLabel = label;
}

/** Show a text, or hide its element if there is none. @param {HTMLElement} node @param {string|null} [text] */
function show(node, text) {
  if (node.textContent !== (text ?? "")) node.textContent = text ?? "";
  node.hidden = !text;
}

/** Show what is wrong with a control. @param {HTMLElement} control @param {HTMLElement} node @param {string|null} text */
function blame(control, node, text) {
  show(node, text);
  control.ariaInvalid = text ? "true" : null;
}

/** Signs and colours, never colour alone, and no stroke through words that must stay readable. @param {HTMLElement} node @param {Diff|null} diff */
function drawDiff(node, diff) {
  const pieces = diff?.map(([sign, text]) => (sign === " "
    ? bdi(text)
    : h(sign === "+" ? "ins" : "del", {}, span("lt-sign", sign === "+" ? "+" : "−"), bdi(text))));
  node.replaceChildren(...(diff?.some(([sign]) => sign !== " ") ? pieces ?? [] : ["No difference."]));
}

/**
 * Keep one child per item: made once, drawn in place, moved only when out of order, so that focus and caret stay.
 *
 * @template Item
 * @template {Row<Item>} Made
 * @param {HTMLElement} parent
 * @param {keyof Item} key
 * @param {(item: Item) => Made} make
 */
function keyed(parent, key, make) {
  /** @type {Map<any, Made>} */
  const rows = new Map();
  /** @param {Item[]} items */
  const draw = (items) => {
    const wanted = new Set(items.map((item) => item[key]));
    for (const [id, row] of rows) {
      if (wanted.has(id)) continue;
      row.node.remove();
      rows.delete(id);
    }
    let place = parent.firstChild;
    items.forEach((item, index) => {
      const row = rows.get(item[key]) ?? make(item);
      rows.set(item[key], row);
      if (row.node === place) place = place.nextSibling;
      else parent.insertBefore(row.node, place);
      row.draw(item, index);
    });
  };
  return { draw, rows };
}

let made = 0;
// Each panel of a page loads this module anew, so a number alone would name the controls of the first one.
const PREFIX = `langtail-${Math.random().toString(36).slice(2)}`;
/** An id that no other view of the page has. */
const fresh = () => `${PREFIX}-${++made}`;

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
  const caret = document.activeElement === box ? box.selectionStart : null; // null for numbers, too
  box.value = text;
  if (caret !== null) box.setSelectionRange(caret, caret);
  if (box instanceof HTMLTextAreaElement) fit(box);
}

/** Offer choices, and one more if the value is none of them. @param {HTMLSelectElement} node @param {Record<string, string>} options labels by value @param {string} value */
function choose(node, options, value) {
  const all = value in options ? options : { ...options, [value]: value };
  const text = JSON.stringify(all);
  if (node.dataset.options !== text) {
    node.dataset.options = text;
    node.replaceChildren(...Object.entries(all).map(([value, label]) => h("option", { value }, label)));
  }
  node.value = value;
}
/** @param {string[]} values */
const themselves = (values) => Object.fromEntries(values.map((value) => [value, value]));

/* ---- Answers made safe ---- */

const ALLOWED = new Set(
  "p em strong s code pre ul ol li blockquote h1 h2 h3 h4 h5 h6 table thead tbody tr th td hr br a".split(" "),
);
/** Elements whose text is no text for readers. */
const SILENT = new Set("script style template noscript iframe object textarea title xmp".split(" "));
const SAFE_LINK = /^(https?|mailto):$/;

/** Copy the attributes that are allowed. @param {Element} from @param {HTMLElement} to */
function copyAttributes(from, to) {
  const href = from.getAttribute("href") ?? "";
  // A relative address would point into the notebook server.
  if (to instanceof HTMLAnchorElement && URL.canParse(href) && SAFE_LINK.test(new URL(href).protocol)) {
    Object.assign(to, { href, target: "_blank", rel: "noopener noreferrer" });
  }
  const start = from.getAttribute("start") ?? "";
  if (to instanceof HTMLOListElement && /^\d{1,9}$/.test(start)) to.start = Number(start);
  if (to.localName === "code" && /^(language-[\w+#.-]{1,40}|lt-formula)$/.test(from.className)) to.className = from.className;
  if (to.localName === "span") to.className = from.className;
  const align = /^text-align:(right|center)$/.exec(from.getAttribute("style") ?? "");
  if (align) to.style.textAlign = align[1];
}

/** @param {Node} from @param {Node} to @param {Set<string>} [allowed] */
function copyNodes(from, to, allowed = ALLOWED) {
  for (const node of from.childNodes) {
    if (node instanceof Text) to.appendChild(new Text(node.data));
    if (!(node instanceof Element)) continue;
    if (allowed.has(node.localName)) {
      const copy = h(/** @type {"p"} */ (node.localName));
      copyAttributes(node, copy);
      // Each block finds its own direction, with all that is in it; code runs from left to right.
      if (/^(code|pre)$/.test(copy.localName)) copy.dir = "ltr";
      else if (to instanceof DocumentFragment) copy.dir = "auto";
      copyNodes(node, copy, allowed);
      to.appendChild(copy);
    } else if (node.localName === "img") {
      to.appendChild(new Text(node.getAttribute("alt") ?? "")); // fetching it would tell a stranger that this was read
    } else if (!SILENT.has(node.localName)) {
      copyNodes(node, to, allowed);
    }
  }
}

/** DOMParser neither runs nor fetches anything. @param {string} html */
const parse = (html) => new DOMParser().parseFromString(html, "text/html").body;

/** Return the allowed nodes of an HTML text. @param {string} html */
function clean(html) {
  const fragment = document.createDocumentFragment();
  copyNodes(parse(html), fragment);
  return fragment;
}

/**
 * Typeset formulas and colour code, where the front end offers what it does so with itself. JupyterLab 4: a formula
 * was made harmless in Python, and MathJax runs in its safe mode; of coloured code only words and colours are taken.
 *
 * @param {View} view @param {DocumentFragment} fragment @param {() => void} follow called when it has grown
 */
function dress(view, fragment, follow) {
  const { latexTypesetter, markdownParser } = view.model.widget_manager?.rendermime ?? {};
  for (const code of fragment.querySelectorAll("code[class]")) {
    const text = code.textContent ?? "";
    if (code.className !== "lt-formula") {
      if (markdownParser && text.length < MOST_COLOURED && code.parentElement?.localName === "pre") void colour(markdownParser, code, text);
    } else if (latexTypesetter) {
      const formula = span("lt-formula", text);
      code.replaceWith(formula);
      requestAnimationFrame(async () => {
        await latexTypesetter.typeset(formula); // it measures, so it wants it in the page
        follow();
      });
    }
  }
}

const COLOURED = new Set(["span"]);
/** Characters; each word becomes an element, and tens of thousands of them hold up the page. */
const MOST_COLOURED = 8000;

/** @param {{render(source: string): Promise<string>}} parser @param {Element} code @param {string} text */
async function colour(parser, code, text) {
  const marks = "`".repeat(Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length)) + 1);
  try {
    const html = await parser.render(`${marks}${code.className.slice(9)}\n${text}${marks}`);
    const made = parse(html).querySelector("code");
    const words = made?.textContent ?? "";
    if (!made || words.trimEnd() !== text.trimEnd()) return;
    code.replaceChildren();
    copyNodes(made, code, COLOURED);
    code.append(text.slice(words.length)); // the end of the last line
  } catch {
    // It stays without colours.
  }
}

/* ---- What is typed, and its echo ---- */

/**
 * Guards a control against the echo of an older value: what was sent is shown until Python has it, or has answered
 * something else and stayed with it. A silent kernel, busy with a cell, changes nothing.
 */
class Held {
  /** @type {string|null} */ sent = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ timer;

  /** @param {() => void} redraw draws the newest trait */
  constructor(redraw) { this.redraw = redraw; }

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

/** One view of the panel: the link to the model, and what its parts share. */
class View {
  root = h("div", { class: "langtail-panel", tabindex: -1, role: "group", "aria-label": "Langtail panel" });
  status = h("div", { class: "lt-status", role: "status", "aria-live": "polite" });
  /** @type {(() => void)[]} */ draws = [];
  /** @type {(() => void)[]} */ ends = [];
  /** @type {(() => void)[]} */ flushes = [];
  /** @type {Set<Held>} */ holds = new Set();
  /** @type {Record<string, (value: any, content: any) => void>} */ messages = {
    say: (text, { bad }) => this.say(text, bad),
    picture: (name, { data }) => {
      this.pictures.set(name, data);
      for (const draw of this.pictured) draw();
    },
  };
  /** @type {ReturnType<typeof setTimeout>|undefined} */ silence;
  /** What the message box holds. */ text = () => "";
  /** The control that was touched and not yet left. @type {Node|null} */ typing = null;
  /** What is wrong with a parameter, by its name. @type {Map<string, string>} */ wrong = new Map();
  /** Forget what cannot be read. @type {(() => void)[]} */ mends = [];
  /** Kept when no pointer is down. @type {Promise<unknown>} */ pressed = Promise.resolve();
  /** Data of images by their names. @type {Map<string, string>} */ pictures = new Map();
  /** Draws what shows them. @type {(() => void)[]} */ pictured = [];

  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    // What is picked is whole at once, and drawn as Python has it.
    this.root.addEventListener("input", ({ target }) => {
      this.typing = target instanceof Element && !target.matches("select,[type=checkbox]") ? target : null;
    });
    // Not with its change: a text that was put back has none. What waits goes now, not over what a cell sets next.
    this.root.addEventListener("focusout", () => {
      this.typing = null;
      this.sendTyped();
    });
    this.root.addEventListener("pointerdown", () => {
      this.pressed = new Promise((done) => {
        const end = new AbortController();
        const up = () => {
          end.abort();
          setTimeout(done); // after the click, which comes in the same turn
        };
        for (const type of ["pointerup", "pointercancel"]) addEventListener(type, up, end);
      });
    });
    this.on("msg:custom", (content) => {
      for (const name in content) this.messages[name]?.(content[name], content);
    });
  }

  /** @template {keyof Traits} Name @param {Name} name @returns {Traits[Name]} */
  get(name) { return this.model.get(name); }

  /** @param {string} name @param {(...args: any[]) => void} back */
  on(name, back) {
    const heard = (/** @type {any[]} */ ...args) => {
      clearTimeout(this.silence);
      this.silence = undefined;
      const at = document.activeElement;
      back(...args);
      this.refocus(at);
    };
    this.model.on(name, heard);
    this.ends.push(() => this.model.off(name, heard));
  }

  /**
   * Draw a trait when the view opens and whenever it changes.
   * @template {keyof Traits} Name @param {Name} name @param {(value: Traits[Name]) => void} draw
   */
  watch(name, draw) {
    const now = () => draw(this.get(name));
    this.on(`change:${name}`, now);
    this.draws.push(now);
  }

  /** Draw for the first time what came since the last. */
  drawNew() { for (const draw of this.draws.splice(0)) draw(); }

  /** Keep the focus near what had it and went: on the page, the next key would be the notebook's. @param {Element|null} at */
  refocus(at) {
    if (!at || !this.root.contains(at) || at.checkVisibility({ visibilityProperty: true })) return;
    /** @type {HTMLElement} */
    const near = at.closest(".lt-row,.lt-variable,.lt-column")?.querySelector(".lt-number,.lt-text,.lt-answer:not([hidden])") ?? this.root;
    near.focus();
  }

  /** @param {string} action @param {object} [more] */
  send(action, more) {
    // What was said of the last action would stand beside the next one.
    if (action !== "hello" && !this.get("busy")) this.say("");
    try {
      this.model.send({ do: action, ...more });
      this.silence ??= setTimeout(() => {
        this.say("No word from the kernel yet: it is busy, or was restarted. Then run the cell again.");
      }, SILENCE);
    } catch {
      this.say("The kernel is gone. Run the cell again for a live panel.");
    }
  }

  /** @param {string} text @param {boolean} [bad] */
  say(text, bad = false) {
    this.status.textContent = text.charAt(0).toUpperCase() + text.slice(1);
    this.status.classList.toggle("lt-problem", bad);
  }

  /** @param {() => void} redraw */
  hold(redraw) {
    const held = new Held(redraw);
    this.holds.add(held);
    return held;
  }

  /**
   * Call `act` with the newest value, but not at once.
   *
   * @template Value
   * @param {number} ms
   * @param {(value: Value) => void} act
   * @param {boolean} [steady] while values keep coming, act every `ms`; else wait until they pause
   */
  later(ms, act, steady) {
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
    this.flushes.push(flush);
    /** @param {Value} value */
    const call = (value) => {
      waiting = { value };
      if (!steady) clearTimeout(timer);
      if (!steady || timer === undefined) timer = setTimeout(flush, ms);
    };
    return { call, flush };
  }

  /** Send what still waits. */
  sendTyped() { for (const flush of this.flushes) flush(); }

  /** Send what still waits, and what a box holds that is only sent when it is left. */
  flush() {
    this.typing?.dispatchEvent(new Event("change", { bubbles: true }));
    this.sendTyped();
  }

  /** Send an action after which the traits are right, whatever was typed before. @param {string} action @param {object} [more] */
  replace(action, more) {
    this.flush();
    for (const held of this.holds) held.release();
    for (const mend of this.mends) mend();
    this.send(action, more);
  }

  /** Send what waits, and return whether there is something that cannot be read; then it is told. @param {string} what */
  refuses(what) {
    this.flush();
    const [wrong] = this.wrong.values();
    if (wrong) this.say(`${what}: ${wrong}`, true);
    return !!wrong;
  }

  /** @param {"run"|"compare"} action */
  run(action) {
    if (this.get("busy")) return;
    if (this.refuses("Nothing was sent")) return;
    this.send("message", { text: this.text() }); // the kernel may hold an older text than the box
    this.send(action, { after: Math.max(0, ...this.get("columns").map(({ serial }) => serial)) });
  }

  stop() { if (this.get("busy")) this.send("stop", { column: null }); }

  end() {
    this.sendTyped();
    clearTimeout(this.silence);
    for (const held of this.holds) held.release();
    for (const end of this.ends) end();
  }
}

/* ---- Header ---- */

/** @param {number} count @param {string} what */
const counted = (count, what) => `${count || "no"} ${what}${count === 1 ? "" : "s"}`;

/** @param {View} view */
function header(view) {
  const name = div("lt-name");
  const place = div("lt-quiet");
  const count = span("lt-quiet");
  const undo = button("Undo", () => view.replace("undo"), "undo");
  const redo = button("Redo", () => view.replace("redo"), "redo");
  const reset = button("Reset all", () => view.replace("reset", { name: null }), "lt-plain");
  const words = bdi("");
  const reload = button("", () => view.send("refresh"), "lt-small");
  const notice = div("lt-notice lt-between", words, reload);
  view.watch("head", (head) => {
    name.replaceChildren(
      bdi(head.assistant, "lt-head"),
      ...(head.environment ? [span("lt-quiet", "/"), bdi(head.environment)] : []),
      ...(head.version ? [bdi(`@${head.version}`, "lt-quiet")] : []),
      ...(head.local ? [tag(head.local)] : []),
    );
    const model = head.status === "reading" ? "reading the deployment…" : head.deployed_model && `deployed with ${head.deployed_model}`;
    drawParts(place, [head.place, model]);
    place.title = head.target;
    const some = head.overrides > 0;
    count.textContent = counted(head.overrides, "override") + (head.variables ? `, ${counted(head.variables, "variable")}` : "");
    count.classList.toggle("lt-accent", some);
    enable(reset, head.own);
    const unread = head.status === "unreadable";
    notice.hidden = !head.changed && !unread;
    notice.classList.toggle("lt-bad", unread);
    words.textContent = unread ? head.problem ?? "The deployment could not be read." : "The deployment changed since this panel was opened.";
    reload.textContent = unread ? "Try again" : "Reload";
  });
  view.watch("undo", (now) => {
    rename(undo, now.undo ? `Undo: ${now.undo}` : "Undo");
    rename(redo, now.redo ? `Redo: ${now.redo}` : "Redo");
    enable(undo, !!now.undo);
    enable(redo, !!now.redo);
  });
  return [div("lt-between lt-top", div("lt-title", name, place), div("lt-group", undo, redo, count, reset)), notice];
}

/** Draw short texts with dots between them. @param {HTMLElement} node @param {(string|null)[]} parts */
const drawParts = (node, parts) => node.replaceChildren(...parts.filter((part) => part).map((part) => bdi(part ?? "", "lt-part")));

/* ---- Parameters ---- */

/** A value as people read it. @param {any} value @param {string} name */
function worded(value, name) {
  if (value === null || value === undefined) return "";
  if (name === "max_tokens" && value === -1) return "no limit";
  if (name === "response_format" && /"json_object"/.test(value)) return "JSON"; // it arrives as JSON text
  if (typeof value === "boolean") return value ? "on" : "off";
  if (Array.isArray(value)) return value.map((one) => JSON.stringify(one)).join(`, `);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** What a row stands at: its own value, else the deployed one. @param {Parameter} row */
const stands = (row) => row.value ?? row.deployed;

/** @param {View} view @param {Parameter} first @param {Sink} sink @returns {Control} */
function numberControl(view, first, sink) {
  const open = first.name === "max_tokens", whole = first.kind === "integer";
  const typed = view.later(TYPING * 2, () => {
    const value = Number(box.value);
    const wrong = box.validity.badInput ? "Not a number." : whole && !Number.isSafeInteger(value) ? "Not a whole number that can be sent." : null;
    if (wrong) sink.complain(wrong);
    else if (box.value !== "") sink.set(value);
    else sink.off();
  });
  const box = h("input", {
    type: "number", class: "lt-number", min: open ? 1 : first.low, max: first.high, inputmode: "decimal", placeholder: "–",
    step: first.step,
    onbeforeinput(/** @type {InputEvent} */ event) {
      // Chromium drops a decimal comma and reads 0,7 as 7.
      if (whole || !event.data?.includes(",")) return;
      event.preventDefault();
      document.execCommand("insertText", false, event.data.replace(",", "."));
    },
    oninput() {
      if (box.value === "") return;
      side?.follow(box.value);
      typed.call(undefined);
    },
    onchange() {
      typed.call(undefined);
      typed.flush();
    },
  });
  // Scrolling the notebook over a focused box must not turn its number.
  box.addEventListener("wheel", () => { box.readOnly = true; setTimeout(() => { box.readOnly = false; }); }, { passive: true });
  const side = open ? noLimit(first, sink) : first.high !== null ? slider(view, first, sink, box) : null;
  return {
    nodes: side ? [box, side.node] : [box],
    main: box,
    draw(row) {
      const value = stands(row);
      fill(box, value === null || (open && value === -1) ? "" : String(value));
      side?.draw(row);
    },
  };
}

/** @param {View} view @param {Parameter} first @param {Sink} sink @param {HTMLInputElement} box */
function slider(view, first, sink, box) {
  const low = Number(first.low), high = Number(first.high);
  const moved = view.later(DRAGGING, sink.set, true);
  const range = h("input", {
    type: "range", class: "lt-range", min: low, max: high, step: box.step, "aria-label": `${first.label} slider`,
    oninput() {
      box.value = range.value;
      follow(range.value);
      moved.call(Number(range.value));
    },
    onchange: moved.flush,
  });
  const node = span("lt-slide", range);
  node.style.setProperty("--zero", String(Math.max(0, -low / (high - low))));
  const share = (/** @type {any} */ value) => String((Number(value) - low) / (high - low));
  /** @param {string} text */
  const paint = (text) => {
    node.style.setProperty("--at", share(range.value));
    range.ariaValueText = text;
  };
  /** @param {string} text */
  const follow = (text) => {
    range.value = text;
    node.classList.remove("lt-unset");
    paint(text);
  };
  /** @param {Parameter} row */
  const draw = (row) => {
    const value = stands(row);
    range.value = String(value ?? low);
    paint(value === null ? "not set" : `${value}${row.value === null ? `, as deployed` : ""}`);
    node.classList.toggle("lt-unset", value === null);
    node.classList.toggle("lt-mark", row.deployed !== null);
    node.style.setProperty("--deployed", share(row.deployed ?? low));
  };
  return { node, follow, draw };
}

/** The box beside max_tokens. @param {Parameter} first @param {Sink} sink */
function noLimit(first, sink) {
  let { deployed } = first;
  const box = h("input", {
    type: "checkbox", "aria-label": `${first.label}: no limit`,
    // 800 is what Langtail gives a new assistant.
    onchange: () => sink.set(box.checked ? -1 : deployed > 0 ? deployed : 800),
  });
  /** @param {Parameter} row */
  const draw = (row) => {
    ({ deployed } = row);
    box.checked = stands(row) === -1;
  };
  return { node: h("label", "lt-check", box, "no limit"), follow: (/** @type {string} */ _) => { box.checked = false; }, draw };
}

/** @param {View} _view @param {Parameter} _first @param {Sink} sink @returns {Control} */
function textControl(_view, _first, sink) {
  const list = h("datalist", { id: fresh() });
  const box = h("input", {
    type: "text", class: "lt-text", list: list.id, dir: "auto", spellcheck: "false", autocomplete: "off",
    onchange: () => (box.value === "" ? sink.off() : sink.set(box.value)),
  });
  return {
    nodes: [h("div", {}, box, list)],
    main: box,
    draw(row) {
      fill(box, row.value ?? "");
      box.placeholder = worded(row.deployed, row.name) || "not set";
      list.replaceChildren(...row.suggestions.map((value) => h("option", { value })));
    },
  };
}

/** Up to four texts, each in a box of its own because a stop text may hold a line break. @param {View} _view @param {Parameter} first @param {Sink} sink @returns {Control} */
function textsControl(_view, first, sink) {
  const onchange = () => {
    const texts = boxes.map((box) => box.value).filter((text) => text !== "");
    if (texts.length) sink.set(texts);
    else sink.off();
  };
  const boxes = [1, 2, 3, 4].map((place) => textarea({ "aria-label": `${first.label} ${place}`, class: "lt-mono", onchange }));
  return {
    nodes: [div("lt-texts", ...boxes)],
    main: boxes[0],
    draw(row) {
      const texts = [row.value ?? []].flat();
      boxes.forEach((box, place) => {
        fill(box, texts[place] ?? "");
        box.placeholder = place === 0 ? worded(row.deployed, row.name) || "not set" : "another";
        box.hidden = place > texts.length;
      });
    },
  };
}

/** A choice as it is called: a tool by its name. @param {string} choice */
const called = (choice) => (choice.startsWith("{") ? JSON.parse(choice).function.name : choice);

/** @param {View} _view @param {Parameter} first @param {Sink} sink @returns {Control} */
function choiceControl(_view, first, sink) {
  const flag = first.kind === "flag";
  const node = h("select", {
    class: "lt-select",
    onchange: () => (node.value === "" ? sink.off() : sink.set(flag ? node.value === "on" : node.value)),
  });
  return {
    nodes: [node],
    main: node,
    draw(row) {
      const deployed = worded(row.deployed, row.name);
      const choices = Object.fromEntries((flag ? ["on", "off"] : row.choices).map((one) => [one, called(one)]));
      choose(node, { "": deployed ? `as deployed (${deployed})` : "as deployed", ...choices }, worded(row.value, row.name));
    },
  };
}

/** @param {View} _view @param {Parameter} _first @param {Sink} sink @returns {Control} */
function objectControl(_view, _first, sink) {
  const box = textarea({ class: "lt-mono", onchange() {
    const some = box.value.trim();
    try {
      if (some) JSON.parse(some);
    } catch (error) {
      sink.complain(`Not JSON: ${/** @type {Error} */ (error).message}`);
      return;
    }
    if (some) sink.set(box.value); // as it is: numbers may be longer than ours
    else sink.off();
  } });
  return {
    nodes: [box],
    main: box,
    draw(row) {
      fill(box, row.value ?? "");
      box.placeholder = worded(row.deployed, row.name) || "not set (JSON)";
    },
  };
}

/** Its box is the row's own: a call can ask for JSON, never take it back. @param {View} _view @param {Parameter} _first @param {Sink} sink @returns {Control} */
function jsonControl(_view, _first, sink) {
  const box = h("input", { type: "checkbox", onchange: () => (box.checked ? sink.set({ type: "json_object" }) : sink.off()) });
  return { nodes: [h("label", "lt-check", box, "JSON")], main: box, draw(row) { box.checked = !!stands(row); } };
}

/** @type {Record<string, (view: View, first: Parameter, sink: Sink) => Control>} */
const CONTROLS = {
  number: numberControl, integer: numberControl, text: textControl, texts: textsControl, choice: choiceControl,
  flag: choiceControl, object: objectControl, json_mode: jsonControl,
};
/** Whether a row sends something. @param {{state: State}} row */
const sends = (row) => row.state === "overridden" || row.state === "pinned";

/** @param {View} view @param {Parameter} first @returns {Row<Parameter>} */
function parameterRow(view, first) {
  let row = first;
  /** @type {string|null} */
  let told = null;
  let last = "";
  const { name, label } = first;
  const held = view.hold(() => draw(row));
  /** @type {Sink} */
  const sink = {
    set(value) {
      const text = JSON.stringify(value);
      if (row.problem && text === last) {
        sink.complain(row.problem); // it was told once, and has not changed
        return;
      }
      sink.complain(null);
      last = text;
      if (held.sent === text || (held.sent === null && !row.problem && JSON.stringify(row.value) === text)) return;
      if (!/^(object|json_mode)$/.test(first.kind)) held.set(value); // Python writes these in its own way
      mark("overridden");
      view.send("set", { name, value });
    },
    off() {
      sink.complain(null);
      const known = held.sent === null; // else it was sent, and the answer of Python is not here
      held.release();
      if (!known || sends(row) || row.problem) view.send("use", { name, on: false });
      else control.draw(row);
    },
    complain(text) {
      if (text) view.wrong.set(name, text === row.problem ? text : `${label}: ${text}`); // Python names it, too
      else view.wrong.delete(name);
      reset.classList.toggle("lt-away", !text && !sends(row));
      // A line that comes up between press and release would move what is pressed away.
      void view.pressed.then(() => blame(control.main, problem, text));
    },
  };
  const control = (CONTROLS[first.kind] ?? textControl)(view, first, sink);
  const use = h("input", { type: "checkbox", "aria-label": `Send ${label}`, onchange() {
    held.release();
    sink.complain(null);
    view.send("use", { name, on: use.checked });
    setTimeout(() => mark(row.state), ECHO); // it may have been refused
  } });
  const reset = button(`Reset ${label}`, () => {
    held.release();
    sink.complain(null);
    view.send("reset", { name });
  }, "reset");
  const problem = h("div", { class: "lt-problem", id: fresh(), hidden: true });
  const help = h("span", { class: "lt-hidden", id: fresh() });
  const note = div("lt-quiet");
  const deployed = span("lt-deployed");
  const pinned = tag("same");
  pinned.title = "Equal to what is deployed, and sent";
  control.main.id = fresh();
  control.main.setAttribute("aria-describedby", `${help.id} ${problem.id}`);
  const called = h("label", { for: control.main.id, class: "lt-label" }, bdi(label));
  view.mends.push(() => {
    if (!view.wrong.has(name)) return;
    sink.complain(told = null);
    control.draw(row);
  });
  const node = div(
    `lt-row ${control.nodes[1] ? "" : "lt-wide"}`,
    span("lt-use", first.kind !== "json_mode" && use), div("lt-called", called, pinned),
    div("lt-control", ...control.nodes), deployed, reset, note, problem, help,
  );

  /** @param {State} state */
  function mark(state) {
    const own = sends({ state });
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
    // What cannot be read is in the box alone; it stays there until it is mended.
    const unread = view.wrong.has(name) && told === null;
    if (taken && !now.problem && !unread && !node.contains(view.typing)) control.draw(now);
    mark(taken || now.problem ? now.state : "overridden");
    const value = worded(now.deployed, name);
    const unknown = now.state === "unknown" || view.get("head").status !== "known";
    // A box that is empty shows it in its place.
    deployed.textContent = value && control.main.placeholder === value && !sends(now) ? "" : value || (unknown ? "?" : "–");
    deployed.title = `Deployed: ${value || (unknown ? "not known" : "not set")}`;
    if (now.problem !== told) sink.complain(told = now.problem);
    show(note, now.note);
    help.textContent = `${now.help}.${now.source === "set" ? " Set with %langtail set." : ""} ${deployed.title}.`;
    called.title = help.textContent;
    node.dataset.help = `${now.help}${now.option ? ` · ${now.option}` : ""}`;
  }
  return { node, draw };
}

/** @param {View} view */
function parameters(view) {
  const main = div("lt-rows"), more = div("lt-rows");
  const title = span(""), count = span("lt-count");
  const fold = h("details", { class: "lt-more", ontoggle: () => drawRest() }, h("summary", {}, title), more);
  // One place for the help of the row in use, so that nothing moves when another takes the focus.
  const help = span("lt-help lt-quiet");
  const tell = (/** @type {Event} */ event) => {
    const row = event.target instanceof Element ? event.target.closest(".lt-row") : null;
    if (row instanceof HTMLElement) help.textContent = row.dataset.help ?? "";
  };
  const hush = () => { help.textContent = ""; };
  const heads = div("lt-heads lt-quiet", span(""), span(""), span("", "Value"), span("", "Deployed"));
  for (const one of [heads, help]) one.ariaHidden = "true";
  const rows = [main, more].map((parent) => keyed(parent, "name", (/** @type {Parameter} */ row) => parameterRow(view, row)));
  /** @type {Parameter[]} */
  let rest = [];
  // Made when they are first asked for: the panel opens sooner.
  const drawRest = () => { if (fold.open) rows[1].draw(rest); };
  view.watch("parameters", (all) => {
    rest = all.filter((row) => row.group === "more");
    rows[0].draw(all.filter((row) => row.group !== "more"));
    drawRest();
    fold.hidden = rest.length === 0;
    const [own, hidden] = [all, rest].map((some) => some.filter(sends).length);
    title.textContent = hidden ? `More parameters, ${hidden} set` : "More parameters";
    show(count, own ? `${own} set` : "");
  });
  return h(
    "details", { class: "lt-parameters", open: true, onfocusin: tell, onpointerover: tell, onfocusout: hush, onpointerleave: hush },
    h("summary", "lt-head", "Parameters ", count, help), heads, main, fold,
  );
}

/* ---- Message and variables ---- */

/** @param {View} view */
function messageBox(view) {
  const told = div("lt-quiet");
  const anew = button("New thread", () => {
    view.send("new_thread");
    box.focus(); // the button goes
  }, "lt-small");
  const thread = div("lt-between", told, anew);
  const send = view.later(TYPING, (/** @type {string} */ text) => view.send("message", { text }));
  let { serial, text: known } = { serial: NaN, text: "" };
  let dirty = false;
  const box = textarea({
    id: fresh(), rows: 3, class: "lt-message", spellcheck: "true", placeholder: "Ask something. Empty: the template alone is sent.",
    oninput() {
      dirty = true;
      send.call(box.value);
    },
    onchange: send.flush,
  });
  view.text = () => box.value;
  view.watch("message", (now) => {
    const elsewhere = now.text !== known && !dirty && document.activeElement !== box;
    if (now.serial !== serial || elsewhere) fill(box, now.text);
    if (now.serial !== serial || now.text === box.value) dirty = false;
    ({ serial, text: known } = now);
  });
  view.watch("thread", (text) => {
    show(told, text);
    thread.hidden = !text;
  });
  return div("lt-field", h("label", { for: box.id, class: "lt-head" }, "Message"), box, thread);
}

/** @param {View} view @param {Variable} first @returns {Row<Variable>} */
function variableRow(view, first) {
  let row = first;
  const { name } = first;
  const held = view.hold(() => draw(row));
  const send = view.later(TYPING, (/** @type {string} */ value) => view.send("variable", { name, value }));
  const problem = h("div", { class: "lt-problem", id: fresh() });
  const box = textarea({
    id: fresh(), "aria-describedby": problem.id, onchange: send.flush,
    oninput() {
      held.set(box.value);
      send.call(box.value);
    },
  });
  const badges = span("");
  const kind = h("select", {
    class: "lt-select lt-kind", "aria-label": `Kind of ${name}`,
    onchange: () => view.send("variable", { name, value: row.value === null && box.value === "" ? null : box.value, kind: kind.value }),
  });
  const reset = button(`Reset ${name}`, () => {
    held.release();
    view.send("variable", { name, value: null });
  }, "reset");
  // As if it were typed: it is sent, and the box's own undo takes it back.
  const edit = button(`Edit the value of ${name}`, () => {
    box.select(); // at a second press, what the first one put there
    document.execCommand("insertText", false, box.placeholder);
  }, "edit");
  const called = div("lt-called", h("label", { for: box.id, class: "lt-label lt-mono" }, bdi(name)), badges, edit, reset, kind);
  const node = div("lt-variable", called, box, problem);
  /** @param {Variable} now */
  function draw(now) {
    row = now;
    const own = now.value !== null;
    if (held.takes(now.value)) fill(box, now.value ?? "");
    box.placeholder = now.value === "" ? "empty" : now.earlier ?? now.default;
    box.classList.toggle("lt-mono", now.kind === "json");
    choose(kind, { text: "text", json: "JSON" }, now.kind);
    badges.replaceChildren(
      ...(now.badge ? [tag(now.badge, now.badge === "missing" ? "lt-warn" : "")] : []),
      ...(!own && now.earlier !== null ? [tag("last turn")] : []),
    );
    node.dataset.state = own ? "overridden" : "inherited";
    edit.hidden = own || !box.placeholder;
    reset.hidden = !edit.hidden;
    reset.classList.toggle("lt-away", !own);
    blame(box, problem, now.problem);
  }
  return { node, draw };
}

/** @param {View} view */
function variables(view) {
  const list = div("lt-variables");
  const total = span("lt-quiet");
  const take = () => {
    view.typing = null;
    view.replace("fill", { row: Number(place.value || 1) - 1 });
  };
  const place = h("input", { type: "number", class: "lt-number", min: 1, step: 1, placeholder: "–", "aria-label": "Row of the table", onchange: take });
  const from = div("lt-group", "Row", place, total, button("Fill in", take, "lt-small"));
  const node = div("lt-field", div("lt-between", span("lt-head", "Variables"), from), list);
  const { draw } = keyed(list, "name", (/** @type {Variable} */ row) => variableRow(view, row));
  view.watch("variables", (all) => {
    draw(all);
    node.hidden = !all.length;
  });
  view.watch("rows", ({ count, at }) => {
    from.hidden = count === 0;
    place.max = String(count);
    total.textContent = `of ${count}`;
    if (at !== null && document.activeElement !== place) place.value = String(at + 1);
  });
  return node;
}

/* ---- Lists of messages: the template, and those before the message ---- */

/**
 * A list of messages that can be edited. The copy on screen leads while it is being typed; each entry has a key of its
 * own, so that moving and deleting take the boxes along.
 *
 * @param {View} view
 * @param {{what: string, read(): Entry[], send(entries: Entry[]|null): void, problems?(): Problem[]}} list
 */
function messageList(view, list) {
  /** @typedef {Entry & {key: number}} Keyed */
  /** @type {Keyed[]} */
  let entries = [];
  /** @param {Entry[]} some */
  const plain = (some) => some.map(({ role, text, images }) => [role, text, images]);
  const held = view.hold(() => draw());
  const sent = view.later(TYPING, () => list.send(entries));
  const node = div("lt-messages");
  const add = button("Add message", () => {
    const role = entries.at(-1)?.role === "user" ? "assistant" : "user";
    edit([...entries, { of: "", role, text: "", images: [], editable: true, key: ++made }], true);
    node.lastElementChild?.querySelector("textarea")?.focus();
  }, "lt-small");

  /** @param {Keyed[]} next @param {boolean} now send at once, not when typing pauses */
  function edit(next, now) {
    entries = next;
    held.set(plain(entries));
    sent.call(undefined);
    if (!now) return;
    sent.flush();
    rows.draw(entries);
  }
  const rows = keyed(node, "key", (/** @type {Keyed} */ { key }) => {
    const at = () => entries.findIndex((entry) => entry.key === key);
    /** @param {Partial<Entry>} more @param {boolean} now */
    const change = (more, now) => edit(entries.with(at(), { ...entries[at()], ...more }), now);
    /** @param {number} by @param {HTMLElement} from */
    const move = (by, from) => {
      const next = [...entries];
      if (!next[at() + by]) return;
      next.splice(at() + by, 0, ...next.splice(at(), 1));
      edit(next, true);
      from.focus(); // an element that is moved in the page loses it
    };
    const up = button("", () => move(-1, up), "up");
    const down = button("", () => move(1, down), "down");
    const remove = button("", () => {
      const place = at();
      edit(entries.toSpliced(place, 1), true);
      (node.children[Math.min(place, entries.length - 1)]?.querySelector("textarea") ?? add).focus();
    }, "close");
    const role = h("select", { class: "lt-select", onchange: () => change({ role: role.value }, true) });
    const box = textarea({ rows: 2, oninput: () => change({ text: box.value }, false), onchange: sent.flush });
    const picture = pictures(view, (images) => change({ images }, true));
    const problems = div("lt-problems");
    const acts = div("lt-group", picture.attach, up, down, remove);
    const row = h("div", { class: "lt-entry", role: "group" }, div("lt-between", role, acts), box, picture.node, problems);
    return {
      node: row,
      draw(/** @type {Keyed} */ entry, /** @type {number} */ index) {
        const called = `${list.what} message ${index + 1}`;
        row.ariaLabel = called;
        role.ariaLabel = `Role of ${called}`;
        box.ariaLabel = `Text of ${called}`;
        rename(up, `Move ${called} up`);
        rename(down, `Move ${called} down`);
        rename(remove, `Delete ${called}`);
        enable(up, index > 0);
        enable(down, index < entries.length - 1);
        choose(role, themselves(ROLES), entry.role);
        fill(box, entry.text);
        box.readOnly = !entry.editable;
        picture.draw(entry.images, called);
        picture.attach.hidden = !entry.editable || entry.role !== "user";
        const found = list.problems?.().filter((problem) => problem.message === index) ?? [];
        const told = JSON.stringify(found);
        if (problems.dataset.of === told) return; // its buttons keep the focus
        problems.dataset.of = told;
        problems.replaceChildren(...found.map((problem) => problemLine(problem, box)));
      },
    };
  });

  function draw() {
    const now = list.read();
    if (held.takes(plain(now))) entries = now.map((entry, index) => ({ ...entry, key: entries[index]?.key ?? ++made }));
    rows.draw(entries);
  }
  view.pictured.push(draw);
  return { node, add: div("", add), draw };
}

/** A problem of a template; pressing its place puts the caret there. @param {Problem} problem @param {HTMLTextAreaElement} box */
function problemLine({ line, column, text, kind }, box) {
  const place = button(`Line ${line}, column ${column}`, () => {
    const start = box.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? column : column - 1);
    box.focus();
    box.setSelectionRange(start, start);
  }, "lt-link");
  return div(kind === "error" ? "lt-problem" : "lt-warning", place, " ", bdi(text));
}

/** The images of a message: attached from files, and shown only if their bytes are here. @param {View} view @param {(images: string[]) => void} set */
function pictures(view, set) {
  /** @type {string[]} */
  let images = [];
  const file = h("input", { type: "file", accept: "image/png,image/jpeg,image/gif,image/webp", hidden: true, onchange() {
    const [picked] = file.files ?? [];
    if (!picked) return;
    view.sendTyped(); // or it would wipe out what is said of the file
    const reader = new FileReader();
    reader.onload = () => {
      const data = String(reader.result), name = fresh();
      if (IMAGE.test(data)) {
        // By itself and once: what a view sends at a time must stay under the server's limit of 10 MB.
        view.pictures.set(name, data);
        view.send("picture", { name, data });
        set([...images, name]);
      } else view.say(`${picked.name} is not a PNG, JPEG, GIF or WebP image.`, true);
    };
    reader.onerror = () => view.say(`${picked.name} could not be read.`, true);
    if (picked.size <= IMAGE_BYTES) reader.readAsDataURL(picked);
    else view.say(`${picked.name} has ${(picked.size / 1024 / 1024).toFixed(1)} MB; an image may have 5 MB at most.`, true);
    file.value = "";
  } });
  const pick = button("Attach image", () => file.click(), "lt-small");
  const attach = span("", pick, file);
  const node = div("lt-group lt-image");
  /** @param {string[]} now @param {string} called */
  const draw = (now, called) => {
    images = now;
    node.hidden = !now.length;
    file.ariaLabel = `Image file for ${called}`;
    const shown = now.map((name) => view.pictures.get(name) ?? name);
    const drawn = `${called} ${shown.map((data) => data.length + data.slice(-40))}`;
    if (node.dataset.of === drawn) return;
    node.dataset.of = drawn;
    node.replaceChildren(...shown.flatMap((data, place) => {
      const name = `${called}${place ? `, ${place + 1}` : ""}`;
      const remove = button(`Remove image of ${name}`, () => {
        set(images.toSpliced(place, 1));
        pick.focus();
      }, "close");
      // An address is named, not fetched.
      return [IMAGE.test(data) ? h("img", { src: data, alt: `Image of ${name}` }) : bdi(data, "lt-mono"), remove];
    }));
  };
  return { attach, node, draw };
}

/* ---- The other tabs ---- */

/** @param {View} view */
function templateTab(view) {
  const list = messageList(view, {
    what: "template",
    read: () => view.get("template").messages,
    send: (messages) => view.send("template", { messages }),
    problems: () => view.get("template").problems,
  });
  const state = span("lt-quiet");
  const back = button("Back to deployed", () => view.replace("template", { messages: null }), "lt-small");
  const diff = div("lt-diff");
  const fold = h("details", { class: "lt-more", open: true }, h("summary", {}, "Changes against deployed"), diff);
  view.watch("template", ({ own, known, diff: marks }) => {
    list.draw();
    state.textContent = own ? "Sent in place of the deployed template."
      : known ? "As deployed. An edited text is sent as a copy; the deployment stays as it is."
        : "The deployed template is not known. One written here is sent in its place.";
    enable(back, own);
    fold.hidden = !own || marks === null;
    drawDiff(diff, marks);
  });
  return [div("lt-between", state, back), list.node, list.add, fold];
}

/** @param {View} view */
function messagesTab(view) {
  const list = messageList(view, {
    what: "extra",
    read: () => view.get("extra"),
    send: (messages) => view.send("extra", { messages }),
  });
  view.watch("extra", list.draw);
  return [div("lt-quiet", "Sent after the conversation so far and before your message in Ask."), list.node, list.add];
}

/** @param {View} view */
function toolsTab(view) {
  const node = div("lt-messages");
  view.watch("tools", (all) => {
    const tools = all.map(({ name, description, hosted, parameters }) => div(
      "lt-entry",
      div("lt-called", bdi(name, "lt-label lt-mono"), hosted && tag("runs at Langtail")),
      description && div("", bdi(description)),
      parameters && h("details", "lt-more", h("summary", { "aria-label": `Parameters of ${name}` }, "Parameters"), h("pre", "lt-code", bdi(parameters))),
    ));
    node.replaceChildren(...(tools.length ? tools : [div("lt-empty", "This assistant has no tools.")]));
  });
  return [node];
}

/** @param {View} view */
function previewTab(view) {
  const problem = div("lt-problem");
  const node = div("lt-messages");
  const draw = () => {
    const { template, call, problem: told } = view.get("preview");
    show(problem, told);
    const shown = [...template, ...view.get("past"), ...call].map(({ role, text, origin }) => div(
      "lt-entry",
      div("lt-between", bdi(role, "lt-head"), span("lt-quiet", origin)),
      h("div", { class: "lt-said", dir: "auto" }, text),
    ));
    node.replaceChildren(...(shown.length || told ? shown : [div("lt-empty", "Nothing to send yet.")]));
  };
  view.watch("preview", draw);
  view.watch("past", draw);
  return [div("lt-quiet", "The messages exactly as they will be sent."), problem, node];
}

/** @type {Record<Exclude<keyof Past, "id"|"state"|"model"|"where">, string>} */
const PAST = { at: "Time", source: "From", detail: "Settings", asked: "Asked", words: "First words", tokens: "Tokens", latency: "Took" };
const FACTS = /** @type {(keyof typeof PAST)[]} */ (Object.keys(PAST));

/** @param {View} view @param {Past} first @returns {Row<Past>} */
function pastRow(view, { id }) {
  const cells = FACTS.map((name) => h("td", `lt-${name}`));
  const restore = button("Restore", () => view.replace("restore", { id }), "lt-small", "Put these settings back");
  const pin = button("Pin", () => view.send("pin", { id }), "lt-small", "Compare with this answer");
  return {
    node: h("tr", {}, ...cells, h("td", {}, div("lt-group", restore, pin))),
    draw(past) {
      FACTS.forEach((name, place) => cells[place].replaceChildren(bdi(past[name])));
      cells[1].append(span("lt-quiet", " in "), bdi(past.where));
      if (past.state !== "done") cells[4].prepend(tag(past.state, past.state === "failed" ? "lt-bad" : "lt-warn"), " ");
      const run = `the run of ${past.at}, ${past.asked}`;
      restore.ariaLabel = `Restore ${run}`;
      cells[2].title = past.model;
      pin.ariaLabel = `Pin ${run}`;
    },
  };
}

/** @param {View} view */
function historyTab(view) {
  const body = h("tbody");
  const heads = h("tr", {}, ...Object.values(PAST).map((name) => h("th", { scope: "col" }, name)), h("td"));
  const table = h("table", "lt-history", h("thead", {}, heads), body);
  const none = div("lt-empty", "No runs yet. Runs of this panel and of cells are listed here.");
  const { draw } = keyed(body, "id", (/** @type {Past} */ past) => pastRow(view, past));
  view.watch("history", (rows) => {
    draw(rows);
    table.hidden = !rows.length;
    none.hidden = !table.hidden;
  });
  return [scroller("lt-scroll", "Runs", table), none];
}

/** @param {View} view */
function tabs(view) {
  /** @type {[name: string, make: (view: View) => HTMLElement[], counted?: "template"|"extra"|"tools"|"history"][]} */
  const parts = [
    ["Ask", () => [div("lt-left", messageBox(view), variables(view)), parameters(view)]],
    ["Template", templateTab, "template"],
    ["Messages", messagesTab, "extra"],
    ["Tools", toolsTab, "tools"],
    ["Preview", previewTab],
    ["History", historyTab, "history"],
  ];
  const list = h("div", { class: "lt-tabs", role: "tablist", "aria-label": "What is sent", onkeydown(/** @type {KeyboardEvent} */ event) {
    const at = heads.findIndex(({ head }) => head === event.target);
    const last = heads.length - 1;
    const next = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    select(next);
    heads[next].head.focus();
  } });
  const heads = parts.map(([name, make, counted], place) => {
    const [id, label] = [fresh(), fresh()];
    const panel = h("div", { id, role: "tabpanel", class: `lt-panel ${place ? "" : "lt-ask"}`, "aria-labelledby": label });
    const note = counted && span("lt-count");
    const head = h("button", { type: "button", role: "tab", id: label, "aria-controls": id, onclick: () => select(place) }, name, note);
    if (note) view.watch(counted, (all) => show(note, Array.isArray(all) ? String(all.length || "") : all.own ? "edited" : ""));
    return { head, panel, make };
  });
  /** @param {number} chosen */
  function select(chosen) {
    const { panel: shown, make } = heads[chosen];
    if (!shown.firstChild) shown.append(...make(view));
    view.drawNew();
    heads.forEach(({ head, panel }, place) => {
      head.ariaSelected = String(place === chosen);
      head.tabIndex = place === chosen ? 0 : -1;
      panel.hidden = place !== chosen;
    });
    for (const box of shown.querySelectorAll("textarea")) fit(box);
  }
  list.append(...heads.map(({ head }) => head));
  select(0);
  return [list, ...heads.map(({ panel }) => panel)];
}

/* ---- Run, stop, compare ---- */

/** @param {View} view */
function runBar(view) {
  const key = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘Enter" : "Ctrl+Enter";
  const run = button("Run", () => view.run("run"), "lt-primary", `Run these settings (${key})`);
  const stop = button("Stop", () => view.stop(), "", "Stop and keep what has arrived (Esc)");
  const compare = button("Compare", () => view.run("compare"), "", "Run these columns side by side");
  const add = button("Add these settings", () => {
    if (!view.refuses("Nothing was added")) view.send("compare_add");
  }, "lt-link", "Compare the settings above, too");
  const chips = div("lt-bar");
  const warnings = div("");
  view.watch("busy", (busy) => {
    enable(run, !busy);
    enable(compare, !busy);
    enable(stop, busy);
  });
  const { draw } = keyed(chips, "id", (/** @type {Item} */ { id, fixed }) => {
    const title = bdi(""), detail = bdi("", "lt-quiet");
    const drop = button("", () => {
      view.send("compare_drop", { id });
      add.focus();
    }, "close");
    drop.hidden = fixed;
    return {
      node: span(`lt-chip ${fixed ? "lt-fixed" : ""}`, title, detail, drop),
      draw(/** @type {Item} */ item) {
        title.textContent = item.title;
        show(detail, item.detail);
        detail.title = item.detail;
        rename(drop, `Remove ${item.title} from the comparison`);
      },
    };
  });
  view.watch("compare", ({ items, on, can_add }) => {
    draw(items);
    chips.hidden = !on;
    enable(add, can_add);
    compare.textContent = `Compare ${items.length}`;
  });
  view.watch("warnings", (lines) => drawLines(warnings, lines, "lt-warning"));
  return div("lt-run", div("lt-bar", run, stop, compare, add, view.status), chips, warnings);
}

/** @param {HTMLElement} node @param {string[]} lines @param {string} [kind] */
function drawLines(node, lines, kind = "") {
  node.replaceChildren(...lines.map((line) => div(kind, bdi(line))));
  node.hidden = lines.length === 0;
}

/* ---- Answers ---- */

/**
 * The text of one answer as it grows. Finished blocks are appended and never touched again; the tail is replaced, or
 * goes on. What arrives is gathered and painted once per frame.
 *
 * @param {View} view @param {string} name
 */
function answerBox(view, name) {
  const tail = div("lt-tail");
  const text = new Text("");
  const node = scroller("lt-answer", name, tail);
  /** @type {{add: string[], tail: Tail}[]} */
  let due = [];
  let painted = false;
  // Whoever has scrolled up is reading, and stays there.
  let following = true;
  node.addEventListener("scroll", () => {
    following = node.scrollTop + node.clientHeight >= node.scrollHeight - 24;
  }, { passive: true });

  /** @param {Tail} last */
  function end(last) {
    if (last?.text === undefined) tail.replaceChildren(last ? clean(last.html) : "");
    else if (last.more) text.appendData(last.text);
    else {
      text.data = last.text;
      tail.replaceChildren(last.code ? h("pre", { dir: "ltr" }, h("code", {}, text)) : text);
    }
    tail.classList.toggle("lt-raw", last?.code === false);
  }

  function paint() {
    painted = false;
    due.forEach(({ add, tail: last }, place) => {
      for (const html of add) {
        const block = clean(html);
        dress(view, block, follow);
        node.insertBefore(block, tail);
      }
      // Of several that replace each other only the newest can be seen.
      if (last?.text !== undefined || place === due.length - 1) end(last);
    });
    due = [];
    follow();
  }

  function follow() { if (following) node.scrollTop = node.scrollHeight; }

  return {
    node,
    /** @param {string[]} add @param {Tail} last */
    grow(add, last) {
      due.push({ add, tail: last });
      if (painted) return;
      painted = true;
      if (document.hidden) setTimeout(paint); // a hidden page has no frames
      else requestAnimationFrame(paint);
    },
    clear() {
      due = [];
      following = true;
      // The room is kept while the next answer arrives: what stands below must not jump up and down.
      node.style.minHeight = `${node.offsetHeight}px`;
      tail.replaceChildren();
      node.replaceChildren(tail);
    },
    rest() { node.style.minHeight = ""; },
    toStart() {
      following = false;
      node.scrollTop = 0;
    },
  };
}

/**
 * @param {View} view @param {Column} first
 * @param {() => void} flip turn all columns between answers and differences @param {boolean} differs
 */
function answerColumn(view, { id, title: named }, flip, differs) {
  let serial = NaN;
  let began = 0;
  const column = { column: id };
  const answer = answerBox(view, `Answer: ${named}`);
  const diff = scroller("lt-diff lt-answer", `Word diff: ${named}`);
  const title = bdi("", "lt-head"), detail = bdi("", "lt-quiet"), state = span("lt-state lt-quiet");
  const marks = span(""), notes = div("lt-notes"), more = div(""), footer = div("lt-footer lt-quiet");
  const kept = tag("", "lt-good"), asked = bdi("", "lt-quiet");
  const stop = button("Stop", () => view.send("stop", column), "lt-small");
  const keep = button("Keep", () => view.send("keep", { ...column, serial }), "lt-small", "Make this answer part of the conversation");
  const toggle = button("Word diff", flip, "lt-small", "Show in each column how it differs from the first");
  const node = h(
    "div", { class: "lt-column", role: "group" },
    div("lt-between lt-caption", div("lt-called", title, marks, detail), div("lt-group", state, stop)),
    asked, more, answer.node, diff, notes, div("lt-between", footer, div("lt-group", toggle, kept, keep)),
  );

  function turn(now = differs) {
    differs = now;
    const shown = differs && !toggle.hidden;
    toggle.ariaPressed = String(shown);
    answer.node.hidden = shown;
    diff.hidden = !shown;
  }

  /** @param {Column} now */
  function draw(now) {
    if (now.serial !== serial && !Number.isNaN(serial)) answer.clear();
    ({ serial } = now);
    const running = now.state === "running";
    // Nobody reads several ends, nor one that came at once; of a slow answer the end was being read.
    if (running && node.dataset.state !== "running") began = performance.now();
    const quick = performance.now() - began < QUICK;
    if (!running && node.dataset.state === "running" && (quick || view.get("columns").length > 1)) answer.toStart();
    node.dataset.state = now.state;
    node.ariaLabel = now.title;
    title.textContent = now.title;
    show(detail, now.title.toLowerCase().startsWith(now.detail) ? "" : now.detail);
    show(asked, now.asked && `“${now.asked}”`);
    marks.replaceChildren(...now.marks.map((mark) => tag(mark, "lt-good")));
    show(state, running ? now.waiting ?? "running" : "");
    drawLines(notes, now.note);
    drawMore(more, now);
    drawParts(footer, now.footer);
    stop.hidden = !running || view.get("columns").length < 2;
    stop.ariaLabel = `Stop ${now.title}`;
    keep.hidden = !now.can_keep;
    keep.ariaLabel = `Keep ${now.title}`;
    show(kept, now.kept);
    toggle.hidden = now.diff === null;
    if (now.diff) drawDiff(diff, now.diff);
    if (!running) answer.rest();
    turn();
  }

  /**
   * Take what an answer grew by, and return whether its column is here; an older one's is dropped.
   * @param {Growth} growth @param {boolean} whole the answer from its start
   */
  function receive(growth, whole) {
    if (growth.serial !== serial) return growth.serial < serial; // of a run that was stopped or replaced
    if (whole) answer.clear();
    answer.grow(growth.add, growth.tail);
    if (node.dataset.state === "running") return true;
    answer.rest();
    if (whole) answer.toStart();
    return true;
  }
  return { node, draw, receive, turn };
}

/** Draw reasoning, folded, and the tools that were called. @param {HTMLElement} node @param {Column} column */
function drawMore(node, { reasoning, calls }) {
  const text = JSON.stringify([reasoning, calls]);
  if (node.dataset.of === text) return; // what was unfolded stays so
  node.dataset.of = text;
  node.replaceChildren(...calls.map(({ name, arguments: given, result }) => div(
    "lt-mono lt-said", bdi(name, "lt-head"), " ", bdi(given), result && span("lt-quiet", " → ", bdi(result)),
  )));
  if (reasoning) node.prepend(h("details", "lt-more", h("summary", {}, "Reasoning"), h("div", { class: "lt-said lt-quiet", dir: "auto" }, reasoning)));
}

const NEWS = { idle: "", running: "Running.", done: "Done.", stopped: "Stopped.", failed: "Failed." };

/** What is worth saying of all columns. @param {Column[]} columns */
function news(columns) {
  const states = columns.map(({ state }) => state);
  const kinds = [...new Set(states)];
  if (kinds.length === 1) return NEWS[kinds[0]];
  if (kinds.includes("running")) return NEWS.running;
  const counts = kinds.map((kind) => `${states.filter((state) => state === kind).length} ${kind}`);
  return `${counts.join(`, `)}.`;
}

/** @param {View} view */
function answers(view) {
  const node = div("lt-answers");
  const none = div("lt-empty", "No answer yet. One joins the conversation only when you press Keep.");
  /** @type {string|undefined} */
  let said;
  let early = false;
  let differs = false;
  const flip = () => {
    differs = !differs;
    for (const row of rows.values()) row.turn(differs);
  };
  const { draw, rows } = keyed(node, "id", (/** @type {Column} */ column) => answerColumn(view, column, flip, differs));
  view.watch("columns", (now) => {
    draw(now);
    none.hidden = now.length > 0;
    node.classList.toggle("lt-many", now.length > 1);
    // Text may overtake the trait that makes its column.
    if (early) view.send("hello");
    early = false;
    const states = now.map(({ serial, state }) => `${serial} ${state}`).join();
    if (said !== undefined && said !== states && now.length) view.say(news(now));
    said = states; // a view that opens says nothing of runs that ended before
  });
  /** @param {Growth} growth @param {boolean} whole */
  const receive = (growth, whole) => { early ||= !rows.get(growth.id)?.receive(growth, whole); };
  view.messages.grow = (/** @type {Growth} */ growth) => receive(growth, false);
  view.messages.full = (/** @type {Growth[]} */ all) => { for (const growth of all) receive(growth, true); };
  return [none, node];
}

/* ---- The cell that does the same ---- */

const COPIES = /** @type {Record<string, string>} */ ({ cell: "cell", python: "Python", curl: "curl", json: "JSON body", link: "playground link" });

/** @param {View} view */
function cellLine(view) {
  const line = scroller("lt-code", "The same as a cell");
  line.dir = "ltr";
  const kind = h("select", { class: "lt-select", "aria-label": "Copy as" });
  choose(kind, COPIES, "cell");
  // Where the clipboard is closed to the page, the text is shown, ready to be copied by hand.
  const spare = textarea({ readonly: true, class: "lt-mono", "aria-label": "Text to copy", hidden: true });
  /** Python answers all views of the model; each acts on its own presses only. */
  let asked = "";
  /** @param {string} action @param {object} [more] */
  const ask = (action, more) => {
    if (view.refuses("Nothing was copied")) return;
    asked = action;
    view.send(action, more);
  };
  // The status may be out of sight from here.
  const told = tag("", "lt-good");
  /** @param {string} text */
  const tell = (text) => {
    view.say(text);
    show(told, text);
  };
  /** @param {string} text @param {string} done what to say */
  async function copy(text, done) {
    try {
      await navigator.clipboard.writeText(text);
      spare.hidden = true;
      tell(done);
    } catch {
      spare.hidden = false;
      spare.value = text;
      fit(spare);
      spare.select();
      tell(document.execCommand("copy") ? done : "The clipboard is closed to this page. The text is selected.");
    }
  }
  view.messages.copy = (what, { text }) => {
    if (asked !== "copy") return;
    asked = "";
    void copy(text, `Copied: ${COPIES[what] ?? what}.`);
  };
  view.messages.insert = (text) => {
    if (asked !== "insert") return;
    asked = "";
    if (insertBelow(view, text)) tell("Inserted below.");
    else void copy(text, "No cell can be inserted here. It is copied: paste it into a new one.");
  };
  view.watch("line", (text) => {
    show(line, text);
    show(told, "");
  });
  const acts = [
    span("lt-quiet", "Copy as"), kind, button("Copy", () => ask("copy", { kind: kind.value }), "lt-small"),
    button("Insert below", () => ask("insert"), "lt-small"),
  ];
  return div("lt-line", div("lt-between", div("lt-group", span("lt-head", "The same as a cell"), told), div("lt-group", ...acts)), line, spare);
}

/**
 * Insert a code cell below the panel's own, and return whether that was possible.
 *
 * Seen in JupyterLab 4.6: the widget manager knows the notebook's shared model. A windowed notebook holds only some of
 * its cells in the page, so a cell's place is read from what JupyterLab wrote on it.
 *
 * @param {View} view @param {string} source
 */
function insertBelow(view, source) {
  const shared = view.model.widget_manager?.context?.model?.sharedModel;
  const cell = view.root.closest(".jp-Cell");
  if (!(cell instanceof HTMLElement) || !shared?.insertCell) return false;
  const all = [...(cell.closest(".jp-Notebook")?.querySelectorAll(".jp-Cell") ?? [])];
  const written = Number(cell.dataset.windowedListIndex ?? NaN);
  const place = written >= 0 ? written : all.length === shared.cells?.length ? all.indexOf(cell) : -1;
  if (place < 0) return false;
  try {
    shared.insertCell(place + 1, { cell_type: "code", source, metadata: {} });
    return true;
  } catch {
    return false; // a notebook that may not be edited
  }
}

/* ---- The whole ---- */

/** On a narrow page the parameters start folded, so that Run is in sight. @param {View} view @param {HTMLElement} el */
function foldWhenNarrow(view, el) {
  const observer = new ResizeObserver(([{ contentRect: { width } }]) => {
    if (!width) return;
    observer.disconnect();
    if (width < 560) view.root.querySelector(".lt-parameters")?.removeAttribute("open");
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
  const { root } = view;
  root.append(...header(view), ...tabs(view), runBar(view), ...answers(view), cellLine(view));
  for (const type of ["keydown", "keyup", "keypress"]) root.addEventListener(type, (event) => event.stopPropagation());
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing) view.stop();
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    view.run("run");
  });
  view.drawNew();
  el.append(root);
  foldWhenNarrow(view, el);
  view.send("hello");
  return () => {
    view.end();
    root.remove();
  };
}

export default { render };
