import "./page";
import assert from "node:assert/strict";
import { test } from "node:test";
import { clean } from "../src/sanitize";

/** What is left of an HTML text, without what every element of ours has. */
function left(html: string) {
  const box = document.createElement("div");
  box.append(clean(html));
  return box.innerHTML.replaceAll(' data-lm-suppress-shortcuts="true"', "").replaceAll(' dir="auto"', "");
}

test("allowed tags stay, and others leave their words", () => {
  assert.equal(left("<p>a <strong>b</strong> <font>c</font></p>"), "<p>a <strong>b</strong> c</p>");
  assert.equal(left("<form><p>a</p></form>"), "<p>a</p>");
});

test("what is no text for readers goes whole", () => {
  assert.equal(left("<p>a</p><script>b</script><style>c</style><textarea>d</textarea>"), "<p>a</p>");
});

test("an image leaves what it is called", () => {
  assert.equal(left('<p><img src="https://a.example/b.png" alt="a cat" onerror="x()"></p>'), "<p>a cat</p>");
});

test("no attribute stays that is not named", () => {
  assert.equal(left('<p id="a" class="b" onclick="c()" style="position:fixed" data-x="y">d</p>'), "<p>d</p>");
  assert.equal(left('<code class="jp-Button">a</code>'), '<code dir="ltr">a</code>');
  assert.equal(clean('<code class="language-python">a</code>').querySelector("code")?.className, "language-python");
});

test("a link keeps its address only where it leads out of the page", () => {
  const link = clean('<a href="https://a.example/">a</a>').querySelector("a");
  assert.equal(link?.href, "https://a.example/");
  assert.equal(link.rel, "noopener noreferrer");
  for (const href of ["javascript:x()", "data:text/html,x", "/lab", "files/a", "JaVaScRiPt:x()", " vbscript:x"]) {
    assert.equal(clean(`<a href="${href}">a</a>`).querySelector("a")?.hasAttribute("href"), false, href);
  }
});

test("each block finds its own direction, and code runs from left to right", () => {
  const nodes = clean("<p>a <em>b</em></p><pre><code>c</code></pre>");
  assert.equal(nodes.querySelector("p")?.dir, "auto");
  assert.equal(nodes.querySelector("em")?.getAttribute("dir"), null);
  assert.equal(nodes.querySelector("pre")?.dir, "ltr");
});

test("nothing that is made can hand its keys to the notebook", () => {
  for (const node of clean("<ul><li>a <a href='https://a.example'>b</a></li></ul>").querySelectorAll("*")) {
    assert.equal(node.getAttribute("data-lm-suppress-shortcuts"), "true");
  }
});
