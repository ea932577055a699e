"""Whether what is deployed stays as it was planned with, looked at while a run goes on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from langtail_nb._errors import LangtailError
from langtail_nb._sweep.identity import digest
from langtail_nb._sweep.way import Way
from langtail_nb._types.config import Config, as_documented
from langtail_nb._types.target import Target

if TYPE_CHECKING:
    from langtail_nb._client.client import Client

EVERY_S: Final = 15.0
"""Seconds from one look to the next."""


class Watch:
    """Looks at the deployments of a run.

    Attributes:
        sure_until: When they were last seen to be as planned, in seconds since 1970.
    """

    def __init__(self, client: Client, ways: Iterable[Way]) -> None:
        self._client = client
        self._planned: dict[Target, Config] = {
            way.base.target: way.config for way in ways if way.config is not None
        }
        self.sure_until = time.time()

    async def changed(self) -> list[Target]:
        """Return the targets that were deployed anew since the plan; one that cannot be read is as before."""
        looked = time.time()
        configs = await asyncio.gather(*(self._read(target) for target in self._planned))
        pairs = zip(self._planned.items(), configs, strict=True)
        found = [target for (target, before), now in pairs if now is not None and _differ(before, now)]
        if not found:
            self.sure_until = looked
        return found

    async def _read(self, target: Target) -> Config | None:
        try:
            return as_documented(await self._client.config(target))
        except LangtailError:
            return None


def _differ(before: Config, now: Config) -> bool:
    return any(digest(before.get(name)) != digest(now.get(name)) for name in ("chatInput", "state"))


def told(targets: Iterable[Target], count: int) -> str:
    """Return what is told of answers that may be of either deployment."""
    names = ", ".join(map(str, targets))
    return (
        f"{names} was deployed anew while this ran: {count:,} answers since then may be of either, and are "
        "left out; run it again for these"
    )
