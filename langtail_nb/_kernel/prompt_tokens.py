"""The tokens of a prompt before it is sent, counted by the engine of a local server."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from langtail_nb._environment import beside_no_notebook
from langtail_nb._errors import LangtailError
from langtail_nb._kernel import loop
from langtail_nb._kernel.session import Session
from langtail_nb._types.request import Request

if TYPE_CHECKING:
    from langtail_nb._client.api_key import ApiKey
    from langtail_nb._client.client import Client

_LIMIT_S: Final = 1.0


def prompt_tokens(session: Session, request: Request, key: ApiKey | None = None) -> int | None:
    """Return the tokens of a request; None where no stand-in answers, or it cannot tell at once.

    Args:
        key: For a call from a thread of our own.
    """
    with suppress(LangtailError, TimeoutError):
        if session.base_url in session.stand_ins:
            return _counted(session.client(key), request)
    return None


def _counted(client: Client, request: Request) -> int | None:
    with beside_no_notebook():
        from langtail_nb._client import counting

    async def count() -> int | None:
        async with asyncio.timeout(_LIMIT_S):
            return await counting.prompt_tokens(client, request)

    return loop.wait(count())
