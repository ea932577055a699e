"""Several answers in, the two texts of one output out: one below another, and side by side as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from langtail_nb._calls import naming
from langtail_nb._calls.trial import Trial
from langtail_nb._errors import ReplayError
from langtail_nb._show.compose import compose, frame, is_missing
from langtail_nb._text import markdown as _markdown
from langtail_nb._text.diff import Mark

# Of one width, whatever they hold. A colour of its own keeps a row from stripes, as tables of records have
# them, and from lighting up under the pointer.
_TABLE: Final = '<table style="table-layout: fixed; width: 100%">'
_ROW: Final = '<tr style="background-color: transparent">'
# Top, because answers of different length read from their beginnings.
_LOOK: Final = "vertical-align: top; text-align: left; white-space: normal; overflow-wrap: anywhere"
_CELL: Final = f'<td style="{_LOOK}">'
_HEAD: Final = f'<th style="{_LOOK}">'


def beside(trials: Sequence[Trial]) -> tuple[str, str]:
    """Return answers that have ended as ``text/plain`` and as ``text/markdown``.

    The first is what the others are compared with, word by word; JSON by value.
    """
    badges = naming.badges_of(trials)
    answers = [_answer(trial, badges[trial.id]) for trial in trials]
    differences = [_difference(trials[0].title, one) for one in naming.differences(trials)]
    plain = "\n\n".join(_plain(trial, badges[trial.id]) for trial in trials)
    return plain, _table(list(map(_head, trials)), [answers, differences])


def growing(trials: Sequence[Trial]) -> str:
    """Return the Markdown of answers that still grow."""
    return _table(list(map(_head, trials)), [list(map(_so_far, trials))])


def _head(trial: Trial) -> str:
    detail = naming.beside(trial.title, trial.detail)
    told = f'<br><span style="font-weight: normal">{_markdown.footer([detail])}</span>' if detail else ""
    return f"{_markdown.inline(trial.title)}{told}"


def _answer(trial: Trial, badges: Sequence[str]) -> str:
    if trial.reply is None:
        return ""
    if isinstance(trial.reply.error, ReplayError) and is_missing(trial.reply):
        return f"> {_markdown.inline(str(trial.reply.error))}"
    _, markdown = compose(trial.reply, [*badges, *trial.footer()])
    error = trial.reply.error if trial.state == "failed" else None
    return f"{markdown}\n\n> {_markdown.inline(str(error))}" if error is not None else markdown


def _so_far(trial: Trial) -> str:
    if trial.reply is not None and trial.text:
        return frame(trial.reply)
    return f"*{_markdown.inline(trial.waiting)}*" if trial.waiting else ""


def _difference(first: str, marks: list[Mark] | None) -> str:
    if marks is None or naming.is_same(marks):
        return ""
    return f"{_markdown.footer([f'against {first}'])}\n\n{_markdown.difference(marks)}"


def _plain(trial: Trial, badges: Sequence[str]) -> str:
    told = " · ".join([trial.detail, *badges, *trial.footer(), *trial.notes()])
    return f"== {trial.title}\n{trial.text}\n[{told}]"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    # A blank line on both sides of a cell's text: that is what makes it Markdown inside a table of HTML.
    head = "".join(f"{_HEAD}{one}</th>" for one in heads)
    lines = [f"{_TABLE}<thead>{_ROW}{head}</tr></thead><tbody>"]
    for row in rows:
        if any(row):
            cells = "".join(f"{_CELL}\n\n{text}\n\n</td>" for text in row)
            lines.append(f"{_ROW}{cells}</tr>")
    return "\n".join([*lines, "</tbody></table>"])
