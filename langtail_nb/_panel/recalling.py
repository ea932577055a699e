"""Earlier calls in a panel: found, opened, put back, put beside the answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel import runs
from langtail_nb._kernel.session import Session
from langtail_nb._panel.answers import Answers
from langtail_nb._panel.asking import Asking
from langtail_nb._panel.edits import Edits
from langtail_nb._panel.history import History
from langtail_nb._panel.history_wire import Wanted, Whose
from langtail_nb._types.target import Target


class Recalling:
    """What is done with the history of one panel.

    Args:
        asking: Compares what is pinned.
        say: Tells the views one line.
        aside: Does something on a thread that may wait.
    """

    def __init__(
        self,
        session: Session,
        target: Target,
        history: History,
        edits: Edits,
        answers: Answers,
        asking: Asking,
        *,
        say: Callable[[str], object],
        aside: Callable[[Callable[[], object]], object],
    ) -> None:
        self._session, self._target, self._history = session, target, history
        self._edits, self._answers, self._asking = edits, answers, asking
        self._say, self._aside = say, aside

    def actions(self) -> dict[str, Callable[..., object]]:
        """Return what is done for each action of a view."""
        return {"find": self._find, "whole": self._whole, "restore": self._restore, "pin": self._pin}

    def _find(self, search: str, whose: Whose, failed: bool, before: int | None) -> None:
        asked = Wanted(search=search, whose=whose, failed=failed, before=before)
        self._aside(partial(self._history.find, asked))

    def _whole(self, id: int) -> None:
        self._aside(partial(self._history.open, id))

    def _pin(self, id: int) -> None:
        turn = self._session.store.turn(id)
        if turn is None or turn.request is None:
            raise ConfigurationError("this call was not recorded, so it cannot be compared")
        self._answers.put_beside(self._asking.variants.pin(turn, self._target, self._session.base_url))
        self._say("It stands beside the answers, and in the next comparison.")

    def _restore(self, id: int) -> None:
        turn = self._session.store.turn(id)
        snapshot = runs.asked_of(turn) if turn is not None else None
        if snapshot is None:
            raise ConfigurationError("this call was not recorded, so it cannot be restored")
        self._edits.restore(snapshot)
        left = runs.left_out_of(turn) if turn is not None else []
        told = f" without {', '.join(left)}: a panel has no place for it" if left else ""
        self._say(f"Restored the message and settings of this run{told}.")
