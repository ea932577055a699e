"""How the real model's tokens reach a client of the local server, and who waits how long; about two minutes.

    python benchmarks/model.py

The same request goes to the model in a process of its own, without a server, and over a bare socket to the
server; both take turns. If tokens left in bursts, many reads would have several and the gaps would differ.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from raw import TEXT, connected, ended_s, first_text_s, has_text, reads, request, spread

from langtail_nb._local.engines.llama_request import chat_body
from langtail_nb._local.engines.smollm2 import SmolLM2
from langtail_nb._local.engines.weights import find_model
from tests.servers import deployment, running, start, write_project

TOKENS = 128
ROUNDS = 5
PATH = "/bench/bench/story/production"

Arrivals = list[tuple[float, int]]
"""When something came, in seconds, and how many pieces of text were in it."""


def story(number: int, tokens: int = TOKENS) -> dict[str, Any]:
    """Return a request for a story; each number asks for another one."""
    said = f"Tell me a long story about {('a dog', 'a ship', 'a king', 'the rain')[number]}."
    return {"messages": [{"role": "user", "content": said}], "max_tokens": tokens, "temperature": 0}


def at_once(work: Callable[[int], Any], count: int) -> list[Any]:
    """Return what the work gives for 0, 1, ... on threads that start together."""
    found: list[Any] = [None] * count
    ready = threading.Barrier(count)

    def run(number: int) -> None:
        ready.wait()
        found[number] = work(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


# The model without a server


def engine_process(pipe: Any) -> None:
    """Answer each number from the pipe with the arrivals of so many stories at once."""
    weights = find_model()
    assert weights is not None
    llama: Any = SmolLM2(weights)._llama

    def called(number: int) -> Arrivals:
        body, _ = chat_body(story(number))
        arrivals: Arrivals = []

        def made(chunk: dict[str, Any]) -> bool:
            if any(choice["delta"].get("content") for choice in chunk["choices"]):
                arrivals.append((time.perf_counter(), 1))
            return False

        llama.handle_chat_completions(body, made)
        return arrivals

    while count := pipe.recv():
        pipe.send(at_once(called, count))
    os._exit(0)  # llama.cpp need not tidy up


@contextmanager
def engine() -> Iterator[Callable[[int], list[Arrivals]]]:
    """The model in a process of its own: how many stories at once in, their arrivals out."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=engine_process, args=(theirs,))
    process.start()

    def tell(count: int) -> list[Arrivals]:
        ours.send(count)
        found: list[Arrivals] = ours.recv()
        return found

    try:
        yield tell
    finally:
        ours.send(0)
        process.join()


# The model behind the server


def arrivals_at_a_socket(port: int, number: int) -> Arrivals:
    with connected(port) as connection:
        found = [(at, pieces(data)) for at, data in reads(connection, request(PATH, story(number)))]
    return [(at, count) for at, count in found if count]


def pieces(data: bytes) -> int:
    """Return how many pieces of text some bytes have, without the empty one that opens a stream."""
    return data.count(TEXT) - data.count(TEXT + b'"')


def print_gaps(port: int, tell: Callable[[int], list[Arrivals]]) -> None:
    """Print the time from one token to the next, in the model and at a socket."""
    found: dict[str, list[Arrivals]] = {}
    for _ in range(ROUNDS):
        for count in (1, 2):
            found.setdefault(f"model alone, {count} at once", []).extend(tell(count))
            at_socket = at_once(lambda number: arrivals_at_a_socket(port, number), count)
            found.setdefault(f"bare socket, {count} at once", []).extend(at_socket)
    print(f"from one token to the next, {TOKENS} tokens, {ROUNDS} rounds, ms")
    print(f"{'':37}{'median':>9} {'p90':>9} {'most':>9}{'reads with several':>20}{'tokens/s each':>15}")
    for name, streams in found.items():
        gaps = [after[0] - before[0] for each in streams for before, after in pairwise(each)]
        counts = [count for each in streams for _, count in each]
        several = sum(count > 1 for count in counts) / len(counts)
        speed = statistics.median(len(each) / (each[-1][0] - each[0][0]) for each in streams)
        print(f"  {name:35}{spread(gaps)}{several:20.1%}{speed:15.1f}")


def print_first_tokens(port: int) -> None:
    """Print how long a client waits for its first token: when nobody else is there, and in the queue."""
    print("\nfrom the request to the first token, ms")
    print(f"{'':37}{'median':>9} {'p90':>9} {'most':>9}")
    with connected(port) as connection:
        idle = [first_text_s(connection, request(PATH, story(3, 1))) for _ in range(3 * ROUNDS)]
    print(f"  {'alone, a prompt it has just read':35}{spread(idle)}")
    beside = [first_beside(port) for _ in range(ROUNDS)]
    print(f"  {'beside another, a new prompt':35}{spread(beside)}")
    after = [first_after_close(port) for _ in range(ROUNDS)]
    print(f"  {'third, after a client has left':35}{spread(after)}")
    queues = [sorted(at_once(lambda number: first_of_four(port, number), 4)) for _ in range(ROUNDS)]
    for place, values in enumerate(zip(*queues, strict=True), 1):
        print(f"  {f'four at once, 32 tokens: no. {place}':35}{spread(list(values))}")


def first_of_four(port: int, number: int) -> float:
    with connected(port) as connection:
        return first_text_s(connection, request(PATH, story(number, 32)))


def first_beside(port: int) -> float:
    with connected(port) as other, connected(port) as connection:
        until_text(other, 0)
        return first_text_s(connection, request(PATH, story(3, 1)))


def first_after_close(port: int) -> float:
    """Return the seconds from one of two clients leaving to the first token of a third that waited."""
    with connected(port) as first, connected(port) as second, connected(port) as third:
        until_text(first, 0)
        until_text(second, 1)
        third.sendall(request(PATH, story(3, 1)))
        third.settimeout(0.2)
        try:
            third.recv(1)
        except TimeoutError:
            pass
        else:
            raise RuntimeError("the third did not wait")
        third.settimeout(120)
        began = time.perf_counter()
        first.close()
        seen = b""
        while not has_text(seen):
            seen += third.recv(1 << 16)
        return time.perf_counter() - began


def until_text(connection: Any, number: int) -> None:
    """Ask for a long story, and return at its first token."""
    seen = b""
    for _, data in reads(connection, request(PATH, story(number, 1000))):
        seen += data
        if has_text(seen):
            return


def print_ends(options: Sequence[str]) -> None:
    """Print how long the server lives after SIGTERM while it answers two clients and two more wait."""
    values = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            server = start(*options, database=Path(folder, "local.sqlite"))
            clients = [stack.enter_context(connected(server.port)) for _ in range(4)]
            for number, client in enumerate(clients[:2]):
                until_text(client, number)
            for number, client in enumerate(clients[2:]):
                client.sendall(request(PATH, story(number)))
            values.append(ended_s(server.process))
    print("\nSIGTERM, two answered and two waiting, to the end of the process, ms")
    print(f"{'':37}{'median':>9} {'p90':>9} {'most':>9}")
    print(f"  {'langtail_nb':35}{spread(values)}")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        project = write_project(Path(folder, "project"), {"story": deployment(kind="prompt")})
        options = ("--engine", "smollm2", "--project", str(project))
        with engine() as tell, running(*options, database=Path(folder, "local.sqlite")) as server:
            print_gaps(server.port, tell)
            print_first_tokens(server.port)
        print_ends(options)


if __name__ == "__main__":
    main()
