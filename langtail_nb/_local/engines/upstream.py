"""An engine on another server: any that speaks OpenAI's chat completions (Ollama, vLLM, llama.cpp, OpenAI).

    request ─► upstream_request ─► upstream_server ─► chunk_reader ─► pieces
                                          └─────────► upstream_errors ─► Refusal

The key goes only into the Authorization header, only over https or to this machine, and never along a
redirect. What comes back streams through as it comes; a client that goes away closes the connection.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from typing import Any

from langtail_nb._http.events import Event, SSEDecoder
from langtail_nb._http.fault import Broken, Failed
from langtail_nb._http.round_trip import RoundTrip
from langtail_nb._local.engines.address import Address
from langtail_nb._local.engines.chunk_reader import ChunkReader
from langtail_nb._local.engines.upstream_errors import UpstreamErrors
from langtail_nb._local.engines.upstream_request import completion_body
from langtail_nb._local.engines.upstream_server import UpstreamLimits, UpstreamServer, error_body, whole_body
from langtail_nb._local.protocol.answer_pieces import Model, Pieces
from langtail_nb._local.protocol.engine import ModelRequest
from langtail_nb._text.limits import TooMuchError, check_answer
from langtail_nb._types.completion.errors import is_error, unwrapped
from langtail_nb._types.completion.framing import (
    documents_in,
    is_event_stream,
    objects_in,
    unknown_encoding,
)

JSON = dict[str, Any]


class Upstream:
    """Another server, as an engine.

    Args:
        address: Where it is.
        key: For its Authorization header; None sends no such header.
        is_itself: Whether the address is that of the server that this engine answers for.

    Raises:
        Unusable: A proxy or a certificate file of the environment cannot be used.
    """

    is_busy = False

    def __init__(
        self,
        address: Address,
        key: str | None,
        *,
        is_itself: bool = False,
        limits: UpstreamLimits | None = None,
    ) -> None:
        self.model = address.model or address.where
        self._address, self._is_itself = address, is_itself
        self._tells_usage = True
        self._limits = limits or UpstreamLimits()
        self._errors = UpstreamErrors(address, key, is_key_sent=key is not None and address.is_private)
        self._server = UpstreamServer(address, key if address.is_private else None, self._limits)

    async def count(self, request: ModelRequest) -> None:
        """Say nothing: of what servers have in common, nothing counts tokens."""

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
        await self._server.aclose()

    async def _answered(self, body: JSON) -> Pieces:
        answer: RoundTrip | None = None
        reader = ChunkReader()
        try:
            answer = await self._asked(body)
            async with aclosing(self._chunks(answer, reader)) as chunks:
                if (first := await anext(chunks, None)) is None:
                    raise self._errors.broken("its answer was empty")
                yield Model(self.model)  # taken by `answer`
                yield Model(body.get("model", self.model))
                for piece in reader.pieces(first):
                    yield piece
                async for chunk in chunks:
                    for piece in reader.pieces(chunk):
                        yield piece
            if reader.reason is None and not reader.is_ended:
                raise self._errors.broken("its answer ended without a finish reason")
            for piece in reader.end():
                yield piece
        except (Failed, Broken) as exc:
            raise self._errors.network(exc.fault, silence_s=self._limits.silence_s) from exc
        except (TooMuchError, RecursionError) as exc:
            raise self._errors.broken(f"it sent {exc}") from exc
        finally:
            if answer is not None:
                await answer.close()

    async def _asked(self, body: JSON) -> RoundTrip:
        """Return an answer that is a success; what is none is raised as the error that it is."""
        if not self._tells_usage:
            body.pop("stream_options", None)
        answer = await self._server.complete(body)
        if 200 <= answer.status < 300:
            return answer
        try:
            said = self._errors.said(await error_body(answer))
        finally:
            await answer.close()
        if "stream_options" in body and "stream_options" in said.message:
            # Some servers do not know the name, refuse it for that, and tell usage unasked or never.
            self._tells_usage = False
            return await self._asked(body)
        if said.is_about_the_model(answer.status):
            raise self._errors.no_model(body.get("model"), await self._server.models())
        raise self._errors.status(answer.status, answer.headers, said)

    async def _chunks(self, answer: RoundTrip, reader: ChunkReader) -> AsyncGenerator[JSON, None]:
        kind = answer.headers.get("content-type", "")
        if encoding := unknown_encoding(answer.headers):
            raise self._errors.broken(f"it is encoded as {encoding!r}, which was not asked for")
        part = await self._server.first(answer)
        if not is_event_stream(part, kind):
            for content in self._completion(part + await whole_body(answer), kind, reader):
                yield content
            return
        events, length = SSEDecoder(), 0
        while part:
            length += len(part)
            check_answer(length)
            for event in self._apart(events.feed(part)):
                if event.data.strip() == "[DONE]":
                    # Complete without a reason, too: the mark is the server's word for the end.
                    reader.is_ended = True
                    await answer.drain()
                    return
                if (chunk := self._chunk(event)) is not None:
                    yield chunk
            part = await self._server.read(answer, is_finished=reader.reason is not None)
        for event in self._apart(events.flush()):
            if event.data.strip() == "[DONE]":
                reader.is_ended = True
            elif (chunk := self._chunk(event, is_last=True)) is not None:
                yield chunk

    @staticmethod
    def _apart(events: Sequence[Event]) -> list[Event]:
        return [event._replace(data=one) for event in events for one in documents_in(event.data)]

    def _chunk(self, event: Event, *, is_last: bool = False) -> JSON | None:
        """Return the chunk in an event; None for a sign of life, and for a last one that was cut off."""
        if not event.data.strip():
            return None
        try:
            content = json.loads(event.data)
        except (ValueError, RecursionError) as exc:
            if is_last or event.event not in ("", "message", "error"):
                return None
            raise self._errors.broken(f"an event that is not JSON, {event.data[:80]!r}") from exc
        content = unwrapped(content)
        return (
            self._checked(content, is_error_event=event.event == "error")
            if isinstance(content, dict)
            else None
        )

    def _checked(self, content: JSON, *, is_error_event: bool = False) -> JSON:
        if is_error_event or is_error(content):
            raise self._errors.event(content)
        return content

    def _completion(self, body: bytes, kind: str, reader: ChunkReader) -> Iterator[JSON]:
        """Yield what a server sends that does not stream: a completion, or chunks without their frame."""
        text = body.decode("utf-8-sig", errors="replace")
        if not text.lstrip().startswith(("{", "[")):
            raise self._errors.no_completion(kind)
        objects = objects_in(text)
        if objects is None:
            raise self._errors.broken("its JSON is cut off")
        for content in objects:
            self._checked(content)
            if not isinstance(content.get("choices"), list):
                raise self._errors.no_completion("JSON")
            yield content
        reader.is_ended = len(objects) == 1
