"""What the local server costs beside a bare socket and a minimal starlette app; about two minutes.

    python benchmarks/server.py

Prints the time to the first token over a kept connection, what 200 streams at once take (every byte is
compared), and how soon a server with open streams has ended. The servers are processes of their own and take
turns; the client is a bare socket, but for the row that says so. `model.py` has the real model's figures.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from peers import Peer, events, peer
from raw import connected, cpu_s, dechunked, ended_s, first_text_s, peak_mb, reads, request, say, spread

from langtail_nb._client.client import Client
from langtail_nb._types.request import Request
from tests.servers import deployment, running, start, write_project

FIRSTS = 40
FIRST_ROUNDS = 10
STREAMS = 200
PIECES = 1000
STREAM_ROUNDS = 3
OPEN_STREAMS = 50
STOPS = 5
PROMPT = "/bench/bench/prompt/production"
ASSISTANT = "/bench/bench/assistant/production"


@contextmanager
def local_server() -> Iterator[Peer]:
    """The local server with the engine ``echo``, its threads in a file as they are for a user."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "project")
        write_project(project, {"prompt": deployment(kind="prompt"), "assistant": deployment()})
        options = ("--engine", "echo", "--project", str(project))
        with running(*options, database=Path(folder, "local.sqlite")) as server:
            yield Peer("langtail_nb", server.port, server.process.pid)


def main() -> None:
    """Measure and print."""
    with ExitStack() as stack:
        bare, starlette = (stack.enter_context(peer(name)) for name in ("bare socket", "starlette"))
        local = stack.enter_context(local_server())
        print_first_tokens(bare, starlette, local)
        print_streams([bare, starlette, local])
    print_ends()


# The first token


def print_first_tokens(bare: Peer, starlette: Peer, local: Peer) -> None:
    """Print the time from a request to its first token, over a connection that is kept."""
    rows: dict[str, Callable[[], list[float]]] = {
        "bare socket": lambda: raw_firsts(bare, PROMPT),
        "starlette": lambda: raw_firsts(starlette, PROMPT),
        "langtail_nb, prompt": lambda: raw_firsts(local, PROMPT),
        "langtail_nb, new thread": lambda: raw_firsts(local, ASSISTANT),
        "langtail_nb, 20th turn": lambda: turn_firsts(local),
        "langtail_nb, prompt, our client": lambda: asyncio.run(client_firsts(local, "prompt")),
        "langtail_nb, new thread, our client": lambda: asyncio.run(client_firsts(local, "assistant")),
    }
    found: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(FIRST_ROUNDS):
        for name, measure in rows.items():
            found[name] += measure()
    print(f"first token, kept connection, {FIRSTS * FIRST_ROUNDS} requests, ms")
    print(f"{'':37}{'median':>9} {'p90':>9} {'most':>9}{'to starlette':>14}")
    peers = statistics.median(found["starlette"])
    for name, values in found.items():
        print(f"  {name:35}{spread(values)}{statistics.median(values) / peers:14.2f}")


def raw_firsts(server: Peer, path: str) -> list[float]:
    asked = say(path, "hi")
    with connected(server.port) as connection:
        first_text_s(connection, asked)
        return [first_text_s(connection, asked) for _ in range(FIRSTS)]


def turn_firsts(server: Peer) -> list[float]:
    """The first token of turns 11 to 30 of threads, the twentieth in the middle."""
    found: list[float] = []
    while len(found) < FIRSTS:
        with connected(server.port) as connection:
            wire = b"".join(data for _, data in reads(connection, say(ASSISTANT, "hi")))
            thread = wire.split(b"x-langtail-thread-id: ")[1].split(b"\r\n")[0].decode()
            asked = say(ASSISTANT, "hi", threadId=thread)
            found += [first_text_s(connection, asked) for _ in range(29)][9:]
    return found[:FIRSTS]


