"""Who is told of any change at all, without what it was."""

from __future__ import annotations

import logging
from collections.abc import Callable

_log = logging.getLogger("langtail_nb")


class Watchers:
    """Functions that are called after a change."""

    def __init__(self) -> None:
        self._told: list[Callable[[], object]] = []

    def __len__(self) -> int:
        return len(self._told)

    def add(self, told: Callable[[], object]) -> Callable[[], None]:
        """Call ``told`` after each change; return a function that ends this."""
        self._told.append(told)
        return lambda: self._told.remove(told) if told in self._told else None

    def tell(self) -> None:
        """Call each of them, whatever becomes of the one before."""
        for told in list(self._told):
            try:
                told()
            except Exception:
                # What is set is set; that it cannot be shown somewhere is no fault of whoever set it.
                _log.exception("a change of the settings could not be shown")
