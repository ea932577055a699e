/** The messages before the message. */
import { div } from "../dom";
import { MessageList } from "../messages/list";
import type { View } from "../view";

const EMPTY = "No messages yet. Show by example how to answer, a user and an assistant message each, or attach an image.";
const PLACE = "What stands here is sent after the conversation so far and before your message in Ask.";

export function messagesTab(view: View) {
  const { link } = view;
  const list = new MessageList(view, {
    what: "extra",
    read: () => link.get("extra"),
    send: (messages) => link.send({ do: "extra", messages }),
  });
  const words = div("lt-quiet");
  link.watch("extra", (all) => {
    list.draw();
    words.textContent = all.length ? PLACE : `${EMPTY} ${PLACE}`;
  });
  return [words, list.node, div("", list.add)];
}
