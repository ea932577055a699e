"""A model's pieces in, the events of a stream out, with the faults in between.

pieces ──► plan (what is written, and what is stored when) ──► faults ──► bytes
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

from langtail_nb._local.faults.faults import Faults
from langtail_nb._local.protocol.assumed import USAGE_IN_FINISH_CHUNK
from langtail_nb._local.protocol.pieces import (
    Finish,
    HostedCalls,
    HostedResult,
    Model,
    NextCompletion,
    Piece,
    Pieces,
    Reasoning,
    Text,
    ToolCall,
    Transcript,
    call_object,
)
from langtail_nb._local.protocol.refusals import error_object
from langtail_nb._local.protocol.wire import DONE, JSON, Completion, comment_bytes, event_bytes, usage_object

Kind = Literal["open", "piece", "finish", "usage", "done", "error", "comment"]
_TORN_BYTES = (1, 2, 3, 5, 7, 11, 13)
_UPSTREAM_CLOSED = error_object("upstream closed", "server_error")


@dataclass(frozen=True, slots=True)
class Event:
    """Some bytes of a stream, and what they are."""

    kind: Kind
    data: bytes


Events = AsyncGenerator[Event, None]


class Plan:
    """How one answer is written: the plain way, or in one of the forms that also occur."""

    def __init__(self, model: str, faults: Faults) -> None:
        self.completion = Completion(model)
        self.transcript = Transcript()
        self._usage_in_finish = USAGE_IN_FINISH_CHUNK or faults.get("usage-in-finish") is not None
        self._aggregated = faults.get("aggregated-tools") is not None
        self._whole = faults.get("message-in-stream") is not None
        self._is_finished = False

    async def events(self, pieces: Pieces) -> Events:
        """Yield the events of an answer, `[DONE]` at the end; pieces are also kept in the transcript."""
        is_open = self._whole
        async with aclosing(pieces):
            async for piece in pieces:
                self.take(piece)
                if not is_open and not isinstance(piece, Model):
                    is_open = True
                    yield self._opening("open")
                for event in self._written(piece):
                    yield event
        yield Event("done", DONE)

    def take(self, piece: Piece) -> None:
        """Take a piece into the transcript, or the name of the model that answers into the completion."""
        self.transcript.add(piece)
        if isinstance(piece, Model):
            self.completion = Completion(piece.name, self.completion.id, self.completion.created)

    def _written(self, piece: Piece) -> Iterator[Event]:
        match piece:
            case Model():
                pass
            case Finish():
                yield from self._finish(piece)
            case HostedCalls():
                yield self._hosted_calls(piece)
            case HostedResult(call_id, content):
                yield self._event("piece", self.completion.handled_chunk(call_id, content))
            case NextCompletion():
                yield from self._next_completion()
            case ToolCall() if self._aggregated:
                pass
            case Text(text) if not self._whole:
                yield Event("piece", self.completion.text_event(text))
            case _ if not self._whole:
                yield self._event("piece", self.completion.chunk(_delta(piece)))

    def _finish(self, finish: Finish) -> Iterator[Event]:
        if self._is_finished:
            # The finish reason left with the calls; this event only says that all is there to be stored.
            yield Event("finish", b"")
            return
        chunk = self.completion.chunk(self._last_delta(), finish.reason)
        if self._whole:
            chunk = self.completion.whole(self.transcript.message(), finish.reason, None)
        in_finish = self._usage_in_finish or (self._aggregated and self.transcript.calls)
        if finish.usage is not None and in_finish:
            chunk["usage"] = usage_object(finish.usage)
        yield self._event("finish", chunk)
        if finish.usage is not None and not in_finish:
            yield self._event("usage", self.completion.usage_chunk(finish.usage))

    def _last_delta(self) -> JSON:
        if not (self._aggregated and self.transcript.calls):
            return {}
        return {"content": None, "tool_calls": [call_object(call) for call in self.transcript.calls.values()]}

    def _hosted_calls(self, ended: HostedCalls) -> Event:
        # Whole, without index, with the finish reason and usage: as in the recordings of 2024.
        self._is_finished = True
        calls = {"content": None, "tool_calls": [call_object(call) for call in ended.calls]}
        chunk = self.completion.chunk(calls, "tool_calls")
        if self._whole:
            chunk = self.completion.whole(self.transcript.messages()[-1], "tool_calls", None)
        if ended.usage is not None:
            chunk["usage"] = usage_object(ended.usage)
        return self._event("piece", chunk)

    def _next_completion(self) -> Iterator[Event]:
        self._is_finished = False
        self.completion = Completion(self.completion.model)
        if not self._whole:
            yield self._opening("piece")

    def _opening(self, kind: Kind) -> Event:
        return self._event(kind, self.completion.chunk({"role": "assistant", "content": ""}))

    def _event(self, kind: Kind, value: JSON) -> Event:
        return Event(kind, event_bytes(value))


def faulty(events: Events, faults: Faults) -> Events:
    """Return the events as the faults want them; cutting the connection is left to the sender."""
    if faults.get("empty"):
        events = _nothing(events)
    if fault := faults.get("error-event"):
        events = _failing(events, fault.pieces(), event_bytes(_UPSTREAM_CLOSED))
    if fault := faults.get("error-string"):
        events = _failing(events, fault.pieces(), event_bytes({"error": "upstream closed"}))
    if fault := faults.get("named-error-event"):
        events = _failing(events, fault.pieces(), event_bytes(_UPSTREAM_CLOSED, name="error"))
    if fault := faults.get("truncated"):
        events = _failing(events, fault.pieces(), b"")
    if faults.get("no-done"):
        events = _without_done(events)
    if faults.get("keepalive"):
        events = _commented(events)
    if fault := faults.get("slow"):
        events = _paced(events, 0.3 if fault.number is None else fault.number)
    return _torn(events) if faults.get("torn") else events


async def stopping(events: Events, after_pieces: int) -> Events:
    """Yield events up to so many pieces and no end."""
    count = 0
    async with aclosing(events):
        async for event in events:
            if event.kind in ("finish", "usage", "done"):
                return
            count += event.kind == "piece"
            if count > after_pieces:
                return
            yield event


def _delta(piece: Piece) -> JSON:
    match piece:
        case Reasoning(text):
            return {"reasoning": text}
        case ToolCall(index, arguments, "", ""):
            return {"tool_calls": [{"index": index, "function": {"arguments": arguments}}]}
        case ToolCall():
            return {"tool_calls": [{"index": piece.index, **call_object(piece)}]}
    raise AssertionError(piece)


async def _failing(events: Events, after_pieces: int, error: bytes) -> Events:
    async for event in stopping(events, after_pieces):
        yield event
    yield Event("error", error)


async def _nothing(events: Events) -> Events:
    await events.aclose()
    yield Event("error", b"")


async def _without_done(events: Events) -> Events:
    async with aclosing(events):
        async for event in events:
            if event.kind != "done":
                yield event


async def _commented(events: Events) -> Events:
    async with aclosing(events):
        async for event in events:
            yield Event("comment", comment_bytes("keep-alive"))
            yield event


async def _paced(events: Events, every_s: float) -> Events:
    # By the clock, not by sleeping the same time after each: 10,000 pieces in 5 s must take 5 s.
    clock = asyncio.get_running_loop().time
    due = clock()
    async with aclosing(events):
        async for event in events:
            if event.kind == "piece":
                due += every_s
                await asyncio.sleep(max(0.0, due - clock()))
            yield event


async def _torn(events: Events) -> Events:
    sizes = _forever(_TORN_BYTES)
    async with aclosing(events):
        async for event in events:
            rest = event.data
            while rest:
                size = next(sizes)
                yield Event(event.kind, rest[:size])
                rest = rest[size:]
                # Time for the bytes to leave in a segment of their own.
                await asyncio.sleep(0.0005)


def _forever(sizes: tuple[int, ...]) -> Iterator[int]:
    while True:
        yield from sizes
