"""Requests to another server, and their answers as they come."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from langtail_nb._http.fault import Broken, Failed
from langtail_nb._http.pool import Pool
from langtail_nb._http.round_trip import RoundTrip
from langtail_nb._http.secret import Secret
from langtail_nb._http.timeout import Timeout
from langtail_nb._http.transport import Outgoing
from langtail_nb._local.engines.address import Address
from langtail_nb._local.protocol.wire import json_bytes
from langtail_nb._text.limits import check_answer
from langtail_nb._types.completion.framing import tells_its_kind

JSON = dict[str, Any]

_MOST_AT_A_TIME: Final = 10_000
_LONGEST_ERROR: Final = 64 * 1024
_ERROR_LIMIT_S: Final = 5.0
_MODELS_LIMIT_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class UpstreamLimits:
    """How long another server may take, in seconds.

    Attributes:
        connect_s: To accept a connection.
        silence_s: To send anything: a model may have to be loaded first, or think.
        usage_s: To send usage and the end mark after the finish reason, which is what counts.
    """

    connect_s: float = 10.0
    silence_s: float = 600.0
    usage_s: float = 5.0


class UpstreamServer:
    """Another server, and the connections to it.

    Args:
        key: For its Authorization header; None sends no such header.

    Raises:
        Unusable: A proxy or a certificate file of the environment cannot be used.
    """

    def __init__(self, address: Address, key: str | None, limits: UpstreamLimits) -> None:
        self._address, self._limits = address, limits
        secret = None if key is None else Secret(key)
        self._pool = Pool(address.base, secret, max_connections=_MOST_AT_A_TIME, scheme="Bearer")
        self._timeout = Timeout(limits.connect_s, limits.silence_s, limits.silence_s)
        _try_out(self._pool)

    async def complete(self, body: JSON) -> RoundTrip:
        """Return the answer to a request for a completion, its headers read.

        Raises:
            Failed: There is none.
        """
        return await self._opened("POST", self._address.completions, json_bytes(body))

    async def first(self, answer: RoundTrip) -> bytes:
        """Return as many of the first bytes of an answer as tell its kind; none of an empty one.

        Raises:
            Broken: It ended before.
        """
        head = b""
        while not tells_its_kind(head) and (part := await answer.read()):
            head += part
        return head

    async def read(self, answer: RoundTrip, *, is_finished: bool) -> bytes:
        """Return the next bytes of an answer as they come, none at its end.

        A connection that breaks or falls silent once the answer is finished has said all that counts.

        Raises:
            Broken: It did so before.
        """
        if is_finished:
            answer.silence_s = self._limits.usage_s
        try:
            return await answer.read()
        except Broken:
            if is_finished:
                return b""
            raise

    async def models(self) -> list[str]:
        """Return the names of the models that the server says it has, or none."""
        try:
            async with asyncio.timeout(_MODELS_LIMIT_S):
                answer = await self._opened("GET", self._address.models)
                try:
                    listing = json.loads(await whole_body(answer))["data"]
                finally:
                    await answer.close()
            return [model["id"] for model in listing if isinstance(model["id"], str)]
        except (Failed, Broken, TimeoutError, ValueError, KeyError, TypeError, RecursionError):
            return []

    async def aclose(self) -> None:
        """Close the connections that are kept."""
        await self._pool.aclose()

    async def _opened(self, method: str, url: str, content: bytes | None = None) -> RoundTrip:
        path = url.removeprefix(f"{self._address.base}/")
        accept = "text/event-stream, application/json"
        while True:
            answer = RoundTrip(self._pool, Outgoing(method, path, content, accept, self._timeout))
            try:
                await answer.open()
            except Failed as exc:
                # A kept connection that was given up there says nothing of the server; the next may be new.
                if exc.fault.kind != "break" or not exc.fault.was_kept:
                    raise
            else:
                return answer


async def whole_body(answer: RoundTrip) -> bytes:
    """Return the body of an answer.

    Raises:
        Broken: It has no end.
        TooMuchError: It is longer than any answer.
    """
    body = bytearray()
    while part := await answer.read():
        body += part
        check_answer(len(body))
    return bytes(body)


async def error_body(answer: RoundTrip) -> bytes:
    """Return the body of an error, as much of it as comes in reasonable time and size."""
    body = b""
    with suppress(TimeoutError, Broken):
        async with asyncio.timeout(_ERROR_LIMIT_S):
            while len(body) < _LONGEST_ERROR and (part := await answer.read()):
                body += part
    return body


def _try_out(pool: Pool) -> None:
    """Take a connection once, so that what cannot be used is told now and not with the first request."""

    async def take() -> None:
        await pool.give_back(await pool.take(), keep=False)

    # On a thread: a loop may run on this one already.
    with ThreadPoolExecutor(1) as worker:
        worker.submit(asyncio.run, take()).result()
