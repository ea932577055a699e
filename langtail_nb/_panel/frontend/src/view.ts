/** One view of the panel: what its parts share. */
import { Focus } from "./focus";
import { h } from "./dom";
import { Link, type Model } from "./link";
import { Pictures } from "./messages/picture_store";
import { Taking } from "./taking";
import { Typing } from "./typing";

export interface View {
  readonly root: HTMLElement;
  readonly focus: Focus;
  readonly link: Link;
  readonly typing: Typing;
  readonly pictures: Pictures;
  readonly taking: Taking;
  /** What the message box holds. */
  message(): string;
  /** Turn to a tab. */
  turn(name: string): void;
  /** The last serial of an answer when this view asked for another; infinite when it has been seen. */
  asked: number;
}

export function viewOf(model: Model): View {
  const root = h("div", { class: "langtail-panel", tabindex: -1, role: "group", "aria-label": "Langtail panel" });
  const focus = new Focus(root);
  const link = new Link(model, focus);
  const typing = new Typing(root, link);
  const taking = new Taking({ root, link, typing });
  const pictures = new Pictures(link);
  return { root, focus, link, typing, taking, pictures, message: () => "", turn: () => {}, asked: Infinity };
}
