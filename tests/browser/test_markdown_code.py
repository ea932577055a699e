"""Code keeps its letters and its colours in JupyterLab, and a script from the right its direction."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from langtail_nb._text.markdown import to_markdown
from tests.browser.lab import Lab, notebook_file
from tests.browser.test_markdown_reading import SHOW
from tests.text.listings import LISTINGS, PLACES

pytestmark = pytest.mark.browser

READ = """() => [...document.querySelectorAll('.jp-OutputArea-output.jp-RenderedMarkdown')].map(root => {
  const codes = [...root.querySelectorAll('pre > code')];
  return [codes.map(code => code.textContent.replace(/\\n$/, '')),
    codes.some(code => code.querySelector('span[class]') !== null)];
})"""


TEXTS = {place: [to_markdown(write(listing)) for listing in LISTINGS] for place, write in PLACES.items()}


@pytest.fixture(scope="module")
def pages(lab: Lab) -> Iterator[dict[str, list[tuple[list[str], bool]]]]:
    """By place, for each listing: the code on the page, and whether it is in colours."""
    with lab.open([SHOW.format(texts=json.dumps(texts)) for texts in TEXTS.values()]) as notebook:
        notebook.run()
        seen = [(codes, coloured) for codes, coloured in notebook.page.evaluate(READ)]
        count = len(LISTINGS)
        assert len(seen) == count * len(PLACES)
        yield {place: seen[at * count : (at + 1) * count] for at, place in enumerate(PLACES)}


@pytest.mark.parametrize("place", PLACES)
def test_listings_keep_their_letters_and_their_colours(
    pages: dict[str, list[tuple[list[str], bool]]], place: str
) -> None:
    """But colours where JupyterLab would tear a formula apart that it finds after a blank line."""
    named = [f"`{listing.language}\n" in text for listing, text in zip(LISTINGS, TEXTS[place], strict=True)]

    assert [codes for codes, _ in pages[place]] == [[listing.code] for listing in LISTINGS]
    assert [coloured for _, coloured in pages[place]] == named
    assert sum(named) >= 36


HEBREW = "\u05e9\u05dc\u05d5\u05dd"
ANSWER = f"""{HEBREW} `f(x)` {HEBREW}.

Hello {HEBREW}.

## {HEBREW}

- {HEBREW}.
- Hello.

1. {HEBREW}:
   ```py
   f(x)
   ```

> {HEBREW}.

| {HEBREW} | {HEBREW} |
|---|---|
| `a` | b |

```py
f({HEBREW})
```
"""
# Of each block: its direction, on which side its first letter stands, and on which side of that its last.
SIDES = """() => {
  const root = document.querySelector('.jp-OutputArea-output.jp-RenderedMarkdown');
  const middle = root.getBoundingClientRect().left + root.getBoundingClientRect().width / 2;
  const place = (node, at) => {
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + 1);
    return range.getBoundingClientRect();
  };
  return [...root.querySelectorAll('p, h2, ul > li, th, pre')].map(block => {
    const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) {
      const inside = walker.currentNode.parentElement.closest('.jp-InternalAnchorLink') === null;
      if (inside && walker.currentNode.data.trim()) texts.push(walker.currentNode);
    }
    const last = texts.at(-1).data.trimEnd().length - 1;
    const [begin, end] = [place(texts[0], 0), place(texts.at(-1), last)];
    return [block.localName, getComputedStyle(texts[0].parentElement).direction,
      begin.left > middle ? 'right' : 'left', end.left < begin.left ? 'leftward' : 'rightward'].join(' ');
  });
}"""
SEEN = [
    "p rtl right leftward",
    "p ltr left rightward",
    "h2 rtl right leftward",
    "li rtl right leftward",
    "li ltr right rightward",
    "p rtl right leftward",
    "pre ltr left rightward",
    "p rtl right leftward",
    "th rtl right leftward",
    "th rtl right leftward",
    "pre ltr left rightward",
]


def test_a_block_from_the_right_begins_and_ends_where_its_reader_looks(lab: Lab) -> None:
    """In a trusted cell, and in a notebook from elsewhere, which is sanitised."""
    foreign = notebook_file(["1"])
    data = {"text/markdown": to_markdown(ANSWER)}
    foreign["cells"][0]["outputs"] = [{"output_type": "display_data", "data": data, "metadata": {}}]
    (lab.server.root / "from-the-right.ipynb").write_text(json.dumps(foreign))

    with lab.open([SHOW.format(texts=json.dumps([to_markdown(ANSWER)]))]) as notebook:
        notebook.run()
        assert notebook.page.evaluate(SIDES) == SEEN
    with lab.open_file("from-the-right.ipynb") as notebook:
        notebook.settle()
        assert notebook.page.evaluate(SIDES) == SEEN
