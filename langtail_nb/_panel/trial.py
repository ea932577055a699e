"""One answer of a panel: asked for on the network thread, shown as it grows, kept before its end is shown."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from langtail_nb import _loop
from langtail_nb._errors import Interrupted, LangtailError
from langtail_nb._footer import seconds
from langtail_nb._models import Request
from langtail_nb._panel.blocks import Blocks
from langtail_nb._reply import Reply

if TYPE_CHECKING:
    from langtail_nb._client import Client, Stream, Wait

State = Literal["idle", "running", "done", "stopped", "failed"]

# At most 25 messages a second; and no more than 170 KB of an unfinished block, however long it grows.
_SHORTEST_S: Final = 0.04
_PER_CHARACTER_S: Final = 6e-6
_SHARE_OF_TIME: Final = 4
_MARK: Final = {"langtail_nb": "trial"}

_log = logging.getLogger("langtail_nb")
_serials = itertools.count(1)


@dataclass(eq=False)
class Trial:
    """One column of answers.

    Attributes:
        request: What is asked, the frozen history ahead of it; None for one that cannot be asked.
        prefix: How many of the request's messages are that history.
        serial: Told with every piece, so that a late one of a run that was stopped is known as such.
    """

    id: str
    title: str
    detail: str
    request: Request
    prefix: int = 0
    serial: int = field(default_factory=lambda: next(_serials))
    state: State = "idle"
    reply: Reply | None = None
    waiting: str | None = None
    blocks: Blocks = field(default_factory=Blocks)
    at: float = field(default_factory=time.time)

    @property
    def text(self) -> str:
        """What has arrived of the answer."""
        return self.reply.text if self.reply is not None else ""

    def growing(self, grown: Any) -> dict[str, Any]:
        """Return the message that tells a view what is new."""
        return {"grow": {"id": self.id, "serial": self.serial, "add": grown.add, "tail": grown.tail}}

    def whole(self) -> dict[str, Any]:
        """Return all that has been shown of the answer, for a view that is new."""
        return {"id": self.id, "serial": self.serial, "html": self.blocks.finished, "tail": self.blocks.tail}


class Runner:
    """Runs trials side by side on the network thread.

    Args:
        send: Takes a message for the views; called on the network thread.
        changed: Called there when a trial's state changed, a second of waiting included.
        keep: Keeps a reply, whole or not, before it is shown for good; called on a worker thread.
    """

    def __init__(
        self,
        send: Callable[[dict[str, Any]], object],
        changed: Callable[[], object],
        keep: Callable[[Trial, Reply], object],
    ) -> None:
        self._send, self._changed, self._keep = send, changed, keep
        self._running: dict[Trial, Future[None]] = {}

    def start(self, client: Client, trial: Trial) -> None:
        """Begin one answer and return at once."""
        trial.state, trial.waiting = "running", "waiting for an answer"
        self._running[trial] = _loop.submit(self._run(client, trial))

    def stop(self, trial: Trial) -> None:
        """Close the trial's connection soon; what has arrived is kept."""
        if running := self._running.get(trial):
            running.cancel()

    def wait(self, limit_s: float) -> None:
        """Wait until nothing runs any more, for those that have no front end.

        Raises:
            TimeoutError: Something still runs after ``limit_s`` seconds.
        """
        until = time.monotonic() + limit_s
        while self._running:
            if time.monotonic() > until:
                raise TimeoutError(f"an answer was still on its way after {limit_s:g} s")
            time.sleep(0.01)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is on its way."""
        return bool(self._running)

    async def _run(self, client: Client, trial: Trial) -> None:
        showing = _Showing(trial, self._send, self._changed)
        stream = client.stream(trial.request, on_wait=showing.will_wait)
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
            error = Interrupted("stopped")
        except LangtailError as exc:
            error = exc
        finally:
            painting.cancel()
        # Nothing below is given up where the answer was stopped: what has arrived is kept and shown.
        await self._end(trial, stream.reply, error)
        await _forget(client, stream.thread_id, marking)

    async def _end(self, trial: Trial, reply: Reply, error: LangtailError | Interrupted | None) -> None:
        if error is not None:
            reply.error, error.reply = error, reply
        await asyncio.to_thread(self._keep, trial, reply)
        trial.reply, trial.waiting = reply, None
        trial.state = "done" if error is None else "stopped" if isinstance(error, Interrupted) else "failed"
        self._running.pop(trial, None)
        self._send(trial.growing(trial.blocks.finish(reply.text)))
        self._changed()


class _Showing:
    """What is painted of a trial while it runs, by clock and never by token."""

    def __init__(
        self, trial: Trial, send: Callable[[dict[str, Any]], object], changed: Callable[[], object]
    ) -> None:
        self._trial, self._send, self._changed = trial, send, changed
        self._began = time.monotonic()
        self._retry: tuple[Wait, float] | None = None
        self.stream: Stream | None = None
        self.is_new = False

    async def paint(self) -> None:
        """Send what is new whenever some time has passed, until cancelled."""
        pause = _SHORTEST_S
        while True:
            await asyncio.sleep(pause)
            began = time.monotonic()
            size = self._paint_answer() if self.is_new and self.stream is not None else self._paint_waiting()
            took = time.monotonic() - began
            pause = max(_SHORTEST_S, size * _PER_CHARACTER_S, took * _SHARE_OF_TIME)

    def will_wait(self, wait: Wait) -> None:
        """Note that another attempt is being waited for."""
        self._retry = wait, time.monotonic() + wait.seconds

    def _paint_answer(self) -> int:
        assert self.stream is not None
        self.is_new = False
        reply = self.stream.reply
        self._trial.reply = reply
        if not reply.text:
            return self._paint_waiting()
        if self._trial.waiting is not None:
            self._trial.waiting = None
            self._changed()
        grown = self._trial.blocks.grow(reply.text)
        self._send(self._trial.growing(grown))
        return len("".join(grown.tail.values())) if grown.tail else 0

    def _paint_waiting(self) -> int:
        trial = self._trial
        if trial.text:
            return 0
        line = self._waiting_line()
        if line != trial.waiting:
            trial.waiting = line
            self._changed()
        return 0

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
