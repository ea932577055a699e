"""The threads that calls opened on the server, deleted when nobody waits for an answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from langtail_nb._errors import LangtailError, NotFoundError
from langtail_nb._kernel.disk.store_error import StoreError
from langtail_nb._kernel.disk.trials import Trials

if TYPE_CHECKING:
    from langtail_nb._client.client import Client

MARK: Final = {"langtail_nb": "trial"}
_AT_ONCE: Final = 4
_LOOK_S: Final = 0.1
_BATCH: Final = 50
_FEW: Final = 20
# The event loop alone does not keep a task from being collected.
_under_way: Final[set[asyncio.Task[None]]] = set()
_leaving: Final[set[str]] = set()

_log = logging.getLogger("langtail_nb")


def begin(client: Client, trials: Trials, threads: Iterable[str]) -> asyncio.Task[None] | None:
    """Begin to delete threads and return at once; those that stay for now are found in the store later.

    Returns:
        What ends with the last of them, where they are so few that it can be waited for.
    """
    new = [thread for thread in dict.fromkeys(threads) if thread not in _leaving]
    _leaving.update(new)
    task = asyncio.create_task(_Farewell(client, trials).say(new))
    task.add_done_callback(lambda _: _leaving.difference_update(new))
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)
    return task if len(new) <= _FEW else None


class _Farewell:
    def __init__(self, client: Client, trials: Trials) -> None:
        self._client, self._trials = client, trials
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def say(self, threads: list[str]) -> None:
        try:
            await self._delete_all(threads)
        except RuntimeError as exc:
            # The interpreter ends, and its threads take no work: those left are found in the store later.
            if "cannot schedule new futures" not in str(exc):
                raise

    async def _delete_all(self, threads: list[str]) -> None:
        for start in range(0, len(threads), _BATCH):
            batch = threads[start : start + _BATCH]
            gone = await asyncio.gather(*map(self._delete, batch))
            deleted = [thread for thread, is_gone in zip(batch, gone, strict=True) if is_gone]
            with suppress(StoreError):
                await asyncio.get_running_loop().run_in_executor(None, self._trials.forget_threads, deleted)

    async def _delete(self, thread: str) -> bool:
        async with self._places:
            await self._until_quiet()
            try:
                await self._client.threads.delete(thread)
            except NotFoundError:
                return True
            except LangtailError as exc:
                _log.info("the thread of a trial could not be deleted: %s", exc)
                # So that it can be told from a conversation until it is.
                with suppress(LangtailError):
                    await self._client.threads.update(thread, MARK)
                return False
        return True

    async def _until_quiet(self) -> None:
        limiter = self._client.caller.limiter
        while limiter is not None and (limiter.on_their_way or limiter.pause_s):
            await asyncio.sleep(_LOOK_S)
