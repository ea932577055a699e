/** The template, and what differs from the deployed one. */
import { button, div, enable, h, scroller, span } from "../dom";
import { MessageList } from "../messages/list";
import type { View } from "../view";
import type { Template } from "../wire";
import { drawDiff } from "../words";
import { save } from "./save";

export function templateTab(view: View) {
  const { link, typing } = view;
  const list = new MessageList(view, {
    what: "template",
    read: () => link.get("template").messages,
    send: (messages) => link.send({ do: "template", messages }),
    problems: () => link.get("template").problems,
  });
  const state = span("lt-quiet");
  const back = button("Back to deployed", () => typing.replace({ do: "template", messages: null }), "lt-small");
  const diff = scroller("lt-diff lt-capped", "Changes against deployed");
  const fold = h("details", { class: "lt-more", open: true }, h("summary", {}, "Changes against deployed"), diff);
  const { opener, box } = save(view);
  // The file says nearly the same as what is deployed: one diff at a time.
  const drawFold = () => {
    const now = link.get("template");
    fold.hidden = !now.own || now.diff === null || (link.get("save").open && !link.get("save").nowhere);
  };
  link.watch("template", (now) => {
    list.draw();
    state.textContent = stateOf(now);
    enable(back, now.own);
    drawFold();
    drawDiff(diff, now.diff);
  });
  link.watch("save", drawFold);
  const acts = div("lt-group", back, opener);
  return [div("lt-between", state, acts), div("lt-template", list.node), div("", list.add), box, fold];
}

function stateOf({ own, known }: Template) {
  if (own) return "Sent in place of the deployed template.";
  return known
    ? "As deployed. An edited text is sent as a copy; the deployment stays as it is."
    : "The deployed template is not known. One written here is sent in its place.";
}
