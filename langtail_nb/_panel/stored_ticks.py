"""Where a panel's sliders have an answer already, and that answer where one is stepped onto."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Final, NamedTuple

from langtail_nb._calls.trial import Trial, state_of
from langtail_nb._errors import LangtailError
from langtail_nb._kernel import runs
from langtail_nb._kernel.disk.store_error import StoreError
from langtail_nb._panel.common import Common
from langtail_nb._panel.ticks_wire import Ticks
from langtail_nb._types.config import Config
from langtail_nb._types.request import Request

if TYPE_CHECKING:
    from langtail_nb._sweep.stored_settings import Answer

_log = logging.getLogger("langtail_nb")

_COLUMN: Final = "stored"


class Wanted(NamedTuple):
    """What stands in a panel.

    Attributes:
        asked: Without the conversation that it goes behind.
        sent: As it would be sent.
        config: What is deployed, as far as the panel knows.
    """

    asked: Request
    sent: Request
    config: Config | None


class StoredTicks:
    """Looks beside one panel, whenever something else stands in it.

    Args:
        show: Shows an answer in place of those that are there, or those again.
    """

    def __init__(self, common: Common, *, show: Callable[[Trial | None], object]) -> None:
        self._common, self._show = common, show
        self._lock = Lock()
        self._wanted: Wanted | None = None
        self._looked: tuple[Wanted, object] | None = None
        self._is_step = self._is_at_work = False
        self._shown: Answer | None = None

    def stepped(self) -> None:
        """Show the answer, if there is one, where a parameter was just moved to."""
        with self._lock:
            self._is_step = True

    def want(self, wanted: Wanted) -> None:
        """Look what is there, unless nothing has changed."""
        try:
            version = self._common.session.store.version()
        except StoreError:
            return  # told where calls are kept; nothing is there
        with self._lock:
            if self._is_step or (wanted, version) != self._looked:
                self._wanted = wanted
            if self._wanted is None or self._is_at_work:
                return
            self._is_at_work = True
        self._common.aside(self._work)

    def note(self, trials: Sequence[Trial], config: Config | None) -> None:
        """Know answers that have just come."""
        from langtail_nb._sweep.stored_settings import stored_settings

        known = stored_settings(self._common.session)
        for trial in trials:
            if trial.reply is not None and trial.state == "done":
                with suppress(LangtailError):  # the base URL may be none by now, or the store nowhere
                    known.note(self._common.session, trial.request, config, trial.reply, time.time())
        with self._lock:
            self._looked = None

    def begun(self) -> None:
        """Know that something is asked anew, which is shown from now on."""
        with self._lock:
            self._shown, self._is_step = None, False

    def _work(self) -> None:
        while (job := self._next()) is not None:
            wanted, is_step = job
            try:
                version = self._common.session.store.version()
                self._look(wanted, is_step)
                self._looked = wanted, version
            except LangtailError as exc:
                # Nobody asked for it: what cannot be read is told where somebody does.
                _log.info("stored answers could not be looked for: %s", exc)
                self._looked = wanted, None

    def _next(self) -> tuple[Wanted, bool] | None:
        with self._lock:
            wanted, self._wanted = self._wanted, None
            self._is_at_work = wanted is not None
            if wanted is None:
                return None
            is_step, self._is_step = self._is_step, False
            return wanted, is_step

    def _look(self, wanted: Wanted, is_step: bool) -> None:
        from langtail_nb._sweep.stored_settings import stored_settings, turn_of

        found = stored_settings(self._common.session).look(self._common.session, wanted.sent, wanted.config)
        ticks = [Ticks(name=name, values=values) for name, values in found.values.items()]
        self._common.told.show("stored", ticks)
        if found.here is None:
            self._shown = None
            self._show(None)
        elif is_step and found.here != self._shown:
            self._shown = found.here
            turn = turn_of(self._common.session, found.here)
            reply = runs.reply_of(turn, wanted.asked) if turn is not None else found.here.reply
            if reply is not None:
                request = wanted.asked
                detail = runs.detail_of(request.parameters, request.variables)
                state, at = state_of(reply.error), found.here.at
                self._show(
                    Trial(_COLUMN, "Stored answer", detail, request, state=state, reply=reply, stored_at=at)
                )
