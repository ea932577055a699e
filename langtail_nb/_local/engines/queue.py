"""Who may work now, and who waits."""

from __future__ import annotations

import asyncio
from typing import Final

from langtail_nb._local.protocol.refusals import too_many

MOST_WAITING: Final = 100
"""Requests in the queue beyond those that are answered; more get a 429."""

LONGEST_WAIT_S: Final = 120.0
"""A request that waited so long gets a 429."""

RETRY_AFTER_S: Final = 2.0


class Queue:
    """So many at a time; the rest wait in order.

    Args:
        at_a_time: How many may work.
        most_waiting: How many may wait beside them.
        longest_wait_s: Seconds that one may wait.
    """

    def __init__(
        self, at_a_time: int, *, most_waiting: int = MOST_WAITING, longest_wait_s: float = LONGEST_WAIT_S
    ) -> None:
        self._places = asyncio.Semaphore(at_a_time)
        self._most_waiting, self._longest_wait_s = most_waiting, longest_wait_s
        self._waiting = 0

    async def enter(self) -> None:
        """Wait for a place.

        Raises:
            Refusal: 429 where too many wait, or the wait was too long.
        """
        # With a place free, nobody waits, however few may.
        if self._places.locked() and self._waiting >= self._most_waiting:
            raise too_many(f"{self._waiting} requests are waiting for the model already", RETRY_AFTER_S)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._longest_wait_s):
                await self._places.acquire()
        except TimeoutError as exc:
            raise too_many(f"The model was busy for {self._longest_wait_s:g} s", RETRY_AFTER_S) from exc
        finally:
            self._waiting -= 1

    def leave(self) -> None:
        """Give the place to whoever waits longest."""
        self._places.release()
