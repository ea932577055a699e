"""The tokens of a prompt before it is sent, counted by the engine of a local server."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from langtail_nb._environment import beside_no_notebook
from langtail_nb._errors import LangtailError
from langtail_nb._kernel import loop
from langtail_nb._kernel.session import Session
from langtail_nb._types.request import Request

_LIMIT_S: Final = 1.0


def prompt_tokens(session: Session, request: Request) -> int | None:
    """Return the tokens of a request; None where no stand-in answers, or it cannot tell at once."""
    if session.base_url not in session.stand_ins:
        return None
    client = session.client()
    with beside_no_notebook():
        from langtail_nb._client import counting

    async def count() -> int | None:
        async with asyncio.timeout(_LIMIT_S):
            return await counting.prompt_tokens(client, request)

    with suppress(LangtailError, TimeoutError):
        return loop.wait(count())
    return None
