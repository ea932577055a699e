"""One exchange of a conversation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from langtail_nb._kernel.conversation.pending import Pending
from langtail_nb._kernel.execution import Execution
from langtail_nb._types.messages import Message
from langtail_nb._types.request import Request

State = Literal["done", "partial", "failed"]


@dataclass(slots=True, eq=False)
class Turn:
    """One exchange: what was sent in it and what came back.

    Attributes:
        made_by: The run of the cell that made it, or None for a turn read back from the server.
        sent: The messages of the request, without replayed history.
        received: The messages of the answer that the server is taken to hold; empty for a broken turn.
        variables: The template's variables of this turn, the defaults of the next.
        asked: The request as its cell said it, or None for a turn read back from the server.
        given: Names of the parameters that the call itself gave.
        answers: The turn whose tool calls this one answers, or None.
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
    pending: Pending = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.pending = Pending.of(self.received)

    def with_answer(self, received: list[Message]) -> Turn:
        """Take what the server holds as the answer, and return the turn itself."""
        if received != self.received:
            self.received, self.pending = received, Pending.of(received)
        return self
