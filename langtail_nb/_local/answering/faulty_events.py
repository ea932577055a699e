"""The events of a stream as faults want them: each a generator over the one before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing

from langtail_nb._local.answering.served_event import ServedEvent, ServedEvents
from langtail_nb._local.faults.faults import Faults
from langtail_nb._local.protocol.refusals import error_object
from langtail_nb._local.protocol.wire import comment_bytes, event_bytes

_TORN_BYTES = (1, 2, 3, 5, 7, 11, 13)
_UPSTREAM_CLOSED = error_object("upstream closed", "server_error")


def faulty(events: ServedEvents, faults: Faults) -> ServedEvents:
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


async def stopping(events: ServedEvents, after_pieces: int) -> ServedEvents:
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


async def _failing(events: ServedEvents, after_pieces: int, error: bytes) -> ServedEvents:
    async for event in stopping(events, after_pieces):
        yield event
    yield ServedEvent("error", error)


async def _nothing(events: ServedEvents) -> ServedEvents:
    await events.aclose()
    yield ServedEvent("error", b"")


async def _without_done(events: ServedEvents) -> ServedEvents:
    async with aclosing(events):
        async for event in events:
            if event.kind != "done":
                yield event


async def _commented(events: ServedEvents) -> ServedEvents:
    async with aclosing(events):
        async for event in events:
            yield ServedEvent("comment", comment_bytes("keep-alive"))
            yield event


async def _paced(events: ServedEvents, every_s: float) -> ServedEvents:
    # By the clock, not by sleeping the same time after each: 10,000 pieces in 5 s must take 5 s.
    clock = asyncio.get_running_loop().time
    due = clock()
    async with aclosing(events):
        async for event in events:
            if event.kind == "piece":
                due += every_s
                await asyncio.sleep(max(0.0, due - clock()))
            yield event


async def _torn(events: ServedEvents) -> ServedEvents:
    sizes = _forever(_TORN_BYTES)
    async with aclosing(events):
        async for event in events:
            rest = event.data
            while rest:
                size = next(sizes)
                yield ServedEvent(event.kind, rest[:size])
                rest = rest[size:]
                # Time for the bytes to leave in a segment of their own.
                await asyncio.sleep(0.0005)


def _forever(sizes: tuple[int, ...]) -> Iterator[int]:
    while True:
        yield from sizes
