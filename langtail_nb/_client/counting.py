"""How many tokens a prompt has, where the server can count them before it answers: a local stand-in may."""

from __future__ import annotations

from langtail_nb._client.client import Client, target_path
from langtail_nb._types.request import Request


async def prompt_tokens(client: Client, request: Request) -> int | None:
    """Return how many tokens a request is to the model that would answer; None if it cannot tell.

    To be asked of a stand-in only: Langtail has no such endpoint.

    Raises:
        LangtailError: The server does not say.
    """
    caller, target = client.caller, request.target
    path, body = f"_tokens/{target_path(target)}", request.replace(thread_id=None).body(stream=False)
    found = await caller.call("POST", path, caller.subject(str(target)), body=body, repeatable=True)
    count = found.get("promptTokens")
    return count if isinstance(count, int) else None
