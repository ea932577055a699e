"""An exchange from a recording."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Final

from langtail_nb._errors import ReplayError
from langtail_nb._replay.exchange_line import Answer
from langtail_nb._replay.pieces import Piece, has_text

_AT_ONCE: Final = 200


class Played:
    """Answers as was recorded, in the recorded time or at once; the times it tells are the recorded ones.

    Args:
        thread: The id of its thread; None for none.
        speed: How fast, 1 as it came; None as fast as can be.
        is_free: Whether it spends nothing of a budget that others of its run are sent on.

    Attributes:
        is_replayed: That nobody was asked.
    """

    is_replayed: Final = True

    def __init__(
        self, answer: Answer, thread: str | None, speed: float | None, *, is_free: bool = False
    ) -> None:
        self._answer, self._speed, self.is_free = answer, speed, is_free
        self._parts: Iterator[tuple[int, bytes]] = iter(())
        self._now_ms: int | None = None
        self.headers: Mapping[str, str] = {
            "content-type": answer.type,
            **({"x-langtail-thread-id": thread} if thread else {}),
        }

    @property
    def status(self) -> int:
        """The recorded status."""
        return self._answer.status

    @property
    def sent(self) -> bool:
        """Whether it is open."""
        return self._now_ms is not None

    @property
    def elapsed_s(self) -> float | None:
        """The recorded time of what was read last."""
        return None if self._now_ms is None else self._now_ms / 1000

    async def open(self) -> None:
        """Begin to play.

        Raises:
            ReplayError: Nobody recorded it so.
        """
        self._now_ms = 0
        try:
            self._parts = iter(list(self._timed()))
        except ValueError as exc:
            raise ReplayError(f"the recording of this call cannot be read: {str(exc)[:200]}") from None

    async def read(self) -> bytes:
        """Return what came next, ``b""`` at the end."""
        ms, part = next(self._parts, (self._answer.ms, b""))
        if self._speed:
            await asyncio.sleep(max(0, ms - (self._now_ms or 0)) / 1000 / self._speed)
        else:
            await asyncio.sleep(0)
        self._now_ms = ms
        return part

    async def drain(self) -> None:
        """Go to the end."""
        self._now_ms = self._answer.ms

    async def close(self) -> None:
        """Nothing is open."""

    def _timed(self) -> Iterator[tuple[int, bytes]]:
        """Yield what came at one time together.

        At once, it does so until the answer has begun, which is timed; what follows comes in large parts.
        """
        pieces, begun = self._answer.pieces, 0
        for ms, group in groupby(pieces, key=lambda piece: piece.ms):
            together = list(group)
            begun += len(together)
            yield ms, _encoded("".join(map(self._said, together)))
            if not self._speed and any(map(has_text, together)):
                break
        for start in range(begun, len(pieces), _AT_ONCE):
            part = pieces[start : start + _AT_ONCE]
            yield part[-1].ms, _encoded("".join(map(self._said, part)))

    def _said(self, piece: Piece) -> str:
        if not self._answer.is_stream:
            return piece.data
        if not piece.event and "\n" not in piece.data:  # as most are
            return f"data: {piece.data}\n\n"
        name = f"event: {piece.event}\n" if piece.event else ""
        lines = "".join(f"data: {line}\n" for line in piece.data.split("\n"))
        return f"{name}{lines}\n"


def _encoded(text: str) -> bytes:
    return text.encode(errors="replace")
