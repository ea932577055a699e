"""What a sweep costs beside its calls: on the network, in planning, in store and memory; what a 429 wastes.

python benchmarks/sweep.py [many|plan|scan|refused|bills|evidence|memory]
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import math
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import tracemalloc
import urllib.request
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
TARGET = "acme/help/triage/staging"


@contextmanager
def living(url: str) -> Iterator[None]:
    """A kernel of that server, with a store of its own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        os.environ |= {"LANGTAIL_BASE_URL": url, "LANGTAIL_API_KEY": "k", "LANGTAIL_ASSISTANT": TARGET}
        os.environ["LANGTAIL_NB_HOME"] = home
        yield


@contextmanager
def serving(delay_s: float, admits: int) -> Iterator[str]:
    """A server in a process of its own, whose answers take so long."""
    command = [sys.executable, "-m", "tests.sweep.counting", str(delay_s), str(admits)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            with living(url):
                yield url
        finally:
            process.kill()


def counts(url: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{url}/_counts") as answer:
        found: dict[str, int] = json.load(answer)
    return found


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def many() -> None:
    """2,000 calls of 100 ms, 64 at once: from 4 at once, where 64 are known to pass, by httpx alone."""
    import langtail_nb as lt

    with serving(0.1, 0) as url:
        lt.map(["once, so that all is loaded"])
        rows = [f"question {number}" for number in range(2000)]
        for name, these in (
            ("the climb from 4 included", rows),
            ("from the first", [f"another {row}" for row in rows]),
        ):
            _tell_many(name, lambda these=these: lt.map(these, budget="2000 calls", limit=64))
        again, _ = timed(lambda: lt.map(rows))
        print(f"the first again, all stored: {again:.2f} s, {counts(url)['invoke'] - 4001} calls")
        _tell_many("httpx alone, nothing kept, no climb", lambda: asyncio.run(_bare(url, rows)))


def _tell_many(name: str, work: Callable[[], Any]) -> None:
    ideal = 2000 / 64 * 0.1
    began = time.process_time()
    took, _ = timed(work)
    cpu = time.process_time() - began
    print(
        f"2,000 calls of 100 ms, 64 at once, {name}: {took:.2f} s, {took / ideal:.2f} of the ideal "
        f"{ideal:.2f} s; {cpu / 2:.2f} ms of CPU a call"
    )


async def _bare(url: str, rows: list[str]) -> None:
    import httpx

    left = iter(rows)
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    async with httpx.AsyncClient(base_url=url, limits=limits) as client:

        async def worker() -> None:
            for row in left:
                messages = [{"role": "user", "content": row}]
                answer = await client.post(f"/{TARGET}", json={"messages": messages, "stream": False})
                answer.raise_for_status().json()

        await asyncio.gather(*(worker() for _ in range(64)))


def plan() -> None:
    """Planning 10,000 trials, none of them stored, and looking for them among 10,000 that are."""
    import langtail_nb as lt

    with serving(0.0, 0):
        rows = [{"q": f"question {number}", "topic": "x"} for number in range(500)]
        over = lt.grid(temperature=[number / 10 for number in range(1, 20)])
        times = [timed(lambda: lt.sweep(over=over, rows=rows, message="q"))[0] for _ in range(5)]
        made = lt.sweep(over=over, rows=rows, message="q")
        print(f"a plan of {made.calls:,} calls: {statistics.median(times):.2f} s")


def scan() -> None:
    """Looking for 10,000 trials among 10,000 that are stored."""
    from langtail_nb._kernel.disk.store import Store
    from langtail_nb._kernel.disk.trials import Mark, NewTrial, Trials

    os.environ["LANGTAIL_NB_HOME"] = tempfile.mkdtemp()
    trials = Trials(Store())
    keys = [f"{number:064x}" for number in range(10_000)]
    parts = {f"member {number}": "0123456789ab" for number in range(12)}
    reply = {"messages": [{"role": "assistant", "content": "word " * 100}]}
    rows = [
        NewTrial(
            Mark(key, "u", "a/b/c/d", "s", "r", parts, 1), "sweep", "u", {"messages": []}, reply, 1.0, 0.0,
            "m", 10, 5, 1.0, None, "done",
        )
        for key in keys
    ]  # fmt: skip
    kept, _ = timed(lambda: trials.keep(rows))
    times = [timed(lambda: trials.find(keys))[0] for _ in range(5)]
    print(f"10,000 trials kept in one transaction: {kept:.2f} s")
    print(f"10,000 trials found among 10,000: {statistics.median(times) * 1000:.0f} ms")


def bills() -> None:
    """Twenty sweeps of 600 calls: what each cost after its pilot, and the range that its plan had printed."""
    from tests.sweep.bills import billed
    from tests.sweep.counting import Counting

    server = Counting().start()
    with living(server.url):
        found = [billed(server, sweep, settings=4, rows=150) for sweep in range(20)]
    within = sum(low <= bill <= high for low, bill, high in found)
    width = statistics.median((high - low) / bill for low, bill, high in found)
    print(
        f"bills of 20 sweeps of 600 calls within the range that the plan had after a pilot: {within}; it is "
        f"{width:.0%} of the bill wide"
    )


def evidence() -> None:
    """Six settings × 200 rows × 4 scores: the words and intervals of all, from a run that is over."""
    import random

    from langtail_nb._sweep.comparing.scored import History, Scored, Setting
    from langtail_nb._sweep.evidence import evidence as evidence_of

    chance = random.Random(1)
    scores = [
        Scored(
            name=f"score {n}",
            values=[
                {row: [float(chance.random() < 0.6 + 0.05 * place)] for row in range(200)}
                for place in range(6)
            ],
        )
        for n in range(4)
    ]
    settings = [Setting(label=f"setting {place}") for place in range(6)]
    began = time.process_time()
    took, _ = timed(lambda: evidence_of(scores, settings, History()))
    cpu = time.process_time() - began
    print(f"evidence of 6 settings × 200 rows × 4 scores: {took:.2f} s, {cpu:.2f} s of CPU")


def refused() -> None:
    """A server that takes 12 calls at once, and answers 429 with ``Retry-After: 1`` beyond: 400 of 300 ms."""
    import langtail_nb as lt

    with serving(0.3, 12) as url:
        rows = [f"question {number}" for number in range(400)]
        ideal = math.ceil(400 / 12) * 0.3
        took, replies = timed(lambda: lt.map(rows, budget="400 calls", limit=64))
        wasted = counts(url).get("refused", 0)
        assert not replies.failed
        print(
            f"400 calls of 300 ms where 12 are admitted: {took:.1f} s, {took / ideal:.2f} of the ideal "
            f"{ideal:.1f} s; {wasted} calls wasted, {wasted / 400:.1%}"
        )


def memory() -> None:
    """Maps of growing length, each in a process of its own; then ten in one kernel, each let go of."""
    lengths = (1000, 2000, 4000, 8000)
    # Spawned, so that none begins with what this process has.
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as processes:
        peaks = processes.map(_peak, lengths, chunksize=1)
        held = processes.map(_held, lengths, chunksize=1)
        in_one = processes.apply(_ten_in_one)
    print(f"{'calls':>8}{'peak above the start':>23}{'held by an answer':>20}{'left once let go':>19}")
    for calls, peak, (kept, left) in zip(lengths, peaks, held, strict=True):
        print(f"{calls:8,}{peak / 1e6:20.1f} MB{kept / calls:14,.0f} bytes{left / 1e3:16,.0f} KB")
    print(
        "the peak is resident memory (psutil), what is held and left counted by tracemalloc; left is what a "
        "first map loads"
    )
    sizes, objects = zip(*in_one, strict=True)
    print(
        "ten maps of 1,000 calls in one kernel, USS after each, answers let go and threads deleted: "
        f"{', '.join(f'{one / 1e6:.1f}' for one in sizes)} MB; the collector's objects grew by "
        f"{objects[-1] - objects[0]} from the first to the last"
    )


def _peak(calls: int) -> int:
    """Return by how many bytes of memory a map goes above what there is before it, at most."""
    import psutil

    with serving(0.005, 0):
        _mapped(100)
        size = psutil.Process().memory_info
        start, peak, is_over = size().rss, 0, threading.Event()

        def look() -> None:
            nonlocal peak
            while not is_over.wait(0.02):
                peak = max(peak, size().rss)

        looking = threading.Thread(target=look)
        looking.start()
        _mapped(calls)
        is_over.set()
        looking.join()
    return peak - start


def _held(calls: int) -> tuple[int, int]:
    """Return the bytes that the answers of a map hold, and those that stay when they are let go."""
    with serving(0.005, 0):
        _mapped(100)
        _until_quiet()
        tracemalloc.start()
        before = _traced()
        replies = _mapped(calls)
        _until_quiet()
        with_them = _traced()
        alive = weakref.ref(replies.run)
        del replies
        left = _traced()
        assert alive() is None
    return with_them - left, left - before


def _ten_in_one() -> list[tuple[int, int]]:
    """Return the memory of its own that a kernel has after each of ten maps, and the objects in it."""
    import psutil

    found = []
    with serving(0.005, 0):
        for _ in range(10):
            _mapped(1000)
            _until_quiet()
            gc.collect()
            found.append((psutil.Process().memory_full_info().uss, len(gc.get_objects())))
    return found


def _mapped(calls: int) -> Any:
    """Return the answers to so many questions that nobody asked before."""
    import langtail_nb as lt

    rows = [f"question {next(_questions):06}" for _ in range(calls)]
    return lt.map(rows, budget=f"{calls} calls", limit=64)


_questions = itertools.count()


def _until_quiet() -> None:
    """Wait until the threads of the runs that are over are deleted, which goes on behind them."""
    from langtail_nb._sweep import farewell

    while farewell._under_way:
        time.sleep(0.05)


def _traced() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def main() -> None:
    each = {one.__name__: one for one in (many, plan, scan, refused, bills, evidence, memory)}
    named = sys.argv[1:] or [*each]
    if len(named) == 1:
        each[named[0]]()
        return
    for name in named:  # each in a process of its own, as a kernel is
        subprocess.run([sys.executable, __file__, name], check=True)


if __name__ == "__main__":
    main()