async def client_firsts(server: Peer, slug: str) -> list[float]:
    found = []
    asked = Request(f"bench/bench/{slug}/production", "hi")
    async with Client("bench", f"http://127.0.0.1:{server.port}", retries=0) as client:
        for number in range(FIRSTS + 1):
            began, first = time.perf_counter(), 0.0
            async with client.stream(asked) as stream:
                async for chunk in stream:
                    if chunk.text and not first:
                        first = time.perf_counter() - began
            if number:
                found.append(first)
    return found


# Many streams at once


def print_streams(servers: list[Peer]) -> None:
    """Print what many streams at once take, and how many were not as they should be."""
    print(f"\n{STREAMS} streams of {PIECES} pieces at once, median of {STREAM_ROUNDS} rounds")
    head = ("wall s", "server CPU s", "pieces/s", "peak MB", "streams wrong")
    print(f"{'':37}" + "".join(f"{title:>14}" for title in head))
    found: dict[str, list[tuple[float, float, int]]] = {server.name: [] for server in servers}
    for _ in range(STREAM_ROUNDS):
        for server in servers:
            found[server.name].append(asyncio.run(many_streams(server)))
    for server in servers:
        walls, cpus, wrong = zip(*found[server.name], strict=True)
        wall = statistics.median(walls)
        print(
            f"  {server.name:35}{wall:14.2f}{statistics.median(cpus):14.2f}{STREAMS * PIECES / wall:14,.0f}"
            f"{peak_mb(server.pid):14.0f}{sum(wrong):14}"
        )


async def many_streams(server: Peer) -> tuple[float, float, int]:
    """Return wall time, the server's CPU time, and how many streams were not as expected."""
    began, cpu = time.perf_counter(), cpu_s(server.pid)
    wires = await asyncio.gather(*(read_stream(server.port, message(number)) for number in range(STREAMS)))
    took, cpu = time.perf_counter() - began, cpu_s(server.pid) - cpu
    wrong = sum(not is_echo(wire, message(number)) for number, wire in enumerate(wires))
    return took, cpu, wrong


def message(number: int) -> str:
    """Return a text that no other stream has, in any of its pieces."""
    return "".join(f"{number:03}{index % 10}" for index in range(PIECES - 2)) + "xx"


async def read_stream(port: int, text: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = {"messages": [{"role": "user", "content": text}]}
    writer.write(request(PROMPT, body, "connection: close"))
    wire = bytearray()
    while not wire.endswith(b"\r\n0\r\n\r\n"):
        data = await reader.read(1 << 16)
        if not data:
            break
        wire += data
    writer.close()
    return bytes(wire)


def is_echo(wire: bytes, text: str) -> bool:
    """Return whether an answer is this echo: its bytes, but for the id and the time it was made."""
    body = dechunked(wire)
    first = json.loads(body[: body.index(b"\n\n")].removeprefix(b"data: "))
    return body == b"".join(events(text, first["id"], first["created"]))


# The end


def print_ends() -> None:
    """Print how long a server lives after SIGTERM."""
    values = [end_s() for _ in range(STOPS)]
    print(f"\nSIGTERM with {OPEN_STREAMS} open streams to the end of the process, {STOPS} times, ms")
    print(f"{'':37}{'median':>9} {'p90':>9} {'most':>9}")
    print(f"  {'langtail_nb':35}{spread(values)}")


def end_s() -> float:
    """Return the seconds from SIGTERM to the end of a server that sends a piece a second to each client."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        project = write_project(Path(folder, "project"), {"assistant": deployment(fault="slow:1")})
        options = ("--engine", "echo", "--project", str(project))
        server = start(*options, database=Path(folder, "local.sqlite"))
        for _ in range(OPEN_STREAMS):
            connection = stack.enter_context(connected(server.port))
            connection.sendall(say(ASSISTANT, "x" * 4000))
            connection.recv(1 << 16)
        return ended_s(server.process)


if __name__ == "__main__":
    main()
