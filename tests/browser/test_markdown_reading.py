"""Ordinary answers read in JupyterLab as a careful person would read them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from lab import Lab, Notebook
from ordinary import ANSWERS

from langtail_nb._markdown import code, fold, footer, inline, to_markdown

pytestmark = pytest.mark.browser

SHOW = """
import json
from IPython.display import display
for markdown in json.loads({texts!r}):
    display({{"text/markdown": markdown}}, raw=True)
"""
# The page reduced to its structure, as `ordinary` writes it.
OUTLINE = """() => [...document.querySelectorAll('.jp-OutputArea-output.jp-RenderedMarkdown')].map(root => {
  const escaped = text => text.replaceAll('<', '&lt;');
  const outline = (node, inCode) => {
    if (node.nodeType === Node.TEXT_NODE) {
      if (inCode) return escaped(node.data).replaceAll('\\n', '⏎');
      return node.data.trim() || node.data === ' ' ? escaped(node.data.replace(/\\n+/g, '')) : '';
    }
    const tag = node.localName;
    if (tag === 'mjx-container') {
      const text = node.querySelector('mjx-assistive-mml').textContent.replaceAll('\\u2061', '');
      return node.getAttribute('display') === 'true' ? `{{${text}}}` : `{${text}}`;
    }
    if (node.classList.contains('jp-InternalAnchorLink')) return '';
    const inside = [...node.childNodes].map(child => outline(child, inCode || tag === 'code')).join('');
    if (tag === 'span') return inside;
    if (tag === 'br') return node.closest('td') ? '<br>' : '↵';
    if (tag === 'input' || tag === 'hr') return `<${tag}>`;
    if (tag === 'pre') return `<pre>${inside.replace(/⏎(?=<[/]code>$)/, '')}</pre>`;
    const open = tag === 'a' ? `<a href="${node.getAttribute('href')}">` : `<${tag}>`;
    return `${open}${inside}</${tag}>`;
  };
  return [...root.childNodes].map(node => outline(node, false)).join('');
})"""


@pytest.fixture(scope="module")
def pages(lab: Lab) -> Iterator[dict[str, str]]:
    """The outline of each answer, by its name."""
    texts = [to_markdown(text) for _, text, _ in ANSWERS]
    with lab.open([SHOW.format(texts=json.dumps(texts))]) as notebook:
        notebook.run()
        yield dict(zip([name for name, _, _ in ANSWERS], outlines(notebook), strict=True))


def outlines(notebook: Notebook) -> list[str]:
    found: list[str] = notebook.page.evaluate(OUTLINE)
    return found


@pytest.mark.parametrize(("name", "text", "expected"), ANSWERS, ids=[name for name, _, _ in ANSWERS])
def test_an_ordinary_answer_reads_as_written(pages: dict[str, str], name: str, text: str, expected: str) -> None:
    assert pages[name] == expected
