"""Where the calls of a run go once it is known which is next: out of this process, or to others."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol

from langtail_nb._sweep.receiver import Answer
from langtail_nb._sweep.sender import Sender
from langtail_nb._types.request import Request


class Post(Protocol):
    """Takes calls, and gives what came of them. To be used on the network thread."""

    async def enter(self, limit: int, left: int) -> None:
        """Wait for a place for one more call.

        Args:
            limit: Calls at once at most.
            left: Calls that are still to be sent.
        """

    def leave(self) -> None:
        """Give a place back that is not needed."""

    def is_full(self, limit: int, on_their_way: int) -> bool:
        """Return whether so many calls are as many as may be."""

    async def receive(self, request: Request, repeat: int, since: float) -> Answer:
        """Send a call that has a place, and return what came of it."""

    def stop(self, receiving: Iterable[asyncio.Task[Answer]]) -> None:
        """Close what is open, and end all that waits for an answer, soon."""

    def waits_for(self, limit: int, left: int) -> str | None:
        """Return why no more calls are on their way, or None."""

    def why_broken(self) -> str | None:
        """Return why nothing can be sent any more, or None."""

    async def close(self) -> None:
        """Let go of all that is held."""


class Here:
    """Sends from this process."""

    def __init__(self, sender: Sender) -> None:
        self._sender, self._limiter = sender, sender.limiter

    async def enter(self, limit: int, left: int) -> None:
        """Wait for a place with the limiter."""
        await self._limiter.enter()

    def leave(self) -> None:
        """Give it back."""
        self._limiter.leave(answered=False)

    def is_full(self, limit: int, on_their_way: int) -> bool:
        """Return whether that is the limit."""
        return on_their_way >= limit

    async def receive(self, request: Request, repeat: int, since: float) -> Answer:
        """Send the call, and return what came of it."""
        return await self._sender.receive(request, repeat, since)

    def stop(self, receiving: Iterable[asyncio.Task[Answer]]) -> None:
        """Close the connections."""
        for task in receiving:
            task.cancel()

    def waits_for(self, limit: int, left: int) -> str | None:
        """Return why the limiter lets no more go out, or None."""
        limiter = self._limiter
        if pause := limiter.pause_s:
            return f"waiting {pause:.0f} s: the server asked for it (429)"
        if left and limiter.on_their_way >= int(limiter.limit) < limit:
            was = f", was {limiter.before:.0f}" if limiter.before is not None else ""
            return f"limit {int(limiter.limit)} calls at once{was}"
        return None

    def why_broken(self) -> None:
        """Know nothing that would end it for good."""

    async def close(self) -> None:
        """Hold nothing."""
