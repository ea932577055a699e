"""What is deployed, fetched beside the calls that need it and never waited for by them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from langtail_nb._errors import APITimeoutError, LangtailError, NotFoundError
from langtail_nb._kernel import loop
from langtail_nb._types.config import Config, as_documented
from langtail_nb._types.target import Target

if TYPE_CHECKING:
    from langtail_nb._client.client import Client
    from langtail_nb._types.deployment import Deployment

_FRESH_S: Final = 300.0

T = TypeVar("T")


class Deployments:
    """Configurations and listings, by base URL and target, each kept for five minutes."""

    def __init__(self) -> None:
        self._configs: dict[tuple[str, Target], tuple[float, Future[Config]]] = {}
        self._listings: dict[str, tuple[float, Future[list[Deployment]]]] = {}
        self._own: dict[tuple[str, Target], Config] = {}

    def look(self, client: Client, target: Target, *, fresh_s: float | None = None) -> Future[Config]:
        """Start fetching the configuration, unless a fresh one is here or under way; return its future.

        Args:
            fresh_s: Age in seconds up to which one is fresh; None for five minutes.
        """
        key = (client.base_url, target)
        if not _is_fresh(self._configs.get(key), _FRESH_S if fresh_s is None else fresh_s):
            self._configs[key] = (time.monotonic(), loop.submit(_read(client, target)))
        return self._configs[key][1]

    def look_at_listing(self, client: Client) -> Future[list[Deployment]]:
        """Start fetching the list of deployments, as :meth:`look` does; return its future."""
        if not _is_fresh(self._listings.get(client.base_url)):
            self._listings[client.base_url] = (time.monotonic(), loop.submit(client.deployments()))
        return self._listings[client.base_url][1]

    def settle(self, client: Client, target: Target, *, limit_s: float = 30) -> None:
        """Wait for what is being fetched, whatever comes of it; an interrupt ends the wait."""
        until = time.monotonic() + limit_s
        for entry in (self._configs.get((client.base_url, target)), self._listings.get(client.base_url)):
            if entry is not None:
                with suppress(LangtailError):
                    loop.wait(_within(_end_of(entry[1]), until - time.monotonic()))

    def config(self, base_url: str, target: Target) -> Config | None:
        """Return the configuration if it has arrived, else None."""
        found: Config | None = _result(self._configs.get((base_url, target)))
        return found

    def listing(self, base_url: str) -> list[Deployment]:
        """Return the deployments if they have arrived, else nothing."""
        return _result(self._listings.get(base_url)) or []

    def wait(self, client: Client, target: Target, *, limit_s: float = 30) -> Config:
        """Return the configuration as it is now, fetched again.

        Raises:
            LangtailError: It cannot be read, or not within ``limit_s`` seconds.
        """
        future: Future[Config] = Future()
        future.set_result(loop.wait(_within(_read(client, target), limit_s)))
        self._configs[client.base_url, target] = (time.monotonic(), future)
        return future.result()

    def renew(self, client: Client, target: Target) -> None:
        """Read anew what is known of an assistant, as this kernel itself has deployed it.

        Raises:
            LangtailError: It cannot be read.
        """
        url = client.base_url
        known = [one for base, one in list(self._configs) if (base, one.identity) == (url, target.identity)]
        for one in dict.fromkeys([target, *known]):
            # One of the others may be gone since it was asked for.
            with suppress(*(() if one == target else (NotFoundError,))):
                self._own[url, one] = self.wait(client, one)
        if url in self._listings:
            self.wait_for_listing(client)

    def own(self, base_url: str, target: Target) -> Config | None:
        """Return a configuration as it was when this kernel itself deployed it, None where it did not."""
        return self._own.get((base_url, target))

    def wait_for_listing(self, client: Client, *, limit_s: float = 30) -> list[Deployment]:
        """Return the deployments as they are now.

        Raises:
            LangtailError: They cannot be read, or not within ``limit_s`` seconds.
        """
        future: Future[list[Deployment]] = Future()
        future.set_result(loop.wait(_within(client.deployments(), limit_s)))
        self._listings[client.base_url] = (time.monotonic(), future)
        return future.result()


async def _read(client: Client, target: Target) -> Config:
    return as_documented(await client.config(target))


async def _end_of(future: Future[T]) -> T:
    return await asyncio.shield(asyncio.wrap_future(future))


async def _within(call: Coroutine[Any, Any, T], limit_s: float) -> T:
    try:
        async with asyncio.timeout(limit_s):
            return await call
    except TimeoutError as exc:
        raise APITimeoutError(f"no answer within {limit_s:g} s") from exc


def _is_fresh(entry: tuple[float, Future[Any]] | None, fresh_s: float = _FRESH_S) -> bool:
    if entry is None or time.monotonic() - entry[0] > fresh_s:
        return False
    _, future = entry
    return not future.done() or (not future.cancelled() and future.exception() is None)


def _result(entry: tuple[float, Future[Any]] | None) -> Any:
    if entry is None or not entry[1].done() or entry[1].cancelled() or entry[1].exception() is not None:
        return None
    return entry[1].result()
