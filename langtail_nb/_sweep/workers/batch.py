"""What goes to a worker and what comes back. No key is in either: a worker takes its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from langtail_nb._sweep.receiver import Answer
from langtail_nb._types.request import Request


@dataclass(frozen=True)
class Batch:
    """Calls for one task.

    Attributes:
        name: The key of the task, which no other has.
        mailbox: The queue that its reports go to.
        base_url: Where the calls go.
        at_once: Calls at once at most, the worker's share.
        first: Calls at once before the worker knows anything.
        timeout: Seconds of silence before giving up.
        calls: Each with which of several equal ones it is, in the order in which they are begun.
    """

    name: str
    mailbox: str
    base_url: str
    retries: int
    at_once: int
    first: float
    timeout: float | None
    calls: tuple[tuple[Request, int], ...]


class Report(NamedTuple):
    """What a worker says of a batch.

    Attributes:
        kind: ``begun``; ``answer``; ``over``, where nothing more comes; ``lost``, where another worker had
            begun it, and ended.
        place: The place of the call among those of the batch.
    """

    batch: str
    kind: Literal["begun", "answer", "over", "lost"]
    place: int = -1
    answer: Answer | None = None
