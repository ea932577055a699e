import "./page";
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Link } from "../src/link";
import { ECHO, Held, Typing } from "../src/typing";
import type { Action } from "../src/wire";

/** What is typed into a box of a view, and all that is sent and said. */
function view(context: TestContext) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const root = document.createElement("div");
  const box = document.createElement("input");
  root.append(box);
  const sent: Action[] = [];
  const said: string[] = [];
  const link = { send: (action: Action) => sent.push(action), say: (text: string) => said.push(text) };
  const typing = new Typing(root, link as unknown as Link);
  return { box, typing, sent, said, pass: (ms: number) => context.mock.timers.tick(ms) };
}

test("what was sent is shown until it comes back", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const held = new Held(() => assert.fail("it came back"));
  held.set("new");
  assert.equal(held.takes("old"), false);
  assert.equal(held.takes("new"), true);
  assert.equal(held.takes("other"), true);
  context.mock.timers.tick(ECHO);
});

test("what Python stays with is drawn in the end", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let drawn = 0;
  const held = new Held(() => { drawn += 1; });
  held.set(["new"]);
  assert.equal(held.takes(["refused"]), false);
  context.mock.timers.tick(ECHO - 1);
  assert.equal(drawn, 0);
  context.mock.timers.tick(1);
  assert.equal(drawn, 1);
  assert.equal(held.takes(["refused"]), true);
});

test("a kernel that is silent changes nothing", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const held = new Held(() => assert.fail("nothing has come"));
  held.set("new");
  context.mock.timers.tick(10 * ECHO);
  assert.equal(held.sent, '"new"');
});

test("the newest value goes when typing pauses", (context) => {
  const { typing, pass } = view(context);
  const got: string[] = [];
  const send = typing.later(200, (text: string) => got.push(text));
  for (const text of ["a", "ab", "abc"]) {
    send.call(text);
    pass(150);
  }
  assert.deepEqual(got, []);
  pass(50);
  assert.deepEqual(got, ["abc"]);
});

test("a slider sends while it is dragged", (context) => {
  const { typing, pass } = view(context);
  const got: number[] = [];
  const send = typing.every(100, (value: number) => got.push(value));
  for (const value of [1, 2, 3, 4]) {
    send.call(value);
    pass(60);
  }
  assert.deepEqual(got, [2, 4]);
});

test("what waits goes before an action that replaces it, once", (context) => {
  const { typing, sent, pass } = view(context);
  const send = typing.later(200, (text: string) => sent.push({ do: "message", text }));
  send.call("typed");
  typing.replace({ do: "undo" });
  pass(1000);
  assert.deepEqual(sent, [{ do: "message", text: "typed" }, { do: "undo" }]);
});

test("an action that replaces what was typed is drawn at once", (context) => {
  const { typing } = view(context);
  const held = typing.hold(() => assert.fail("no need"));
  let mended = 0;
  typing.atMend(() => { mended += 1; });
  held.set("typed");
  typing.replace({ do: "undo" });
  assert.equal(held.takes("undone"), true);
  assert.equal(mended, 1);
});

test("what cannot be read keeps an action back, and is told", (context) => {
  const { typing, said } = view(context);
  assert.equal(typing.refuses("Nothing was sent"), false);
  typing.wrong.set("seed", "Seed: Not a number.");
  assert.equal(typing.refuses("Nothing was sent"), true);
  assert.deepEqual(said, ["Nothing was sent: Seed: Not a number."]);
});

test("a box that is being typed into is asked before an action", (context) => {
  const { box, typing } = view(context);
  let asked = 0;
  box.addEventListener("change", () => { asked += 1; });
  typing.flush();
  assert.equal(asked, 0);
  box.dispatchEvent(new Event("input", { bubbles: true }));
  typing.flush();
  assert.equal(asked, 1);
  box.dispatchEvent(new Event("focusout", { bubbles: true }));
  typing.flush();
  assert.equal(asked, 1);
});
