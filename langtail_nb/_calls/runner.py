"""Trials side by side on the network thread, shown as they grow, kept before their end is shown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from langtail_nb._calls.trial import Trial, state_of
from langtail_nb._calls.waiting_line import Waiting
from langtail_nb._errors import Interrupted, LangtailError
from langtail_nb._kernel import loop
from langtail_nb._show.pace import SHORTEST_S, Pace
from langtail_nb._types.reply import Reply

if TYPE_CHECKING:
    from langtail_nb._client.attempts import Wait
from langtail_nb._client.client import Client
from langtail_nb._client.stream import Stream

_MARK: Final = {"langtail_nb": "trial"}
# How long a cell that has all its answers waits for their threads to be deleted.
_FAREWELL_S: Final = 2.0
# The event loop alone does not keep a task from being collected.
_under_way: Final[set[asyncio.Task[None]]] = set()

_log = logging.getLogger("langtail_nb")


class Runner:
    """Runs trials; all it is given is called on the network thread, but ``keep``.

    Args:
        keep: Keeps a reply, whole or not, before it is shown for good; called on a worker thread.
        grown: Shows what is new of a trial, by clock and never by token; returns how much of it is shown anew
            each time. ``ended`` says that there will be no more.
        note: Takes a reply as far as it has come, before it is shown; must not wait.
        changed: Called when a trial's state changed, a second of waiting included. Nothing else of
            the network goes on meanwhile.
    """

    def __init__(
        self,
        keep: Callable[[Trial, Reply], object],
        grown: Callable[[Trial, bool], int] = lambda trial, ended: 0,
        changed: Callable[[], object] = lambda: None,
        *,
        note: Callable[[Trial, Reply], object] = lambda trial, reply: None,
    ) -> None:
        self._keep, self._note, self._grown, self._changed = keep, note, grown, changed
        self._calls: dict[Trial, _Sending | None] = {}

    @property
    def is_busy(self) -> bool:
        """Whether an answer is on its way."""
        return bool(self._calls)

    def start(self, client: Client, trial: Trial, *, timeout: float | None) -> None:
        """Begin one answer and return at once.

        Args:
            timeout: Seconds of silence before giving up; None leaves the client's limits.
        """
        self._calls[trial] = None
        trial.state, trial.waiting = "running", "waiting"
        loop.network_loop().call_soon_threadsafe(self._begin, client, trial, timeout)

    def stop(self, trial: Trial) -> None:
        """Close the trial's connection soon; what has arrived is kept."""
        if trial in self._calls:
            loop.network_loop().call_soon_threadsafe(self._stop, trial)

    async def run(self, client: Client, trials: Sequence[Trial], *, timeout: float | None) -> None:
        """Run trials until their answers are kept; cancelling stops them all, and keeps what has arrived.

        The deletion of their threads is waited for a little while, and goes on where it takes longer.

        Args:
            timeout: As for :meth:`start`.
        """
        for trial in trials:
            trial.state, trial.waiting = "running", "waiting"
        calls = [self._begin(client, trial, timeout) for trial in trials]
        kept = [call.kept for call in calls]
        try:
            await asyncio.wait(kept)
        except asyncio.CancelledError:
            for trial in trials:
                self._stop(trial)
            await asyncio.wait(kept)
            raise
        await asyncio.wait([call.ending for call in calls], timeout=_FAREWELL_S)
        for one in kept:
            one.result()

    def _begin(self, client: Client, trial: Trial, timeout: float | None) -> _Sending:
        showing = _Showing(trial, self._note, self._grown, self._changed)
        call = self._calls[trial] = _Sending(client, trial, showing, timeout)
        call.ending = asyncio.create_task(self._see_to_the_end(trial, call))
        _under_way.add(call.ending)
        call.ending.add_done_callback(_under_way.discard)
        return call

    def _stop(self, trial: Trial) -> None:
        # Only the part that waits for the server: nothing may keep an answer from being kept.
        if call := self._calls.get(trial):
            call.receiving.cancel()

    async def _see_to_the_end(self, trial: Trial, call: _Sending) -> None:
        try:
            await asyncio.wait([call.receiving])
        except asyncio.CancelledError:
            # The process ends. Not raised again: what has arrived is kept first.
            call.receiving.cancel()
            await asyncio.wait([call.receiving])
        try:
            await self._end(trial, call.stream.reply, _error_of(call.receiving))
        except asyncio.CancelledError:  # the process ends: whoever waits goes on, and the thread is deleted
            call.kept.cancel()
        except Exception as exc:
            call.kept.set_exception(exc)
        else:
            call.kept.set_result(None)
        await call.forget()

    async def _end(self, trial: Trial, reply: Reply, error: LangtailError | Interrupted | None) -> None:
        if error is not None:
            reply.error, error.reply = error, reply
        try:
            await self._kept(trial, reply)
        finally:
            trial.reply, trial.waiting = reply, None
            trial.state = state_of(error)
            self._calls.pop(trial, None)
            try:
                self._grown(trial, True)
            finally:
                self._changed()

    async def _kept(self, trial: Trial, reply: Reply) -> None:
        try:
            keeping = asyncio.get_running_loop().run_in_executor(None, self._keep, trial, reply)
        except RuntimeError:
            # The interpreter is about to end and gives no more threads.
            self._keep(trial, reply)
        else:
            await keeping


