"""Whether the client holds on to anything: 300 streams at a time for two minutes, 10,000 calls beside them.

    python benchmarks/endurance.py [--seconds 120] [--calls 10000] [--streams 300]

Of ten streams seven are read to their end, one is left in its middle, one is cancelled there, and one is cut
off by the server. Prints what the client's process has before, at the start (once each stream has had a
successor), in the middle, at the end, and after the client was closed: memory, file descriptors, TCP sockets,
tasks of asyncio and threads. Ends with 1 where any of them grew. The server is a process of its own.
Where a process may open fewer than 400 files, raise that first: ``ulimit -n 1024``.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import multiprocessing
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

import psutil
from raw_server import END, HEAD, part, serve

from langtail_nb._client.client import Client
from langtail_nb._errors import StreamError
from langtail_nb._types.request import Request
from tests.wire import event, piece

PIECES = 60
CALLERS = 20
ROUNDS = 8
MANNERS = ("read", "read", "read", "left", "read", "cut", "read", "cancelled", "read", "read")
REQUEST = Request("bench/bench/chat/production", "hi")
GROWS_MB = 3.0
"""By how much memory may differ; ten thousand calls that each keep 300 bytes are more."""
GROWS = 0.05
"""By which share of them the others may: a stream between two connections has none."""

WHOLE = (
    b'{"id":"c1","object":"chat.completion","created":1,"model":"by-hand","choices":[{"index":0,"message":'
    b'{"role":"assistant","content":"tok"},"finish_reason":"stop"}]}'
)
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(WHOLE) + WHOLE
)
LAST = part((event(finish_reason="stop") + "data: [DONE]\n\n").encode()) + END


# The server


async def _answer(body: bytes, writer: asyncio.StreamWriter) -> None:
    what, _, seconds = body.partition(b'"content":"')[2].partition(b'"')[0].decode().partition(" ")
    if what == "call":
        writer.write(ANSWER)
        return
    writer.write(HEAD)
    for at in range(PIECES):
        writer.write(part(piece(f"tok{at} ").encode()))
        await writer.drain()
        await asyncio.sleep(float(seconds) / PIECES)
        if what == "cut" and at == PIECES // 2:
            raise ConnectionAbortedError  # raw_server closes the connection
    writer.write(LAST)


def _run_server(port: Any) -> None:
    serve(_answer, port)


# The load


class Load:
    """Streams and calls of one client, up to a time and a number."""

    def __init__(self, client: Client, seconds: float, calls: int) -> None:
        self.began = time.monotonic()
        self.seconds, self.calls = seconds, calls
        self.each_s = seconds / ROUNDS
        self.done: Counter[str] = Counter()
        self._client = client
        self._numbers = iter(range(calls))

    @property
    def goes_on(self) -> bool:
        return time.monotonic() < self.began + self.seconds or self.done["calls"] < self.calls

    async def until(self, share: float) -> None:
        """Wait until so much of the time and of the calls is over."""
        await asyncio.sleep(max(0.0, self.began + share * self.seconds - time.monotonic()))
        while self.done["calls"] < share * self.calls:
            await asyncio.sleep(0.05)

    async def streams(self, share: float) -> None:
        """Read one stream after the other; begin at a share of the first, so that not all end together."""
        await asyncio.sleep(share * self.each_s)
        at = int(share * len(MANNERS) * 7)
        while self.goes_on:
            manner = MANNERS[at % len(MANNERS)]
            await self._stream(manner)
            self.done[manner] += 1
            at += 1

    async def _stream(self, manner: str) -> None:
        reading = asyncio.ensure_future(self._read(manner))
        if manner == "cancelled":
            await asyncio.wait([reading], timeout=self.each_s / 2)
            reading.cancel()
        try:
            text = await reading
        except StreamError:
            assert manner == "cut"
        except asyncio.CancelledError:
            if not reading.cancelled() or manner != "cancelled":
                raise
        else:
            assert manner == "left" or text.count("tok") == PIECES, (manner, text)

    async def _read(self, manner: str) -> str:
        what = "cut" if manner == "cut" else "stream"
        text = ""
        async with self._client.stream(REQUEST.replace(message=f"{what} {self.each_s}")) as stream:
            async for chunk in stream:
                text += chunk.text
                if manner == "left" and f"tok{PIECES // 2} " in text:
                    break
        return text

    async def call(self) -> None:
        """Call, at the pace that all callers together need for their number in the time."""
        for number in self._numbers:
            await asyncio.sleep(max(0.0, self.began + number * self.seconds / self.calls - time.monotonic()))
            reply = await self._client.invoke(REQUEST.replace(message="call"))
            assert reply.text == "tok"
            self.done["calls"] += 1


# The figures


class Figures(NamedTuple):
    """What a process has at one time."""

    memory_mb: float
    descriptors: int
    sockets: int
    tasks: int
    threads: int


def figures() -> Figures:
    """Return those of this process, once nothing waits to be collected."""
    gc.collect()
    process = psutil.Process()
    connections = getattr(process, "net_connections", None) or process.connections
    return Figures(
        process.memory_info().rss / 1e6,
        process.num_handles() if sys.platform == "win32" else process.num_fds(),
        len(connections(kind="tcp")),
        len(asyncio.all_tasks()),
        threading.active_count(),
    )


def grown(seen: dict[str, Figures]) -> list[str]:
    """Return what was not flat: under load from the start on, and afterwards against before."""
    found = []
    start = seen["start"]
    for when in ("middle", "end"):
        for name, first, then in zip(Figures._fields, start, seen[when], strict=True):
            limit = GROWS_MB if name == "memory_mb" else GROWS * first if name != "threads" else 0
            if then - first > limit:
                found.append(f"{name} grew from {first:.1f} at the start to {then:.1f} in the {when}")
    for name, first, then in list(zip(Figures._fields, seen["before"], seen["after"], strict=True))[1:]:
        if then > first:
            found.append(f"{name}: {then - first} left after the client was closed")
    return found


async def measured(port: int, given: argparse.Namespace) -> dict[str, Figures]:
    """Run the load, and return the figures by when they were taken."""
    client = Client("bench-key-of-no-worth", f"http://127.0.0.1:{port}", retries=0, max_connections=1000)
    await client.invoke(REQUEST.replace(message="call"))
    await client.caller.retire()
    seen = {"before": figures()}
    load = Load(client, given.seconds, given.calls)
    async with asyncio.timeout(3 * given.seconds + 60), asyncio.TaskGroup() as group:
        for at in range(given.streams):
            group.create_task(load.streams(at / given.streams))
        for _ in range(CALLERS):
            group.create_task(load.call())
        for when, share in (("start", 2.2 / ROUNDS), ("middle", 0.6), ("end", 0.95)):
            await load.until(share)
            seen[when] = figures()
    await client.aclose()
    await asyncio.sleep(0.1)
    seen["after"] = figures()
    print(", ".join(f"{count:,} {what}" for what, count in sorted(load.done.items())))
    return seen


def main(given: argparse.Namespace) -> int:
    """Measure, print, and return 1 where something grew."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_run_server, args=(theirs,), daemon=True)
    server.start()
    began = time.monotonic()
    try:
        seen = asyncio.run(measured(ours.recv(), given))
    finally:
        server.terminate()
        server.join()
    print(f"{given.streams} streams at a time, {given.calls:,} calls, {time.monotonic() - began:.0f} s\n")
    print(f"{'':8}" + "".join(f"{name:>13}" for name in Figures._fields))
    for when, row in seen.items():
        print(f"{when:8}{row[0]:13.1f}" + "".join(f"{value:13}" for value in row[1:]))
    faults = grown(seen)
    print("\n" + ("\n".join(faults) or "flat"))
    return int(bool(faults))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--streams", type=int, default=300)
    sys.exit(main(parser.parse_args()))
