"""One event loop on one daemon thread, for cells that must wait.

The kernel's own loop is running while a cell runs, so a cell cannot run another one in its thread; and an
awaiting cell does not hear an interrupt before its loop wakes for another reason (seen with ipykernel
6.31 to 7.4). So all network work runs here, and the cell's thread sleeps on a queue.
"""

from __future__ import annotations

import asyncio
import atexit
import inspect
import os
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeVar

from langtail_nb._errors import Interrupted
from langtail_nb._kernel.interrupts import Interrupts

T = TypeVar("T")
Job = Callable[[], object]
# Waiting on a lock without a limit cannot be interrupted on Windows; the wake-up itself never needs this.
_LONGEST_SLEEP_S = 0.5
_GOODBYE_S = 2.0


class _Running(NamedTuple):
    loop: asyncio.AbstractEventLoop
    thread: threading.Thread
    pid: int


_starting = threading.Lock()
_running: _Running | None = None


def network_loop() -> asyncio.AbstractEventLoop:
    """Return the event loop of this process's network thread; starts it at first use and after a fork."""
    global _running
    running = _running
    if running is not None and running.pid == os.getpid():
        return running.loop
    with _starting:
        if _running is None or _running.pid != os.getpid():
            _running = _start()
        return _running.loop


def _start() -> _Running:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=_run, args=(loop,), name="langtail_nb network", daemon=True)
    thread.start()
    atexit.register(_say_goodbye)
    return _Running(loop, thread, os.getpid())


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()


def _say_goodbye() -> None:
    """Cancel what still runs, so that servers see their connections close and stop generating."""
    global _running
    running, _running = _running, None
    if running is None or running.pid != os.getpid() or not running.thread.is_alive():
        return
    ended = asyncio.run_coroutine_threadsafe(_cancel_all(), running.loop)
    with suppress(TimeoutError):  # a task that swallows its cancellation must not keep the process alive
        ended.result(_GOODBYE_S)
    running.loop.call_soon_threadsafe(running.loop.stop)
    running.thread.join(_GOODBYE_S)


async def _cancel_all() -> None:
    loop, me = asyncio.get_running_loop(), asyncio.current_task()
    until, cancelled = loop.time() + _GOODBYE_S / 2, {me}
    while (left := asyncio.all_tasks() - {me}) and loop.time() < until:
        begun = {task for task in left - cancelled if _has_begun(task)}
        for task in begun:
            task.cancel()
        cancelled |= begun
        # A task that ends may leave others, and those that are new have their turn first.
        await (asyncio.sleep(0) if left - cancelled else asyncio.wait(left, timeout=until - loop.time()))
    await loop.shutdown_asyncgens()


def _has_begun(task: asyncio.Task[Any]) -> bool:
    """Return whether a task has had its first turn.

    Cancelled before that, one that opens a connection warns of a coroutine that was never awaited (seen with
    anyio 4.16).
    """
    work = task.get_coro()
    return not inspect.iscoroutine(work) or inspect.getcoroutinestate(work) != inspect.CORO_CREATED


def submit(work: Coroutine[Any, Any, T]) -> Future[T]:
    """Run ``work`` on the network thread and return at once; cancelling the future cancels the work."""
    return asyncio.run_coroutine_threadsafe(work, network_loop())


class _Work:
    """One coroutine on the network thread, and the end of it as the last job in an inbox."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], inbox: SimpleQueue[Job]) -> None:
        self._coroutine, self.inbox = coroutine, inbox
        self._loop = network_loop()
        self.task: asyncio.Task[Any] | None = None

    def start(self) -> None:
        self._loop.call_soon_threadsafe(self._start)

    def _start(self) -> None:
        self.task = self._loop.create_task(self._coroutine)
        self.task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        if not task.cancelled():
            task.exception()  # looked at, or asyncio logs it where the interrupt is raised in its place
        self.inbox.put(self.end)

    def cancel(self) -> None:
        """Close the work's connections soon; safe in a signal handler and after the end."""
        self._loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        # Started before it can be cancelled: the loop runs what it is handed in order.
        if self.task is not None:
            self.task.cancel()

    def end(self) -> None:
        """Nothing; a job that says by its presence that no other will come."""


def wait(
    work: Coroutine[Any, Any, T],
    *,
    inbox: SimpleQueue[Job] | None = None,
    tick: Callable[[], float] | None = None,
    interrupts: Interrupts | None = None,
) -> T:
    """Return the result of ``work``, run on the network thread while this thread waits.

    Args:
        work: Raises here what it raises there.
        inbox: Jobs that ``work`` wants done in the waiting thread, in order; all are done before the end.
        tick: Called at the start, after every job, and when the seconds that it returned are over.
        interrupts: The guard that is already open, where the caller has more to do after the end.

    Raises:
        Interrupted: SIGINT arrived; ``work`` was cancelled and has ended, closing its connections.
        RuntimeError: Called on the network thread itself, which would wait for ever.
    """
    if interrupts is None:
        with Interrupts() as interrupts:
            return wait(work, inbox=inbox, tick=tick, interrupts=interrupts)
    if _running is not None and threading.current_thread() is _running.thread:
        work.close()
        raise RuntimeError("the network thread cannot wait for itself")
    running = _Work(work, SimpleQueue() if inbox is None else inbox)
    interrupts.stop = running.cancel
    try:
        running.start()
        if interrupts.count:  # it came before there was anything to stop
            running.cancel()
        _serve(running, tick)
    finally:
        interrupts.stop = None
        running.cancel()
    if interrupts.count:
        raise Interrupted("stopped")
    assert running.task is not None
    return running.task.result()  # type: ignore[no-any-return]


def _serve(work: _Work, tick: Callable[[], float] | None) -> None:
    job: Job | None = None
    while job != work.end:
        due = time.monotonic() + (_LONGEST_SLEEP_S if tick is None else tick())
        job = _next(work.inbox, due)
        if job is not None:
            job()


def _next(inbox: SimpleQueue[Job], due: float) -> Job | None:
    try:
        return inbox.get(timeout=max(0.0, min(_LONGEST_SLEEP_S, due - time.monotonic())))
    except Empty:
        return None
