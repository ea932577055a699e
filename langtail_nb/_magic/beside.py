"""Several answers in, the two texts of one output out: one below another, and side by side as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from langtail_nb._calls.trial import Trial, marks
from langtail_nb._show.compose import compose, frame
from langtail_nb._text import markdown as _markdown
from langtail_nb._text.diff import answer_diff, hunks

# Top, because answers of different length read from their beginnings.
_CELL: Final = '<td style="vertical-align: top; text-align: left">'
_HEAD: Final = '<th style="text-align: left">'


def beside(trials: Sequence[Trial]) -> tuple[str, str]:
    """Return answers that have ended as ``text/plain`` and as ``text/markdown``.

    The first is what the others are compared with, word by word; JSON by value.
    """
    fast = marks(trials)
    heads = [_head(trial, fast.get(trial.id, [])) for trial in trials]
    answers = [_answer(trial) for trial in trials]
    rows = [answers, _differences(trials)] if len(trials) > 1 else [answers]
    plain = "\n\n".join(_plain(trial) for trial in trials)
    return plain, _table(heads, rows)


def growing(trials: Sequence[Trial]) -> str:
    """Return the Markdown of answers that still grow."""
    return _table([_head(trial, []) for trial in trials], [[_so_far(trial) for trial in trials]])


def _head(trial: Trial, marks: Sequence[str]) -> str:
    told = "".join(f" ({mark})" for mark in marks)
    detail = f"<br>{_markdown.footer([trial.detail])}" if trial.detail != trial.title else ""
    return f"{_markdown.inline(trial.title)}{told}{detail}"


def _answer(trial: Trial) -> str:
    if trial.reply is None:
        return ""
    footer = trial.footer()
    _, markdown = compose(trial.reply, footer)
    error = trial.reply.error if trial.state == "failed" else None
    return f"{markdown}\n\n> {_markdown.inline(str(error))}" if error is not None else markdown


def _so_far(trial: Trial) -> str:
    if trial.reply is not None and trial.text:
        return frame(trial.reply)
    return f"*{_markdown.inline(trial.waiting)}*" if trial.waiting else ""


def _differences(trials: Sequence[Trial]) -> list[str]:
    first = trials[0]
    return ["", *(_difference(first.text, trial) for trial in trials[1:])]


def _difference(first: str, trial: Trial) -> str:
    if not (first and trial.text):
        return ""
    if first == trial.text:
        return _markdown.footer(["the same, word for word"])
    marks = hunks(answer_diff(first, trial.text))
    return f"{_markdown.footer(['against the first'])}\n\n{_markdown.difference(marks)}"


def _plain(trial: Trial) -> str:
    told = " · ".join([trial.detail, *trial.footer(), *trial.notes()])
    return f"== {trial.title}\n{trial.text}\n[{told}]"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    # A blank line on both sides of a cell's text: that is what makes it Markdown inside a table of HTML.
    head = "".join(f"{_HEAD}{one}</th>" for one in heads)
    lines = [f"<table><thead><tr>{head}</tr></thead><tbody>"]
    for row in rows:
        if any(row):
            cells = "".join(f"{_CELL}\n\n{text}\n\n</td>" for text in row)
            lines.append(f"<tr>{cells}</tr>")
    return "\n".join([*lines, "</tbody></table>"])
