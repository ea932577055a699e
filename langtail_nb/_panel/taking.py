"""What can be taken out of a panel, or back into it: settings, texts and cells, of all or of one answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from langtail_nb._calls.naming import DEPLOYED
from langtail_nb._calls.trial import Trial
from langtail_nb._errors import ConfigurationError
from langtail_nb._line import copies
from langtail_nb._panel.answers import Answers
from langtail_nb._panel.as_sweep import about_the_answer, as_sweep
from langtail_nb._panel.common import Common
from langtail_nb._panel.sections import readable
from langtail_nb._types.request import Request

_NAMES: Final = {
    "cell": "cell",
    "python": "Python",
    "curl": "curl",
    "json": "JSON body",
    "link": "playground link",
}


class Taking:
    """Carries out what a view asks of one panel to copy, insert or use.

    After a comparison, the cell is the one that makes it again, as far as ``--compare`` or ``--sweep``
    can say it.

    Attributes:
        form: In which the views show what is set.
    """

    def __init__(self, common: Common, answers: Answers) -> None:
        self._common, self._answers = common, answers
        self.form = "cell"

    def show_as(self, kind: str) -> None:
        """Have the views show what is set in another form."""
        if kind not in _NAMES:
            raise ConfigurationError(f"there is no form {kind!r}; there are {', '.join(_NAMES)}")
        self.form = kind

    def preview(self, request: Request) -> str:
        """Return what is set in the chosen form, or why it has none."""
        try:
            return self.written(self.form, readable(request))
        except ConfigurationError as exc:
            return str(exc)

    def written(self, kind: str, request: Request) -> str:
        """Return a request in a form.

        Raises:
            ConfigurationError: There is no such kind, or what is deployed is not known for a link.
        """
        if kind == "cell":
            return "\n\n".join(self._cells(request)[0])
        # A cell stands in the conversation; what is copied to elsewhere takes it along, as a run does.
        asked = self._answers.behind(request)
        return copies.written(kind, asked, self._common.session.base_url, self._common.edits.config)

    def copy(self, kind: str) -> None:
        """Send what is set as a text for the clipboard."""
        text = self.written(kind, self._common.edits.request())
        cells, left = self._cells(self._common.edits.request()) if kind == "cell" else ([], [])
        told = "two cells; paste each into its own" if len(cells) > 1 else _NAMES[kind]
        self._common.told.send({"copy": kind, "text": text, "told": f"Copied: {told}.{_without(left)}"})

    def insert(self) -> None:
        """Send the cells that do the same as a run, or as the comparison that was made."""
        cells, left = self._cells(self._common.edits.request())
        self._common.told.send({"insert": cells, "told": f"Inserted below.{_without(left)}"})

    def settings(self, column: str, serial: int) -> None:
        """Set what an answer was asked with, and nothing else."""
        trial = self._found(column, serial)
        self._common.edits.take(self._answers.asked(trial).parameters)
        self._common.told.send(
            {"say": f"The settings are those of “{trial.title}” now; cells use them, too."}
        )

    def text(self, column: str, serial: int) -> None:
        """Send the text of an answer, letter by letter."""
        self._common.told.send(
            {"copy": "answer", "text": self._found(column, serial).text, "told": "Copied."}
        )

    def cell(self, column: str, serial: int) -> None:
        """Send the cells that ask as an answer was asked, whatever is set by then."""
        request = self._answers.asked(self._found(column, serial))
        standing = self._common.session.settings.overrides(request.target)
        self._common.told.send(
            {"insert": copies.cells(request, standing=standing), "told": "Inserted below."}
        )

    def _found(self, column: str, serial: int) -> Trial:
        trial = self._answers.find(column, serial)
        if trial is None:
            raise ConfigurationError("this answer is not here any more; it is in the history")
        return trial

    def _cells(self, request: Request) -> tuple[list[str], list[str]]:
        """Return the cells that do the same, and the columns of a comparison that they leave out."""
        if not (compared := self._answers.compared):
            return copies.cells(request), []
        others = [trial for trial in compared if trial.id != DEPLOYED]
        own = request
        if not about_the_answer(request) and (asked := self._last_asked(others)) is not None:
            own = request.replace(**asked.parameters)
        left = [trial.title for trial in others if not self._is_asked_by(own, trial)]
        if left and (cells := self._as_sweep(request, others)):
            return cells, []
        return copies.cells(own, compare=[DEPLOYED]), left

    def _as_sweep(self, request: Request, others: Sequence[Trial]) -> list[str]:
        """Return the cell that asks in all settings of a comparison; none where ``--sweep`` cannot."""
        if any(trial.id.startswith("earlier-") for trial in others):
            return []
        swept = as_sweep(request, [self._answers.asked(trial) for trial in others])
        if swept is None:
            return []
        current = self._common.session.conversations(request.target).current
        goes_on = current is not None and bool(current.turns)
        return copies.cells(swept.request, sweep=swept.values, prefix=goes_on or None)

    def _last_asked(self, others: Sequence[Trial]) -> Request | None:
        asked = [self._answers.asked(trial) for trial in others if not trial.id.startswith("earlier-")]
        return asked[-1] if asked else None

    def _is_asked_by(self, own: Request, trial: Trial) -> bool:
        asked = self._answers.asked(trial)
        return not trial.id.startswith("earlier-") and about_the_answer(asked) == about_the_answer(own)


def _without(left: Sequence[str]) -> str:
    return f" Left out, as --compare cannot say it: {'; '.join(left)}." if left else ""
