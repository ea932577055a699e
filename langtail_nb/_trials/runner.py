"""Trials side by side on the network thread, shown as they grow, kept before their end is shown."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from langtail_nb import _loop
from langtail_nb._errors import Interrupted, LangtailError
from langtail_nb._footer import seconds
from langtail_nb._reply import Reply
from langtail_nb._trials.trial import Trial

if TYPE_CHECKING:
    from langtail_nb._client import Client, Stream, Wait

# At most 25 times a second; and no more than 170 KB of what is shown anew, however long it grows.
_SHORTEST_S: Final = 0.04
_PER_CHARACTER_S: Final = 6e-6
_SHARE_OF_TIME: Final = 4
_MARK: Final = {"langtail_nb": "trial"}

_log = logging.getLogger("langtail_nb")


class Runner:
    """Runs trials; all it is given is called on the network thread, but ``keep``.

    Args:
        keep: Keeps a reply, whole or not, before it is shown for good; called on a worker thread.
        grown: Shows what is new of a trial, by clock and never by token; returns how many characters of it
            are shown anew each time. ``ended`` says that there will be no more.
        changed: Called when a trial's state changed, a second of waiting included.
        timeout: Seconds of silence before giving up; None leaves the client's limits.
    """

    def __init__(
        self,
        keep: Callable[[Trial, Reply], object],
        grown: Callable[[Trial, bool], int] = lambda trial, ended: 0,
        changed: Callable[[], object] = lambda: None,
        *,
        timeout: float | None = None,
    ) -> None:
        self._keep, self._grown, self._changed = keep, grown, changed
        self._timeout = timeout
        self._running: dict[Trial, Future[None]] = {}

    @property
    def is_busy(self) -> bool:
        """Whether an answer is on its way."""
        return bool(self._running)

    def start(self, client: Client, trial: Trial) -> None:
        """Begin one answer and return at once."""
        trial.state, trial.waiting = "running", "waiting for an answer"
        self._running[trial] = _loop.submit(self._run(client, trial))

    def stop(self, trial: Trial) -> None:
        """Close the trial's connection soon; what has arrived is kept."""
        if running := self._running.get(trial):
            running.cancel()

    async def run(self, client: Client, trials: Sequence[Trial]) -> None:
        """Run trials to their ends; cancelling stops them all, and keeps what has arrived of each."""
        for trial in trials:
            trial.state, trial.waiting = "running", "waiting for an answer"
        tasks = [asyncio.create_task(self._run(client, trial)) for trial in trials]
        try:
            await asyncio.wait(tasks)
        except asyncio.CancelledError:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            raise
        for task in tasks:
            task.result()

    async def _run(self, client: Client, trial: Trial) -> None:
        showing = _Showing(trial, self._grown, self._changed)
        stream = client.stream(trial.request, on_wait=showing.will_wait, timeout=self._timeout)
        error: LangtailError | Interrupted | None = None
        painting = asyncio.create_task(showing.paint())
        marking: asyncio.Task[None] | None = None
        try:
            async with stream:
                showing.stream = stream
                marking = asyncio.create_task(_mark(client, stream.thread_id))
                async for _ in stream:
                    showing.is_new = True
        except asyncio.CancelledError:
            # Not raised again: what has arrived is kept and shown, and whoever stopped it waits for that.
            error = Interrupted("stopped")
        except LangtailError as exc:
            error = exc
        finally:
            painting.cancel()
        await self._end(trial, stream.reply, error)
        await _forget(client, stream.thread_id, marking)

    async def _end(self, trial: Trial, reply: Reply, error: LangtailError | Interrupted | None) -> None:
        if error is not None:
            reply.error, error.reply = error, reply
        await asyncio.to_thread(self._keep, trial, reply)
        trial.reply, trial.waiting = reply, None
        trial.state = "done" if error is None else "stopped" if isinstance(error, Interrupted) else "failed"
        self._running.pop(trial, None)
        self._grown(trial, True)
        self._changed()


class _Showing:
    """What is shown of a trial while it runs."""

    def __init__(
        self, trial: Trial, grown: Callable[[Trial, bool], int], changed: Callable[[], object]
    ) -> None:
        self._trial, self._grown, self._changed = trial, grown, changed
        self._began = time.monotonic()
        self._retry: tuple[Wait, float] | None = None
        self.stream: Stream | None = None
        self.is_new = False

    async def paint(self) -> None:
        """Show what is new whenever some time has passed, until cancelled."""
        pause = _SHORTEST_S
        while True:
            await asyncio.sleep(pause)
            began = time.monotonic()
            size = self._paint()
            took = time.monotonic() - began
            pause = max(_SHORTEST_S, size * _PER_CHARACTER_S, took * _SHARE_OF_TIME)

    def will_wait(self, wait: Wait) -> None:
        """Note that another attempt is being waited for."""
        self._retry = wait, time.monotonic() + wait.seconds

    def _paint(self) -> int:
        if self.is_new and self.stream is not None:
            self.is_new = False
            self._trial.reply = self.stream.reply
            if self._trial.text:
                self._tell(None)
                return self._grown(self._trial, False)
        if not self._trial.text:
            self._tell(self._waiting_line())
        return 0

    def _tell(self, line: str | None) -> None:
        if self._trial.waiting != line:
            self._trial.waiting = line
            self._changed()

    def _waiting_line(self) -> str:
        elapsed = int(time.monotonic() - self._began)
        if self._retry is None:
            return f"waiting for an answer, {elapsed} s"
        wait, until = self._retry
        left = until - time.monotonic()
        attempt = f"attempt {wait.attempt} of {wait.of}"
        return f"waiting {seconds(left)}, {attempt} ({wait.reason})" if left > 0 else f"waiting, {attempt}"


async def _mark(client: Client, thread_id: str | None) -> None:
    # Marked, so that one which outlives its kernel can be told from a conversation.
    if thread_id is not None:
        with suppress(LangtailError):
            await client.threads.update(thread_id, _MARK)


async def _forget(client: Client, thread_id: str | None, marking: asyncio.Task[None] | None) -> None:
    """Delete the thread that a trial opened: the conversation is not its own."""
    if marking is not None:
        await marking
    if thread_id is None:
        return
    try:
        await client.threads.delete(thread_id)
    except LangtailError as exc:
        _log.info("the thread of a trial could not be deleted: %s", exc)
