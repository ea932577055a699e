"""A model's text in, safe and faithful Markdown out.

A freshly run cell is trusted, so JupyterLab runs whatever HTML its Markdown holds, fetches its images
and typesets its mathematics. What leaves this package therefore holds, outside code, no tag but a few of
our own (``span``, ``code``, ``pre``, ``br``, ``div``, ``small``, ``del``, ``ins``, ``details``,
``summary``), no image, no link but to http, https and mailto, and no delimiter of code or mathematics that is
not one half of a pair.

The last point carries the rest. JupyterLab cuts mathematics out of the source before it looks for code,
so one stray dollar can undo a fence and turn what the fence held into live Markdown. Here a text is read
into blocks and spans, and each is written again in the one form that every reader takes alike; whatever
was not recognised is written as character references, which no reader takes for syntax.

Source: ``removeMath`` and ``renderMarkdown`` in JupyterLab's ``rendermime``, marked 17, mistune 3 as
nbconvert sets it up. Proved in Chromium by ``tests/browser``.
"""

from collections.abc import Iterable

from langtail_nb._text.json_text import is_json, may_become_json
from langtail_nb._text.markdown.code_blocks import fence, language
from langtail_nb._text.markdown.code_blocks import span as code_span
from langtail_nb._text.markdown.escaping import one_line, usable

__all__ = [
    "code",
    "difference",
    "fold",
    "footer",
    "inline",
    "language",
    "span",
    "to_markdown",
]


def to_markdown(text: str, *, closed: bool = True) -> str:
    """Return Markdown that shows ``text`` as a careful person would read it, and does nothing else.

    Every frame is complete in itself: an open fence is closed, so a footer may follow after a blank
    line. The time taken grows with the length of the text, not with its square.

    Args:
        text: What a model wrote: whole, or as much of it as has arrived.
        closed: Whether the text has ended. While it has not, one that so far reads as JSON is shown as
            JSON; once it has, it must be valid.
    """
    if is_json(text) if closed else may_become_json(text):
        return fence(text.strip(), "json")
    # Imported with the first answer: its patterns take longer to compile than the rest of a panel's modules.
    from langtail_nb._text.markdown.blocks import markdown

    return markdown(text, closed=closed)


def code(text: str, language: str = "") -> str:
    """Return a block of code that shows ``text`` exactly and that nothing in it can end.

    Args:
        text: Any text.
        language: Name for highlighting; one that would make a reader draw or run the code is left out.
    """
    return fence(text, language)


def inline(text: str) -> str:
    """Return ``text`` on one line, to stand in a sentence of Markdown exactly as it reads."""
    return one_line(text)


def span(text: str) -> str:
    """Return ``text`` as code inside a sentence, on one line, that nothing in it can end."""
    return code_span(usable(text))


def fold(summary: str, text: str) -> str:
    """Return a closed disclosure: the summary as plain text, and under it ``text`` as Markdown.

    Works in JupyterLab (trusted or reopened), nbconvert, GitHub and VS Code. Stands alone, with a blank
    line before and after.
    """
    body = to_markdown(text)
    return f"<details><summary>{one_line(summary)}</summary>\n\n{body}\n\n</details>"


def difference(marks: Iterable[tuple[str, str]]) -> str:
    """Return texts marked ``" "`` kept, ``"-"`` removed or ``"+"`` added as one text with its lines kept.

    What is marked ``"~"`` stands, small, for a text that was left out.
    """
    return "".join("  \n".join(_piece(sign, line) for line in text.split("\n")) for sign, text in marks)


def _piece(sign: str, line: str) -> str:
    # One blank at most: four at the start of a line would make it code.
    before, after = " " * line[:1].isspace(), " " * line[-1:].isspace()
    return f"{before}{_MARKED[sign].format(one_line(line))}{after}" if line.strip() else before


# Seen through, so that the theme's own letters stay readable on both, in light and in dark.
_GONE, _COME = "rgba(229, 57, 53, 0.22)", "rgba(67, 160, 71, 0.26)"
_MARKED = {
    " ": "{}",
    "-": f'<del style="background-color: {_GONE}">{{}}</del>',
    "+": f'<ins style="background-color: {_COME}">{{}}</ins>',
    "~": '<small style="opacity: 0.65">⋯ {} ⋯</small>',
}


def footer(items: list[str]) -> str:
    """Return one small, muted line of plain-text items, or nothing if there are none.

    The colour is the theme's own at part strength, so it suits light and dark. Where styles are taken
    out (GitHub) the line is small only. Stands alone, with a blank line before.
    """
    if not items:
        return ""
    # The dot stays with the item before it, so that no line begins with one.
    line = "\u00a0· ".join(one_line(item) for item in items)
    return f'<small style="opacity: 0.65">{line}</small>'
