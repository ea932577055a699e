"""What stays of a panel where widgets do not: its last runs as static text, in the panel's own cell."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from langtail_nb._compose import calls_of
from langtail_nb._models import Target
from langtail_nb._runs import detail_of
from langtail_nb._say import mended, shorten
from langtail_nb._trials import Trial

MOST: Final = 5
_CUT: Final = 2_000
_QUESTION: Final = 120


class Entry(NamedTuple):
    """One answer as the receipt shows it; ``kept`` tells which turn it became."""

    serial: int
    message: str
    detail: str
    text: str
    facts: list[str]
    state: str
    kept: str = ""

    @property
    def told(self) -> list[str]:
        """The settings, what the answer took, how it ended if not well, and the turn that it became."""
        state = "" if self.state == "done" else self.state
        return [self.detail, *self.facts, *filter(None, [state, self.kept])]


@dataclass
class Receipt:
    """The newest runs of one panel, newest first, each with the answers of all its columns.

    Only what JupyterLab's sanitiser keeps is used; beside a live panel its style shows the beginning of the
    newest run alone. A display with an id is the only background output that is saved with the notebook (both
    seen in JupyterLab 4.6).
    """

    target: Target
    runs: list[list[Entry]] = field(default_factory=list)
    display_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def add(self, trials: Sequence[Trial], stands_in_for: str | None) -> None:
        """Put a run that has ended before the others."""
        ended = [trial for trial in trials if trial.reply is not None and trial.state != "idle"]
        if ended:
            self.runs = [[_entry(trial, stands_in_for) for trial in ended], *self.runs][:MOST]

    def keep(self, serial: int, told: str) -> None:
        """Tell of an answer, by its trial's serial, which turn it became."""
        self.runs = [
            [entry._replace(kept=told) if entry.serial == serial else entry for entry in run]
            for run in self.runs
        ]

    def bundle(self) -> dict[str, str]:
        """Return the display's MIME bundle; without an answer yet, a line that says what it is for."""
        if not self.runs:
            # Text alone: for the first HTML of a page JupyterLab loads MathJax before it paints the panel.
            return {"text/plain": f"Panel of {self.target}. Answers stay here when the notebook is saved."}
        return {"text/plain": mended(self._plain()), "text/html": mended(self._html())}

    def published(self, *, update: bool) -> dict[str, Any]:
        """Return the arguments with which a display publisher shows the receipt, or shows it anew."""
        return {"data": self.bundle(), "transient": {"display_id": self.display_id}, "update": update}

    def _plain(self) -> str:
        blocks = [f"Last runs of the panel on {self.target}"]
        for run in self.runs:
            for place, entry in enumerate(run):
                asked = "" if place else _question(run)
                told = " · ".join(entry.told)
                blocks.append(f"{f'> {asked}{chr(10)}' if asked else ''}{entry.text}\n[{told}]")
        return "\n\n".join(blocks)

    def _html(self) -> str:
        head = f"<p><small>Last runs of the panel on <b>{_escaped(str(self.target))}</b></small></p>"
        return head + "".join(map(_run_html, self.runs))


def _question(run: Sequence[Entry]) -> str:
    """Return the beginning of what was asked, on one line."""
    return shorten(" ".join(run[0].message.split()), _QUESTION)


def _entry(trial: Trial, stands_in_for: str | None) -> Entry:
    assert trial.reply is not None
    facts = trial.footer(stands_in_for)
    if trial.request.is_private:
        # The receipt is saved with the notebook, which the user did not ask for.
        return Entry(trial.serial, "", trial.detail, "not recorded", facts, trial.state)
    calls = [f"{name}({given})" for message in trial.reply.messages for name, given in calls_of(message)]
    text = "\n\n".join(filter(None, [trial.text, *calls]))
    shown = text if len(text) <= _CUT else f"{text[:_CUT]}… ({len(text):,} characters in all)"
    detail = detail_of(trial.request.parameters, trial.request.variables)
    return Entry(trial.serial, trial.question, detail, shown, [*facts, *trial.notes()], trial.state)


def _run_html(run: Sequence[Entry]) -> str:
    asked = _paragraph(f"<b>{_escaped(_question(run))}</b>") if _question(run) else ""
    return f"<div>{asked}{''.join(map(_entry_html, run))}</div>"


def _entry_html(entry: Entry) -> str:
    # Not ``pre``, which JupyterLab breaks inside words.
    text = re.sub("^ +", lambda found: "&nbsp;" * len(found[0]), _escaped(entry.text), flags=re.MULTILINE)
    told = f"<small>{_escaped(' · '.join(entry.told))}</small>"
    return "".join(map(_paragraph, filter(None, [text.replace("\n", "<br>"), told])))


def _paragraph(html: str) -> str:
    return f'<p dir="auto">{html}</p>'


def _escaped(text: str) -> str:
    # What reads HTML for mathematics looks into one piece of text at a time; between prices there is none.
    return re.sub(r"[$\\]", r"<span>\g<0></span>", html.escape(text))
