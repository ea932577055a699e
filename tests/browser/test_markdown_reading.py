"""Ordinary answers read in JupyterLab as a careful person would read them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from langtail_nb._text.markdown import code, fold, footer, inline, to_markdown
from tests.browser.lab import Lab, Notebook, notebook_file
from tests.browser.ordinary import ANSWERS, Answer

pytestmark = pytest.mark.browser

SHOW = """
import json
from IPython.display import display
for markdown in json.loads({texts!r}):
    display({{"text/markdown": markdown}}, raw=True)
"""
NAMES = [answer.name for answer in ANSWERS]
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
    texts = [to_markdown(answer.text) for answer in ANSWERS]
    with lab.open([SHOW.format(texts=json.dumps(texts))]) as notebook:
        notebook.run()
        notebook.settle_typeset()
        yield dict(zip(NAMES, outlines(notebook), strict=True))


def outlines(notebook: Notebook) -> list[str]:
    found: list[str] = notebook.page.evaluate(OUTLINE)
    return found


@pytest.mark.parametrize("answer", ANSWERS, ids=NAMES)
def test_an_ordinary_answer_reads_as_written(pages: dict[str, str], answer: Answer) -> None:
    assert pages[answer.name] == answer.outline


def test_answers_read_the_same_in_a_notebook_from_elsewhere(lab: Lab) -> None:
    """It is not trusted, so JupyterLab takes out what it does not know; nothing of ours is that."""
    foreign = notebook_file(["1"])
    foreign["cells"][0]["outputs"] = [
        {"output_type": "display_data", "data": {"text/markdown": to_markdown(answer.text)}, "metadata": {}}
        for answer in ANSWERS
    ]
    (lab.server.root / "foreign.ipynb").write_text(json.dumps(foreign))
    with lab.open_file("foreign.ipynb") as notebook:
        notebook.settle_typeset()

        seen = dict(zip(NAMES, outlines(notebook), strict=True))
        assert seen == {answer.name: answer.outline for answer in ANSWERS}


def test_the_parts_around_an_answer_read_as_given(lab: Lab) -> None:
    """Whatever characters are in them, and whatever the answer above them left open."""
    strange = "a_b *c* `d` <e> $5 $x$ [f](g) \\(h\\) | 1. &lt; www.i.j"
    parts = [
        to_markdown("an open fence\n```python\nx = '<b>'") + "\n\n" + footer([strange, "2 → 5 tokens"]),
        f"no prompt {inline(strange)} in production",
        fold(strange, "*so*\n- a\n\n```\n</details>") + "\n\nafter",
        code("\t<b>`$x$`</b>\n\n```\n", "html") + "\n\nafter",
    ]
    shown = strange.replace("<", "&lt;")
    with lab.open([SHOW.format(texts=json.dumps(parts))]) as notebook:
        notebook.run()

        assert outlines(notebook) == [
            "<p>an open fence</p><pre><code>x = '&lt;b>'</code></pre>"
            f"<p><small>{shown}\N{NO-BREAK SPACE}· 2 → 5 tokens</small></p>",
            f"<p>no prompt {shown} in production</p>",
            f"<details><summary>{shown}</summary><p><em>so</em></p><ul><li>a</li></ul>"
            "<pre><code>&lt;/details></code></pre></details><p>after</p>",
            "<pre><code>\t&lt;b>`$x$`&lt;/b>⏎⏎```</code></pre><p>after</p>",
        ]


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_the_footer_is_small_and_quiet_and_can_be_read(lab: Lab, theme: str) -> None:
    """Smaller than the text, paler, and of a contrast of 4.5 to 1 or more, in both themes."""
    with lab.open(
        [SHOW.format(texts=json.dumps([f"Yes.\n\n{footer(['gpt-4o'])}"]))], theme=theme
    ) as notebook:
        notebook.run()
        size, text_size, opacity, ink, paper = notebook.page.evaluate(FOOTER)

    seen = [own * opacity + behind * (1 - opacity) for own, behind in zip(ink, paper, strict=True)]
    assert size < text_size
    assert opacity < 1
    assert contrast(seen, paper) >= 4.5


FOOTER = """() => {
  const small = document.querySelector('.jp-OutputArea-output small');
  const look = getComputedStyle(small);
  const numbers = colour => colour.match(/[0-9.]+/g).slice(0, 3).map(Number);
  let behind = small;
  while (/, 0[)]$/.test(getComputedStyle(behind).backgroundColor)) behind = behind.parentElement;
  return [parseFloat(look.fontSize), parseFloat(getComputedStyle(small.parentElement).fontSize),
    Number(look.opacity), numbers(look.color), numbers(getComputedStyle(behind).backgroundColor)];
}"""


def contrast(one: list[float], other: list[float]) -> float:
    """Return the contrast ratio of two colours (WCAG 2, section 1.4.3)."""

    def luminance(colour: list[float]) -> float:
        parts = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
