"""Calls beside the trials of a run, such as a judge's: in the same limit, budget and store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from langtail_nb._errors import LangtailError
from langtail_nb._kernel.disk.trials import Mark
from langtail_nb._kernel.runs import reply_of, was_replayed
from langtail_nb._sweep.identity import digest, key_of, row_parts, setting_parts
from langtail_nb._sweep.receiver import Answer
from langtail_nb._sweep.sender import Sender
from langtail_nb._types.config import Config, as_documented
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request
from langtail_nb._types.target import Target


class Aside:
    """Asks on the network thread, and takes what is stored.

    Args:
        reuses: Whether what is stored is taken.
        may_send: Counts a call, and returns why it may not be sent, or None.
        came: Told of each answer that was sent for.
    """

    def __init__(
        self,
        sender: Sender,
        *,
        reuses: bool,
        may_send: Callable[[], str | None],
        came: Callable[[Answer], object],
    ) -> None:
        self._sender, self._reuses, self._may_send, self._came = sender, reuses, may_send, came
        self._receiving: set[asyncio.Task[Answer]] = set()
        self.played: set[str] = set()
        self._configs: dict[Target, asyncio.Task[Config | None]] = {}

    async def ask(self, request: Request, asking: int = 0) -> Reply:
        """Return the answer to a request, stored or sent for.

        Args:
            asking: Which of several equal calls it is, from 0.

        Raises:
            LangtailError: There is none, or nothing may be sent any more.
        """
        mark = await self._mark(request, asking + 1)
        if self._reuses and (stored := await self._stored(mark, request)) is not None:
            return stored
        receiving = asyncio.create_task(self._receive(request, asking + 1))
        self._receiving.add(receiving)
        receiving.add_done_callback(self._receiving.discard)
        await asyncio.wait([receiving])
        if receiving.cancelled():
            raise LangtailError("stopped")
        answer = await self._sender.keep(receiving.result(), request, mark)
        if answer.reply is None:
            raise answer.error or LangtailError("no answer")
        return answer.reply

    def stop(self) -> None:
        """Close what is open."""
        for receiving in list(self._receiving):
            receiving.cancel()

    async def _receive(self, request: Request, repeat: int) -> Answer:
        began = time.monotonic()
        await self._sender.limiter.enter()
        if why := self._may_send():
            self._sender.limiter.leave(answered=False)
            raise LangtailError(why)
        answer = await self._sender.receive(request, repeat, began)
        self._note(request, is_replayed=answer.is_replayed)
        self._came(answer)
        return answer

    async def _mark(self, request: Request, repeat: int) -> Mark:
        return mark_of(self._sender.session.place, await self._config(request.target), request, repeat)

    async def _stored(self, mark: Mark, request: Request) -> Reply | None:
        trials, loop = self._sender.trials, asyncio.get_running_loop()
        found = (await loop.run_in_executor(None, trials.find, [mark.key])).get(mark.key)
        if found is None:
            return None
        turns = await loop.run_in_executor(None, trials.read, [found.turn])
        turn = turns.get(found.turn)
        if turn is None or turn.reply is None:
            return None
        self._note(request, is_replayed=was_replayed(turn.reply))
        return reply_of(turn, request)

    def _note(self, request: Request, *, is_replayed: bool) -> None:
        if is_replayed:
            self.played.add(request.target.full)

    async def _config(self, target: Target) -> Config | None:
        if target not in self._configs:
            self._configs[target] = asyncio.create_task(self._read(target))
        return await asyncio.shield(self._configs[target])

    async def _read(self, target: Target) -> Config | None:
        try:
            return as_documented(await self._sender.client.config(target))
        except LangtailError:
            return None


def mark_of(place: str, config: Config | None, request: Request, repeat: int) -> Mark:
    """Return what a call beside the trials is kept under.

    Args:
        place: What stored things belong to.
        config: What is deployed as its target; None where it cannot be read.
        repeat: Which of several equal calls it is, from 1.
    """
    parts = setting_parts(place, config, request.replace(message=None, variables={}))
    sent = row_parts(request.message, request.variables)
    setting, row = digest(parts), digest(sent)
    return Mark(
        key_of(setting, row, repeat), place, request.target.full, setting, row, {**parts, **sent}, repeat
    )
