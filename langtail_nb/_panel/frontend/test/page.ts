/** A page for tests; imported before what is tested. */
import { Window } from "happy-dom";

const { document, DOMParser, DocumentFragment, Element, Event, Text, ...page } = new Window();
const { HTMLAnchorElement, HTMLOListElement, HTMLTextAreaElement } = page;
Object.assign(globalThis, {
  document, DOMParser, DocumentFragment, Element, Event, HTMLAnchorElement, HTMLOListElement, HTMLTextAreaElement, Text,
});
