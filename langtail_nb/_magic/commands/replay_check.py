"""``%langtail replay check``: whether what was recorded of deployments is what is deployed today."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from langtail_nb._client import key_lookup
from langtail_nb._client.network import network
from langtail_nb._errors import ConfigurationError, LangtailError, NotFoundError
from langtail_nb._kernel import loop
from langtail_nb._magic.commands.context import Context
from langtail_nb._replay.exchange_line import Recorded
from langtail_nb._show.say import say, show, table
from langtail_nb._types.config import Config, as_documented

if TYPE_CHECKING:
    from langtail_nb._client.client import Client

_LISTING = "list-deployments"


def check(context: Context) -> None:
    """Compare each recorded configuration with today's, and name what is stale. No call is sent.

    Raises:
        ConfigurationError: There is no key, or nothing of the kind is recorded.
    """
    session = context.alone()
    recorded = [one for one in session.replay.recording.exchanges if _is_config(one)]
    if not recorded:
        raise ConfigurationError("no deployment is recorded here, so there is nothing to compare")
    # Imported with the first call, as everywhere.
    from langtail_nb._client.client import Client

    url, key = session.base_url, key_lookup.resolve(session.base_url)
    client = Client(api_key=key, base_url=url, retries=0, transport=network(url, key))
    found = loop.wait(_all(client, recorded))
    rows = [[one.asked.path, told] for one, told in zip(recorded, found, strict=True)]
    show(*table(["deployment", "since it was recorded"], rows))
    stale = [row for row in rows if row[1] != _SAME]
    if stale:
        say("%langtail replay refresh TARGET records its answers anew")


_SAME = "as it was"


def _is_config(one: Recorded) -> bool:
    is_read = one.asked.method == "GET" and not one.asked.path.startswith("v2/")
    return is_read and one.asked.path.partition("?")[0] != _LISTING and one.answer.status == 200


async def _all(client: Client, recorded: Sequence[Recorded]) -> list[str]:
    async with client:
        return list(await asyncio.gather(*(_told(client, one) for one in recorded)))


async def _told(client: Client, one: Recorded) -> str:
    caller = client.caller
    try:
        now = await caller.call("GET", one.asked.path, caller.subject(one.asked.path))
    except NotFoundError:
        return "not deployed any more"
    except LangtailError as exc:
        return f"cannot be read: {exc}"
    was = one.answer.body if isinstance(one.answer.body, dict) else {}
    changed = _changed(as_documented(was), as_documented(now))
    return f"changed: {', '.join(changed)}" if changed else _SAME


def _changed(was: Config, now: Config) -> list[str]:
    """Return the names of what differs, those of the model's arguments one by one."""
    old, new = _flat(was), _flat(now)
    return [name for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name)]


def _flat(config: Config) -> dict[str, Any]:
    state = dict(config["state"])
    arguments = state.pop("args", {})
    rest = {name: value for name, value in config.items() if name not in ("state", "chatInput")}
    return {**rest, "variables": config["chatInput"], **state, **arguments}
