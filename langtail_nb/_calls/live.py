"""Chunks in, one output that grows; cells and functions that wait end here."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Protocol

from langtail_nb._calls.waiting_line import Waiting
from langtail_nb._client.attempts import Wait
from langtail_nb._client.client import Client
from langtail_nb._client.stream import Stream
from langtail_nb._errors import Interrupted, LangtailError
from langtail_nb._http.transport import Context
from langtail_nb._kernel import loop
from langtail_nb._kernel.interrupts import Interrupts
from langtail_nb._show.pace import SHORTEST_S, Pace
from langtail_nb._show.views import View
from langtail_nb._text.brief import seconds
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request

_log = logging.getLogger("langtail_nb")


class Owner(Protocol):
    """Whose answer it is: told what becomes of it, asked what is to be said; in the thread that waits."""

    def opened(self, thread_id: str | None) -> None:
        """Take the thread id, None for a prompt, as soon as the server accepted the call."""

    def grown(self, reply: Reply) -> None:
        """Take what has arrived so far, about to be shown; must not wait."""

    def keep(self, reply: Reply) -> None:
        """Keep the reply, whole or not; once, before it is shown for good."""

    def footer(self, reply: Reply) -> list[str]:
        """Return the items of the quiet line under the answer."""

    def held(self, reply: Reply) -> str:
        """Return what the server may hold of a stopped call, in plain words."""


class _FirstError:
    """Takes the first error of the blocks it guards, so that an answer is not lost with it."""

    def __init__(self, kind: type[BaseException]) -> None:
        self._kind = kind
        self.error: BaseException | None = None

    def __enter__(self) -> _FirstError:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, self._kind):
            return False
        self.error = self.error or error
        return True


class _Answer:
    """One answer on its way: received on the network thread, painted by the thread that waits."""

    def __init__(self, client: Client, request: Request, view: View, owner: Owner) -> None:
        self._client, self._request, self._view, self._owner = client, request, view, owner
        self.inbox: SimpleQueue[loop.Job] = SimpleQueue()
        self.beside = _FirstError(Exception)
        self.reply = Reply(request, partial=True)
        self.waiting = Waiting("waiting for an answer")
        self._pace = Pace()
        self._stream: Stream | None = None
        self._chunks = 0
        self._painted = 0
        self._asked = False
        self._begun = False
        self._is_over = False
        self._line = ""

    async def receive(self, *, whole: bool, timeout: float | None, context: Context | None) -> None:
        """Receive the answer, in pieces or in one; to be run on the network thread."""
        stream = self._client.stream(
            self._request, on_wait=self._will_wait, timeout=timeout, whole=whole, context=context
        )
        try:
            async with stream:
                self._stream = stream
                self.inbox.put(partial(self.aside, partial(self._owner.opened, stream.thread_id)))
                async for _ in stream:
                    self._chunks += 1
        finally:
            self.reply, self._is_over = stream.reply, True

    def _will_wait(self, wait: Wait) -> None:
        if wait.seconds > 0:
            self.inbox.put(partial(self._retrying, wait))

    # What follows runs in the thread that waits.

    def tick(self) -> float:
        """Paint what is due; return the seconds until something may be again."""
        if not self._begun:
            self._say(self.waiting.line)
        if self._stream is None:
            return 1.0 - self.waiting.elapsed_s % 1.0
        is_new = self._chunks != self._painted and not self._asked
        if is_new and not self._pace.wait_s and self.beside.error is None:
            # The snapshot is taken where the chunks arrive, so that it is never of half a chunk; and it is
            # asked for, not sent, so that nothing piles up when painting is slower than the answer.
            self._asked = True
            loop.network_loop().call_soon_threadsafe(self._snapshot)
        return SHORTEST_S

    def _snapshot(self) -> None:
        if self._stream is not None:
            self.inbox.put(partial(self._paint, self._stream.reply, self._chunks))

    def _paint(self, reply: Reply, chunks: int) -> None:
        if self._is_over:
            return  # the final paint is next
        self.reply = reply
        self.aside(partial(self._owner.grown, reply))
        size = self._pace.paint(lambda: self.aside(partial(self._view.grow, reply)) or 0)
        self._begun = self._begun or size > 0
        self._painted, self._asked = chunks, False

    def aside(self, job: Callable[[], Any]) -> Any:
        """Do something beside the answer; an error of it is kept for the end, and gives None."""
        with self.beside:
            return job()

    def verdict(self, error: BaseException | None) -> BaseException | None:
        """Return the error as it is raised, it and the reply pointing at each other."""
        reply = self.reply
        if isinstance(error, KeyboardInterrupt):
            held = self.aside(partial(self._owner.held, reply)) if reply.partial else None
            error = Interrupted(_stop_line(reply, self.waiting.elapsed_s, held))
        elif error is not None and not isinstance(error, LangtailError):
            error = _unforeseen(error)
        if isinstance(error, LangtailError | Interrupted):
            error.reply = reply
            reply.error = error if reply.partial else None
        return error

    def _say(self, line: str) -> None:
        if line != self._line and self.beside.error is None:
            self._line = line
            self.aside(partial(self._view.waiting, line))

    def _retrying(self, wait: Wait) -> None:
        self.waiting.retry(wait)
        self._line = self.waiting.line
        self.aside(partial(self._view.retrying, self._line))


def converse(
    client: Client,
    request: Request,
    *,
    view: View,
    owner: Owner,
    stream: bool = True,
    timeout: float | None = None,
    context: Context | None = None,
    interrupts: Interrupts | None = None,
    timed: bool = True,
) -> Reply:
    """Send a request, show the answer as it comes, and return it.

    Args:
        view: Where it is shown; called in this thread.
        owner: Whose it is; likewise.
        stream: Whether the answer is asked for in pieces.
        timeout: Seconds of silence before giving up; None leaves the client's limits.
        context: What the call is part of.
        timed: Whether it may be shown how long it was waited for, which is another time in each run.
        interrupts: The guard that is already open, where the caller has more to do after the end.

    Raises:
        LangtailError: The call failed; ``reply`` holds what had arrived.
        Interrupted: The user stopped it; likewise, and the connection is closed.
    """
    answer = _Answer(client, request, view, owner)
    outcome = _FirstError(BaseException)
    # The guard stays open to the end, so that an interrupt never cuts keeping or painting in half.
    with Interrupts() if interrupts is None else nullcontext(interrupts) as guard:
        with outcome:
            work = answer.receive(whole=not stream, timeout=timeout, context=context)
            loop.wait(work, inbox=answer.inbox, tick=answer.tick, interrupts=guard)
        reply, elapsed_s = answer.reply, answer.waiting.elapsed_s if timed else None
        error = answer.verdict(outcome.error)
        answer.aside(partial(owner.keep, reply))
        items = answer.aside(partial(owner.footer, reply))
        answer.aside(partial(view.finish, reply, items or [], elapsed_s=elapsed_s))
        if error is None and guard.count:
            error = answer.verdict(KeyboardInterrupt())
    _raise_first(error, answer.beside.error)
    return reply


def stopped_late(reply: Reply) -> Interrupted:
    """Return the error of a cell whose answer was complete when the interrupt came."""
    error = Interrupted(_stop_line(reply, 0.0, None))
    error.reply = reply
    return error


def _unforeseen(error: BaseException) -> LangtailError:
    """Return an error of no kind that is expected as one that marks its answer as broken."""
    _log.error("an answer ended in an error that nobody foresaw", exc_info=error)
    told = LangtailError(f"{type(error).__name__}: {error}")
    told.__cause__ = error
    return told


def _stop_line(reply: Reply, elapsed_s: float, held: str | None) -> str:
    if not reply.partial:
        return "stopped; the answer was complete by then and is kept"
    kept = f"{len(reply.text):,} characters kept" if reply.text else "no text had come"
    line = f"stopped after {seconds(elapsed_s)}, {kept}"
    return f"{line}; {held}" if held else line


def _raise_first(error: BaseException | None, beside: BaseException | None) -> None:
    if error is None and beside is None:
        return
    if error is not None and beside is not None:
        _log.error("also, while an answer was kept or shown: %r", beside, exc_info=beside)
    raise error or beside  # type: ignore[misc]
