/** The message, and the conversation that it goes on from. */
import { button, div, fresh, h, show } from "../dom";
import { fill, textarea } from "../boxes";
import { messagePictures } from "../messages/pictures";
import { TYPING } from "../typing";
import type { View } from "../view";
import { rowSteps } from "./rows";

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
  const steps = rowSteps(view);
  const pictures = images(view, box);
  const name = div("lt-group", h("label", { for: box.id, class: "lt-head" }, "Message"), steps.source);
  const head = div("lt-between", name, div("lt-group", steps.node, pictures.attach));
  return div("lt-field", head, box, steps.told, pictures.node, thread(view, box));
}

/** The images of the message: pasted into its box, dropped on it, or attached. */
function images(view: View, box: HTMLTextAreaElement) {
  const { link, typing } = view;
  const held = typing.hold(() => draw());
  const pictures = messagePictures(view, (names) => {
    held.set(names);
    link.send({ do: "images", images: names });
    pictures.draw(names, "the message");
  }, true);
  pictures.takeFrom(box);
  function draw() {
    const names = link.get("message").images ?? [];
    if (held.takes(names)) pictures.draw(names, "the message");
    else pictures.redraw();
  }
  link.watch("message", draw);
  view.pictures.watch(draw);
  return pictures;
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
