"""Sending one answer, streamed or whole, with the faults that cut, stop or garble it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from starlette.types import Receive, Send

from langtail_nb._local.answering.faulty_events import faulty, stopping
from langtail_nb._local.answering.plan import Plan
from langtail_nb._local.asking.responses import cut
from langtail_nb._local.asking.served_call import ServedCall
from langtail_nb._local.faults.faults import AskedFault, Faults
from langtail_nb._local.protocol.answer_pieces import Finish, Pieces
from langtail_nb._local.protocol.refusals import Refusal, server_error
from langtail_nb._local.protocol.transcript import Transcript
from langtail_nb._local.protocol.wire import EVENT_STREAM, event_bytes, json_bytes

Keep = Callable[[Transcript], Awaitable[None]]
"""Stores an answer's messages."""

_CUTTING = ("drop", "reset", "stall")
_ERRORS = ("error-event", "error-string", "named-error-event")


class _ServedAnswer:
    def __init__(
        self, call: ServedCall, plan: Plan, faults: Faults, headers: dict[str, str], keep: Keep
    ) -> None:
        self._call = call
        self._plan = plan
        self._faults = faults
        self._headers = headers
        self._keep = keep

    async def _start(self, send: Send, content_type: str, length: int | None = None) -> None:
        headers = {**self._headers, "content-type": content_type}
        if length is None:
            headers["cache-control"] = "no-cache"
        else:
            headers["content-length"] = str(length)
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": raw})

    async def _write(self, send: Send, data: bytes) -> None:
        await send({"type": "http.response.body", "body": data, "more_body": True})

    async def _end(self, send: Send) -> None:
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _break(self, fault: AskedFault, receive: Receive) -> None:
        if fault.name == "stall":
            await asyncio.Event().wait()
        await cut(self._call, receive, reset=fault.name == "reset")


class StreamedAnswer(_ServedAnswer):
    """An answer as server-sent events."""

    async def send(self, pieces: Pieces, receive: Receive, send: Send) -> None:
        """Send headers at once, then every piece as it comes; store the answer before its finish chunk."""
        await self._start(send, EVENT_STREAM)
        breaking = self._faults.get(*_CUTTING)
        events = faulty(self._plan.events(pieces), self._faults)
        if breaking is not None:
            events = stopping(events, breaking.pieces())
        kept = False
        try:
            async with aclosing(events):
                async for event in events:
                    if event.kind == "finish" and not kept:
                        kept = True
                        await self._keep(self._plan.transcript)
                    if event.data:
                        await self._write(send, event.data)
                        self._call.entry.events += 1
        except Refusal as refusal:
            self._call.entry.fail(refusal.body)
            await self._write(send, event_bytes(refusal.body))
        if breaking is not None:
            await self._break(breaking, receive)
            return
        await self._end(send)


class WholeAnswer(_ServedAnswer):
    """An answer as one JSON object."""

    async def send(self, pieces: Pieces, receive: Receive, send: Send) -> None:
        """Send the answer once it is complete and stored."""
        if self._faults.get(*_ERRORS):
            raise server_error(500, "upstream closed")
        body = await self._body(pieces)
        if self._faults.get("truncated"):
            body = body[: len(body) // 2]
        await self._start(send, "application/json", len(body))
        if breaking := self._faults.get(*_CUTTING):
            await self._write(send, body[: len(body) // 2])
            await self._break(breaking, receive)
            return
        await self._write(send, body)
        await self._end(send)

    async def _body(self, pieces: Pieces) -> bytes:
        if self._faults.get("empty"):
            return b""
        transcript = self._plan.transcript
        async for piece in pieces:
            self._plan.take(piece)
        finish = transcript.finish or Finish("stop", None)
        if slow := self._faults.get("slow"):
            await asyncio.sleep(0.3 if slow.number is None else slow.number)
        if not self._faults.get(*_CUTTING, "truncated"):
            await self._keep(transcript)
        whole = self._plan.completion.whole(transcript.message(), finish.reason, finish.usage)
        return json_bytes(whole)
