"""One request as the journal remembers it."""

from __future__ import annotations

import json
import time
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from langtail_nb._local.protocol.answer_pieces import Finish, Model, Pieces
from langtail_nb._local.protocol.masking import NOTHING_SECRET, Mask
from langtail_nb._local.protocol.transcript import Transcript
from langtail_nb._local.protocol.wire import usage_object

JSON = dict[str, Any]

LONGEST_BODY_BYTES = 1_000_000
"""A body, or a model's request, that is longer is not remembered; inline images would fill the memory."""


@dataclass(slots=True)
class JournalEntry:
    """One request. Times are of this machine's monotonic clock, in seconds, but for `received_at`.

    Attributes:
        received_at: Seconds since the epoch.
        withheld: Whether ``doNotRecord`` keeps the payload out.
        fault: The faults that were asked for, as they were written.
        error: The body of an answer that is an error, or the error that ended a stream.
        answer: What was answered: ``model``, ``messages``, ``finish_reason`` and ``usage``.
        transcript: The answer while it still grows, and `finish` its end.
    """

    id: int
    at: float
    connection: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: object = None
    metadata: JSON = field(default_factory=dict)
    thread_id: str | None = None
    provider: JSON | None = None
    status: int | None = None
    events: int = 0
    ended_at: float | None = None
    closed_by_client_at: float | None = None
    received_at: float = field(default_factory=time.time)
    first_token_at: float | None = None
    withheld: bool = False
    fault: str | None = None
    model: str | None = None
    answer: JSON | None = None
    error: object = None
    transcript: Transcript | None = None
    finish: Finish | None = None
    mask: Mask = NOTHING_SECRET
    payload_bytes: int = 0

    def remember_provider(self, request: JSON) -> None:
        """Keep what the model is given, unless it is very long."""
        self.provider = self._kept(request)

    def remember_metadata(self, metadata: JSON) -> None:
        """Add the metadata of a body, which go before those of headers."""
        self.metadata = {**self.metadata, **self.mask.value(metadata, json.dumps(metadata))}

    def watch(self, pieces: Pieces, model: str, transcript: Transcript) -> Pieces:
        """Return the pieces, noted as they pass: when the first came, how it ended, and what it made."""
        self.model, self.transcript = model, transcript
        return self._watched(pieces)

    def withhold(self) -> None:
        """Forget the payload, as ``doNotRecord`` asks; the entry stays."""
        self.withheld = True
        self.payload_bytes = 0
        self.body = {"doNotRecord": True}
        self.provider = self.answer = self.error = None

    def forget(self) -> None:
        """Drop the payload, to make room for that of later requests."""
        if not self.payload_bytes:
            return
        for name in ("body", "provider", "answer"):
            if getattr(self, name) is not None:
                setattr(self, name, {"bytes": self.payload_bytes})
        self.payload_bytes = 0

    def fail(self, error: object) -> None:
        """Note the error that was answered, or that ended a stream."""
        if not self.withheld:
            self.error = self.mask.value(error, json.dumps(error))

    def answer_so_far(self) -> JSON | None:
        """Return the answer, also while it still grows; None where there is none or it is withheld."""
        if self.transcript is None or self.withheld:
            return self.answer
        finish = self.transcript.finish or self.finish
        return {
            "model": self.model,
            "messages": self.transcript.messages(),
            "finish_reason": finish.reason if finish else None,
            "usage": usage_object(finish.usage) if finish and finish.usage else None,
        }

    def close(self, status: int | None) -> None:
        """Note that the request was answered, and keep the answer in place of the pieces it grew from."""
        self.status = status
        self.ended_at = time.monotonic()
        if self.transcript is None:
            return
        answer, self.transcript = self.answer_so_far(), None
        self.answer = None if answer is None else self._kept(answer)

    async def _watched(self, pieces: Pieces) -> Pieces:
        async with aclosing(pieces):
            async for piece in pieces:
                if isinstance(piece, Model):
                    self.model = piece.name
                elif self.first_token_at is None:
                    self.first_token_at = time.monotonic()
                if isinstance(piece, Finish):
                    self.finish = piece
                yield piece

    def _kept(self, value: JSON) -> JSON:
        text = json.dumps(value)
        if len(text) > LONGEST_BODY_BYTES:
            return {"bytes": len(text)}
        self.payload_bytes += len(text)
        kept: JSON = self.mask.value(value, text)
        return kept
