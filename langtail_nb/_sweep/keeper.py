"""Answers on their way to the disk: each committed before anybody sees it, several in one transaction."""

from __future__ import annotations

import asyncio

from langtail_nb._kernel.disk.trials import NewTrial, Trials


class Keeper:
    """Keeps trials from the network thread, without holding it up.

    While one transaction is written, what comes waits for the next: a disk that is slow makes them larger,
    not more.
    """

    def __init__(self, trials: Trials) -> None:
        self._trials = trials
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

    async def _write(self) -> None:
        while self._waiting:
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
            writing = asyncio.get_running_loop().run_in_executor(None, self._trials.keep, trials)
        except RuntimeError:
            # The interpreter is about to end and gives no more threads.
            self._trials.keep(trials)
            return None
        try:
            await writing
        except Exception as exc:
            return exc
        return None
