"""What is deployed, as it comes over the wire: what to fetch, and the configurations."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from langtail_nb._cli.progress import TerminalBar
from langtail_nb._cli.pull.project_file import Config
from langtail_nb._client.api_key import ApiKey
from langtail_nb._client.client import Client
from langtail_nb._client.refusal import masked
from langtail_nb._errors import APIConnectionError, AuthenticationError, LangtailError, RateLimitError
from langtail_nb._local.protocol.assumed import PREVIEW
from langtail_nb._project.fault import ProjectFileError
from langtail_nb._project.names import file_name
from langtail_nb._types.deployment import Deployment
from langtail_nb._types.target import Target

AT_A_TIME: Final = 8
_BAR_FROM: Final = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """One configuration to fetch, and when it was deployed, if the listing tells."""

    target: Target
    deployed_at: datetime | None

    @property
    def slug(self) -> str:
        """What the listing calls ``promptSlug``."""
        return self.target.assistant


@dataclass
class Pulled:
    """What came: configurations, and why the others did not."""

    configs: list[tuple[Wanted, Config]] = field(default_factory=list)
    failed: list[tuple[Wanted, LangtailError]] = field(default_factory=list)
    missing: list[Wanted] = field(default_factory=list)
    stopped_by: LangtailError | None = None


def wanted(listing: Sequence[Deployment], workspace: str, project: str, *, versions: bool) -> list[Wanted]:
    """Return what to fetch: the current deployment of each environment, with ``versions`` each version too.

    Preview has no current deployment, so it comes with ``versions`` only. In the order of the names.
    """
    found: dict[Target, Wanted] = {}
    for row in listing:
        numbers = [] if row.environment == PREVIEW else [None]
        for number in (*numbers, *([row.version] if versions and row.version is not None else [])):
            target = Target(workspace, project, row.assistant, row.environment, number)
            found[target] = Wanted(target, newest([found.get(target), Wanted(target, row.deployed_at)]))
    return sorted(found.values(), key=lambda one: str(one.target))


def newest(several: Iterable[Wanted | None]) -> datetime | None:
    """Return the newest time that any of them tells."""
    times = [one.deployed_at for one in several if one is not None and one.deployed_at is not None]
    return max(times, default=None)


async def configuration(client: Client, api_key: ApiKey, target: Target) -> Config:
    """Return what is deployed, without the key if the server echoes it.

    Raises:
        LangtailError: It cannot be had.
    """
    try:
        config: Config = masked(await client.config(target), api_key)
    except RecursionError:
        raise ProjectFileError(f"{target}: its configuration is nested too deeply") from None
    return config


async def fetch(client: Client, api_key: ApiKey, several: Sequence[Wanted]) -> Pulled:
    """Fetch configurations, a few at a time; a failure ends it where all the others would fail as well."""
    pulled = Pulled()
    gate = asyncio.Semaphore(AT_A_TIME)

    async def fetch_one(one: Wanted) -> None:
        async with gate:
            if pulled.stopped_by is not None:
                pulled.missing.append(one)
                return
            try:
                _check_names(one)
                pulled.configs.append((one, await configuration(client, api_key, one.target)))
            except (APIConnectionError, AuthenticationError, RateLimitError) as exc:
                pulled.stopped_by = exc
                pulled.missing.append(one)
            except LangtailError as exc:
                pulled.failed.append((one, exc))
            bar.show((len(pulled.configs) + len(pulled.failed)) / len(several))

    with _bar(len(several)) as bar:
        await asyncio.gather(*(fetch_one(one) for one in several))
    pulled.configs.sort(key=lambda pair: str(pair[0].target))
    return pulled


def _check_names(one: Wanted) -> None:
    # Before anything is asked: a slug is text of the server, and part of a path here.
    file_name(one.slug, one.target.environment, one.target.version)


class _Bar(Protocol):
    def show(self, fraction: float) -> None: ...


class _NoBar:
    def show(self, fraction: float) -> None:
        pass


def _bar(count: int) -> Any:
    return TerminalBar(f"pulling {count} deployments") if count >= _BAR_FROM else nullcontext(_NoBar())
