"""One loop on one thread: waiting, interrupting, ending."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from functools import partial
from queue import SimpleQueue

import pytest

from langtail_nb._errors import Interrupted
from langtail_nb._kernel import loop
from langtail_nb._kernel.interrupts import Interrupts


async def forever(started=None, ended=None):
    try:
        if started is not None:
            started()
        await asyncio.Event().wait()
    finally:
        if ended is not None:
            ended.append("closed")


def press_stop():
    """SIGINT to this process, as Ctrl-C and a kernel's interrupt send it."""
    os.kill(os.getpid(), signal.SIGINT)


def test_a_wait_gives_the_result_of_work_done_on_the_network_thread():
    async def where():
        return threading.current_thread().name

    assert loop.wait(where()) == "langtail_nb network"


def test_a_wait_raises_what_the_work_raised():
    async def fails():
        raise ValueError("as raised")

    with pytest.raises(ValueError, match="as raised"):
        loop.wait(fails())


def test_all_work_shares_one_loop():
    async def which():
        return asyncio.get_running_loop()

    assert loop.wait(which()) is loop.submit(which()).result(10) is loop.network_loop()


async def test_a_cell_can_wait_while_its_own_loop_is_running():
    async def answer():
        await asyncio.sleep(0)
        return 4

    assert loop.wait(answer()) == 4


def test_jobs_run_in_the_waiting_thread_in_order_and_before_the_end():
    inbox, seen = SimpleQueue(), []

    async def work():
        for number in range(3):
            inbox.put(lambda number=number: seen.append((number, threading.current_thread())))
        return "done"

    assert loop.wait(work(), inbox=inbox) == "done"
    assert seen == [(number, threading.current_thread()) for number in range(3)]


def test_a_tick_comes_again_after_the_seconds_it_asked_for():
    ticks, enough = [], threading.Event()

    def tick():
        ticks.append(threading.current_thread())
        if len(ticks) == 5:
            enough.set()
        return 0.001

    loop.wait(asyncio.to_thread(enough.wait, 30), tick=tick)

    assert len(ticks) >= 5
    assert set(ticks) == {threading.current_thread()}


def test_an_interrupt_cancels_the_work_and_waits_for_its_end():
    inbox, ended = SimpleQueue(), []

    with pytest.raises(Interrupted):
        loop.wait(forever(partial(inbox.put, press_stop), ended), inbox=inbox)

    assert ended == ["closed"]


def test_the_handler_of_before_is_back_after_a_wait():
    before = signal.getsignal(signal.SIGINT)
    inbox = SimpleQueue()

    with pytest.raises(Interrupted):
        loop.wait(forever(partial(inbox.put, press_stop)), inbox=inbox)

    assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupt_is_raised_although_the_work_ended_on_its_own():
    """Run All must stop when Stop was pressed, however late."""

    async def work():
        inbox.put(press_stop)
        return "done"

    inbox = SimpleQueue()
    with pytest.raises(Interrupted):
        loop.wait(work(), inbox=inbox)


def test_a_second_interrupt_leaves_work_that_will_not_end():
    inbox, release, stubborn = SimpleQueue(), asyncio.Event(), []

    async def will_not_end():
        inbox.put(press_stop)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            inbox.put(press_stop)
            stubborn.append(asyncio.current_task())
            await release.wait()

    with pytest.raises(KeyboardInterrupt) as caught:
        loop.wait(will_not_end(), inbox=inbox)

    assert not isinstance(caught.value, Interrupted)
    assert len(stubborn) == 1


def test_interrupts_before_the_work_stop_it_too():
    with Interrupts() as interrupts:
        press_stop()
        assert interrupts.count == 1

        with pytest.raises(Interrupted):
            loop.wait(forever(), interrupts=interrupts)


def test_an_open_guard_counts_an_interrupt_after_the_end():
    """What follows the work, keeping it and painting it, is not cut in half."""

    async def work():
        return "done"

    with Interrupts() as interrupts:
        assert loop.wait(work(), interrupts=interrupts) == "done"
        press_stop()

    assert interrupts.count == 1


