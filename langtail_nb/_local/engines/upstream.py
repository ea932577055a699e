"""An engine on another server: any that speaks OpenAI's chat completions (Ollama, vLLM, llama.cpp, OpenAI).

    request ─► upstream_request ─► pool ─► event_stream ─► upstream_answer ─► pieces
                                      └──► upstream_errors ─► Refusal

The key goes only into the Authorization header, only over https or to this machine, and never along a
redirect. What comes back streams through as it comes; a client that goes away closes the connection.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

import httpx

from langtail_nb._local.engines.address import Address
from langtail_nb._local.engines.event_stream import Event, EventReader, TooLong
from langtail_nb._local.engines.pool import Pool
from langtail_nb._local.engines.upstream_answer import ChunkReader
from langtail_nb._local.engines.upstream_call import Call, Limits, error_body, whole_body
from langtail_nb._local.engines.upstream_errors import Errors
from langtail_nb._local.engines.upstream_request import completion_body
from langtail_nb._local.protocol.pieces import Model, ModelRequest, Pieces
from langtail_nb._local.protocol.wire import json_bytes
from langtail_nb._version import __version__

JSON = dict[str, Any]

_MODELS_LIMIT_S: Final = 5.0


class Upstream:
    """Another server, as an engine.

    Args:
        address: Where it is.
        key: For its Authorization header; None sends no such header.
        is_itself: Whether the address is that of the server that this engine answers for.

    Raises:
        PoolError: A proxy or a certificate file of the environment cannot be used.
    """

    is_busy = False

    def __init__(
        self, address: Address, key: str | None, *, is_itself: bool = False, limits: Limits | None = None
    ) -> None:
        self.model = address.model or address.where
        self._address, self._is_itself = address, is_itself
        self._tells_usage = True
        self._limits = limits or Limits()
        self._headers = _headers(key if address.is_private else None)
        self._errors = Errors(address, key, is_key_sent="authorization" in self._headers)
        self._pool = Pool(address)

    async def answer(self, request: ModelRequest) -> Pieces:
        """Return the answer's pieces, once the server has begun to answer.

        Raises:
            Refusal: It could not be asked, or answered with an error; see `upstream_errors`.
        """
        if self._is_itself:
            raise self._errors.itself()
        pieces = self._answered(completion_body(request, self._address))
        # Begun here, so that closing the pieces closes the connection even if nobody ever reads them.
        await anext(pieces)
        return pieces

    async def close(self) -> None:
        """Close the connections that are kept."""
        await self._pool.aclose()

    async def _answered(self, body: JSON) -> Pieces:
        call = Call(self._pool, self._limits)
        reader = ChunkReader()
        try:
            response = await self._asked(call, body)
            async with aclosing(self._chunks(call, response, reader)) as chunks:
                if (first := await anext(chunks, None)) is None:
                    raise self._errors.broken("its answer was empty")
                yield Model(self.model)  # taken by `answer`
                yield Model(body.get("model", self.model))
                for piece in reader.pieces(first):
                    yield piece
                async for chunk in chunks:
                    for piece in reader.pieces(chunk):
                        yield piece
            if reader.reason is None:
                raise self._errors.broken("its answer ended without a finish reason")
            for piece in reader.end():
                yield piece
        except httpx.HTTPError as exc:
            raise self._errors.network(exc, silence_s=self._limits.silence_s) from exc
        finally:
            await call.close()

    async def _asked(self, call: Call, body: JSON) -> httpx.Response:
        """Return the head of a success; what is none is raised as the error that it is."""
        if not self._tells_usage:
            body.pop("stream_options", None)
        response = await call.send(self._request("POST", self._address.completions, body))
        if response.is_success:
            return response
        said = self._errors.said(await error_body(response))
        if "stream_options" in body and "stream_options" in said.message:
            # Some servers do not know the name, refuse it for that, and tell usage unasked or never.
            self._tells_usage = False
            await call.close()
            return await self._asked(call, body)
        if said.is_about_the_model(response.status_code):
            raise self._errors.no_model(body.get("model"), await self._models())
        raise self._errors.status(response.status_code, response.headers, said)

    async def _chunks(
        self, call: Call, response: httpx.Response, reader: ChunkReader
    ) -> AsyncGenerator[JSON, None]:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "application/json":
            yield self._completion(await whole_body(response), reader)
            call.is_read = True
            return
        if kind != "text/event-stream":
            raise self._errors.no_completion(kind)
        events = EventReader()
        part = b"?"
        while part:
            part = await call.read(is_finished=reader.reason is not None)
            for event in self._events(events, part):
                if event.data.strip() == b"[DONE]":
                    await call.drain()
                    return
                if (chunk := self._chunk(event, is_last=not part)) is not None:
                    yield chunk

    def _events(self, events: EventReader, part: bytes) -> list[Event]:
        try:
            return events.feed(part) if part else events.flush()
        except TooLong as exc:
            raise self._errors.broken(str(exc)) from exc

    def _chunk(self, event: Event, *, is_last: bool = False) -> JSON | None:
        """Return the chunk in an event; None for a sign of life, and for a last one that was cut off."""
        if not event.data.strip():
            return None
        try:
            content = json.loads(event.data)
        except (ValueError, RecursionError) as exc:
            if is_last or event.name not in (b"", b"message", b"error"):
                return None
            raise self._errors.broken(f"an event that is not JSON, {event.data[:80]!r}") from exc
        if not isinstance(content, dict):
            return None
        if event.name == b"error" or content.get("error") or content.get("object") == "error":
            raise self._errors.event(content)
        return content

    def _completion(self, body: bytes, reader: ChunkReader) -> JSON:
        """Return a whole completion, from a server that does not stream."""
        chunk = self._chunk(Event(b"", body))
        if chunk is None or not isinstance(chunk.get("choices"), list):
            raise self._errors.no_completion("JSON")
        reader.reason = "stop"
        return chunk

    async def _models(self) -> list[str]:
        """Return the names of the models that the server says it has, or none."""
        call = Call(self._pool, self._limits)
        try:
            async with asyncio.timeout(_MODELS_LIMIT_S):
                response = await call.send(self._request("GET", self._address.models))
                listing = json.loads(await whole_body(response))["data"]
            return [model["id"] for model in listing if isinstance(model["id"], str)]
        except (httpx.HTTPError, TimeoutError, ValueError, KeyError, TypeError, RecursionError):
            return []
        finally:
            await call.close()

    def _request(self, method: str, url: str, body: JSON | None = None) -> httpx.Request:
        limits = self._limits
        timeout = {"connect": limits.connect_s, "read": limits.silence_s, "write": limits.silence_s}
        content = None if body is None else json_bytes(body)
        return httpx.Request(
            method, url, headers=self._headers, content=content, extensions={"timeout": timeout}
        )


def _headers(key: str | None) -> httpx.Headers:
    # Not a dict: these show no authorization in their repr.
    headers = {
        "accept": "text/event-stream, application/json",
        "accept-encoding": "identity",
        "content-type": "application/json",
        "user-agent": f"langtail-nb/{__version__}",
    }
    return httpx.Headers(headers if key is None else {**headers, "authorization": f"Bearer {key}"})
