"""What stays of a panel where widgets do not: its last runs as static text, in the panel's own cell."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from langtail_nb._models import Target
from langtail_nb._say import shorten
from langtail_nb._trials import Trial

MOST: Final = 5
_CUT: Final = 2_000
_QUESTION: Final = 120


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer as the receipt shows it."""

    message: str
    detail: str
    text: str
    facts: list[str]
    state: str

    @property
    def told(self) -> list[str]:
        """The settings, what the answer took, and how it ended if not well."""
        return [self.detail, *self.facts, *([] if self.state == "done" else [self.state])]


@dataclass
class Receipt:
    """The newest runs of one panel, newest first, each with the answers of all its columns.

    Only what JupyterLab's sanitiser keeps is used: paragraphs, line breaks, ``small``, ``b``. A display with
    an id is the only background output that is saved with the notebook (seen in JupyterLab 4.6).
    """

    target: Target
    runs: list[list[Entry]] = field(default_factory=list)
    display_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def add(self, trials: Sequence[Trial], stands_in_for: str | None) -> None:
        """Put a run that has ended before the others."""
        ended = [trial for trial in trials if trial.reply is not None and trial.state != "idle"]
        self.runs = [[_entry(trial, stands_in_for) for trial in ended], *self.runs][:MOST]

    def bundle(self) -> dict[str, str]:
        """Return the display's MIME bundle; without an answer yet, a line that says what it is for."""
        if not self.runs:
            # Text alone: for the first HTML of a page JupyterLab loads MathJax before it paints the panel.
            return {"text/plain": f"Panel of {self.target}. Answers stay here when the notebook is saved."}
        return {"text/plain": self._plain(), "text/html": self._html()}

    def published(self, *, update: bool) -> dict[str, Any]:
        """Return the arguments with which a display publisher shows the receipt, or shows it anew."""
        return {"data": self.bundle(), "transient": {"display_id": self.display_id}, "update": update}

    def _plain(self) -> str:
        blocks = [f"Last runs of the panel on {self.target}"]
        for question, entry in self._asked():
            told = " · ".join(entry.told)
            blocks.append(f"{f'> {question}{chr(10)}' if question else ''}{entry.text}\n[{told}]")
        return "\n\n".join(blocks)

    def _html(self) -> str:
        head = f"<p><small>Last runs of the panel on <b>{html.escape(str(self.target))}</b></small></p>"
        return head + "".join(_entry_html(question, entry) for question, entry in self._asked())

    def _asked(self) -> Iterator[tuple[str, Entry]]:
        """Yield each answer, the first of a run with what was asked."""
        for run in self.runs:
            for place, entry in enumerate(run):
                yield ("" if place else shorten(" ".join(entry.message.split()), _QUESTION)), entry


def _entry(trial: Trial, stands_in_for: str | None) -> Entry:
    assert trial.reply is not None
    facts = trial.footer(stands_in_for)
    if trial.request.is_private:
        # The receipt is saved with the notebook, which the user did not ask for.
        return Entry("", trial.detail, "not recorded", facts, trial.state)
    last = trial.request.message
    message = last if isinstance(last, str) else ""
    text = trial.text or str(trial.reply.error or "")
    shown = text if len(text) <= _CUT else f"{text[:_CUT]}… ({len(text):,} characters in all)"
    return Entry(message, trial.detail, shown, facts, trial.state)


def _entry_html(question: str, entry: Entry) -> str:
    asked = f"<p><b>{_escaped(question)}</b></p>" if question else ""
    # Not ``pre``, which JupyterLab breaks inside words.
    text = re.sub("^ +", lambda found: "&nbsp;" * len(found[0]), _escaped(entry.text), flags=re.MULTILINE)
    told = _escaped(" · ".join(entry.told))
    return f"{asked}<p>{text.replace(chr(10), '<br>')}</p><p><small>{told}</small></p>"


def _escaped(text: str) -> str:
    # A reader that looks for mathematics in HTML would find it between dollars.
    return html.escape(text).replace("$", "&#36;")
