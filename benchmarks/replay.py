"""What replay costs: the size of recordings, the time to load them, to play and to record 600 calls.

    python benchmarks/replay.py

600 answers of 400 words, in pieces of 4 characters, are recorded from a server of a few lines, 32 at a time,
loaded anew, and played. Run it on a quiet machine.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import langtail_nb as lt
from langtail_nb._client.network import network
from langtail_nb._http.secret import Secret
from langtail_nb._http.transport import Transport
from langtail_nb._replay.hiding import Hiding
from langtail_nb._replay.mode import Mode
from langtail_nb._replay.recording import Recording
from langtail_nb._replay.run import Run
from langtail_nb._replay.transport import ReplayTransport
from tests.wire import text, wire

CALLS, AT_ONCE = 600, 32
WORDS = "Delivery usually takes about two weeks. " * 67
KEY = Secret("lt-benchmark-key-123")


def carrier(recording: Recording, mode: Mode, url: str) -> Transport:
    """Return what carries the calls in a mode."""
    sent = network(url, KEY) if mode != "only" else None
    return ReplayTransport(recording, Run(), mode, sent, hiding=Hiding(KEY, url))


async def calls(transport: Transport | None, url: str) -> float:
    """Return the seconds that all calls take."""
    async with lt.Client(KEY, url, transport=transport, retries=0) as client:
        gate = asyncio.Semaphore(AT_ONCE)

        async def call(number: int) -> None:
            request = lt.Request("acme/demo/words/production", f"Question {number}")
            async with gate, client.stream(request) as stream:
                async for _ in stream:
                    pass

        began = time.perf_counter()
        await asyncio.gather(*map(call, range(CALLS)))
        return time.perf_counter() - began


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as home, wire({"words": text(WORDS)}) as server:
        folder = Path(home)
        sent_s = asyncio.run(calls(network(server.url, KEY), server.url))
        recorded_s = asyncio.run(calls(carrier(Recording(folder), "record", server.url), server.url))
        size = sum(path.stat().st_size for path in folder.glob("*.jsonl"))
        loaded, began = Recording(folder), time.perf_counter()
        count = len(loaded.exchanges)
        load_s = time.perf_counter() - began
        played_s = asyncio.run(calls(carrier(loaded, "only", server.url), server.url))
        share = size / count / len(WORDS)
        print(f"{count} answers of 400 words: {size / 1e6:.2f} MB, {share:.2f} of their text")
        print(f"loaded in {load_s * 1000:.0f} ms")
        print(f"sent in {sent_s:.2f} s, recorded in {recorded_s:.2f} s, played in {played_s:.2f} s")


main()
