"""One call: attempts until the server accepts it, then chunks until it ends, and the Reply at any time."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from types import TracebackType

from langtail_nb._client.answer_reader import AnswerFault, AnswerReader
from langtail_nb._client.attempts import Attempts, OnWait
from langtail_nb._client.caller import Caller
from langtail_nb._client.refusal import Subject
from langtail_nb._errors import LangtailError, StreamError
from langtail_nb._http.transport import Exchange, Outgoing
from langtail_nb._text.limits import TooMuchError
from langtail_nb._types.completion.chunk import Chunk
from langtail_nb._types.completion.collector import Collector
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request

_log = logging.getLogger("langtail_nb")


class Stream:
    """The answer to one request, as it comes. Use it as ``async with client.stream(request) as stream``.

    It is entered once the server accepted the call; then iterate over it. Leaving it closes the connection,
    at once if the answer has not ended.

    Raises:
        LangtailError: On entering, the call failed. While iterating, the answer broke off or is none. Where
            something was sent, the error's ``reply`` holds what had arrived.

    Example:
        >>> async def tell(question):
        ...     request = lt.Request("local/demo/support/production", question)
        ...     async with lt.Client() as client, client.stream(request) as stream:
        ...         async for chunk in stream:
        ...             print(chunk.text, end="")
        >>> asyncio.run(tell("How long does delivery take?"))
        system: Delivery takes 3 days.
        user: How long does delivery take?
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
        self._is_entered = self._is_inside = False
        self._was_sent = False
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

    def _pass_gate(self) -> None:
        if self._caller.gate is not None and not self._is_inside and not self.is_free:
            self._caller.gate.enter()
            self._is_inside = True

    def _begin_attempt(self, exchange: Exchange) -> None:
        self._was_sent = self.sent
        self._exchange = exchange
        self._pass_gate()

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
    def is_free(self) -> bool:
        """Whether its answer is played from a recording, where others are sent."""
        return bool(getattr(self._exchange, "is_free", False))

    @property
    def thread_id(self) -> str | None:
        """The conversation on the server, known before the first chunk; None for a prompt."""
        headers = self._exchange.headers if self._exchange is not None else {}
        return headers.get("x-langtail-thread-id") or self._request.thread_id

    @property
    def is_replayed(self) -> bool:
        """Whether the answer was played from a recording, as the transport says; one of your own need not."""
        return bool(getattr(self._exchange, "is_replayed", False))

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
        reader = AnswerReader(exchange, self._subject, self._collector)
        try:
            await reader.begin()
            if reader.is_event_stream:
                while reader.is_open:
                    for event in await reader.next_events():
                        if (chunk := reader.chunk_in(event)) is not None:
                            self._take(chunk)
                            yield chunk
                await reader.conclude()
            else:
                for raw in await reader.objects():
                    piece = reader.chunk_of(raw)
                    self._collector.feed(piece)
                    yield piece
                reader.conclude_whole(piece)
            self._complete(reader.warnings)
        except LangtailError as exc:
            self._fail(exc)
            raise
        except Exception as exc:
            # Of whatever kind: what broke the reading broke the answer.
            error = self._broken(exc)
            self._fail(error)
            raise error from (exc.__cause__ if isinstance(exc, AnswerFault) else exc)
        finally:
            self._end()
            await exchange.close()

    def _take(self, chunk: Chunk) -> None:
        self._collector.feed(chunk)
        if self._first_s is None and (chunk.text or chunk.reasoning or chunk.tool_calls):
            self._first_s = self._elapsed_s

    def _complete(self, warnings: list[str]) -> None:
        self._is_complete = True
        self._collector.end()
        self._warnings += warnings
        if self._collector.lacks_reason:
            self._warnings.append("the server gave no finish reason, so it may not be whole")

    def _broken(self, exc: Exception) -> StreamError:
        """Return the error for an answer that broke off, or that nobody can read: too much, or too deep."""
        why = str(exc)
        if isinstance(exc, TooMuchError):
            why = f"the server sent {exc}"
        elif not isinstance(exc, AnswerFault):
            _log.error("an answer ended in an error that nobody foresaw", exc_info=exc)
            why = f"reading it failed ({self._subject.key.mask(repr(exc)):.200})"
        after = self._collector.characters
        how_far = f"after {after:,} characters" if after else "before its first word"
        return StreamError(f"the answer from {self._subject.name} broke off {how_far}: {why}")

    def _fail(self, error: LangtailError) -> None:
        self._error = error
        self._end()
        if self.sent:
            error.reply = self.reply

    def _end(self) -> None:
        if self._latency_s is None:
            self._latency_s = self._elapsed_s
        if self._is_inside and self._caller.gate is not None:
            self._is_inside = False
            self._caller.gate.leave(self.reply, at=self._caller.base_url)