def test_another_thread_can_wait_and_leaves_the_signal_handler_alone():
    before, results = signal.getsignal(signal.SIGINT), []

    async def handler():
        return signal.getsignal(signal.SIGINT)

    thread = threading.Thread(target=lambda: results.append(loop.wait(handler())))
    thread.start()
    thread.join(30)

    assert results == [before]


async def test_the_network_thread_refuses_to_wait_for_itself():
    async def nested():
        return loop.wait(forever())

    with pytest.raises(RuntimeError, match="cannot wait for itself"):
        loop.wait(nested())


def test_a_cancelled_submission_ends_its_work():
    started, ended = threading.Event(), threading.Event()

    class Ended(list):
        def append(self, item):
            ended.set()

    future = loop.submit(forever(started.set, Ended()))
    assert started.wait(30)
    future.cancel()

    assert ended.wait(30)


def test_hundreds_of_interrupts_never_hang_a_busy_wait():
    """A handler that took a lock would deadlock within a few dozen (seen with Event and Queue)."""
    inbox, waits = SimpleQueue(), 100

    async def busy():
        for number in range(10_000):
            inbox.put(press_stop if number % 50 == 0 else int)
            if number % 50 == 0:
                await asyncio.sleep(0)

    for _ in range(waits):
        with pytest.raises(KeyboardInterrupt):
            loop.wait(busy(), inbox=inbox)
        inbox = SimpleQueue()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_has_a_loop_of_its_own():
    code = """
import os, sys
from langtail_nb._kernel import loop
async def pid(): return os.getpid()
assert loop.wait(pid()) == os.getpid()
if child := os.fork():
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
sys.exit(0 if loop.wait(pid()) == os.getpid() else 1)
"""
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


def test_a_script_that_ends_closes_its_connections():
    """A server sees the end at once and stops generating; nothing is printed about pending tasks."""
    code = """
from langtail_nb._kernel import loop
import asyncio, threading
started = threading.Event()
async def connection():
    try:
        started.set()
        await asyncio.Event().wait()
    finally:
        print("closed", flush=True)
future = loop.submit(connection())
started.wait()
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], timeout=60, check=True, capture_output=True, text=True
    )
    assert (ended.stdout, ended.stderr) == ("closed\n", "")


def test_a_script_that_ends_while_connections_are_opened_says_nothing():
    """Nobody listens, so that at every moment some are about to be: their tasks have had no turn yet."""
    code = """
import asyncio, socket, threading
import langtail_nb as lt
from langtail_nb._kernel import loop
with socket.socket() as taken:
    taken.bind(("127.0.0.1", 0))
    client = lt.Client("k", f"http://127.0.0.1:{taken.getsockname()[1]}", retries=0)
many = threading.Semaphore(0)
async def asks():
    while True:
        try:
            await client.invoke(lt.Request("a/b/c/production", "hi"))
        except lt.LangtailError:
            many.release()
async def all_ask():
    await asyncio.gather(*(asks() for _ in range(60)))
future = loop.submit(all_ask())
for _ in range(200):
    many.acquire()
"""
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], timeout=60, check=True, capture_output=True, text=True
    )
    assert ended.stderr == ""


def test_what_a_task_leaves_when_a_script_ends_is_cancelled_too():
    code = """
from langtail_nb._kernel import loop
import asyncio, threading
started = threading.Event()
left = set()
async def farewell():
    try:
        await asyncio.Event().wait()
    finally:
        print("left", flush=True)
async def connection():
    try:
        started.set()
        await asyncio.Event().wait()
    finally:
        left.add(asyncio.create_task(farewell()))
future = loop.submit(connection())
started.wait()
"""
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], timeout=60, check=True, capture_output=True, text=True
    )
    assert (ended.stdout, ended.stderr) == ("left\n", "")
