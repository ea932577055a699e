"""A batch that a worker has, or is to have: what of it is still without an answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from langtail_nb._sweep.receiver import Answer
from langtail_nb._sweep.workers.batch import Batch
from langtail_nb._types.request import Request


@dataclass(eq=False)
class Given:
    """A call that was handed in.

    Attributes:
        answer: Set once it is known what came of it.
    """

    request: Request
    repeat: int
    answer: asyncio.Future[Answer]

    def end(self, answer: Answer) -> None:
        """Say what came of it, unless nobody waits any more."""
        if not self.answer.done():
            self.answer.set_result(answer)


@dataclass(eq=False)
class Sent:
    """A batch on its way.

    Attributes:
        left: The calls without an answer, by their place, in order.
        future: That of its task, once it is submitted.
        is_begun: Whether a worker has begun with it.
    """

    batch: Batch
    left: dict[int, Given]
    future: Any = None
    is_begun: bool = False
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = len(self.left)

    @property
    def is_busy(self) -> bool:
        """Whether it is enough for a worker to go on with."""
        return len(self.left) > min(self.batch.at_once, self.size // 2)

    def lose(self) -> None:
        """Say of each call that is left that its worker was lost."""
        for given, may_be_sent in self._left():
            given.end(Answer(None, None, time.time(), 0.0, None, is_free=not may_be_sent, is_lost=True))

    def _left(self) -> Iterator[tuple[Given, bool]]:
        """Yield each call that is left, and whether it may have been sent: a worker begins them in order."""
        for count, given in enumerate(self.left.values()):
            yield given, self.is_begun and count < self.batch.at_once
