"""A run on its way, on the network thread: from what is stored to the farewell of its conversations."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Final, Generic, TypeVar

from langtail_nb._errors import ConfigurationError, LangtailError
from langtail_nb._kernel import loop
from langtail_nb._kernel.disk.store_error import StoreError
from langtail_nb._sweep import farewell, watch
from langtail_nb._sweep.aside import Aside
from langtail_nb._sweep.order import Trial
from langtail_nb._sweep.outcome import Outcome, answered
from langtail_nb._sweep.planned import check_limit
from langtail_nb._sweep.post import Here, Post
from langtail_nb._sweep.results import Results, State
from langtail_nb._sweep.sender import Sender
from langtail_nb._sweep.sending import Sending
from langtail_nb._sweep.taking import take_stored

R = TypeVar("R", bound=Results)
_FAREWELL_S: Final = 2.0


class Running(Generic[R]):
    """A run that goes on by itself; ``plan.start()`` returns it.

    Attributes:
        run: What is there so far.
        aside: Asks judges, within the limit, the budget and the store of this run.
        at_end: What is awaited when every trial is over and followed, before the run is; or None.
    """

    def __init__(
        self,
        run: R,
        sender: Sender,
        to_send: Sequence[Trial],
        post: Post | None = None,
        follow: Callable[[Running[R]], Callable[[Outcome], Awaitable[None]]] | None = None,
    ) -> None:
        self.run, plan = run, run.plan
        self._plan, self._sender = plan, sender
        self._post = post or Here(sender)
        self._sending = Sending(run, sender, self._post, to_send, self._followed)
        self._future: Future[R] | None = None
        self._watch = watch.Watch(sender.client, plan.ways)
        self.aside = Aside(
            sender,
            reuses=plan.cache in ("reuse", "only"),
            may_send=self._may_ask,
            came=self._sending.count,
        )
        self.at_end: Callable[[], Awaitable[None]] | None = None
        self._follow = follow(self) if follow is not None else None

    @property
    def limit(self) -> int:
        """Calls at once at most; the server may allow fewer. It can be changed while it runs."""
        return self._sending.limit

    @limit.setter
    def limit(self, value: int) -> None:
        self._sending.limit = check_limit(value)
        loop.network_loop().call_soon_threadsafe(self._sending.wake)

    @property
    def on_their_way(self) -> int:
        """Calls that were sent and have no answer yet."""
        return self._sending.on_their_way

    @property
    def left(self) -> int:
        """Calls that are still to be sent."""
        return self._sending.left

    @property
    def began(self) -> float:
        """When it began, by ``time.monotonic``."""
        return self._sending.began

    @property
    def is_done(self) -> bool:
        """Whether it is over."""
        return self.run.state != "running"

    def __repr__(self) -> str:
        told = answered(*self.run.counted())
        told += [self.run.why_stopped] if self.run.why_stopped else []
        told += ["running"] if not self.is_done else []
        return " · ".join(told)

    def start(self) -> Running[R]:
        """Begin, and return at once."""
        self._future = loop.submit(self.work())
        return self

    def cancel(self) -> None:
        """Stop soon: the connections are closed, what has arrived is kept."""
        loop.network_loop().call_soon_threadsafe(self.stop, "stopped", "stopped")

    def result(self, timeout: float | None = None) -> R:
        """Wait until it is over, and return the run.

        Raises:
            TimeoutError: It is not over within so many seconds.
            LangtailError: It paused; the error says why.
        """
        if self._future is None:
            raise ConfigurationError("it was not started")
        self._future.result(timeout)
        return self.outcome()

    def outcome(self) -> R:
        """Return the run, which is over.

        Raises:
            LangtailError: It paused; the error says why.
        """
        if self.run.state == "paused":
            error = LangtailError(self.run.why_stopped or "paused")
            error.reply = None
            raise error
        return self.run

    def waits_for(self) -> str | None:
        """Return why no more calls are on their way, or None."""
        return self._post.waits_for(self.limit, self.left)

    def conclude(self, why: str) -> None:
        """Send no more, and wait for what is on its way; to be called on the network thread."""
        self._sending.end("stopped", why)

    def stop(self, state: State, why: str | None) -> None:
        """Send no more and close what is open; to be called on the network thread."""
        self._sending.end(state, why)
        self._sending.close()
        self.aside.stop()

    async def work(self) -> R:
        """Run to the end; cancelling stops it, and keeps what has arrived."""
        try:
            return await self._to_the_end()
        finally:
            await self._post.close()
            await self._sender.close()

    async def _to_the_end(self) -> R:
        try:
            await self._take_stored()
            for outcome in list(self.run.outcomes.values()):
                self._sending.hold(asyncio.create_task(self._followed(outcome)))
            watching = asyncio.create_task(self._look_out())
            try:
                await self._sending.work()
            finally:
                watching.cancel()
            await self._split_where_deployed_anew()
            if self.at_end is not None:
                await self.at_end()
        except asyncio.CancelledError:
            self.stop("stopped", "stopped")
            await self._sending.all_ended()
            self._say_farewell()
            raise
        if self.run.state == "running":
            self.run.state = "done"
        self._sending.settle()
        if (deletion := self._say_farewell()) is not None:
            await asyncio.wait([deletion], timeout=_FAREWELL_S)
        return self.run

    async def _look_out(self) -> None:
        while True:
            await asyncio.sleep(watch.EVERY_S)
            if targets := await self._watch.changed():
                self._sending.end(
                    "paused", f"paused, as {targets[0]} was deployed anew; run it again for the rest"
                )
                return

    async def _split_where_deployed_anew(self) -> None:
        """Leave out the answers since the last look where what is deployed is another by now."""
        targets = await self._watch.changed() if self.run.spent.calls else []
        if not targets:
            return
        split = {
            trial: replace(one, reply=None, error="deployed anew while this ran")
            for trial, one in self.run.outcomes.items()
            if one.at >= self._watch.sure_until
            and one.reply is not None
            and self._plan.ways[trial.setting].base.target in targets
        }
        self.run.outcomes |= split
        self.run.told.append(watch.told(targets, len(split)))
        keys = [self._plan.key(trial) for trial in split]
        with suppress(StoreError):
            work = partial(self._plan.store.disown, keys, since=self._watch.sure_until)
            await asyncio.get_running_loop().run_in_executor(None, work)

    async def _take_stored(self) -> None:
        work = partial(take_stored, self._plan, self.run)
        self._sending.to_send += await asyncio.get_running_loop().run_in_executor(None, work)

    async def _followed(self, outcome: Outcome) -> None:
        if self._follow is not None:
            await self._follow(outcome)

    def _may_ask(self) -> str | None:
        """Count a call beside the trials, and return why it may not be sent, or None."""
        if self._plan.cache == "only":
            return 'it is not stored, and cache="only" sends nothing'
        if self._sending.is_over():
            return self.run.why_stopped or "the run is over"
        self.run.spent.calls += 1
        return None

    def _say_farewell(self) -> asyncio.Task[None] | None:
        left: Iterable[str] = ()
        with suppress(StoreError):
            left = self._plan.store.left_threads(self._plan.session.place)
        return farewell.begin(self._sender.client, self._plan.store, [*self._sending.threads, *left])
