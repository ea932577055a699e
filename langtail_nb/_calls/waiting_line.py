"""How long an answer has been waited for, in a line."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langtail_nb._client.attempts import Wait


class Waiting:
    """The wait for one answer, which begins now.

    Args:
        words: What is done, as the line begins.
    """

    def __init__(self, words: str) -> None:
        self._words = words
        self._began = time.monotonic()
        self._retry: tuple[Wait, float] | None = None

    @property
    def elapsed_s(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._began

    def retry(self, wait: Wait) -> None:
        """Note that another attempt is being waited for."""
        self._retry = wait, time.monotonic() + wait.seconds

    @property
    def line(self) -> str:
        """What is waited for: ``waiting, 3 s``, or ``waiting 12 s, attempt 2 of 3 (429)``."""
        so_far = f"{self._words}, {int(self.elapsed_s)} s"
        if self._retry is None:
            return so_far
        wait, until = self._retry
        left = until - time.monotonic()
        attempt = f"attempt {wait.attempt} of {wait.of}"
        return f"waiting {left:.0f} s, {attempt} ({wait.reason})" if left > 0 else f"{so_far}, {attempt}"
