"""An exchange that is not recorded and must not be sent."""

from __future__ import annotations

from collections.abc import Mapping

from langtail_nb._errors import ReplayError
from langtail_nb._replay.run import Run


class Refusing:
    """Fails when it is opened.

    Args:
        key: Counted as missing; None counts nothing.
    """

    status = 0
    sent = False
    elapsed_s: float | None = None
    headers: Mapping[str, str] = {}

    def __init__(self, error: ReplayError, key: str | None, run: Run) -> None:
        self._error, self._key, self._run = error, key, run

    async def open(self) -> None:
        """Raise why.

        Raises:
            ReplayError: Always.
        """
        if self._key is not None:
            self._run.did("missing", self._key)
        raise self._error

    async def read(self) -> bytes:
        """Return nothing."""
        return b""

    async def drain(self) -> None:
        """Nothing comes."""

    async def close(self) -> None:
        """Nothing is open."""
