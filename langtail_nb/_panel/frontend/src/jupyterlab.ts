/**
 * What the front end around the panel can do for it. Seen in JupyterLab 4.6; where it offers something else, answers
 * stay without colours and formulas, and no cell is inserted.
 */
import { span } from "./dom";
import type { Link } from "./link";
import { copyNodes, parse } from "./sanitize";

interface Linked { link: Link }
/** The part of JupyterLab's widget manager that is used. */
interface Manager {
  rendermime?: { latexTypesetter?: Typesetter; markdownParser?: Parser };
  context?: { model?: { sharedModel?: Notebook } };
}
interface Typesetter { typeset(node: HTMLElement): unknown }
interface Parser { render(source: string): Promise<string> }
interface Notebook { cells?: unknown[]; insertCell?(place: number, cell: object): void }

const COLOURED = new Set(["span"]);
/** Characters; each word becomes an element, and tens of thousands of them hold up the page. */
const MOST_COLOURED = 8000;

const managerOf = ({ link }: Linked) => link.model.widget_manager as Manager | undefined;

/**
 * Typeset formulas and colour code, where the front end offers what it does so with itself. A formula was made harmless
 * in Python, and MathJax runs in its safe mode; of coloured code only words and colours are taken.
 *
 * `follow` is called when the fragment has grown.
 */
export function dress(view: Linked, fragment: DocumentFragment, follow: () => void) {
  const { latexTypesetter, markdownParser } = managerOf(view)?.rendermime ?? {};
  for (const code of fragment.querySelectorAll("code[class]")) {
    if (code.className === "lt-formula") {
      if (latexTypesetter) typeset(latexTypesetter, code, follow);
    } else if (markdownParser && code.parentElement?.localName === "pre") {
      void colour(markdownParser, code);
    }
  }
}

function typeset(typesetter: Typesetter, code: Element, follow: () => void) {
  const formula = span("lt-formula", code.textContent);
  code.replaceWith(formula);
  requestAnimationFrame(async () => {
    await typesetter.typeset(formula); // it measures, so it wants it in the page
    follow();
  });
}

async function colour(parser: Parser, code: Element) {
  const text = code.textContent ?? "";
  if (text.length >= MOST_COLOURED) return;
  const marks = "`".repeat(Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length)) + 1);
  const language = code.className.slice("language-".length);
  try {
    const html = await parser.render(`${marks}${language}\n${text}${marks}`);
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

/** Insert code cells below the panel's own, in order, and return whether that was possible. */
export function insertBelow(view: Linked & { root: HTMLElement }, sources: string[]) {
  const notebook = managerOf(view)?.context?.model?.sharedModel;
  const place = placeOf(view.root, notebook);
  if (place < 0 || !notebook?.insertCell) return false;
  try {
    sources.forEach((source, index) => {
      notebook.insertCell?.(place + 1 + index, { cell_type: "code", source, metadata: {} });
    });
    return true;
  } catch {
    return false; // a notebook that may not be edited
  }
}

/**
 * Return the place of the cell that an element is in, or -1. A windowed notebook holds only some of its cells in the
 * page, so it is read from what JupyterLab wrote on the cell.
 */
function placeOf(node: HTMLElement, notebook?: Notebook) {
  const cell = node.closest<HTMLElement>(".jp-Cell");
  if (!cell) return -1;
  const written = Number(cell.dataset.windowedListIndex ?? NaN);
  if (written >= 0) return written;
  const all = [...(cell.closest(".jp-Notebook")?.querySelectorAll(".jp-Cell") ?? [])];
  return all.length === notebook?.cells?.length ? all.indexOf(cell) : -1;
}
