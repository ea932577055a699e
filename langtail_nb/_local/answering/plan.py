"""A model's pieces in, the events of a stream out.

pieces ──► plan (what is written, and what is stored when) ──► faulty_events ──► bytes
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import aclosing

from langtail_nb._local.answering.served_event import Kind, ServedEvent, ServedEvents
from langtail_nb._local.faults.faults import Faults
from langtail_nb._local.protocol.answer_pieces import (
    Finish,
    HostedCalls,
    HostedResult,
    Model,
    NextCompletion,
    Other,
    Piece,
    Pieces,
    Reasoning,
    Refused,
    Text,
    ToolCall,
)
from langtail_nb._local.protocol.assumed import USAGE_IN_FINISH_CHUNK
from langtail_nb._local.protocol.transcript import Transcript, call_object
from langtail_nb._local.protocol.wire import DONE, JSON, Completion, event_bytes, usage_object


class Plan:
    """How one answer is written: the plain way, or in one of the forms that also occur."""

    def __init__(self, model: str, faults: Faults) -> None:
        self.completion = Completion(model)
        self.transcript = Transcript()
        self._usage_in_finish = USAGE_IN_FINISH_CHUNK or faults.get("usage-in-finish") is not None
        self._aggregated = faults.get("aggregated-tools") is not None
        self._whole = faults.get("message-in-stream") is not None
        self._is_finished = False

    async def events(self, pieces: Pieces) -> ServedEvents:
        """Yield the events of an answer, `[DONE]` at the end; pieces are also kept in the transcript."""
        is_open = self._whole
        async with aclosing(pieces):
            async for piece in pieces:
                self.take(piece)
                if not is_open and not isinstance(piece, Model):
                    is_open = True
                    yield self._opening("open")
                for event in self._written(piece):
                    yield event
        yield ServedEvent("done", DONE)

    def take(self, piece: Piece) -> None:
        """Take a piece into the transcript, or the name of the model that answers into the completion."""
        self.transcript.add(piece)
        if isinstance(piece, Model):
            self.completion = Completion(piece.name, self.completion.id, self.completion.created)

    def _written(self, piece: Piece) -> Iterator[ServedEvent]:
        match piece:
            case Model():
                pass
            case Finish():
                yield from self._finish(piece)
            case HostedCalls():
                yield self._hosted_calls(piece)
            case HostedResult(call_id, content):
                yield self._event("piece", self.completion.handled_chunk(call_id, content))
            case NextCompletion():
                yield from self._next_completion()
            case ToolCall() if self._aggregated:
                pass
            case Text(text) if not self._whole:
                yield ServedEvent("piece", self.completion.text_event(text))
            case _ if not self._whole:
                yield self._event("piece", self.completion.chunk(_delta(piece)))

    def _finish(self, finish: Finish) -> Iterator[ServedEvent]:
        if self._is_finished:
            # The finish reason left with the calls; this event only says that all is there to be stored.
            yield ServedEvent("finish", b"")
            return
        chunk = self.completion.chunk(self._last_delta(), finish.reason)
        if self._whole:
            chunk = self.completion.whole(self.transcript.message(), finish.reason, None)
        in_finish = self._usage_in_finish or (self._aggregated and self.transcript.calls)
        if finish.usage is not None and in_finish:
            chunk["usage"] = usage_object(finish.usage)
        yield self._event("finish", chunk)
        if finish.usage is not None and not in_finish:
            yield self._event("usage", self.completion.usage_chunk(finish.usage))

    def _last_delta(self) -> JSON:
        if not (self._aggregated and self.transcript.calls):
            return {}
        return {"content": None, "tool_calls": [call_object(call) for call in self.transcript.calls.values()]}

    def _hosted_calls(self, ended: HostedCalls) -> ServedEvent:
        # Whole, without index, with the finish reason and usage: as in the recordings of 2024.
        self._is_finished = True
        calls = {"content": None, "tool_calls": [call_object(call) for call in ended.calls]}
        chunk = self.completion.chunk(calls, "tool_calls")
        if self._whole:
            chunk = self.completion.whole(self.transcript.messages()[-1], "tool_calls", None)
        if ended.usage is not None:
            chunk["usage"] = usage_object(ended.usage)
        return self._event("piece", chunk)

    def _next_completion(self) -> Iterator[ServedEvent]:
        self._is_finished = False
        self.completion = Completion(self.completion.model)
        if not self._whole:
            yield self._opening("piece")

    def _opening(self, kind: Kind) -> ServedEvent:
        return self._event(kind, self.completion.chunk({"role": "assistant", "content": ""}))

    def _event(self, kind: Kind, value: JSON) -> ServedEvent:
        return ServedEvent(kind, event_bytes(value))


def _delta(piece: Piece) -> JSON:
    match piece:
        case Reasoning(text):
            return {"reasoning": text}
        case Refused(text):
            return {"refusal": text}
        case Other(values):
            return values
        case ToolCall(index, arguments, "", ""):
            return {"tool_calls": [{"index": index, "function": {"arguments": arguments}}]}
        case ToolCall():
            return {"tool_calls": [{"index": piece.index, **call_object(piece)}]}
    raise AssertionError(piece)
