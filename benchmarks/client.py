"""What the client costs beside ``openai`` and a raw socket, in one run on loopback; about a minute.

    python benchmarks/client.py

Prints medians over rounds in which all take turns, and ratios to ``openai``. The server is a process of its
own that writes bytes made beforehand, so that its work is not counted. Needs ``pip install -e ".[bench]"``.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import openai
from raw_server import END, HEAD, part, serve

from langtail_nb._client.client import Client
from langtail_nb._types.request import Request

CHUNKS = 4000
PACED = 400
CALLS = 500
AT_ONCE = 100
DELAY_S = 0.02
FIRSTS = 100
ROUNDS = 5
REQUEST = Request("bench/bench/chat/production", "hi")
KEY = "bench-key-of-no-worth"


# The server


def _event(**choice: Any) -> bytes:
    chunk = {
        "id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1763800000, "model": "gpt-x",
        "system_fingerprint": None,
        "choices": [{"index": 0, "logprobs": None, "finish_reason": None, **choice}],
    }  # fmt: skip
    data = b"data: " + json.dumps(chunk, separators=(",", ":")).encode() + b"\n\n"
    return part(data)


PIECE = _event(delta={"content": " tok"})
LAST = _event(delta={}, finish_reason="stop") + part(b"data: [DONE]\n\n") + END
WHOLE = json.dumps({
    "id": "chatcmpl-bench", "object": "chat.completion", "created": 1763800000, "model": "gpt-4o-mini",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "tok"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}).encode()  # fmt: skip
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(WHOLE) + WHOLE
)


async def _answer(body: bytes, writer: asyncio.StreamWriter) -> None:
    # What a call wants is said in its message, where every client can put it.
    if b'"call"' in body:
        await asyncio.sleep(DELAY_S)
        writer.write(ANSWER)
        return
    writer.write(HEAD)
    for _ in range(CHUNKS if b'"full"' in body else PACED if b'"paced"' in body else 1):
        writer.write(PIECE)
        await writer.drain()
        if b'"paced"' in body:
            await asyncio.sleep(0.001)
    writer.write(LAST)


def _run_server(port: Any) -> None:
    serve(_answer, port)


# The clients: each counts the pieces of a stream, and makes a call in one piece


class Ours:
    name = "langtail_nb"

    def __init__(self, port: int) -> None:
        self._client = Client(KEY, f"http://127.0.0.1:{port}", retries=0)

    async def stream(self, what: str) -> float:
        first = 0.0
        async with self._client.stream(REQUEST.replace(message=what)) as stream:
            async for chunk in stream:
                if chunk.text and not first:
                    first = time.perf_counter()
        return first

    async def call(self) -> None:
        await self._client.invoke(REQUEST.replace(message="call"))

    async def aclose(self) -> None:
        await self._client.aclose()


class OpenAI:
    name = "openai"

    def __init__(self, port: int) -> None:
        self._client = openai.AsyncOpenAI(api_key=KEY, base_url=f"http://127.0.0.1:{port}/v1", max_retries=0)

    async def stream(self, what: str) -> float:
        first = 0.0
        messages: Any = [{"role": "user", "content": what}]
        chunks = await self._client.chat.completions.create(model="m", messages=messages, stream=True)
        async for chunk in chunks:
            if chunk.choices[0].delta.content and not first:
                first = time.perf_counter()
        return first

    async def call(self) -> None:
        await self._client.chat.completions.create(model="m", messages=[{"role": "user", "content": "call"}])

    async def aclose(self) -> None:
        await self._client.close()


class Raw:
    name = "raw socket"

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def stream(self, what: str) -> float:
        first = 0.0
        reader, writer = await self._ask(what)
        async for line in reader:
            if line.startswith(b"data: {"):
                chunk = json.loads(line[6:])
                if chunk["choices"][0]["delta"].get("content") and not first:
                    first = time.perf_counter()
            elif line == b"0\r\n":
                await reader.readline()
                break
        self._idle.append((reader, writer))
        return first

    async def call(self) -> None:
        reader, writer = await self._ask("call")
        await reader.readuntil(b"\r\n\r\n")
        json.loads(await reader.readexactly(len(WHOLE)))
        self._idle.append((reader, writer))

    async def _ask(self, what: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        found = self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self._port)
        body = json.dumps({"messages": [{"role": "user", "content": what}]}).encode()
        found[1].write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        return found

    async def aclose(self) -> None:
        for _, writer in self._idle:
            writer.close()
            await writer.wait_closed()


# What is measured


async def cpu_per_chunk(client: Any, what: str, chunks: int) -> float:
    began = time.process_time()
    await client.stream(what)
    return (time.process_time() - began) / chunks * 1e6


async def calls_per_second(client: Any) -> float:
    waiting = iter(range(CALLS))

    async def caller() -> None:
        for _ in waiting:
            await client.call()

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(AT_ONCE)))
    return CALLS / (time.perf_counter() - began)


async def first_chunk(client: Any) -> float:
    times = []
    for _ in range(FIRSTS):
        began = time.perf_counter()
        times.append((await client.stream("one") - began) * 1e6)
    return statistics.median(times)


MEASURES: list[tuple[str, Callable[[Any], Awaitable[float]]]] = [
    ("CPU per chunk at full speed, µs", lambda c: cpu_per_chunk(c, "full", CHUNKS)),
    ("CPU per chunk, one each ms, µs", lambda c: cpu_per_chunk(c, "paced", PACED)),
    (f"calls/s, {CALLS} of {DELAY_S * 1e3:.0f} ms, {AT_ONCE} at once", calls_per_second),
    ("first chunk, warm connection, µs", first_chunk),
]


async def measured(port: int) -> dict[str, dict[str, float]]:
    """Return the medians: by what was measured, then by client."""
    found: dict[str, dict[str, list[float]]] = {what: {} for what, _ in MEASURES}
    async with AsyncExitStack() as stack:
        clients = [Ours(port), OpenAI(port), Raw(port)]
        for client in clients:
            stack.push_async_callback(client.aclose)
            await client.stream("one")
            await client.call()
        for _ in range(ROUNDS):
            for what, measure in MEASURES:
                for client in clients:
                    found[what].setdefault(client.name, []).append(await measure(client))
    return {what: {name: statistics.median(v) for name, v in row.items()} for what, row in found.items()}


def import_ms(statement: str) -> float:
    """Return the CPU time of an import in a fresh interpreter."""
    code = f"import time; t = time.process_time(); {statement}; print((time.process_time() - t) * 1e3)"
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, check=True) for _ in range(5)]
    return statistics.median(float(run.stdout) for run in runs)


def main() -> None:
    """Measure and print."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_run_server, args=(theirs,), daemon=True)
    server.start()
    try:
        rows = asyncio.run(measured(ours.recv()))
    finally:
        server.terminate()
        server.join()
    rows["import, CPU ms"] = {
        "langtail_nb": import_ms("import langtail_nb._client.client, langtail_nb._http.round_trip"),
        "openai": import_ms("import openai"),
        "raw socket": import_ms("import asyncio, json"),
    }
    names = ["langtail_nb", "openai", "raw socket"]
    print(f"{'':42}" + "".join(f"{name:>14}" for name in names) + f"{'to openai':>12}")
    for what, row in rows.items():
        shown = "".join(f"{row[name]:14.1f}" for name in names)
        print(f"{what:42}{shown}{row['langtail_nb'] / row['openai']:12.2f}")


if __name__ == "__main__":
    main()
