"""A run on its way: on the network thread, one call after another as the limit allows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from langtail_nb._errors import ConfigurationError, LangtailError
from langtail_nb._kernel import loop
from langtail_nb._kernel.disk.store_error import StoreError
from langtail_nb._sweep import farewell, price, watch
from langtail_nb._sweep.aside import Aside
from langtail_nb._sweep.order import Trial
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.planned import check_limit
from langtail_nb._sweep.post import Here, Post
from langtail_nb._sweep.receiver import Answer
from langtail_nb._sweep.results import Results, State
from langtail_nb._sweep.sender import Sender
from langtail_nb._sweep.taking import take_stored
from langtail_nb._sweep.troubles import Troubles, is_rejection, line_of

if TYPE_CHECKING:
    from langtail_nb._types.request import Request

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
        self._plan, self._sender, self._to_send = plan, sender, list(to_send)
        self._post = post or Here(sender)
        self._limit = plan.limit
        self._receiving: dict[Trial, asyncio.Task[Answer]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._freed: asyncio.Event | None = None
        self._feeder: asyncio.Task[None] | None = None
        self._threads: list[str] = []
        self._troubles = Troubles(self.run)
        self._future: Future[R] | None = None
        self._watch = watch.Watch(sender.client, plan.ways)
        self.aside = Aside(
            sender, reuses=plan.cache in ("reuse", "only"), may_send=self._may_ask, came=self._count
        )
        self.at_end: Callable[[], Awaitable[None]] | None = None
        self._follow = follow(self) if follow is not None else None
        self.began = time.monotonic()
        self.sent = self._waiting_again = 0

    @property
    def limit(self) -> int:
        """Calls at once at most; the server may allow fewer. It can be changed while it runs."""
        return self._limit

    @limit.setter
    def limit(self, value: int) -> None:
        self._limit = check_limit(value)
        loop.network_loop().call_soon_threadsafe(self._wake)

    @property
    def on_their_way(self) -> int:
        """Calls that were sent and have no answer yet."""
        return len(self._receiving)

    @property
    def left(self) -> int:
        """Calls that are still to be sent."""
        return max(0, len(self._to_send) - self.sent)

    @property
    def is_done(self) -> bool:
        """Whether it is over."""
        return self.run.state != "running"

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
        return self._post.waits_for(self._limit, self.left)

    def conclude(self, why: str) -> None:
        """Send no more, and wait for what is on its way; to be called on the network thread."""
        self._end("stopped", why)

    def stop(self, state: State, why: str | None) -> None:
        """Send no more and close what is open; to be called on the network thread."""
        self._end(state, why)
        self._post.stop(list(self._receiving.values()))
        self.aside.stop()

    async def work(self) -> R:
        """Run to the end; cancelling stops it, and keeps what has arrived."""
        try:
            return await self._to_the_end()
        finally:
            await self._post.close()
            await self._sender.close()

    async def _to_the_end(self) -> R:
        self._freed = asyncio.Event()
        try:
            await self._take_stored()
            for outcome in list(self.run.outcomes.values()):
                self._hold(asyncio.create_task(self._followed(outcome)))
            self._feeder = asyncio.create_task(self._feed())
            watching = asyncio.create_task(self._look_out())
            try:
                await asyncio.wait([self._feeder])
                await self._all_ended()
            finally:
                watching.cancel()
            await self._split_where_deployed_anew()
            if self.at_end is not None:
                await self.at_end()
        except asyncio.CancelledError:
            self.stop("stopped", "stopped")
            await self._all_ended()
            self._say_farewell()
            raise
        if self.run.state == "running":
            self.run.state = "done"
        self._troubles.settle()
        if (deletion := self._say_farewell()) is not None:
            await asyncio.wait([deletion], timeout=_FAREWELL_S)
        return self.run

    async def _look_out(self) -> None:
        while True:
            await asyncio.sleep(watch.EVERY_S)
            if targets := await self._watch.changed():
                self._end("paused", f"paused, as {targets[0]} was deployed anew; run it again for the rest")
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
        self._to_send += await asyncio.get_running_loop().run_in_executor(None, work)

    async def _feed(self) -> None:
        for trial in self._to_send:
            if trial.setting in self.run.rejected:
                self.sent += 1
                continue
            began = await self._turn()
            if began is None:
                return
            if trial.setting in self.run.rejected:
                self._post.leave()
                self.sent += 1
                continue
            self._send(trial, began)
            if self._plan.session.spending.caps():
                # It is counted once its task begins, which is now: the next one has to know.
                await asyncio.sleep(0)

    async def _turn(self) -> float | None:
        """Wait for a place; return when that began, or None where nothing is to be sent any more."""
        began = time.monotonic()
        assert self._freed is not None
        while self._is_full() and not self._is_over():
            self._freed.clear()
            await self._freed.wait()
        if self._is_over():
            return None
        await self._post.enter(self._limit, self.left)
        if self._is_over():
            self._post.leave()
            return None
        return began

    def _is_full(self) -> bool:
        # A disk that takes nothing holds up what is sent: what is on none yet could be lost.
        unkept = len(self._tasks) - len(self._receiving) - self._waiting_again
        is_unsure = self.run.spent.must_wait(self._plan.budget, on_their_way=self.on_their_way)
        is_unsure = is_unsure or self._plan.session.spending.must_wait() or self._may_be_free()
        is_full = self._post.is_full(self._limit, len(self._receiving))
        return is_full or unkept > self._limit or is_unsure

    def _is_over(self) -> bool:
        if self.run.state != "running":
            return True
        if broken := self._post.why_broken():
            self._end("paused", f"paused: {broken}")
            return True
        why = self._spent() or self._plan.session.spending.reason_to_stop()
        if why is None or self._may_be_free():
            return False
        self._end("spent", f"{why}; {self.left:,} calls were not sent")
        return True

    def _may_be_free(self) -> bool:
        """Return whether the budget is spent but for calls on their way that may be played and not sent."""
        return bool(self._receiving) and self._spent() is not None and self._plan.session.replay.plays

    def _spent(self) -> str | None:
        return self.run.spent.reason_to_stop(self._plan.budget, elapsed_s=time.monotonic() - self.began)

    def _send(self, trial: Trial, began: float) -> None:
        self.sent += 1
        self.run.spent.calls += 1
        request = self._plan.request(trial)
        receiving = asyncio.create_task(self._post.receive(request, trial.repeat, began))
        self._receiving[trial] = receiving
        self._hold(asyncio.create_task(self._see_to_the_end(trial, request, receiving)))

    def _hold(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: self._wake())

    async def _see_to_the_end(self, trial: Trial, request: Request, receiving: asyncio.Task[Answer]) -> None:
        try:
            await asyncio.wait([receiving])
            answer = None if receiving.cancelled() else receiving.result()
            if answer is not None:
                # Before it is kept: others are sent while the disk is waited for.
                self._count(answer)
        finally:
            self._receiving.pop(trial, None)
            self._wake()
        if answer is None:
            return
        if answer.is_lost and (error := self._troubles.lost(trial)) is None:
            await self._again(trial)
            return
        if answer.is_lost:
            answer = answer._replace(error=error)
        if self._refuses_seed(trial, answer):
            await self._again_without_seed(trial)
            return
        # Before it is kept: others would be sent while the disk is waited for.
        if why := self._troubles.met(trial, answer.error):
            self._end("paused", why)
        if not is_rejection(answer.error):
            answer = await self._sender.keep(answer, request, self._plan.mark(trial))
        self._record(trial, answer)
        for one in self._plan.same_as(trial):
            await self._followed(self.run.outcomes[one])

    async def _followed(self, outcome: Outcome) -> None:
        if self._follow is not None:
            await self._follow(outcome)

    def _count(self, answer: Answer) -> None:
        if answer.thread_id is not None:
            self._threads.append(answer.thread_id)
        if answer.is_free:
            self.run.spent.calls -= 1
        elif (reply := answer.reply) is not None:
            self.run.spent.add(price.firm_cost_of(reply.model, reply.usage), reply.model)

    def _may_ask(self) -> str | None:
        """Count a call beside the trials, and return why it may not be sent, or None."""
        if self._plan.cache == "only":
            return 'it is not stored, and cache="only" sends nothing'
        if self._is_over():
            return self.run.why_stopped or "the run is over"
        self.run.spent.calls += 1
        return None

    def _record(self, trial: Trial, answer: Answer) -> None:
        words = None if answer.error is None else line_of(answer.error)
        if answer.error is not None:
            self.run.errors |= dict.fromkeys(self._plan.same_as(trial), answer.error)
        for place, one in enumerate(self._plan.same_as(trial)):
            self.run.outcomes[one] = Outcome(
                *one,
                answer.reply,
                words,
                answer.at,
                waited_s=0.0 if place else answer.waited_s,
                stored=False,
                shared=bool(place),
                replayed=answer.is_replayed,
            )
        self._troubles.drop_rejected(trial.setting)
        if answer.unkept is not None:
            self._end("paused", f"paused, as answers cannot be kept: {answer.unkept}")

    def _refuses_seed(self, trial: Trial, answer: Answer) -> bool:
        way = self._plan.ways[trial.setting]
        sent_one = trial.repeat > 1 and not way.has_own_seed
        return sent_one and is_rejection(answer.error) and "seed" in str(answer.error).lower()

    async def _again_without_seed(self, trial: Trial) -> None:
        if any(way.sends_seed for way in self._plan.ways):
            for way in self._plan.ways:
                way.sends_seed = False
            self.run.told.append("the model refuses a seed, so no repeat sends one")
        await self._again(trial)

    async def _again(self, trial: Trial) -> None:
        self._waiting_again += 1
        try:
            began = await self._turn()
        finally:
            self._waiting_again -= 1
        if began is not None:
            self.sent -= 1
            self._send(trial, began)

    def _end(self, state: State, why: str | None) -> None:
        if self.run.state == "running":
            self.run.state, self.run.why_stopped = state, why
        # It may wait for a place that nobody gives back soon.
        if self._feeder is not None and asyncio.current_task() is not self._feeder:
            self._feeder.cancel()
        self._wake()

    def _wake(self) -> None:
        if self._freed is not None:
            self._freed.set()

    async def _all_ended(self) -> None:
        while self._tasks:
            await asyncio.wait(list(self._tasks))

    def _say_farewell(self) -> asyncio.Task[None] | None:
        left: Iterable[str] = ()
        with suppress(StoreError):
            left = self._plan.store.left_threads(self._plan.session.place)
        return farewell.begin(self._sender.client, self._plan.store, [*self._threads, *left])
