"""One call: attempts until the server accepts it, then chunks until it ends, and the Reply at any time."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from types import TracebackType
from typing import Any

from langtail_nb._client.attempts import Attempts, OnWait
from langtail_nb._client.body import Body, UnknownEncoding
from langtail_nb._client.caller import Caller
from langtail_nb._client.refusal import Subject, masked, message_in, status_error
from langtail_nb._client.trouble import why_broken
from langtail_nb._errors import LangtailError, StreamError
from langtail_nb._http.events import Event
from langtail_nb._http.fault import Broken
from langtail_nb._http.transport import Exchange, Outgoing
from langtail_nb._types.completion.chunk import Chunk
from langtail_nb._types.completion.collector import Collector
from langtail_nb._types.completion.errors import is_error, unwrapped
from langtail_nb._types.completion.framing import objects_in
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request

_decode = json.JSONDecoder().raw_decode  # json.loads takes half as long again for a chunk


class Stream:
    """The answer to one request, as it comes. Use it as ``async with client.stream(request) as stream``.

    It is entered once the server accepted the call; then iterate over it. Leaving it closes the connection,
    at once if the answer has not ended.

    Raises:
        LangtailError: On entering, the call failed. While iterating, the answer broke off or is none. Where
            something was sent, the error's ``reply`` holds what had arrived.
    """

    def __init__(
        self,
        caller: Caller,
        outgoing: Outgoing,
        request: Request,
        subject: Subject,
        attempts: Attempts,
        on_wait: OnWait | None,
    ) -> None:
        self._caller, self._outgoing, self._on_wait = caller, outgoing, on_wait
        self._request, self._subject, self._attempts = request, subject, attempts
        self._exchange: Exchange | None = None
        self._collector = Collector(request)
        self._chunks: AsyncGenerator[Chunk, None] | None = None
        self._body: Body
        self._is_entered = False
        self._was_sent = False
        self._is_done = False
        self._is_complete = False
        self._error: LangtailError | None = None
        self._warnings: list[str] = []
        self._first_s: float | None = None
        self._latency_s: float | None = None

    async def __aenter__(self) -> Stream:
        self._is_entered = True
        try:
            await self._caller.send(
                self._outgoing,
                self._subject,
                self._attempts,
                on_wait=self._on_wait,
                on_attempt=self._begin_attempt,
            )
        except LangtailError as exc:
            self._fail(exc)
            raise
        except BaseException:
            self._end()
            raise
        return self

    def _begin_attempt(self, exchange: Exchange) -> None:
        self._was_sent = self.sent
        self._exchange = exchange

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connection, unless the answer was read to its end."""
        self._end()
        if self._exchange is not None:
            await self._exchange.close()
        if self._chunks is not None:
            await self._chunks.aclose()

    def __aiter__(self) -> AsyncGenerator[Chunk, None]:
        if self._chunks is None:
            self._chunks = self._read() if self._is_entered else self._enter_and_read()
        return self._chunks

    async def __anext__(self) -> Chunk:
        return await anext(aiter(self))

    @property
    def sent(self) -> bool:
        """Whether the server may have received the request, in any attempt."""
        return self._was_sent or (self._exchange is not None and self._exchange.sent)

    @property
    def thread_id(self) -> str | None:
        """The conversation on the server, known before the first chunk; None for a prompt."""
        headers = self._exchange.headers if self._exchange is not None else {}
        return headers.get("x-langtail-thread-id") or self._request.thread_id

    @property
    def reply(self) -> Reply:
        """What has arrived so far; also after leaving the stream early and after an error.

        Cheap: it costs what is new since the last time, and the joining of it.
        """
        reply = self._collector.snapshot(
            thread_id=self.thread_id,
            latency_s=self._elapsed_s if self._latency_s is None else self._latency_s,
            first_token_s=self._first_s,
            attempts=max(1, self._attempts.made),
            wait_s=self._attempts.waited_s,
            sent=self.sent,
            partial=not (self._is_complete or self._is_all_there),
            error=self._error,
        )
        reply.warnings += self._warnings
        return reply

    @property
    def _elapsed_s(self) -> float | None:
        return self._exchange.elapsed_s if self._exchange is not None else None

    @property
    def _is_all_there(self) -> bool:
        return self._error is None and self._collector.is_finished and not self._collector.awaits_tools

    async def _enter_and_read(self) -> AsyncGenerator[Chunk, None]:
        await self.__aenter__()
        async with aclosing(self._read()) as chunks:
            async for chunk in chunks:
                yield chunk

    async def _read(self) -> AsyncGenerator[Chunk, None]:
        exchange = self._exchange
        assert exchange is not None
        self._body = body = Body(exchange, self._subject.key)
        try:
            await self._begin(body)
            if body.is_event_stream:
                while body.is_open:
                    # The bytes, which may hold the key that a server echoes, stand in no variable here.
                    try:
                        events = body.events_in(body.take_head() or await exchange.read())
                    except Broken as exc:
                        events = body.events_at_break(exc)
                    for event in events:
                        if (chunk := self._decoded(event)) is not None:
                            self._take(chunk)
                            yield chunk
                await self._conclude(exchange)
            else:
                for raw in await self._whole(body):
                    piece = Chunk(self._checked(raw))
                    self._collector.feed(piece)
                    yield piece
                self._conclude_whole(piece)
            self._complete()
        except LangtailError as exc:
            self._fail(exc)
            raise
        finally:
            self._end()
            await exchange.close()

    async def _begin(self, body: Body) -> None:
        try:
            await body.begin()
        except UnknownEncoding as exc:
            raise StreamError(
                self._broke(f"it is encoded as {str(exc)!r}, which was not asked for")
            ) from None

    def _take(self, chunk: Chunk) -> None:
        self._collector.feed(chunk)
        if self._first_s is None and (chunk.text or chunk.reasoning or chunk.tool_calls):
            self._first_s = self._elapsed_s

    def _decoded(self, event: Event) -> Chunk | None:
        """Return the chunk in an event; None for the end mark, what follows it, and events of other kinds.

        Raises:
            StreamError: It is an error event, of any form seen, or no JSON.
        """
        data = event.data
        if self._is_done or (len(data) < 20 and data.strip() == "[DONE]"):
            self._is_done = True
            self._body.is_open = False
            return None
        try:
            raw, end = _decode(data)
            if end != len(data):  # more than white space around it is an error, told by the usual way
                raw = json.loads(data)
        except (ValueError, RecursionError) as exc:
            self._not_json(event, exc)
            return None
        if type(raw) is list:
            raw = unwrapped(raw)
        if event.event == "error":
            raise self._told(raw)
        return Chunk(self._checked(raw)) if type(raw) is dict else None

    def _checked(self, raw: dict[str, Any]) -> dict[str, Any]:
        if is_error(raw):
            raise self._told(raw)
        return raw

    def _told(self, raw: Any) -> StreamError:
        """Return the error for what a server says in the midst of an answer."""
        return StreamError(self._broke(message_in(masked(raw, self._subject.key))))

    def _not_json(self, event: Event, exc: Exception) -> None:
        if event.event == "error":
            raise StreamError(self._broke(message_in(event.data)))
        # An empty event is a sign of life; another kind of event is none of ours; the last may be cut off.
        if event.event in ("", "message") and event.data.strip() and self._body.is_open:
            raise StreamError(
                self._broke(f"the server sent an event that is not JSON, {event.data[:80]!r}")
            ) from exc

    async def _conclude(self, exchange: Exchange) -> None:
        """Judge how the body ended.

        Source: Langtail's SDK takes a body without end mark as complete. Here a finish reason is proof
        enough, unless it announces tool calls, after which the round of a hosted tool may be missing.
        """
        if self._is_done:
            self._is_complete = True
            await exchange.drain()
            return
        awaits_tools = self._collector.awaits_tools
        if not self._collector.is_finished or (self._body.cut is not None and awaits_tools):
            why = (
                why_broken(self._body.cut)
                if self._body.cut is not None
                else "it ended without a finish reason"
            )
            raise StreamError(self._broke(why)) from (self._body.cut and self._body.cut.__cause__)
        if self._body.cut is not None:
            self._warnings.append("the connection broke after the last word; token counts may be missing")
        elif awaits_tools:
            self._warnings.append(
                "the answer ended in tool calls without [DONE]; a hosted tool's round may be missing"
            )

    def _conclude_whole(self, last: Chunk) -> None:
        """Judge how a body ended that was no stream; a completion is all there is."""
        if not (last.is_whole or self._collector.is_finished):
            raise StreamError(self._broke("it ended without a finish reason"))

    def _complete(self) -> None:
        self._is_complete = True
        self._collector.end()
        if self._collector.lacks_reason:
            self._warnings.append("the server gave no finish reason, so it may not be whole")

    async def _whole(self, body: Body) -> list[dict[str, Any]]:
        """Return a body that is no stream of events: a completion, or chunks without their frame."""
        try:
            text = await body.text()
        except Broken as exc:
            raise StreamError(self._broke(why_broken(exc))) from exc.__cause__
        objects = objects_in(text)
        if objects is not None and (len(objects) > 1 or _is_completion(objects[0])):
            return objects
        if objects is None and text.lstrip().startswith("{"):
            raise StreamError(self._broke("its JSON is cut off"))
        exchange = self._exchange
        assert exchange is not None
        raise status_error(self._subject, exchange.status, exchange.headers, text)

    def _broke(self, why: str) -> str:
        after = self._collector.characters
        how_far = f"after {after:,} characters" if after else "before its first word"
        return f"the answer from {self._subject.name} broke off {how_far}: {why}"

    def _fail(self, error: LangtailError) -> None:
        self._error = error
        self._end()
        if self.sent:
            error.reply = self.reply

    def _end(self) -> None:
        if self._latency_s is None:
            self._latency_s = self._elapsed_s


def _is_completion(content: dict[str, Any]) -> bool:
    return isinstance(content.get("choices"), list) and not is_error(content)
