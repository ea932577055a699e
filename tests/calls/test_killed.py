"""Kernels that are killed, and kernels that share a store: what was paid for is on disk."""

import json
import os
import random
import signal
import sqlite3
import sys
import time
from contextlib import closing

import pytest

from tests.kernels import kernel as start_kernel
from tests.servers import LONG_KEY
from tests.wire import text, wire

# No letter that Markdown would change, so that what is shown can be compared with what is kept.
LONG = " ".join(f"word {number}" for number in range(5000))
ANSWERS = {"short": text("All of it is here"), "long": text(LONG, every_s=0.01)}
FINISHED = 3
LOST_S = 2.0


@pytest.fixture(scope="module")
def server():
    with wire(ANSWERS) as running:
        yield running


@pytest.fixture
def start(server, tmp_path):
    """Starts a kernel with the extension loaded, whose store is this test's."""
    env = {
        "LANGTAIL_BASE_URL": server.url,
        "LANGTAIL_API_KEY": LONG_KEY,
        "LANGTAIL_ASSISTANT": "acme/help/short/production",
        "LANGTAIL_NB_HOME": str(tmp_path / "kept"),
    }

    def begin():
        return start_kernel(sys.executable, env=env, cwd=str(tmp_path))

    return begin


def rows(tmp_path):
    """State and text of each call."""
    with closing(sqlite3.connect(tmp_path / "kept" / "store.sqlite")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = database.execute("SELECT state, reply FROM turns ORDER BY id").fetchall()
    return [(state, _text(reply)) for state, reply in found]


def _text(reply):
    messages = json.loads(reply)["messages"] if reply else []
    return "".join(message["content"] for message in messages)


def killed_while_it_answers(start, line, wait_s):
    """Kill a kernel so long after an answer began to show; return what was shown by two seconds before."""
    with start() as kernel:
        kernel.run("%load_ext langtail_nb\nimport langtail_nb as lt")
        for number in range(FINISHED):
            assert kernel.ask("Hi", cell_id=f"short-{number}").status == "ok"
        ran = kernel.until_shown(kernel.send(f"%%langtail {line}\nHi", cell_id="long"), "word 1")
        kill_at = time.monotonic() + wait_s
        kernel.until(ran, lambda _: time.monotonic() >= kill_at)
        killed_at = time.monotonic()
        os.kill(kernel.pid, signal.SIGKILL)
        frames = [m.data["text/markdown"] for m in ran.of("display_data", "update_display_data")
                  if m.at < killed_at - LOST_S and "word" in m.data["text/markdown"]]  # fmt: skip
        return frames[-1].strip() if frames else ""


def check_what_is_left(tmp_path, shown):
    *finished, (state, kept) = rows(tmp_path)

    assert finished == [("done", "All of it is here")] * FINISHED
    assert state == ("partial" if kept else "open")
    assert kept.startswith(shown)
    assert LONG.startswith(kept)
    return kept


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_kernel_loses_no_finished_answer_and_two_seconds_of_an_unfinished_one(start, tmp_path, seed):
    wait_s = random.Random(seed).uniform(2.2, 3.5)
    shown = killed_while_it_answers(start, "long", wait_s)

    assert shown
    assert check_what_is_left(tmp_path, shown)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(50))
def test_a_killed_kernel_loses_no_more_whenever_it_is_killed(start, tmp_path, seed):
    wait_s = random.Random(seed).uniform(0, 6)

    check_what_is_left(tmp_path, killed_while_it_answers(start, "long", wait_s))


def test_the_next_kernel_lists_the_part_as_one(start, tmp_path):
    killed_while_it_answers(start, "long", 2.5)
    with start() as kernel:
        kernel.run("%load_ext langtail_nb\nimport langtail_nb as lt")
        listed = kernel.run("lt.settings.target = 'acme/help/long/production'\n%langtail runs")

    assert listed.status == "ok", listed.errors
    assert "partial: word 0 word 1" in listed.text


def test_trials_that_are_killed_leave_what_was_shown_of_them(start, tmp_path):
    with start() as kernel:
        kernel.run("%load_ext langtail_nb")
        ran = kernel.until_shown(kernel.send("%%langtail long --compare deployed\nHi"), "word 9")
        kernel.until(ran, lambda _: len([one for one in rows(tmp_path) if one[1]]) == 2)
        os.kill(kernel.pid, signal.SIGKILL)

    assert [state for state, _ in rows(tmp_path)] == ["partial", "partial"]


def test_two_kernels_share_a_store_and_lose_nothing(start, tmp_path):
    calls = 30
    with start() as one, start() as other:
        for kernel in (one, other):
            kernel.run("%load_ext langtail_nb\nimport langtail_nb as lt")
        cells = [(k, k.send(f"for _ in range({calls}): lt.ask('Hi')")) for k in (one, other)]
        for kernel, ran in cells:
            assert kernel.finish(ran).status == "ok", ran.errors
            assert ran.outputs == []

    assert rows(tmp_path) == [("done", "All of it is here")] * (2 * calls)
