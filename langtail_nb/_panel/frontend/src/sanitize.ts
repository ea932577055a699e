/** Answers made safe: their HTML is parsed without being run, and copied node by node through a list of tags. */
import { h } from "./dom";

const ALLOWED = new Set(
  "p em strong s code pre ul ol li blockquote h1 h2 h3 h4 h5 h6 table thead tbody tr th td hr br a".split(" "),
);
/** Elements whose text is no text for readers. */
const SILENT = new Set("script style template noscript iframe object textarea title xmp".split(" "));
const SAFE_LINK = /^(https?|mailto):$/;
const SAFE_CODE = /^(language-[\w+#.-]{1,40}|lt-formula)$/;

/** Return the allowed nodes of an HTML text. */
export function clean(html: string) {
  const fragment = document.createDocumentFragment();
  copyNodes(parse(html), fragment);
  return fragment;
}

/** DOMParser neither runs nor fetches anything. */
export const parse = (html: string) => new DOMParser().parseFromString(html, "text/html").body;

export function copyNodes(from: Node, to: Node, allowed = ALLOWED) {
  for (const node of from.childNodes) {
    if (node instanceof Text) to.appendChild(new Text(node.data));
    if (!(node instanceof Element)) continue;
    if (allowed.has(node.localName)) {
      const copy = copyOf(node, to instanceof DocumentFragment);
      copyNodes(node, copy, allowed);
      to.appendChild(copy);
    } else if (node.localName === "img") {
      to.appendChild(new Text(node.getAttribute("alt") ?? "")); // fetching it would tell a stranger that this was read
    } else if (!SILENT.has(node.localName)) {
      copyNodes(node, to, allowed);
    }
  }
}

function copyOf(node: Element, isBlock: boolean) {
  const copy: HTMLElement = h(node.localName as "p");
  copyAttributes(node, copy);
  // Each block finds its own direction, with all that is in it; code runs from left to right.
  if (/^(code|pre)$/.test(copy.localName)) copy.dir = "ltr";
  else if (isBlock) copy.dir = "auto";
  return copy;
}

/** Copy the attributes that are allowed. */
function copyAttributes(from: Element, to: HTMLElement) {
  const href = from.getAttribute("href") ?? "";
  // A relative address would point into the notebook server.
  if (to instanceof HTMLAnchorElement && URL.canParse(href) && SAFE_LINK.test(new URL(href).protocol)) {
    Object.assign(to, { href, target: "_blank", rel: "noopener noreferrer" });
  }
  const start = from.getAttribute("start") ?? "";
  if (to instanceof HTMLOListElement && /^\d{1,9}$/.test(start)) to.start = Number(start);
  if (to.localName === "code" && SAFE_CODE.test(from.className)) to.className = from.className;
  if (to.localName === "span") to.className = from.className;
  const align = /^text-align:(right|center)$/.exec(from.getAttribute("style") ?? "");
  if (align) to.style.textAlign = align[1];
}
