/** The messages before the message. */
import { div } from "../dom";
import { MessageList } from "../messages/list";
import type { View } from "../view";

export function messagesTab(view: View) {
  const { link } = view;
  const list = new MessageList(view, {
    what: "extra",
    read: () => link.get("extra"),
    send: (messages) => link.send({ do: "extra", messages }),
  });
  link.watch("extra", () => list.draw());
  const words = "Sent after the conversation so far and before your message in Ask.";
  return [div("lt-quiet", words), list.node, div("", list.add)];
}
