"""What stays of a panel where widgets do not: its last runs as static text, in the panel's own cell."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from langtail_nb._calls.trial import Trial
from langtail_nb._kernel.runs import detail_of
from langtail_nb._text.brief import shorten
from langtail_nb._text.characters import mended
from langtail_nb._types.messages import calls_of
from langtail_nb._types.target import Target

MOST: Final = 5
_CUT: Final = 2_000
_QUESTION: Final = 120
# No heading, which JupyterLab would put into the table of contents.
_LARGER: Final = ' style="font-size: 1.2em"'
# As a comparison in a cell is shown; ``_magic/beside`` says why.
_TABLE: Final = '<table style="table-layout: fixed; width: 100%">'
_ROW: Final = '<tr style="background-color: transparent">'
_TOP: Final = ' style="vertical-align: top; text-align: left; white-space: normal; overflow-wrap: anywhere"'


class Entry(NamedTuple):
    """One answer as the receipt shows it; ``title`` is that of its column, where there are several."""

    serial: int
    title: str
    message: str
    text: str
    told: list[str]


@dataclass
class Receipt:
    """The newest runs of one panel, newest first, each with the answers of all its columns.

    Only what JupyterLab's sanitiser keeps is used; beside a live panel its style shows the first line alone.
    A display with an id is the only background output that is saved with the notebook (both seen in
    JupyterLab 4.6).
    """

    target: Target
    runs: list[list[Entry]] = field(default_factory=list)
    kept: dict[int, str] = field(default_factory=dict)
    display_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def add(self, trials: Sequence[Trial]) -> None:
        """Put a run that has ended before the others."""
        ended = [trial for trial in trials if trial.reply is not None and trial.state != "idle"]
        if ended:
            titled = len(ended) > 1
            # In place: a run that was replaced may end at the same moment, on another thread.
            self.runs.insert(0, [self._entry(trial, trial.title if titled else "") for trial in ended])
            del self.runs[MOST:]

    def _entry(self, trial: Trial, title: str) -> Entry:
        entry, asked = _entry(trial, title), trial.request.target
        # The panel was moved since.
        return entry if asked == self.target else entry._replace(told=[str(asked), *entry.told])

    def go_on_as(self, other: Receipt) -> None:
        """Take the place of another display, behind the runs that it holds."""
        self.runs[:0] = other.runs
        del self.runs[MOST:]
        self.kept.update(other.kept)
        self.display_id = other.display_id

    def keep(self, serial: int, told: str) -> None:
        """Tell of an answer, by its trial's serial, which turn it became; it may come before its run."""
        self.kept[serial] = told

    def bundle(self) -> dict[str, str]:
        """Return the display's MIME bundle; an empty text while there is no answer to keep."""
        if not self.runs:
            # Text alone: for the first HTML of a page JupyterLab loads MathJax before it paints the panel.
            return {"text/plain": ""}
        return {"text/plain": mended(self._plain()), "text/html": mended(self._html())}

    def published(self, *, update: bool) -> dict[str, Any]:
        """Return the arguments with which a display publisher shows the receipt, or shows it anew."""
        return {"data": self.bundle(), "transient": {"display_id": self.display_id}, "update": update}

    def _plain(self) -> str:
        blocks = [f"Last runs of the panel on {self.target}"]
        for run in self.runs:
            for place, entry in enumerate(run):
                asked = "" if place else _question(run)
                head = [*([f"> {asked}"] if asked else []), *([f"== {entry.title}"] if entry.title else [])]
                blocks.append("\n".join([*head, entry.text, f"[{self._told(entry)}]"]))
        return "\n\n".join(blocks)

    def _html(self) -> str:
        count = f"{len(self.runs)} run{'s' if len(self.runs) > 1 else ''}"
        target = f"<b>{escaped(str(self.target))}</b>"
        head = f"<p><small>Saved with the notebook: {count} on {target}</small></p>"
        hint = f"<div>{paragraph('<small>For a live panel run this cell again.</small>')}</div>"
        return head + hint + "".join(map(self._run_html, self.runs))

    def _run_html(self, run: Sequence[Entry]) -> str:
        asked = paragraph(f"<b>{escaped(_question(run))}</b>", _LARGER) if _question(run) else ""
        if len(run) == 1:
            return f"<div>{asked}{self._entry_html(run[0])}</div>"
        heads = "".join(f"<th{_TOP}>{escaped(entry.title)}</th>" for entry in run)
        answers = "".join(f"<td{_TOP}>{self._entry_html(entry)}</td>" for entry in run)
        table = f"<thead>{_ROW}{heads}</tr></thead><tbody>{_ROW}{answers}</tr></tbody>"
        return f"<div>{asked}{_TABLE}{table}</table></div>"

    def _entry_html(self, entry: Entry) -> str:
        # Not ``pre``, which JupyterLab breaks inside words.
        text = re.sub("^ +", lambda found: "&nbsp;" * len(found[0]), escaped(entry.text), flags=re.MULTILINE)
        told = f"<small>{escaped(self._told(entry))}</small>"
        return "".join(map(paragraph, filter(None, [text.replace("\n", "<br>"), told])))

    def _told(self, entry: Entry) -> str:
        return " · ".join([*entry.told, *filter(None, [self.kept.get(entry.serial)])])


def _question(run: Sequence[Entry]) -> str:
    """Return the beginning of what was asked, on one line."""
    return shorten(" ".join(run[0].message.split()), _QUESTION)


def _entry(trial: Trial, title: str) -> Entry:
    assert trial.reply is not None
    notes = trial.notes()
    # How it ended, if not well: the notes say so as a rule.
    ended = [] if trial.state == "done" or notes else [trial.state]
    if trial.request.is_private:
        # The receipt is saved with the notebook, which the user did not ask for.
        told = [trial.detail, *trial.footer(), *([] if trial.state == "done" else [trial.state])]
        return Entry(trial.serial, title, "", "not recorded", told)
    calls = [
        f"{call.name}({call.arguments})" for message in trial.reply.messages for call in calls_of(message)
    ]
    text = "\n\n".join(filter(None, [trial.text, *calls]))
    shown = text if len(text) <= _CUT else f"{text[:_CUT]}… ({len(text):,} characters in all)"
    detail = detail_of(trial.request.parameters, trial.request.variables)
    return Entry(trial.serial, title, trial.question, shown, [detail, *trial.footer(), *notes, *ended])


def paragraph(html: str, more: str = "") -> str:
    """Return HTML as a paragraph of whatever direction."""
    return f'<p dir="auto"{more}>{html}</p>'


def escaped(text: str) -> str:
    """Return text as HTML in which nothing runs and no formula begins."""
    # What reads HTML for mathematics looks into one piece of text at a time; between prices there is none.
    return re.sub(r"[$\\]", r"<span>\g<0></span>", html.escape(text))
