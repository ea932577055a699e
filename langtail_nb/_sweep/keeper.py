"""Answers on their way to the disk: each committed before anybody sees it, several in one transaction."""

from __future__ import annotations

import asyncio
from typing import Final

from langtail_nb._kernel.disk.held_database import HeldDatabase
from langtail_nb._kernel.disk.trials import NewTrial, Trials

# An answer waits so long for others: a transaction costs as much as half a call, however little is in it.
_TOGETHER_S: Final = 0.01


class Keeper:
    """Keeps trials from the network thread, without holding it up.

    While one transaction is written, what comes waits for the next: a disk that is slow makes them larger,
    not more.
    """

    def __init__(self, trials: Trials) -> None:
        self._trials = trials
        self._held = HeldDatabase()
        self._waiting: list[tuple[NewTrial, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def keep(self, trial: NewTrial) -> None:
        """Return once a trial is on disk.

        Raises:
            StoreError: It is not.
        """
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((trial, kept))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        # Whoever stops waiting leaves an answer that was paid for.
        await asyncio.shield(kept)

    async def close(self) -> None:
        """Let go of the store, once all is on disk; what comes later opens it again."""
        if self._writing is not None:
            await asyncio.wait([self._writing])
        try:
            closing = asyncio.get_running_loop().run_in_executor(None, self._held.close)
        except RuntimeError:  # no more threads, as below
            self._held.close()
            return
        await closing

    async def _write(self) -> None:
        while self._waiting:
            await asyncio.sleep(_TOGETHER_S)
            batch, self._waiting = self._waiting, []
            error = await self._written([trial for trial, _ in batch])
            for _, kept in batch:
                if kept.done():
                    continue
                if error is None:
                    kept.set_result(None)
                else:
                    kept.set_exception(error)

    async def _written(self, trials: list[NewTrial]) -> Exception | None:
        try:
            writing = asyncio.get_running_loop().run_in_executor(None, self._trials.keep, trials, self._held)
        except RuntimeError:
            # The interpreter is about to end and gives no more threads.
            self._trials.keep(trials, self._held)
            return None
        try:
            await writing
        except Exception as exc:
            return exc
        return None
