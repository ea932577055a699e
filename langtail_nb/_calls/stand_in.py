"""The turn of a recording that stands in for one that is not there, so that what follows finds its place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from langtail_nb._errors import LangtailError, ReplayError
from langtail_nb._kernel.conversation.turn import Turn
from langtail_nb._kernel.execution import Execution
from langtail_nb._types.completion.chunk import Chunk
from langtail_nb._types.completion.collector import Collector
from langtail_nb._types.messages import Message
from langtail_nb._types.request import Request

if TYPE_CHECKING:
    from langtail_nb._replay.exchange_line import Recorded


def stand_in(error: ReplayError, request: Request, made_by: Execution) -> Turn:
    """Return the turn that takes the place of one that could not be played.

    It is the one that the recording holds there; where that line is gone, the one that was asked for, without
    an answer: the turns after it count it all the same.
    """
    recorded: Recorded | None = error.stand_in
    if recorded is None:
        return Turn(made_by, sent=request.all_messages, variables=dict(request.variables), asked=request)
    body = recorded.asked.body or {}
    return Turn(
        made_by,
        sent=_messages(body.get("messages")),
        received=_received(recorded, request),
        variables={
            str(name): str(text) for name, text in _mapping(body.get("variables")).items() if text is not None
        },
        asked=request,
        body=body,
    )


def _received(recorded: Recorded, request: Request) -> list[Message]:
    collector = Collector(request)
    for piece in recorded.answer.pieces:
        try:
            content = json.loads(piece.data)
            collector.feed(Chunk(content)) if isinstance(content, dict) else None
        except (ValueError, RecursionError, LangtailError):
            continue
    collector.end()
    return list(collector.snapshot().messages)


def _messages(value: Any) -> list[Message]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
