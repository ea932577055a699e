import "./page";
import assert from "node:assert/strict";
import { test } from "node:test";
import { keyed } from "../src/keyed";

interface Fruit {
  name: string;
  count: number;
}

function list() {
  const parent = document.createElement("div");
  const made: string[] = [];
  const { draw, rows } = keyed(parent, "name", ({ name }: Fruit) => {
    made.push(name);
    const node = document.createElement("p");
    return { node, draw: ({ count }: Fruit, index: number) => { node.textContent = `${index} ${name} ${count}`; } };
  });
  const shown = () => [...parent.children].map((node) => node.textContent);
  return { parent, made, draw, rows, shown };
}

const fruits = (...names: string[]) => names.map((name) => ({ name, count: name.length }));

test("items stand in their order, each told its place", () => {
  const { draw, shown } = list();
  draw(fruits("fig", "lemon"));
  assert.deepEqual(shown(), ["0 fig 3", "1 lemon 5"]);
});

test("an item that stays keeps its element, wherever it goes", () => {
  const { parent, made, draw, rows, shown } = list();
  draw(fruits("a", "b", "c"));
  const [a, b, c] = parent.children;
  draw(fruits("c", "a", "d", "b"));
  assert.deepEqual(shown(), ["0 c 1", "1 a 1", "2 d 1", "3 b 1"]);
  assert.deepEqual([parent.children[1], parent.children[3], parent.children[0]], [a, b, c]);
  assert.deepEqual(made, ["a", "b", "c", "d"]);
  assert.equal(rows.size, 4);
});

test("an item that goes takes its element along, and comes back as another", () => {
  const { made, draw, rows, shown } = list();
  draw(fruits("a", "b"));
  draw(fruits("b"));
  assert.deepEqual(shown(), ["0 b 1"]);
  assert.equal(rows.has("a"), false);
  draw(fruits("a", "b"));
  assert.deepEqual(made, ["a", "b", "a"]);
});

test("what is in its place is not moved, or it would lose the focus", () => {
  const { parent, draw } = list();
  draw(fruits("a", "b"));
  const moved: Node[] = [];
  const insert = parent.insertBefore.bind(parent);
  parent.insertBefore = <One extends Node>(node: One, before: Node | null) => {
    moved.push(node);
    return insert(node, before);
  };
  draw(fruits("a", "b", "c"));
  assert.deepEqual(moved, [parent.children[2]]);
});
