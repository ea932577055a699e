"""Earlier calls as rows of a table, one value in each column, as a frame takes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final, TypedDict

from langtail_nb._kernel import runs
from langtail_nb._kernel.disk.stored import StoredTurn
from langtail_nb._types.completion.finish import finish_reason
from langtail_nb._types.completion.usage import Usage, uncounted
from langtail_nb._types.messages import calls_of

_NOTHING: Final = runs.Asked("", [], {}, {})


class RunRow(TypedDict):
    """One earlier call; what was not recorded or is not known is None, ``""`` or empty.

    ``message`` is what was asked last, ``messages`` what went before it; ``text`` is the answer, or as far as
    it came; ``overrides`` are the parameters that were sent; ``cost`` is an estimate in dollars, by today's
    prices. ``state`` is ``done``, ``partial``, ``failed``, ``stopped`` (by the user), or ``sent`` or ``open``
    for a call that is on its way or was never heard of.
    """

    id: int
    at: datetime | None
    source: str
    target: str
    base_url: str
    thread: str | None
    thread_id: str | None
    message: str
    messages: list[dict[str, Any]]
    variables: dict[str, str]
    overrides: dict[str, Any]
    state: str
    text: str
    tool_calls: list[dict[str, str]]
    error: str | None
    model: str | None
    finish_reason: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    total_tokens: int | None
    cost: float | None
    latency_s: float | None
    first_token_s: float | None


def row_of(turn: StoredTurn, cost_of: runs.CostOf = runs.unknown) -> RunRow:
    """Return a stored call as a row."""
    reply, asked = turn.reply or {}, runs.asked_of(turn) or _NOTHING
    usage = Usage.parse(reply.get("usage")) or uncounted()
    calls = [call for message in reply.get("messages") or [] for call in calls_of(message)]
    return RunRow(
        id=turn.id,
        at=datetime.fromtimestamp(turn.at, UTC) if turn.at else None,
        source=turn.source,
        target=turn.target,
        base_url=turn.base_url,
        thread=turn.thread or None,
        thread_id=turn.thread_id or None,
        message=asked.text,
        messages=list(asked.extra),
        variables=asked.variables,
        overrides=asked.overrides,
        state=runs.state_of(turn),
        text=runs.answer_of(turn),
        tool_calls=[{"id": call.id, "name": call.name, "arguments": call.arguments} for call in calls],
        error=reply.get("error"),
        model=reply.get("model"),
        finish_reason=finish_reason(reply.get("finish_reason"), has_tool_calls=bool(calls)),
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        total_tokens=usage.total_tokens,
        cost=runs.cost_in(turn, cost_of),
        latency_s=reply.get("latency_s"),
        first_token_s=reply.get("first_token_s"),
    )
