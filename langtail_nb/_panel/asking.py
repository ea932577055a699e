"""Run, Compare and Keep: what a panel asks, in its settings or in several, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from langtail_nb._calls.trial import Trial
from langtail_nb._kernel.session import Session
from langtail_nb._panel.answers import Answers
from langtail_nb._panel.deployment_reader import DeploymentReader
from langtail_nb._panel.edits import Edits
from langtail_nb._panel.variants import Variants
from langtail_nb._types.request import Request
from langtail_nb._types.target import Target

_RUN: Final = "run"
# A run that follows another at once need not ask what is deployed again.
_FRESH_S: Final = 5.0


class Asking:
    """Begins the answers of one panel.

    Args:
        looks: Reads again what is deployed with each run.
        say: Tells the views one line.
        kept: Called when an answer became a turn, with its trial's serial and which turn it is.
        left: Called when the conversation was left.

    Attributes:
        variants: The settings that are compared.
    """

    def __init__(
        self,
        session: Session,
        target: Target,
        edits: Edits,
        answers: Answers,
        looks: DeploymentReader,
        *,
        say: Callable[[str], object],
        kept: Callable[[int, str], object],
        left: Callable[[], object],
    ) -> None:
        self._session, self._target = session, target
        self._edits, self._answers, self._looks = edits, answers, looks
        self._say, self._kept, self._left = say, kept, left
        self.variants = Variants()

    def actions(self) -> dict[str, Callable[..., object]]:
        """Return what is done for each action of a view."""
        return {
            "run": self._press_run,
            "stop": self._answers.stop,
            "keep": self._keep,
            "new_thread": self._new_thread,
            "compare": self._compare,
            "compare_add": self._compare_add,
            "compare_drop": self._compare_drop,
            "open": self._answers.open,
        }

    def run(self, after: int | None = None) -> list[Trial]:
        """Begin to ask with the settings as they are, and return the answer.

        Args:
            after: The newest answer that was seen; None for any.

        Raises:
            ConfigurationError: It could not begin; nothing was sent.
        """
        return self._start([(_RUN, "Answer", self._edits.request())]) if self._is_current(after) else []

    def _press_run(self, after: int | None = None, anyway: bool = True) -> None:
        if self._is_current(after):
            self._edits.check_template([self._edits.request()], anyway)
            self.run(after)

    def _compare(self, after: int | None = None, anyway: bool = True) -> None:
        if self._is_current(after):
            own = self._edits.request()
            plain = self._edits.request(as_deployed=True).replace(**own.about_the_call)
            asked = self.variants.requests(own, plain, self._edits.config)
            self._edits.check_template([request for _, _, request in asked], anyway)
            self._start(asked, self.variants.pinned)

    def _is_current(self, after: int | None) -> bool:
        """Return whether a view has seen the last run: at the second of two quick clicks it has not."""
        return after is None or all(trial.serial <= after for trial in self._answers.trials)

    def _start(self, asked: Sequence[tuple[str, str, Request]], pinned: Sequence[Trial] = ()) -> list[Trial]:
        self._edits.check()
        begun = self._answers.start(asked, pinned)
        # Beside the answer: a deployment that changed since the panel was opened is told, not taken over.
        self._looks.look(fresh_s=_FRESH_S)
        return begun

    def _keep(self, column: str, serial: int) -> None:
        if kept := self._answers.keep(column, serial):
            told, follows = kept
            self._say(f"{told.capitalize()}. {follows}")
            self._kept(serial, told)

    def _new_thread(self) -> None:
        self._session.conversations(self._target).leave()
        self._say("The next answer that is kept, or the next cell, begins a thread.")
        self._left()

    def _compare_add(self) -> None:
        self.variants.add(self._session.settings.overrides(self._target))

    def _compare_drop(self, id: str) -> None:
        if any(trial.id == id for trial in self.variants.pinned):
            self._answers.leave_out(id)
        self.variants.drop(id)
