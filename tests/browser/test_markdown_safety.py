"""No answer does anything but be read: not in JupyterLab, where a fresh cell is trusted, nor elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from nbconvert.filters import markdown2html
from playwright.sync_api import Browser

from langtail_nb._text.markdown import code, fold, footer, inline, to_markdown
from tests.browser import alarm, hostile
from tests.browser.lab import Lab
from tests.servers import missing

pytestmark = pytest.mark.browser


def nbconvert_html(markdown: str) -> str:
    return str(markdown2html(markdown))


def markdown_it_html(markdown: str) -> str:
    try:
        from markdown_it import MarkdownIt
    except ImportError:
        missing("markdown-it-py")
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return str(reader.render(markdown))


SEED = 20_261_122
GENERATED = 3_000
TEXTS = hostile.numbered([*hostile.written(), *hostile.generated(GENERATED, SEED)])

NEXT = "\n\n***\n\n"


def answer(text: str) -> str:
    """An answer as a cell shows it."""
    return f"{to_markdown(text)}\n\n{footer([text[:40], 'smollm2'])}"


def other_uses(text: str) -> str:
    """The text as reasoning, as code, as a language, as a name in a sentence."""
    parts = (fold(text[:60], text), code(text, text[:20]), f"no prompt {inline(text)} in production")
    return "\n\n".join(parts)


DRAW = """async ([texts, host]) => {
  const rendermime = window.jupyterapp.shell.currentWidget.content.rendermime;
  for (const text of texts) {
    const renderer = rendermime.createRenderer('text/markdown');
    const model = rendermime.createModel({ data: { 'text/markdown': text }, trusted: true });
    await renderer.renderModel(model).catch(error => window.__pwned.push(`${error}`));
    document.querySelector(host).appendChild(renderer.node);
  }
}"""


@pytest.mark.thorough
def test_hostile_answers_do_nothing_in_a_trusted_cell(lab: Lab, tmp_path: Path) -> None:
    """Nothing runs, nothing is fetched, and only our own elements are on the page."""
    shown = [(other_uses if number % 8 == 7 else answer)(text) for number, text in enumerate(TEXTS)]

    with lab.open(alarm.cells_that_show(shown, tmp_path)) as notebook:
        notebook.page.evaluate(alarm.ARM)
        notebook.run(timeout_s=240, in_turn=True)

        assert alarm.damage(notebook, TEXTS) == []


def test_hostile_answers_do_nothing_at_any_moment_of_their_arrival(lab: Lab) -> None:
    """A frame shows the text so far, and may end anywhere: within a tag, a fence, a formula, a link."""
    texts = [text for text in TEXTS[len(hostile.written()) :] if 40 < len(text) < 200][:40]
    frames = [text[:cut] for text in texts for cut in range(1, len(text))]
    with lab.open(["1"]) as notebook:
        notebook.run()
        notebook.page.evaluate(alarm.ARM)
        notebook.page.evaluate(DRAW, [[to_markdown(frame, closed=False) for frame in frames], "body"])
        notebook.settle()

        assert alarm.damage(notebook, frames, ".jp-RenderedMarkdown") == []


def test_fences_that_mathematics_might_undo_hold(lab: Lab) -> None:
    texts = hostile.numbered([fence.replace("X", html) for fence in hostile.FENCES for html in hostile.HTML])
    with lab.open(["1"]) as notebook:
        notebook.run()
        notebook.page.evaluate(alarm.ARM)
        notebook.page.evaluate(DRAW, [[to_markdown(text) for text in texts], "body"])
        notebook.settle()

        assert alarm.damage(notebook, texts, ".jp-RenderedMarkdown") == []


@pytest.mark.thorough
@pytest.mark.parametrize("reader", [nbconvert_html, markdown_it_html], ids=["nbconvert", "markdown-it"])
def test_hostile_answers_do_nothing_in_other_readers(browser: Browser, reader: Callable[[str], str]) -> None:
    """nbconvert keeps HTML as it is too; markdown-it, here told to, is what VS Code reads with."""
    pages = [f"<section>{reader(answer(text) + NEXT + other_uses(text))}</section>" for text in TEXTS]
    with browser.new_context() as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.route("**/*", lambda route: route.abort())
        page.set_content("<!DOCTYPE html><p>")
        page.evaluate(alarm.ARM)
        page.evaluate("html => document.body.innerHTML = html", "".join(pages))

        found = [f"{what} in {TEXTS[number]!r}" for number, what in alarm.forbidden(page, "section")]
        assert found + alarm.executed(page) + asked == []


def test_the_alarms_sound_for_unescaped_text(lab: Lab, tmp_path: Path) -> None:
    """The same check, fed the texts as they are: were it deaf, the test above would mean nothing."""
    # Not the later ones: they leave the page, or break it so that it never comes to rest.
    texts = hostile.numbered(hostile.HTML[:20])
    with lab.open(alarm.cells_that_show(texts, tmp_path)) as notebook:
        notebook.page.evaluate(alarm.ARM)
        notebook.run()

        assert {"0", "1", "8"} <= set(alarm.executed(notebook.page))
        assert "http://evil.example/4.png" in notebook.foreign
        assert {"<script>", "<iframe>", "<style>"} <= {
            what for _, what in alarm.forbidden(notebook.page, alarm.ROOTS)
        }
