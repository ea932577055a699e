"""A Request in, Chunks or a Reply out; everything that is said to Langtail starts here."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any
from urllib.parse import quote

from langtail_nb._client import key_lookup
from langtail_nb._client.api_key import ApiKey
from langtail_nb._client.attempts import Attempts, OnWait
from langtail_nb._client.base_url import base_url_of
from langtail_nb._client.bodies import json_body
from langtail_nb._client.caller import JSON, Caller
from langtail_nb._client.carrier import carrier
from langtail_nb._client.checks import (
    check_count,
    check_request,
    check_target,
    check_transport,
    limits_of,
    wrong_call,
)
from langtail_nb._client.gate import Gate
from langtail_nb._client.limiter import Limiter
from langtail_nb._client.refusal import Subject
from langtail_nb._client.stream import Stream
from langtail_nb._client.threads import Threads, moment
from langtail_nb._errors import ConfigurationError
from langtail_nb._http.timeout import Timeout
from langtail_nb._http.transport import Context, Outgoing, Transport
from langtail_nb._types.deployment import Deployment
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request
from langtail_nb._types.target import Target


class Client:
    """A connection to one Langtail server. Make it once; use it from one event loop.

    Args:
        api_key: The key; None takes the one that belongs to the base URL.
        base_url: Where the API is, path prefix included; None takes ``LANGTAIL_BASE_URL``, then Langtail's.
        retries: Attempts after the first, where repeating is safe.
        max_connections: Calls at the same time; more wait for their turn.
        timeout: Limits of every call; a number limits every silence.
        transport: What carries the calls; None for the network, or the recordings where the variable
            ``LANGTAIL_NB_REPLAY`` says so. With one of your own no key is needed.
        limiter: What several clients' work shares of a server's patience; None for nothing.

    Raises:
        ConfigurationError: There is no key, the base URL cannot be used, or an argument is no such thing.

    Example:
        >>> async def ask(question):
        ...     request = lt.Request("local/demo/support/production", question)
        ...     async with lt.Client() as client:
        ...         return await client.invoke(request)
        >>> print(asyncio.run(ask("How long does delivery take?")).text)
        system: Delivery takes 3 days.
        user: How long does delivery take?
    """

    def __new__(cls, *arguments: Any, **named: Any) -> Client:
        """Refuse what ``__init__`` does not take; the traceback of Python's TypeError may show the key."""
        if wrong := wrong_call(cls.__init__, arguments, named):
            del arguments, named
            raise ConfigurationError(f"lt.Client {wrong}")
        return super().__new__(cls)

    def __init__(
        self,
        api_key: str | ApiKey | None = None,
        base_url: str | None = None,
        *,
        retries: int = 2,
        max_connections: int = 100,
        timeout: Timeout | float = Timeout(),  # noqa: B008
        transport: Transport | None = None,
        limiter: Limiter | None = None,
        gate: Gate | None = None,
    ) -> None:
        # First of all: should anything fail below, a verbose traceback prints the arguments.
        given = key_lookup.hidden(api_key)
        del api_key
        url = base_url_of(base_url)
        own = check_transport(transport)
        carried = carrier(url, given) if own is None else None
        key, carries = carried or (key_lookup.key_for(url, given, needed=own is None), own)
        self.caller = Caller(
            url,
            key,
            carries,
            retries=check_count("retries", retries, least=0),
            max_connections=check_count("max_connections", max_connections, least=1),
            timeout=limits_of(timeout),
            limiter=limiter,
            gate=gate,
        )
        self.threads = Threads(self.caller)

    @property
    def base_url(self) -> str:
        """Where the API is, without a trailing slash."""
        return self.caller.base_url

    @property
    def retries(self) -> int:
        """Attempts after the first, where repeating is safe."""
        return self.caller.retries

    def __repr__(self) -> str:
        # A traceback also prints one that could not be made.
        made = vars(self).get("caller")
        return f"Client({made.base_url!r})" if made is not None else "Client(...)"

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the idle connections; calls that run end, and close theirs."""
        await self.caller.aclose()

    def stream(
        self,
        request: Request,
        *,
        on_wait: OnWait | None = None,
        timeout: Timeout | float | None = None,
        whole: bool = False,
        context: Context | None = None,
    ) -> Stream:
        """Return the answer as a stream of chunks, to be entered with ``async with``. Nothing is sent before.

        Args:
            on_wait: Called before each wait for another attempt.
            timeout: Limits of this call.
            whole: Ask for the answer in one piece. It comes as one chunk.
            context: What the call is part of, for a transport that keeps or plays calls.

        Raises:
            ConfigurationError: The request cannot be written as a URL or as JSON.
        """
        target = check_request(request).target
        caller = self.caller
        outgoing = Outgoing(
            "POST",
            target_path(target),
            json_body(request.body(stream=not whole)),
            JSON if whole else f"text/event-stream, {JSON}",
            caller.timeout if timeout is None else limits_of(timeout),
            context or Context(private=request.is_private),
        )
        subject = Subject(
            str(target), caller.key, caller.base_url, target=target, thread_id=request.thread_id
        )
        # Repeating a call that continues a thread would append its message twice.
        attempts = Attempts(caller.retries, repeatable=request.thread_id is None)
        return Stream(caller, outgoing, request, subject, attempts, on_wait)

    async def invoke(
        self, request: Request, *, on_wait: OnWait | None = None, timeout: Timeout | float | None = None
    ) -> Reply:
        """Return the answer, asked for in one piece.

        Raises:
            LangtailError: There is none; see :class:`Stream`.
        """
        async with self.stream(request, on_wait=on_wait, timeout=timeout, whole=True) as stream:
            async for _ in stream:
                pass
        return stream.reply

    async def config(self, target: Target | str) -> dict[str, Any]:
        """Return what is deployed: ``chatInput``, the variables with defaults, and ``state``.

        Raises:
            NotFoundError: Nothing is deployed there.
        """
        target = check_target(target)
        subject = Subject(str(target), self.caller.key, self.caller.base_url, target=target)
        return await self.caller.call("GET", target_path(target), subject)

    async def deployments(self) -> list[Deployment]:
        """Return all deployments the key may see, one for each version, in the server's order."""
        subject = self.caller.subject("the list of deployments")
        content = await self.caller.call("GET", "list-deployments", subject)
        rows = content.get("deployments")
        return [_deployment(row) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def target_path(target: Target) -> str:
    """Return the path of a deployment below the base URL, with its version.

    Raises:
        ConfigurationError: No address can say it.
    """
    for name in ("workspace", "project", "assistant", "environment"):
        # A dot segment would be resolved on the way and reach another path.
        if getattr(target, name) in (".", ".."):
            raise ConfigurationError(f"{name} {getattr(target, name)!r} cannot be in a target")
    try:
        version = f"?v={quote(target.version, safe='')}" if target.version else ""
        return target.path + version
    except UnicodeEncodeError:
        raise ConfigurationError(f"target {str(target)!r} holds half a character") from None


def _deployment(row: Mapping[str, Any]) -> Deployment:
    version = row.get("version")
    return Deployment(
        assistant=str(row.get("promptSlug") or ""),
        environment=str(row.get("environment") or ""),
        version=str(version) if version else None,
        deployed_at=moment(row.get("deployedAt")),
    )
