"""An exchange over the network that is recorded once it has ended well."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from langtail_nb._http.events import SSEDecoder
from langtail_nb._http.transport import Exchange
from langtail_nb._replay.asked import without_values
from langtail_nb._replay.ending import ended_well
from langtail_nb._replay.exchange_line import EVENTS, Answer, Recorded
from langtail_nb._replay.hiding import Hiding
from langtail_nb._replay.pieces import Piece
from langtail_nb._replay.played import Played
from langtail_nb._replay.recording import Recording
from langtail_nb._replay.run import Run

_KEPT: Final = frozenset({400, 404, 409, 422})
_THREAD: Final = "x-langtail-thread-id"


class Recorder:
    """Passes an exchange on as it comes, and records it at its end.

    One that is recorded already is read whole first: where it differs in times alone, what is shown is the
    old one, so that two recordings of the same answer give the same notebook.

    Args:
        hiding: Takes out what must stand in no recording.
        wanted: What is known of the exchange before its answer.
        old: The one in whose place it comes, or None.
        thread: The id by which the recording knows its thread.
        opened: Told that id, and the server's.
        private: Whether nothing may be kept.
        rows: Whether what comes from rows is kept; see :func:`without_values`.
    """

    def __init__(
        self,
        network: Exchange,
        wanted: Recorded,
        recording: Recording,
        run: Run,
        *,
        hiding: Hiding,
        old: Recorded | None,
        thread: str,
        opened: Callable[[str, str], object],
        private: bool,
        rows: bool = True,
    ) -> None:
        self._network, self._wanted, self._recording, self._run = network, wanted, recording, run
        self._old, self._thread, self._opened = old, thread, opened
        self._hiding, self._private, self._rows = hiding, private, rows
        self._parts: list[tuple[int, bytes]] = []
        self._read_ms: int | None = None
        self._played: Played | None = None
        self._real: str | None = None
        self._is_over = False

    @property
    def status(self) -> int:
        """The status of the answer."""
        return self._network.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the answer, its thread called as the recording does."""
        headers = dict(self._network.headers)
        if _THREAD in headers:
            headers[_THREAD] = self._thread
        return headers

    @property
    def sent(self) -> bool:
        """Whether bytes of the request may have reached the server."""
        return self._network.sent

    @property
    def elapsed_s(self) -> float | None:
        """Seconds until what was read last, in whole milliseconds: as it will be played."""
        if self._played is not None:
            return self._played.elapsed_s
        return self._network.elapsed_s if self._read_ms is None else self._read_ms / 1000

    async def open(self) -> None:
        """Send the request and read the answer's headers."""
        await self._network.open()
        self._real = self._network.headers.get(_THREAD)
        if self._real:
            self._opened(self._thread, self._real)
        if self._old is not None and 200 <= self.status < 300:
            while await self._next():
                pass
            kept = await self._keep()
            self._played = Played((kept or self._recorded()).answer, self._thread, None)
            await self._played.open()

    async def read(self) -> bytes:
        """Return what comes next, ``b""`` at the end, which is recorded before it is told."""
        if self._played is not None:
            return await self._played.read()
        part = await self._next()
        if not part:
            await self._keep()
        return part

    async def drain(self) -> None:
        """Record the answer, whose end was seen."""
        if self._played is not None:
            await self._played.drain()
            return
        await self._network.drain()
        await self._keep()

    async def close(self) -> None:
        """Let go of the network; an answer that was not read to its end is not recorded."""
        await self._network.close()

    async def _next(self) -> bytes:
        part = await self._network.read()
        elapsed = self._network.elapsed_s or 0.0
        self._read_ms = max(self._read_ms or 0, round(elapsed * 1000))
        if part:
            self._parts.append((self._read_ms, part))
        return part

    async def _keep(self) -> Recorded | None:
        """Record what has come; return what stands in the recording now, None where nothing may."""
        is_kept = 200 <= self.status < 300 or self.status in _KEPT
        if self._is_over or self._private or not is_kept:
            return None
        self._is_over = True
        return await asyncio.to_thread(self._put)

    def _put(self) -> Recorded | None:
        recorded = self._recorded()
        if not ended_well(recorded):
            return None
        try:
            kept = self._recording.put(recorded)
        except OSError as exc:
            self._recording.tell(f"this answer could not be recorded: {exc.strerror or exc}")
            return None
        self._run.did("recorded", kept.key)
        return kept

    def _recorded(self) -> Recorded:
        type_ = self._network.headers.get("content-type", "")
        is_stream = type_.partition(";")[0].strip().lower() == EVENTS
        common = self.status, type_, self._real is not None, self._read_ms or 0
        answer = self._streamed(*common) if is_stream else Answer.whole(*common, self._body)
        body = self._wanted.asked.body
        if body is not None:
            body = json.loads(self._hiding.mask(json.dumps(body, ensure_ascii=False, default=dict)))
            body = body if self._rows else without_values(body, is_turn=self._wanted.turn is not None)
        return replace(self._wanted, asked=replace(self._wanted.asked, body=body), answer=answer)

    def _streamed(self, status: int, type_: str, thread: bool, ms: int) -> Answer:
        answer = Answer.streamed(status, type_, thread, ms, self._events())
        # A server may cut the key over several events.
        return replace(answer, words=self._hiding.cover(answer.words))

    def _events(self) -> list[Piece]:
        decoder, pieces = SSEDecoder(), []
        for ms, part in self._parts:
            pieces += [Piece(ms, self._text(one.data), one.event) for one in decoder.feed(part)]
        rest = decoder.flush()
        return [*pieces, *(Piece(self._read_ms or 0, self._text(one.data), one.event) for one in rest)]

    @property
    def _body(self) -> str:
        return self._text(b"".join(part for _, part in self._parts).decode(errors="replace"))

    def _text(self, text: str) -> str:
        """Return a text without the key, and with the thread called as the recording does."""
        text = self._hiding.mask(text)
        names = {self._thread: self._real} if self._real else self._run.threads
        for ours, theirs in names.items():
            text = text.replace(theirs, ours)
        return text
