"""The earlier calls that a panel lists, read from disk when they changed."""

from __future__ import annotations

import logging
from threading import RLock

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel import runs
from langtail_nb._kernel.disk.store_error import StoreError
from langtail_nb._kernel.session import Session
from langtail_nb._panel.told import Told
from langtail_nb._types.target import Target

_log = logging.getLogger("langtail_nb")


class History:
    """The history of one panel; its lock is its own, so that nobody else waits for the disk."""

    def __init__(self, session: Session, target: Target, told: Told) -> None:
        self._session, self._target, self._told = session, target, told
        self._lock = RLock()
        self._version: object = object()  # of what was shown
        self._trouble = ""

    def show(self) -> None:
        """Publish the list, unless it is as it was."""
        with self._lock:
            try:
                # Cells that call nothing change nothing, and fifty calls with images take a while to read.
                if (version := self._session.store.version()) == self._version:
                    self._trouble = ""
                    return
                found = self._session.store.recent(self._target.identity)
                listed = runs.runs(found, self._session.base_url, self._session.cost_of)
            except StoreError as exc:
                # Told again once it could be read in between, and not after every cell.
                if str(exc) != self._trouble:
                    _log.warning("the runs of this panel cannot be read: %s", exc)
                self._trouble = str(exc)
                return
            except ConfigurationError:
                return  # the base URL, which is told with the settings
            self._version, self._trouble = version, ""
            self._told.show("history", listed)
