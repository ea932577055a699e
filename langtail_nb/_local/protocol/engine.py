"""What answers messages, and what it is asked."""

from __future__ import annotations

from typing import Any, Protocol

from langtail_nb._local.protocol.answer_pieces import Pieces

Message = dict[str, Any]

ModelRequest = dict[str, Any]
"""The body of an OpenAI chat completion, without ``stream``."""


class Engine(Protocol):
    """Something that answers messages."""

    @property
    def model(self) -> str:
        """Name of the model that answers, as responses carry it unless a `Model` piece tells another."""
        ...

    @property
    def is_busy(self) -> bool:
        """Whether work goes on that could not be stopped yet."""
        ...

    async def answer(self, request: ModelRequest) -> Pieces:
        """Return the answer's pieces, ending with a `Finish`; closing them early stops the work.

        Raises:
            Refusal: The engine will not answer: a prompt too long, a queue too long, an upstream error.
        """
        ...

    async def count(self, request: ModelRequest) -> int | None:
        """Return how many tokens the request's messages are to the model; None where it cannot tell.

        Raises:
            Refusal: As for `answer`.
        """
        ...

    async def close(self) -> None:
        """Release what the engine holds."""
        ...
