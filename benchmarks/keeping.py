"""What it costs to keep an answer on disk while it grows: CPU of a kernel, with notes and without.

    python benchmarks/keeping.py [--seconds 20] [--rounds 3]

An answer of 100 tokens a second is shown in a kernel. Without notes it is kept at its beginning and its end
only, as everything is. The figure is the difference, as a share of the time that the answer took; beside it
stands what the thread that takes the notes used by itself. Run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.kernels import Kernel, kernel
from tests.servers import KEY
from tests.wire import text, wire

TOKENS_PER_S = 100
SETUP = """
%load_ext langtail_nb
import resource, time
from langtail_nb._kernel.disk import notes
class Timed(notes.Notes):
    used = 0.0
    on = True
    def put(self, about, job):
        if Timed.on:
            super().put(about, lambda: self.timed(job))
    def timed(self, job):
        before = time.thread_time()
        job()
        Timed.used += time.thread_time() - before
from langtail_nb._kernel.session import session
session.notes = Timed()
"""
ASK = """
Timed.used, Timed.on, before, began = 0.0, {notes}, time.process_time(), time.monotonic()
get_ipython().run_cell_magic("langtail", "long --no-thread", "Hi")
print("|", time.process_time() - before, Timed.used, time.monotonic() - began)
"""


def main(seconds: int, rounds: int) -> None:
    """Print the figures."""
    answer = text("word" * (TOKENS_PER_S * seconds), every_s=1 / TOKENS_PER_S)
    with wire({"long": answer}) as server, tempfile.TemporaryDirectory() as home:
        env = {
            "LANGTAIL_BASE_URL": server.url,
            "LANGTAIL_API_KEY": KEY,
            "LANGTAIL_ASSISTANT": "acme/help/long/production",
            "LANGTAIL_NB_HOME": home,
        }
        with kernel(sys.executable, env=env) as running:
            running.run(SETUP)
            shares = [_shares(running) for _ in range(rounds)]
    whole, own, without = (100 * statistics.median(column) for column in zip(*shares, strict=True))
    print(
        f"{seconds} s of {TOKENS_PER_S} tokens/s: notes add {whole:.2f} % of CPU to {without:.1f} %, "
        f"their own thread uses {own:.2f} %"
    )


def _shares(running: Kernel) -> tuple[float, float, float]:
    """Return the CPU that notes add, their thread's and that of a run without, as shares of its time."""
    figures = []
    for notes in (False, True):
        ran = running.run(ASK.format(notes=notes))
        assert ran.status == "ok", ran.errors
        figures.append([float(one) for one in ran.text.rpartition("|")[2].split()])
    (without, _, _), (cpu, own, took) = figures
    return (cpu - without) / took, own / took, without / took


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    main(given.seconds, given.rounds)
