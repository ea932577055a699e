"""One exchange of a conversation."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Literal

from langtail_nb._http.transport import Earlier
from langtail_nb._kernel.conversation.pending import Pending
from langtail_nb._kernel.execution import Execution
from langtail_nb._types.messages import Message
from langtail_nb._types.request import Request

State = Literal["done", "partial", "failed"]

_orders: Final = itertools.count()


@dataclass(slots=True, eq=False)
class Turn:
    """One exchange: what was sent in it and what came back.

    Attributes:
        made_by: The run of the cell that made it, or None for a turn read back from the server.
        sent: The messages of the request, without replayed history.
        received: The messages of the answer that the server is taken to hold; empty for a broken turn.
        variables: The template's variables of this turn, the defaults of the next.
        state: What came of the answer; of one that is not ``done`` the server may hold more, or nothing.
        asked: The request as its cell said it, or None for a turn read back from the server.
        given: Names of the parameters that the call itself gave.
        answers: The turn whose tool calls this one answers, or None.
        is_lost: Whether no thread was named in time: what the server holds of it is in one nobody here knows.
        body: What it asked according to a recording, where it stands in for one that is not there.
        follows: The turn that it was made behind, or None for the first of a thread.
        order: Counts the turns of this process.
        pending: The tool calls of the answer that wait for their results.
    """

    made_by: Execution | None
    sent: list[Message]
    received: list[Message] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    state: State = "done"
    asked: Request | None = None
    given: frozenset[str] = frozenset()
    answers: Turn | None = field(default=None, repr=False)
    is_lost: bool = False
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    follows: Turn | None = field(default=None, repr=False)
    order: int = field(init=False, repr=False, default_factory=partial(next, _orders))
    pending: Pending = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.pending = Pending.of(self.received)

    @property
    def messages(self) -> list[Message]:
        """What its thread holds of it, in order."""
        return [] if self.is_lost else [*self.sent, *self.received]

    @property
    def assistant(self) -> str | None:
        """Which assistant was asked, ``workspace/project/assistant``; None where that is not known."""
        return self.asked.target.identity if self.asked is not None else None

    @property
    def earlier(self) -> Earlier:
        """What it asked and what its thread holds of it, for a call that comes after it."""
        asked = self.asked.body(stream=False) if self.asked is not None else {"messages": self.sent}
        return Earlier(self.body or asked, self.messages)

    def is_of_the_cell_of(self, other: Turn) -> bool:
        """Return whether it is this turn, or one that a run of the same cell made."""
        by, its = self.made_by, other.made_by
        return self is other or (
            by is not None and its is not None and by.cell is not None and by.cell == its.cell
        )

    def read_back(self, received: list[Message]) -> Turn:
        """Return the turn as a thread holds it on the server, now that this is known.

        Where that is news it is another one: other branches, which have it too, may hold more of it, or less.
        """
        if self.state == "done" and received == self.received:
            return self
        found = copy(self)
        found.state, found.received, found.pending = "done", received, Pending.of(received)
        return found
