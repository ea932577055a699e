"""The seam: how a request leaves and an answer comes, whoever carries them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from langtail_nb._http.timeout import Timeout


class Earlier(NamedTuple):
    """A turn of a conversation before a call.

    Attributes:
        body: What it asked, as a body without history.
        messages: All that its thread holds of it.
    """

    body: Mapping[str, Any]
    messages: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Context:
    """What a call is part of. The network takes no notice of it; who keeps calls, or plays them, does.

    Attributes:
        conversation: A name for the conversation, the same for each of its calls; None outside of one.
        turn: The turn that the call becomes, from 1; None where it becomes none.
        own_messages: How many of the messages it sends are its own, the last ones; None for all.
        repeat: Which of several equal calls it is, from 1.
        private: Whether its contents must not be kept.
        before: Returns the turns before it in its conversation.
        cell: The cell that makes it; None where cells have no names, or none makes it.
        run: Which run of that cell makes it.
    """

    conversation: str | None = None
    turn: int | None = None
    own_messages: int | None = None
    repeat: int = 1
    private: bool = False
    before: Callable[[], Sequence[Earlier]] = field(default=tuple, compare=False)
    cell: str | None = field(default=None, compare=False)
    run: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request before it is sent.

    Attributes:
        path: Below the base URL, percent-encoded, query included.
        content: The body, JSON; None for none.
        accept: The media types asked for.
    """

    method: str
    path: str
    content: bytes | None
    accept: str
    timeout: Timeout
    context: Context = field(default_factory=Context)


class Exchange(Protocol):
    """One request and its answer."""

    @property
    def status(self) -> int:
        """The HTTP status, once opened."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The answer's headers, by their names in lower case."""

    @property
    def sent(self) -> bool:
        """Whether bytes of the request may have reached the server."""

    @property
    def elapsed_s(self) -> float | None:
        """Seconds from the sending of the request to what was read last; None before it was sent."""

    async def open(self) -> None:
        """Send the request and read the answer's headers.

        Raises:
            Failed: There is no answer.
            Unusable: Nothing can be sent.
        """

    async def read(self) -> bytes:
        """Return the next piece of the body as it came, ``b""`` at its end.

        Raises:
            Broken: The connection broke or fell silent.
        """

    async def drain(self) -> None:
        """Read on to the end of a body whose end was announced, as far as that is quick."""

    async def close(self) -> None:
        """End the exchange, also one whose answer was not read to its end."""


class Transport(Protocol):
    """Carries the requests of one client."""

    def exchange(self, outgoing: Outgoing) -> Exchange:
        """Return the exchange for a request; nothing is sent before it is opened."""

    async def aclose(self) -> None:
        """Let go of what is idle; exchanges that run end, and let go of theirs."""