class _Sending:
    """What is sent for a trial, on a thread of its own which is deleted afterwards.

    Attributes:
        receiving: Ends with the answer; cancelled to close the connection.
        kept: Done when the answer is kept and shown.
        ending: Ends when the thread is deleted, too.
    """

    ending: asyncio.Task[None]

    def __init__(self, client: Client, trial: Trial, showing: _Showing, timeout: float | None) -> None:
        self._client, self._showing = client, showing
        self._marking: asyncio.Task[None] | None = None
        self.stream = client.stream(
            trial.request, on_wait=showing.will_wait, timeout=timeout, context=trial.context
        )
        self.receiving = asyncio.create_task(self._receive())
        self.kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def _receive(self) -> None:
        painting = asyncio.create_task(self._showing.paint(self.stream))
        try:
            async with self.stream:
                self._marking = asyncio.create_task(self._mark())
                async for _ in self.stream:
                    self._showing.is_new = True
        finally:
            painting.cancel()

    async def _mark(self) -> None:
        # Marked, so that one which outlives its kernel can be told from a conversation.
        if self.stream.thread_id is not None:
            with suppress(LangtailError):
                await self._client.threads.update(self.stream.thread_id, _MARK)

    async def forget(self) -> None:
        """Delete the thread that was opened: the conversation is not its own."""
        if self._marking is not None:
            await self._marking
        if self.stream.thread_id is None:
            return
        try:
            await self._client.threads.delete(self.stream.thread_id)
        except LangtailError as exc:
            _log.info("the thread of a trial could not be deleted: %s", exc)


def _error_of(receiving: asyncio.Task[None]) -> LangtailError | Interrupted | None:
    if receiving.cancelled():
        return Interrupted("stopped; a trial adds nothing to the conversation")
    error = receiving.exception()
    if error is None or isinstance(error, LangtailError):
        return error
    _log.error("an answer ended in an error that nobody foresaw", exc_info=error)
    return LangtailError(f"{type(error).__name__}: {error}")


class _Showing:
    """What is shown of a trial while it runs."""

    def __init__(
        self,
        trial: Trial,
        note: Callable[[Trial, Reply], object],
        grown: Callable[[Trial, bool], int],
        changed: Callable[[], object],
    ) -> None:
        self._trial, self._note, self._grown, self._changed = trial, note, grown, changed
        self._waiting = Waiting("waiting")
        self.is_new = False

    def will_wait(self, wait: Wait) -> None:
        """Note that another attempt is being waited for."""
        self._waiting.retry(wait)

    async def paint(self, stream: Stream) -> None:
        """Show what is new whenever some time has passed, until cancelled."""
        pace = Pace()
        while True:
            await asyncio.sleep(max(SHORTEST_S, pace.wait_s))
            pace.paint(partial(self._paint, stream))

    def _paint(self, stream: Stream) -> int:
        if self.is_new:
            self.is_new = False
            self._trial.reply = stream.reply
            self._note(self._trial, self._trial.reply)
            if self._trial.text:
                self._tell(None)
                return self._grown(self._trial, False)
        if not self._trial.text:
            self._tell(self._waiting.line)
        return 0

    def _tell(self, line: str | None) -> None:
        if self._trial.waiting != line:
            self._trial.waiting = line
            self._changed()
