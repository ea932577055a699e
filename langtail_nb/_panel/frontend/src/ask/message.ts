/** The message, and the conversation that it goes on from. */
import { button, div, fresh, h, show } from "../dom";
import { fill, textarea } from "../boxes";
import { TYPING } from "../typing";
import type { View } from "../view";

export function messageBox(view: View) {
  const { link, typing } = view;
  const send = typing.later(TYPING, (text: string) => link.send({ do: "message", text }));
  /** What Python told last. */
  let [serial, known] = [NaN, ""];
  let dirty = false;
  const box = textarea({
    id: fresh(), rows: 3, class: "lt-message", spellcheck: "true",
    placeholder: "Ask something. Empty: the template alone is sent.",
    oninput() {
      dirty = true;
      send.call(box.value);
    },
    onchange: send.flush,
  });
  view.message = () => box.value;
  link.watch("message", (now) => {
    const replaced = now.serial !== serial;
    const elsewhere = now.text !== known && !dirty && document.activeElement !== box;
    if (replaced || elsewhere) fill(box, now.text);
    if (replaced || now.text === box.value) dirty = false;
    ({ serial, text: known } = now);
  });
  return div("lt-field", h("label", { for: box.id, class: "lt-head" }, "Message"), box, thread(view, box));
}

function thread({ link }: View, box: HTMLElement) {
  const told = div("lt-quiet");
  const anew = button("New thread", () => {
    link.send({ do: "new_thread" });
    box.focus(); // the button goes
  }, "lt-small");
  const node = div("lt-between", told, anew);
  link.watch("thread", (text) => {
    show(told, text);
    node.hidden = !text;
  });
  return node;
}
