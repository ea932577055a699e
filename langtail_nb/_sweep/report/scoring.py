"""Scores while a run goes on: each answer as it comes, judges within the run's limit, store and budget."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from langtail_nb._errors import LangtailError
from langtail_nb._kernel.disk.store_error import StoreError
from langtail_nb._sweep import price
from langtail_nb._sweep.identity import digest
from langtail_nb._sweep.judge import Judge
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.report import looks
from langtail_nb._sweep.report.deciding import Deciding
from langtail_nb._sweep.report.given import beside
from langtail_nb._sweep.running import Running
from langtail_nb._sweep.scores import ScoreBook
from langtail_nb._sweep.steadiness import steadiness
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request


class NotAsked(Exception):
    """A judge is not asked as the run is over: its answer waits, and is not unscored."""


class Scoring:
    """Scores the outcomes of a run, on the network thread.

    Attributes:
        book: The scores so far.
    """

    def __init__(self, running: Running[Any]) -> None:
        plan = running.run.plan
        self._running = running
        self._places = asyncio.Semaphore(plan.limit)
        self._asked: dict[str, asyncio.Future[Reply]] = {}
        self.book = ScoreBook(plan.scores, ask=self._ask, price_of=_price_of, against=beside(plan))
        running.run.book = self.book
        running.at_end = self._settle
        self._deciding = Deciding(running.run) if plan.until_decided else None

    async def __call__(self, outcome: Outcome) -> None:
        """Score an outcome; nothing is raised."""
        run = self._running.run
        with suppress(NotAsked):
            await self.book.add(outcome, run.rows.data[outcome.row])
        if self._deciding is not None and (why := await self._deciding.after(outcome)):
            self._running.conclude(why)

    async def _ask(self, request: Request, asking: int = 0) -> Reply:
        """Return what a judge says; of the same answer it is asked once."""
        key = digest([request.target.full, request.body(stream=False), asking])
        if key not in self._asked:
            self._asked[key] = asyncio.ensure_future(self._sent(request, asking))
        return await asyncio.shield(self._asked[key])

    async def _sent(self, request: Request, asking: int) -> Reply:
        async with self._places:
            try:
                return await self._running.aside.ask(request, asking)
            except LangtailError as exc:
                if self._running.is_done:
                    raise NotAsked from exc
                raise

    async def _settle(self) -> None:
        """Look whether judges agree with themselves, and note which trials were made in this run."""
        run = self._running.run
        with suppress(NotAsked):
            for name, answers in self.book.judged.items():
                judge = run.scores[name]
                if isinstance(judge, Judge) and (told := (await steadiness(judge, answers, self._ask)).told):
                    run.told.append(f"{name}: {told}")
        run.played |= self._running.aside.played
        with suppress(StoreError):
            await asyncio.get_running_loop().run_in_executor(None, looks.note_run, run)


def _price_of(reply: Reply) -> float | None:
    return price.cost_of(reply.model, reply.usage)
