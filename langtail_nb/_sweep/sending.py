"""Which call of a run is next, when it may go out, and what becomes of its answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING

from langtail_nb._sweep import price
from langtail_nb._sweep.order import Trial
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.post import Post
from langtail_nb._sweep.receiver import Answer
from langtail_nb._sweep.results import Results, State
from langtail_nb._sweep.sender import Sender
from langtail_nb._sweep.troubles import REJECTED_ROWS, Troubles, is_rejection, line_of

if TYPE_CHECKING:
    from langtail_nb._types.request import Request


class Sending:
    """Sends the trials of one run, as limit, budget and disk allow; to be used on the network thread.

    Args:
        follow: What is awaited with each outcome.

    Attributes:
        to_send: The trials to send, in their order.
        limit: Calls at once at most.
        began: When the run began, by ``time.monotonic``.
        sent: How many of them were sent, or are not to be.
        threads: The conversations that they opened on the server.
    """

    def __init__(
        self,
        run: Results,
        sender: Sender,
        post: Post,
        to_send: Iterable[Trial],
        follow: Callable[[Outcome], Awaitable[None]],
    ) -> None:
        self.run, self._plan, self._sender, self._post = run, run.plan, sender, post
        self._follow = follow
        self.to_send = [*to_send]
        self.limit = run.plan.limit
        self.began = time.monotonic()
        self.sent = self._waiting_again = 0
        self.threads: list[str] = []
        self._receiving: dict[Trial, asyncio.Task[Answer]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._freed: asyncio.Event | None = None
        self._feeder: asyncio.Task[None] | None = None
        self._troubles = Troubles(run)

    @property
    def on_their_way(self) -> int:
        """Calls that were sent and have no answer yet."""
        return len(self._receiving)

    @property
    def left(self) -> int:
        """Calls that are still to be sent."""
        return max(0, len(self.to_send) - self.sent)

    async def work(self) -> None:
        """Send all of them, and return once what came of each is kept and followed."""
        self._freed = asyncio.Event()
        self._troubles.begin()
        self._feeder = asyncio.create_task(self._feed())
        await asyncio.wait([self._feeder])
        await self.all_ended()

    async def all_ended(self) -> None:
        """Wait for what is on its way, or being kept or followed."""
        while self._tasks:
            await asyncio.wait(list(self._tasks))

    def settle(self) -> None:
        """Drop the settings that the model rejected wherever they were asked."""
        self._troubles.settle()

    def end(self, state: State, why: str | None) -> None:
        """Send no more."""
        if self.run.state == "running":
            self.run.state, self.run.why_stopped = state, why
        # It may wait for a place that nobody gives back soon.
        if self._feeder is not None and asyncio.current_task() is not self._feeder:
            self._feeder.cancel()
        self.wake()

    def close(self) -> None:
        """Close what is on its way."""
        self._post.stop(list(self._receiving.values()))

    def wake(self) -> None:
        """Look again whether another one may be sent."""
        if self._freed is not None:
            self._freed.set()

    async def _feed(self) -> None:
        for trial in self.to_send:
            if trial.setting in self.run.rejected:
                self.sent += 1
                continue
            began = await self._turn(trial.setting)
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

    async def _turn(self, setting: int) -> float | None:
        """Wait for a place; return when that began, or None where nothing is to be sent any more."""
        began = time.monotonic()
        assert self._freed is not None
        while (self._is_full() or self._is_unsure(setting)) and not self.is_over():
            self._freed.clear()
            await self._freed.wait()
        if self.is_over():
            return None
        await self._post.enter(self.limit, self.left)
        if self.is_over():
            self._post.leave()
            return None
        return began

    def _is_full(self) -> bool:
        # A disk that takes nothing holds up what is sent: what is on none yet could be lost.
        unkept = len(self._tasks) - len(self._receiving) - self._waiting_again
        is_unsure = self.run.spent.must_wait(self._plan.budget, on_their_way=self.on_their_way)
        is_unsure = is_unsure or self._plan.session.spending.must_wait() or self._may_be_free()
        is_full = self._post.is_full(self.limit, len(self._receiving))
        return is_full or unkept > self.limit or is_unsure

    def _is_unsure(self, setting: int) -> bool:
        """Return whether a setting will be dropped if what is on its way of it is rejected."""
        if setting in self.run.rejected or not self._troubles.is_unsure(setting):
            return False
        on_their_way = sum(one.setting == setting for one in self._receiving)
        return on_their_way > 0 and on_their_way + self._troubles.rejections(setting) >= REJECTED_ROWS

    def is_over(self) -> bool:
        """Return whether nothing is to be sent any more; a run whose budget is spent ends here."""
        if self.run.state != "running":
            return True
        if broken := self._post.why_broken():
            self.end("paused", f"paused: {broken}")
            return True
        why = self._spent() or self._plan.session.spending.reason_to_stop()
        if why is None or self._may_be_free():
            return False
        self.end("spent", f"{why}; {self.left:,} calls were not sent")
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
        self.hold(asyncio.create_task(self._see_to_the_end(trial, request, receiving)))

    def hold(self, task: asyncio.Task[None]) -> None:
        """Wait for something else, too, before the run is over."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: self.wake())

    async def _see_to_the_end(self, trial: Trial, request: Request, receiving: asyncio.Task[Answer]) -> None:
        try:
            await asyncio.wait([receiving])
            answer = None if receiving.cancelled() else receiving.result()
            if answer is not None:
                # Before it is kept: others are sent while the disk is waited for.
                self.count(answer)
        finally:
            self._receiving.pop(trial, None)
            self.wake()
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
            self.end("paused", why)
        if not is_rejection(answer.error):
            answer = await self._sender.keep(answer, request, self._plan.mark(trial))
        self._record(trial, answer)
        for one in self._plan.same_as(trial):
            await self._follow(self.run.outcomes[one])

    def count(self, answer: Answer) -> None:
        """Count what an answer cost, and remember the conversation that it opened."""
        if answer.thread_id is not None:
            self.threads.append(answer.thread_id)
        if answer.is_free:
            self.run.spent.calls -= 1
        elif (reply := answer.reply) is not None:
            self.run.spent.add(price.firm_cost_of(reply.model, reply.usage), reply.model)

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
            self.end("paused", f"paused, as answers cannot be kept: {answer.unkept}")

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
            began = await self._turn(trial.setting)
        finally:
            self._waiting_again -= 1
        if began is not None:
            self.sent -= 1
            self._send(trial, began)
