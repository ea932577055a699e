"""What tells that a page did more than show a text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.lab import Notebook

ARM = "() => { window.__pwned = []; window.alert = text => { window.__pwned.push(`alert ${text}`); }; }"

ROOTS = ".jp-OutputArea-output.jp-RenderedMarkdown"
PER_CELL = 200
SHOW = """
import json
from pathlib import Path
from IPython.display import display
for markdown in json.loads(Path({path!r}).read_text())[{start}:{stop}]:
    display({{"text/markdown": markdown}}, raw=True)
"""
# Everything our Markdown may become; MathJax adds mjx-* and MathML, a heading its link to itself.
_ELEMENTS = """
a p h1 h2 h3 h4 h5 h6 ul ol li input table thead tbody tr th td blockquote hr br pre code span em strong del s
details summary small del ins div
math mi mn mo mrow mstyle msub msup msubsup mfrac msqrt mroot mtable mtr mtd mtext mspace mover munder
munderover mpadded mphantom mfenced menclose mlabeledtr merror semantics annotation mmultiscripts mprescripts
"""
_ATTRIBUTES = """
href class rel target id type disabled checked align start style title role dir tabindex unselectable
aria-hidden aria-label jax display overflow size justify width rspace space side length noic bevelled c
variant xmlns
mathvariant stretchy fence separator open close linethickness displaystyle scriptlevel rowspacing
columnspacing columnalign rowalign movablelimits accent accentunder minsize maxsize lspace symmetric
texclass intent height depth voffset notation columnlines rowlines frame framespacing minlabelspacing
mathcolor mathbackground mathsize encoding limits delim columnwidth equalcolumns equalrows linebreak
"""
_LOOK = """([roots, elements, attributes]) => {
  const found = [];
  const tags = new Set(elements);
  const names = new Set(attributes);
  const allowed = /^(https?:|mailto:)/i;
  document.querySelectorAll(roots).forEach((root, number) => {
    for (const element of root.querySelectorAll('*')) {
      const tag = element.localName;
      if (!tags.has(tag) && !tag.startsWith('mjx-')) found.push([number, `<${tag}>`]);
      if (tag === 'input' && element.type !== 'checkbox') found.push([number, 'input']);
      for (const { name, value } of element.attributes) {
        if (!names.has(name) && !name.startsWith('data-')) found.push([number, `${tag} ${name}=${value}`]);
        const leads = /url|import|expression|position:\\s*fixed/i;
        if (name === 'style' && leads.test(value)) found.push([number, value]);
      }
      const href = element.getAttribute('href') ?? '';
      if (tag === 'a' && !allowed.test(href) && !element.matches('.jp-InternalAnchorLink, .anchor-link')) {
        found.push([number, `href ${href}`]);
      }
    }
  });
  return found;
}"""


def cells_that_show(markdown: list[str], tmp_path: Path) -> list[str]:
    """Return cells that display each text of Markdown as an output of its own."""
    path = tmp_path / "markdown.json"
    path.write_text(json.dumps(markdown))
    return [
        SHOW.format(path=str(path), start=at, stop=at + PER_CELL) for at in range(0, len(markdown), PER_CELL)
    ]


def damage(notebook: Notebook, texts: list[str], roots: str = ROOTS) -> list[str]:
    """Return what the page did beyond showing the texts, each with the text that did it."""
    count = notebook.page.locator(roots).count()
    assert count == len(texts)
    found = [f"{what} in {texts[number]!r}" for number, what in forbidden(notebook.page, roots)]
    found += [f"ran: {number}" for number in executed(notebook.page)]
    return found + [f"fetched: {url}" for url in [*notebook.foreign, *_evil(notebook.requests)]]


def forbidden(page: Page, roots: str) -> list[tuple[int, str]]:
    """Return what must not be on the page, as pairs of the number of the root it is in and what it is."""
    found: list[list[Any]] = page.evaluate(_LOOK, [roots, _ELEMENTS.split(), _ATTRIBUTES.split()])
    return [(number, what) for number, what in found]


def executed(page: Page) -> list[Any]:
    """Return the numbers of the texts that ran, or that the page was left for another."""
    found: list[Any] = page.evaluate("window.__pwned ?? ['the page was left']")
    return found


def _evil(requests: list[str]) -> list[str]:
    return [url for url in requests if "evil" in url and not url.startswith("data:")]
