"""What is done in a worker: the calls of a batch, each reported as soon as its answer is there."""

from __future__ import annotations

import asyncio
import pickle
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from langtail_nb._client import key_lookup
from langtail_nb._errors import LangtailError
from langtail_nb._http.origin import origin
from langtail_nb._kernel import loop
from langtail_nb._kernel.session import session
from langtail_nb._sweep.receiver import Answer, Receiver
from langtail_nb._sweep.workers.batch import Batch, Report
from langtail_nb._version import __version__

if TYPE_CHECKING:
    from langtail_nb._client.client import Client

_LOOK_S: Final = 0.1

# One for each place that is asked, as all batches of this process share its connections and its share.
_clients: dict[tuple[str, int], Client] = {}


def trouble(version: str, base_url: str, needs_key: bool) -> str | None:
    """Return why this process cannot ask for another one that has this version, or None."""
    if version != __version__:
        return f"it has langtail-nb {__version__}: install {version} there, as here"
    if session.replay.is_on:
        return "replay is on there, which LANGTAIL_NB_REPLAY=off ends"
    try:
        key = key_lookup.resolve(base_url)
    except LangtailError as exc:
        return str(exc)
    if needs_key and key.reveal() == key_lookup.NO_KEY:
        return f"no API key for {origin(base_url)}; set LANGTAIL_API_KEY and LANGTAIL_BASE_URL there"
    return None


def run_batch(batch: Batch) -> None:
    """Ask all of a batch, unless another worker began with it: what that one sent is not sent again here."""
    from distributed import Event, Queue, get_client

    dask = get_client()
    mailbox = Queue(batch.mailbox, client=dask)
    begun = Event(batch.name, client=dask)
    tell = partial(_tell, mailbox)
    try:
        if begun.is_set():
            tell(Report(batch.name, "lost"))
            return
        begun.set()
        tell(Report(batch.name, "begun"))
        work = _Work(batch, tell)
        _attend(work, loop.submit(work.run()))
        tell(Report(batch.name, "over"))
    finally:
        mailbox.close()


def _tell(mailbox: Any, report: Report) -> None:
    mailbox.put(pickle.dumps(report))


def _attend(work: _Work, running: Future[None]) -> None:
    """Wait for the end; leave the worker's thread to the next batch once all calls of this one are begun."""
    from distributed import secede

    is_apart = False
    while not wait([running], timeout=_LOOK_S).done:
        if _is_cancelled():
            loop.network_loop().call_soon_threadsafe(work.stop)
        elif work.has_begun_all and not is_apart:
            is_apart = True
            secede()
    running.result()


def _is_cancelled() -> bool:
    """Return whether nobody wants the task any more: the run was stopped, or who asked is gone."""
    from distributed import get_worker

    worker = get_worker()
    task = worker.state.tasks.get(worker.get_current_task())
    return task is None or task.state == "cancelled"


class _Work:
    def __init__(self, batch: Batch, tell: Callable[[Report], None]) -> None:
        self._batch, self._tell = batch, tell
        self._left = deque(enumerate(batch.calls))
        self._askers: list[asyncio.Task[None]] = []
        self._reports: set[asyncio.Future[None]] = set()

    @property
    def has_begun_all(self) -> bool:
        """Whether no call is left to begin."""
        return not self._left

    async def run(self) -> None:
        """Ask, as many at once as this worker's share allows."""
        receiver = _receiver(self._batch)
        count = min(self._batch.at_once, len(self._batch.calls))
        self._askers = [asyncio.create_task(self._ask(receiver)) for _ in range(count)]
        ended = await asyncio.gather(*self._askers, return_exceptions=True)
        if self._reports:
            await asyncio.wait(self._reports)
        for error in ended:
            if isinstance(error, Exception):
                raise error

    def stop(self) -> None:
        """Begin no other call, and close what is open."""
        self._left.clear()
        for asker in self._askers:
            asker.cancel()

    async def _ask(self, receiver: Receiver) -> None:
        # The next begins once this one is reported: what a lost worker leaves untold is what it had open.
        while self._left:
            place, (request, repeat) = self._left.popleft()
            began = time.monotonic()
            await receiver.limiter.enter()
            await self._report(place, await receiver.receive(request, repeat, began))

    async def _report(self, place: int, answer: Answer) -> None:
        report = Report(self._batch.name, "answer", place, answer)
        telling = asyncio.get_running_loop().run_in_executor(None, self._tell, report)
        self._reports.add(telling)
        telling.add_done_callback(self._reports.discard)
        try:
            # Whoever is stopped leaves an answer that was paid for.
            await asyncio.shield(telling)
        except Exception:
            self._left.clear()  # nobody hears of what would be paid for
            raise


def _receiver(batch: Batch) -> Receiver:
    from langtail_nb._client.client import Client
    from langtail_nb._client.limiter import Limiter

    found = _clients.get((batch.base_url, batch.retries))
    if found is None:
        limiter = Limiter(first=batch.first)
        found = Client(base_url=batch.base_url, retries=batch.retries, limiter=limiter)
        _clients[batch.base_url, batch.retries] = found
    receiver = Receiver(found, batch.timeout)
    receiver.limiter.most = float(batch.at_once)
    return receiver
