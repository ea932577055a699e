"""What replay costs: the size of recordings, the time to load them and to play them, and nothing while off.

    python benchmarks/replay.py

600 answers of 400 words are recorded, loaded anew, and played, 32 at a time: in one piece each, as a sweep
asks, and in pieces of 4 characters from a server of a few lines, as cells do. CPU time stands beside the time
that passed, as a shared machine keeps others waiting. Then an answer of 40 KB in 10,000 pieces is recorded,
and calls are sent with the seam of replay in their way and without it, in turns.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import langtail_nb as lt
from langtail_nb._client.network import network
from langtail_nb._http.secret import Secret
from langtail_nb._http.timeout import Timeout
from langtail_nb._http.transport import Outgoing, Transport
from langtail_nb._kernel.session import Session
from langtail_nb._replay.asked import asked_by
from langtail_nb._replay.exchange_line import Answer, Recorded
from langtail_nb._replay.hiding import Hiding
from langtail_nb._replay.mode import Mode
from langtail_nb._replay.recording import Recording
from langtail_nb._replay.run import Run
from langtail_nb._replay.transport import ReplayTransport
from tests.wire import text, wire

CALLS, AT_ONCE, ROUNDS, PIECES = 600, 32, 5, 10_000
WORDS = "Delivery usually takes about two weeks. " * 67
TARGET = "acme/demo/words/production"
KEY = Secret("lt-benchmark-key-123")


class Spell:
    """Seconds that something took.

    Attributes:
        wall_s: As a clock on the wall tells.
        cpu_s: Of this process alone.
    """

    wall_s = cpu_s = 0.0

    def __str__(self) -> str:
        return f"{self.wall_s:.2f} s ({self.cpu_s:.2f} s of CPU)"


@contextmanager
def spell() -> Iterator[Spell]:
    """Measure what is done within."""
    found = Spell()
    wall, cpu = time.perf_counter(), time.process_time()
    yield found
    found.wall_s, found.cpu_s = time.perf_counter() - wall, time.process_time() - cpu


def carrier(recording: Recording, mode: Mode, url: str) -> Transport:
    """Return what carries the calls in a mode."""
    sent = network(url, KEY) if mode != "only" else None
    return ReplayTransport(recording, Run(), mode, sent, hiding=Hiding(KEY, url))


async def calls(transport: Transport, url: str, *, whole: bool, count: int = CALLS) -> Spell:
    """Make all calls and return how long they took."""
    async with lt.Client(KEY, url, transport=transport, retries=0) as client:
        gate = asyncio.Semaphore(AT_ONCE)

        async def call(number: int) -> None:
            request = lt.Request(TARGET, f"Question {number}")
            async with gate, client.stream(request, whole=whole) as stream:
                async for _ in stream:
                    pass

        with spell() as took:
            await asyncio.gather(*map(call, range(count)))
        return took


def size_of(folder: Path) -> int:
    """Return the bytes of the recordings of a folder."""
    return sum(path.stat().st_size for path in folder.glob("*.jsonl"))


def a_sweep(url: str, *, whole: bool) -> None:
    """Record, load and play all calls."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        if whole:
            recorded = _put(Recording(folder))
        else:
            recorded = asyncio.run(calls(carrier(Recording(folder), "record", url), url, whole=False))
        with spell() as load:
            loaded = Recording(folder)
            count = len(loaded.exchanges)
        played = asyncio.run(calls(carrier(loaded, "only", url), url, whole=whole))
        share = size_of(folder) / count / len(WORDS)
        print(f"{count} answers, {size_of(folder) / 1e6:.2f} MB, {share:.2f} of their text")
        print(f"  loaded in {load.wall_s * 1000:.0f} ms ({load.cpu_s * 1000:.0f} ms of CPU)")
        print(f"  recorded in {recorded}, played in {played}")


def _put(recording: Recording) -> Spell:
    message = {"role": "assistant", "content": WORDS}
    usage = {"prompt_tokens": 12, "completion_tokens": 400, "total_tokens": 412}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    body = {"id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-x", "choices": [choice]}
    answer = Answer.whole(200, "application/json", True, 900, json.dumps({**body, "usage": usage}))

    def put(number: int) -> None:
        content = lt.Request(TARGET, f"Question {number}").body(stream=False)
        asked = asked_by(Outgoing("POST", TARGET, json.dumps(content).encode(), "", Timeout()))
        recording.put(Recorded(asked.key(1, 0), asked, answer))

    with spell() as took, ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(put, range(CALLS)))
    return took


def many_pieces() -> None:
    """Record one answer of 40 KB in 10,000 pieces."""
    words = "abcd" * PIECES
    with tempfile.TemporaryDirectory() as home, wire({"words": text(words)}) as server:
        folder = Path(home)
        asyncio.run(calls(carrier(Recording(folder), "record", server.url), server.url, whole=False, count=1))
        print(f"40 KB in {PIECES:,} pieces: {size_of(folder) / len(words):.2f} times its bytes")


def while_off(url: str) -> None:
    """Compare calls of a session whose replay is off with calls of a client that knows of none, in turns."""
    session = Session()
    found: dict[str, list[float]] = {"without replay": [], "replay off": []}
    for _ in range(ROUNDS):
        for name, times in found.items():
            carries = network(url, KEY) if name == "without replay" else _as_a_session_does(session, url)
            times.append(asyncio.run(calls(carries, url, whole=False, count=60)).cpu_s)
    chunks = 60 * len(WORDS) // 4
    for name, times in found.items():
        each = statistics.median(times)
        print(f"{name}: {each / chunks * 1e6:.2f} µs of CPU a chunk, {each / 60 * 1e3:.2f} ms a call")
    with spell() as asked:
        for _ in range(1000):
            _ = session.replay.is_on
    print(f"asking whether replay is on: {asked.cpu_s * 1000:.1f} µs of CPU, once or twice a call")


def _as_a_session_does(session: Session, url: str) -> Transport:
    if session.replay.is_on:
        return session.replay.transport(
            lambda: network(url, KEY), has_key=True, hiding=Hiding(KEY, url), stand_in=False
        )
    return network(url, KEY)


def main() -> None:
    """Print the figures."""
    with wire({"words": text(WORDS)}) as server:
        for whole, name in ((True, "whole, as a sweep asks"), (False, "in pieces of 4 characters")):
            print(f"-- {name}")
            a_sweep(server.url, whole=whole)
        print("-- one long answer")
        many_pieces()
        print("-- while it is off")
        while_off(server.url)


if __name__ == "__main__":
    main()
