"""Hands the calls of a run out to workers of Dask, in batches, and takes what they report."""

from __future__ import annotations

import asyncio
import math
import pickle
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeVar

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.receiver import Answer
from langtail_nb._sweep.sender import Sender
from langtail_nb._sweep.workers.batch import Batch, Report
from langtail_nb._sweep.workers.inside import run_batch
from langtail_nb._sweep.workers.sent import Given, Sent
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request

T = TypeVar("T")

_FEWEST: Final = 25
_MOST: Final = 50
# A batch goes out unfilled where nothing was added for so long.
_LINGERS_S: Final = 0.05
_LOOK_S: Final = 1.0
_GRACE_S: Final = 5.0
# What a worker said last may still be on its way when its task is known to have failed.
_LATE_S: Final = 1.0
_END: Final = b""


class Crew:
    """The workers of a run.

    Each has one batch to work on. What is reported passes one queue at the scheduler, in order, and is kept
    by this process alone. A batch that a worker began with is never begun again: where that worker is lost,
    Dask gives its task to another one, which says so, and what had no answer is handed in anew.

    Args:
        dask: The client of Dask.
        workers: How many there are.
    """

    def __init__(self, dask: Any, sender: Sender, workers: int) -> None:
        self._dask, self._sender, self._workers = dask, sender, workers
        self._name = f"langtail-nb-{uuid.uuid4().hex[:12]}"
        self._mailbox: Any = None
        self._freed = asyncio.Event()
        self._sent: dict[str, Sent] = {}
        self._count, self._limit, self._places, self._size = 0, 1, 0, _MOST
        self._filling: list[Given] | None = None
        self._lingering: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._beginning: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._is_stopped = False
        self._broken: str | None = None

    async def enter(self, limit: int, left: int) -> None:
        """Wait for a place in a batch; one opens where a worker has too little to do."""
        self._limit = limit
        if self._beginning is None:
            self._beginning = asyncio.create_task(self._begin())
        await asyncio.shield(self._beginning)
        while self._places <= 0 and not self._opens(left) and not self._is_stopped and not self._broken:
            self._freed.clear()
            await self._freed.wait()
        self._places -= 1
        self._linger()

    def leave(self) -> None:
        """Give a place back."""
        self._places += 1

    def is_full(self, limit: int, on_their_way: int) -> bool:
        """Know nothing of this: workers keep the limit, each its share."""
        return False

    async def receive(self, request: Request, repeat: int, since: float) -> Answer:
        """Add a call to the batch that is being filled, and return what its worker reports."""
        gate = self._sender.client.caller.gate
        try:
            if gate is not None:
                gate.enter()
        except ConfigurationError as exc:
            return Answer(None, exc, time.time(), 0.0, None)
        given = Given(request, repeat, asyncio.get_running_loop().create_future())
        reply = Reply(request, sent=True)
        try:
            self._add(given)
            answer = await given.answer
            reply = _reply_of(answer, request)
        finally:
            if gate is not None:
                gate.leave(reply, at=self._sender.client.base_url)
        # By one clock for the whole run, and no machine's own.
        return answer._replace(at=time.time())

    def stop(self, receiving: Iterable[asyncio.Task[Answer]]) -> None:
        """Take back what no worker has begun, and have the others close what is open."""
        self._is_stopped = True
        self._hold(self._stop())

    def waits_for(self, limit: int, left: int) -> str | None:
        """Return that there is no worker, where that is so."""
        return None if self._workers else "waiting for a Dask worker: there is none"

    def why_broken(self) -> str | None:
        """Return that the scheduler is gone, where that is so."""
        return self._broken

    async def close(self) -> None:
        """Leave nothing behind at the scheduler."""
        if self._lingering is not None:
            self._lingering.cancel()
        if self._looking is not None:
            self._looking.cancel()
        while self._tasks:
            await asyncio.wait(list(self._tasks))
        if self._mailbox is not None and self._broken is None:
            with suppress(RuntimeError):  # the interpreter is about to end
                await _aside(self._clear)

    async def _begin(self) -> None:
        self._looking = asyncio.create_task(self._look())
        from distributed import Queue

        try:
            self._mailbox = await _aside(partial(Queue, self._name, client=self._dask))
        except Exception as exc:
            self._break(exc)
            return
        hears = asyncio.get_running_loop().call_soon_threadsafe
        threading.Thread(target=self._hear, args=(hears,), name="langtail_nb mailbox", daemon=True).start()

    def _opens(self, left: int) -> bool:
        """Open a batch, where there is none to be filled and a worker has too little to do."""
        busy = sum(one.is_busy for one in self._sent.values())
        workers = max(1, self._workers)
        if self._filling is not None or busy >= workers:
            return False
        self._filling = []
        self._places = self._size = min(_MOST, max(_FEWEST, math.ceil(left / workers)))
        return True

    def _add(self, given: Given) -> None:
        if self._broken or self._is_stopped:
            given.end(_unsent())
            return
        if self._filling is None:
            self._filling = []
        self._filling.append(given)
        if len(self._filling) >= self._size:
            self._hand_out()
        else:
            self._linger()

    def _linger(self) -> None:
        if self._lingering is not None:
            self._lingering.cancel()
        self._lingering = asyncio.get_running_loop().call_later(_LINGERS_S, self._hand_out)

    def _hand_out(self) -> None:
        filled, self._filling, self._places = self._filling, None, 0
        if filled:
            self._count += 1
            batch = self._batch(filled)
            self._sent[batch.name] = Sent(batch, dict(enumerate(filled)))
            self._hold(self._submit(self._sent[batch.name]))
        self._freed.set()

    def _batch(self, filled: list[Given]) -> Batch:
        client, workers = self._sender.client, max(1, self._workers)
        return Batch(
            name=f"{self._name}-{self._count}",
            mailbox=self._name,
            base_url=client.base_url,
            retries=client.retries,
            at_once=max(1, self._limit // workers),
            first=max(1.0, self._sender.limiter.limit / workers),
            timeout=self._sender.timeout,
            calls=tuple((given.request, given.repeat) for given in filled),
        )

    async def _submit(self, sent: Sent) -> None:
        name, hears = sent.batch.name, asyncio.get_running_loop().call_soon_threadsafe
        submit = partial(self._dask.submit, run_batch, sent.batch, key=name, pure=False, retries=0)
        try:
            sent.future = await _aside(submit)
        except Exception as exc:
            self._break(exc)
            return
        if self._is_stopped:
            await _aside(sent.future.cancel)
        sent.future.add_done_callback(lambda one: hears(self._ended, name, one.status))

    def _ended(self, name: str, status: str) -> None:
        # One that ended well has reported so.
        if status != "finished":
            asyncio.get_running_loop().call_later(_LATE_S, self._take, Report(name, "lost"))

    def _hear(self, hears: Callable[..., object]) -> None:
        """Take one report after another, on a thread of its own: waiting for one holds up a thread."""
        with suppress(RuntimeError):  # the network thread has ended
            try:
                while (report := self._mailbox.get()) != _END:
                    # A task goes there as a pickle, and a report comes back as one.
                    hears(self._take, pickle.loads(report))  # noqa: S301
            except Exception as exc:
                hears(self._break, exc)

    def _take(self, report: Report) -> None:
        sent = self._sent.get(report.batch)
        if sent is None:
            return
        sent.is_begun = sent.is_begun or report.kind in ("begun", "lost")
        if report.kind == "answer" and report.answer is not None:
            given = sent.left.pop(report.place, None)
            if given is not None:
                given.end(report.answer)
        elif report.kind in ("over", "lost"):
            del self._sent[report.batch]
            sent.lose()
        self._freed.set()

    def _break(self, error: Exception) -> None:
        """Send nothing any more, as what was reported cannot be heard."""
        self._broken = f"the scheduler of Dask cannot be reached ({type(error).__name__})"
        for name in list(self._sent):
            self._take(Report(name, "lost"))
        self._hand_out_nothing()

    def _hand_out_nothing(self) -> None:
        for given in self._filling or ():
            given.end(_unsent())
        self._filling = None
        self._freed.set()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            with suppress(Exception):  # what reads the mailbox hears of it
                self._workers = len(await _aside(self._dask.nthreads))
                self._freed.set()

    async def _stop(self) -> None:
        self._hand_out_nothing()
        futures = [one.future for one in self._sent.values() if one.future is not None]
        with suppress(Exception):  # what is not stopped is not waited for
            await _aside(partial(self._dask.cancel, futures))
        # What they had done is paid for.
        until = time.monotonic() + _GRACE_S
        while any(one.is_begun for one in self._sent.values()) and time.monotonic() < until:
            self._freed.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._freed.wait(), until - time.monotonic())
        for name in list(self._sent):
            self._take(Report(name, "over"))

    def _clear(self) -> None:
        from distributed import Event

        with suppress(Exception):
            self._mailbox.put(_END)
            for number in range(1, self._count + 1):
                Event(f"{self._name}-{number}", client=self._dask).clear()
            self._mailbox.close()

    def _hold(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _aside(work: Callable[[], T]) -> T:
    """Do what waits for the scheduler beside the network thread."""
    return await asyncio.get_running_loop().run_in_executor(None, work)


def _unsent() -> Answer:
    return Answer(None, None, time.time(), 0.0, None, is_free=True, is_lost=True)


def _reply_of(answer: Answer, request: Request) -> Reply:
    """Return what a spending rule is told of a call."""
    if answer.reply is not None:
        return answer.reply
    if answer.error is not None and isinstance(answer.error.reply, Reply):
        return answer.error.reply
    return Reply(request, sent=answer.is_lost and not answer.is_free, error=answer.error)
