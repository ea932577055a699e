"""One answer, from the events of its body to chunks, and the judgement of how it ended."""

from __future__ import annotations

import json
from typing import Any

from langtail_nb._client.bodies import UnknownEncoding
from langtail_nb._client.body import Body
from langtail_nb._client.refusal import Subject, masked, message_in, status_error
from langtail_nb._client.trouble import why_broken
from langtail_nb._http.events import Event
from langtail_nb._http.fault import Broken
from langtail_nb._http.transport import Exchange
from langtail_nb._types.completion.chunk import Chunk
from langtail_nb._types.completion.collector import Collector
from langtail_nb._types.completion.errors import is_error, unwrapped
from langtail_nb._types.completion.frame import Frame
from langtail_nb._types.completion.framing import objects_in

_decode = json.JSONDecoder().raw_decode  # json.loads takes half as long again for a chunk


class AnswerFault(Exception):
    """The answer breaks off here; ``str()`` says why."""


class AnswerReader:
    """Reads one answer.

    Args:
        collector: What takes its chunks; asked how far the answer is.

    Attributes:
        warnings: What is odd about an answer that is whole.
    """

    def __init__(self, exchange: Exchange, subject: Subject, collector: Collector) -> None:
        self._exchange, self._subject, self._collector = exchange, subject, collector
        self._body = Body(exchange, subject.key)
        self._frame = Frame()
        self._is_done = False
        self.warnings: list[str] = []

    async def begin(self) -> None:
        """Read as much as tells what kind of body it is.

        Raises:
            AnswerFault: Nobody can read it.
        """
        try:
            await self._body.begin()
        except UnknownEncoding as exc:
            raise AnswerFault(str(exc)) from None

    @property
    def is_event_stream(self) -> bool:
        """Whether it is a stream of events, and no text as a whole."""
        return self._body.is_event_stream

    @property
    def is_open(self) -> bool:
        """Whether there may be more events."""
        return self._body.is_open

    async def next_events(self) -> list[Event]:
        """Return the events that the next bytes complete."""
        # The bytes, which may hold the key that a server echoes, stand in no variable here.
        try:
            return self._body.events_in(self._body.take_head() or await self._exchange.read())
        except Broken as exc:
            return self._body.events_at_break(exc)

    def chunk_in(self, event: Event) -> Chunk | None:
        """Return the chunk in an event; None for the end mark, what follows it, and events of other kinds.

        Raises:
            AnswerFault: It is an error event, of any form seen, or no JSON.
        """
        data = event.data
        if not event.event and (chunk := self._frame.chunk_in(data)) is not None and not self._is_done:
            return chunk
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
        if type(raw) is not dict:
            return None
        chunk = self.chunk_of(raw)
        self._frame.learn(data, chunk)
        return chunk

    def chunk_of(self, raw: dict[str, Any]) -> Chunk:
        """Return the chunk that a decoded object is.

        Raises:
            AnswerFault: It is an error.
        """
        if is_error(raw):
            raise self._told(raw)
        return Chunk(raw)

    def _not_json(self, event: Event, exc: Exception) -> None:
        if event.event == "error":
            raise AnswerFault(message_in(event.data))
        # An empty event is a sign of life; another kind of event is none of ours; the last may be cut off.
        if event.event in ("", "message") and event.data.strip() and self.is_open:
            raise AnswerFault(f"the server sent an event that is not JSON, {event.data[:80]!r}") from exc

    def _told(self, raw: Any) -> AnswerFault:
        """Return the fault for what a server says in the midst of an answer."""
        return AnswerFault(message_in(masked(raw, self._subject.key)))

    async def conclude(self) -> None:
        """Judge how the events ended.

        Source: Langtail's SDK takes a body without end mark as complete. Here a finish reason is proof
        enough, unless it announces tool calls, after which the round of a hosted tool may be missing.

        Raises:
            AnswerFault: There is more to it that did not come.
        """
        if self._is_done:
            await self._exchange.drain()
            return
        cut, awaits_tools = self._body.cut, self._collector.awaits_tools
        if not self._collector.is_finished or (cut is not None and awaits_tools):
            why = why_broken(cut) if cut is not None else "it ended without a finish reason"
            raise AnswerFault(why) from (cut and cut.__cause__)
        if cut is not None:
            self.warnings.append("the connection broke after the last word; token counts may be missing")
        elif awaits_tools:
            self.warnings.append(
                "the answer ended in tool calls without [DONE]; a hosted tool's round may be missing"
            )

    async def objects(self) -> list[dict[str, Any]]:
        """Return what is in a body that is no stream: a completion, or chunks without their frame.

        Raises:
            AnswerFault: It broke off.
            APIStatusError: It is no answer.
        """
        try:
            text = await self._body.text()
        except Broken as exc:
            raise AnswerFault(why_broken(exc)) from exc.__cause__
        objects = objects_in(text)
        if objects is None and text.lstrip().startswith("{"):
            raise AnswerFault("its JSON is cut off")
        if objects is None or (len(objects) == 1 and not _is_completion(objects[0])):
            exchange = self._exchange
            raise status_error(self._subject, exchange.status, exchange.headers, text)
        return objects

    def conclude_whole(self, last: Chunk) -> None:
        """Judge how a body ended that was no stream; a completion is all there is.

        Raises:
            AnswerFault: Chunks came, and no finish reason.
        """
        if not (last.is_whole or self._collector.is_finished):
            raise AnswerFault("it ended without a finish reason")


def _is_completion(content: dict[str, Any]) -> bool:
    return isinstance(content.get("choices"), list) and not is_error(content)
