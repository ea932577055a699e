"""The explorer without its view: the answers of one run, and what is done with them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextvars import copy_context
from threading import Event, Thread
from typing import Any, Final

from langtail_nb._errors import LangtailError
from langtail_nb._kernel.session import session
from langtail_nb._panel.grid import Grid
from langtail_nb._panel.grid_desk import GridDesk
from langtail_nb._panel.payload import checked
from langtail_nb._panel.scoring import Scoring
from langtail_nb._panel.told import Told
from langtail_nb._sweep.plan import Run
from langtail_nb._types.target import Target

_log = logging.getLogger("langtail_nb")
_EVERY_S: Final = 1.0


class Explorer:
    """One run on show.

    Args:
        publish: Takes the name and the new value of a section that changed.
        send: Takes a message for the views.
        scoring: Its scores.
    """

    def __init__(
        self,
        run: Run,
        scoring: Scoring,
        *,
        publish: Callable[[str, Any], object],
        send: Callable[[Any], object],
    ) -> None:
        self.grid = Grid(run, scoring)
        self._told = Told(publish, send)
        self._context = copy_context()
        self._desk = GridDesk(session, self._told, aside=self._aside, take=_taken)
        self._actions = {"hello": self._hello, **self._desk.actions()}
        self._closed = Event()
        self._desk.show(self.grid)
        if run.state == "running":
            self._aside(self._follow)

    def do(self, content: Mapping[str, Any]) -> None:
        """Carry out what was done in a view; bad input is told, never raised."""
        name, told = content.get("do"), self._told.count
        try:
            action = checked(content)
            if action is None or (act := self._actions.get(action["do"])) is None:
                return
            act(**{key: value for key, value in action.items() if key != "do"})
        except LangtailError as exc:
            self._told.send({"say": str(exc), "bad": True})
        except Exception as exc:
            # A watcher of the settings, which the user wrote, may raise anything.
            _log.error("%s, done in a view, ended in an error", name, exc_info=exc)
            self._told.send({"say": f"{name}: {type(exc).__name__}: {exc}", "bad": True})
        if self._told.count == told:
            self._told.send({"heard": str(name)})

    def go_on_from(self, earlier: Explorer) -> bool:
        """Stand where somebody stood in one on the same run that this one replaces; return if it does."""
        if earlier.grid.run is not self.grid.run:
            return False
        self._desk.take_seat(earlier._desk)
        return True

    def close(self) -> None:
        """Say nothing any more."""
        self._closed.set()
        self._told.close()

    def _hello(self) -> None:
        self._told.send({"heard": "hello"})

    def _follow(self) -> None:
        """Show what comes while the run goes on, and once more at its end."""
        is_over, pause = False, _EVERY_S
        while not is_over and not self._closed.wait(pause):
            is_over, began = self.grid.run.state != "running", time.monotonic()
            self._desk.show(self.grid)
            # A head of very many rows takes a while to make.
            pause = max(_EVERY_S, 5 * (time.monotonic() - began))

    def _aside(self, job: Callable[[], object]) -> None:
        Thread(target=self._context.copy().run, args=(job,), name="langtail-explorer", daemon=True).start()


def _taken(target: Target, parameters: Mapping[str, Any], label: str) -> str:
    """Have panels and cells ask a target with these parameters and no others."""
    settings = session.settings
    with settings.origin("panel"), settings.lock:
        before = settings.overrides(target)
        settings.assign_each({**dict.fromkeys(before), **parameters}, target=target)
    return f"{target} is asked with the settings of “{label}” now, in its panels and in cells."
