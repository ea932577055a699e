"""How many calls of long work go out at once, learned from what the server refuses."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from dataclasses import dataclass
from typing import Final

FIRST: Final = 4.0
"""Calls at once before anything is known."""

_LESS: Final = 0.7
_MORE: Final = 0.05
# Beside them there are always connections left for cells and panels.
_MOST: Final = 90.0
_UNTOLD_S: Final = 1.0
# So long the limit stays below what was refused: to try it again costs a call and a wait.
_REMEMBERED_S: Final = 15.0


@dataclass
class Round:
    """As many answers as calls were allowed at once when it began.

    Each of them lets the limit grow if so many were on their way at any time in it: answers that come
    together give their places back before anybody can take them again.

    Attributes:
        calls: How many that is.
        most: The most that were on their way at once.
    """

    calls: int
    most: int = 0
    _answers: int = 0

    @property
    def was_full(self) -> bool:
        """Whether the limit was what held more calls back."""
        return self.most >= self.calls

    def answered(self) -> bool:
        """Count an answer, and return whether it is the last."""
        self._answers += 1
        return self._answers >= self.calls


class Limiter:
    """The limit that all long work of one kernel with one key keeps to: maps, sweeps and their judges.

    Each answer allows one call more until the first 429; from then on each allows a twentieth more, and each
    burst of 429s takes 30 % away. While a ``Retry-After`` runs, nobody sends. Cells, panels and comparisons
    take no places; they only wait for the end of a 429. To be used on one event loop.

    Args:
        first: Calls at once before anything is known.

    Attributes:
        most: Calls at once that it never goes beyond; a share where other processes have the rest.
        limit: Calls that may be on their way at once.
        on_their_way: Those that are.
        refusals: 429s so far.
    """

    def __init__(self, *, first: float = FIRST, most: float = _MOST) -> None:
        self.most = most
        self.limit = first
        self.on_their_way = 0
        self.refusals = 0
        self.before: float | None = None
        self._doubles = True
        self._round = Round(int(first))
        self._until = 0.0
        self._ceiling = math.inf
        self._refused_at = 0.0
        self._generation = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def pause_s(self) -> float:
        """Seconds until the server wants to hear of us again; 0 where it does now."""
        return max(0.0, self._until - time.monotonic())

    @property
    def generation(self) -> int:
        """Counts the times that the limit was lowered; what was sent before one says nothing about it."""
        return self._generation

    async def enter(self) -> None:
        """Take a place, waiting for one in turn; :meth:`leave` gives it back."""
        if not self._waiting and self._has_room():
            self._take()
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        self._admit()
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.leave(answered=False)
            raise

    def leave(self, *, answered: bool) -> None:
        """Give a place back.

        Args:
            answered: Whether the server took the call, so that it may take more at once.
        """
        if answered and self._round.was_full:
            self._grow()
        self.on_their_way -= 1
        if answered and self._round.answered():
            self._begin_round()
        self._admit()

    async def passing(self, longest_s: float) -> float:
        """Wait until a 429 is over, and return for how long; not at all where that takes too long."""
        waited = 0.0
        while 0 < (pause := self.pause_s) <= longest_s - waited:
            await asyncio.sleep(pause)
            waited += pause
        return waited

    def refused(self, retry_after: float | None, *, since: int) -> None:
        """Learn of a 429.

        Args:
            retry_after: Seconds the server asked for, or None.
            since: The generation in which the call was sent.
        """
        self.refusals += 1
        wait = _UNTOLD_S if retry_after is None else retry_after
        self._until = max(self._until, time.monotonic() + wait)
        if since == self._generation:
            self._generation += 1
            self._refused_at = time.monotonic()
            self.before = self.limit
            self._ceiling = max(1.0, self.limit - 1)
            self.limit = max(1.0, self.limit * _LESS)
            self._doubles = False
            self._begin_round()
        self._admit()

    def rounds(self, calls: int, *, most: int) -> int:
        """Return how many times as long as one call so many calls will take, from the limit as it is now.

        Args:
            calls: How many, all equally long.
            most: How many of them may be on their way at once.
        """
        # What was refused once is taken to be refused again, or every estimate would forget it.
        cap = int(min(most, max(self._ceiling, self.limit)))
        limit, rounds = min(float(cap), self.limit), 0
        while calls > 0 and limit < cap:
            at_once = int(limit)
            calls, rounds = calls - at_once, rounds + 1
            limit = min(cap, limit + at_once * (1 if self._doubles else _MORE))
        return rounds + math.ceil(max(0, calls) / cap)

    def _grow(self) -> None:
        if self._doubles:
            self.limit = min(self.most, self.limit + 1)
            return
        is_remembered = time.monotonic() - self._refused_at < _REMEMBERED_S
        most = min(self._ceiling, self.most) if is_remembered else self.most
        self.limit = max(self.limit, min(most, self.limit + _MORE))

    def _begin_round(self) -> None:
        self._round = Round(max(1, int(self.limit)), self.on_their_way)

    def _take(self) -> None:
        self.on_their_way += 1
        self._round.most = max(self._round.most, self.on_their_way)

    def _has_room(self) -> bool:
        return self.on_their_way < int(min(self.limit, self.most)) and not self.pause_s

    def _admit(self) -> None:
        while self._waiting and self._has_room():
            place = self._waiting.popleft()
            if not place.done():
                self._take()
                place.set_result(None)
        if self._waiting and self.pause_s and self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self.pause_s + 0.001, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._admit()
