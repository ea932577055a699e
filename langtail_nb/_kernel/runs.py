"""Earlier calls of an assistant, cells' and panels' alike: rows to look at, and what each of them asked."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol, TypedDict

from langtail_nb._errors import Interrupted, LangtailError
from langtail_nb._kernel.conversation.turn import State
from langtail_nb._kernel.disk.stored import StoredTurn
from langtail_nb._text.brief import dollars, seconds, shorten
from langtail_nb._types.completion.finish import finish_reason
from langtail_nb._types.completion.usage import Usage, uncounted
from langtail_nb._types.fields import FIELDS
from langtail_nb._types.messages import (
    Message,
    calls_of,
    content_of,
    plain_content,
    text_of,
    texts_of,
    words_of,
)
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request
from langtail_nb._types.tool_results import waiting_in

_BY_WIRE: Final = {field.wire: field.name for field in FIELDS.values()}
_UNFINISHED: Final = "the answer was not finished when this was noted"
_REPLAYED: Final = "replayed"
_INHERITED: Final = "inherited"
_WORDS: Final = 160
_ASKED: Final = 120


class Asked(NamedTuple):
    """The message of a call, the messages before it, its parameters by Python name, and its variables.

    ``images`` are those of the message, as addresses.
    """

    text: str
    extra: list[Message]
    overrides: dict[str, Any]
    variables: dict[str, str]
    images: tuple[str, ...] = ()

    @property
    def message(self) -> Any:
        """The message as it is sent, text or content parts; None where there is none."""
        return content_of(self.text, self.images) or None


class Run(TypedDict):
    """One earlier call as it is listed."""

    id: int
    at: str
    source: str
    where: str
    asked: str
    detail: str
    model: str
    tokens: str
    cost: str
    latency: str
    words: str
    state: str


class CostOf(Protocol):
    """What an answer of a model cost, in dollars, or None where nobody can say."""

    def __call__(self, model: str | None, usage: Usage, *, at: str) -> float | None:
        """Return it for a call that went to the base URL ``at``."""


def unknown(model: str | None, usage: Usage, *, at: str) -> None:
    """Know what nothing costs."""


def runs(turns: Sequence[StoredTurn], base_url: str, cost_of: CostOf = unknown) -> list[Run]:
    """Return a row for each stored turn; those of another server than this say which."""
    return [_run(turn, base_url, cost_of) for turn in turns]


def cost_in(turn: StoredTurn, cost_of: CostOf) -> float | None:
    """Return what a stored call cost, by the prices of today; None where nobody can say."""
    kept = turn.reply or {}
    usage = Usage.parse(kept.get("usage"))
    return None if usage is None else cost_of(kept.get("model"), usage, at=turn.base_url)


def asked_of(turn: StoredTurn) -> Asked | None:
    """Return what a stored call asked, or None where its contents were not recorded."""
    body = turn.request
    if body is None:
        return None
    messages = list(body.get("messages") or [])
    last = messages.pop() if messages and messages[-1].get("role") == "user" else None
    found = plain_content(last.get("content")) if last is not None else ("", [])
    if last is not None and found is None:
        messages.append(last)
    text, images = found or ("", [])
    overrides = {_BY_WIRE[name]: value for name, value in body.items() if name in _BY_WIRE}
    return Asked(text, messages, overrides, dict(body.get("variables") or {}), tuple(images))


def said_in(turn: StoredTurn) -> str:
    """Return what a search reads: question, answer, settings, variables, model, thread and environment."""
    reply, kept = turn.reply or {}, asked_of(turn)
    asked = [] if kept is None else [
        kept.text, *texts_of(kept.extra), detail_of(kept.overrides), *texts_of(_template_in(kept)),
        *(f"{name}={value}" for name, value in kept.variables.items()),
    ]  # fmt: skip
    answered = [answer_of(turn), *calls_in(reply), str(reply.get("error") or ""), reply.get("model") or ""]
    return "\n".join([*asked, *answered, turn.thread, turn.target.rpartition("/")[2]])


def _template_in(kept: Asked) -> list[Message]:
    template = kept.overrides.get("template")
    return [one for one in template if isinstance(one, dict)] if isinstance(template, list) else []


def calls_in(reply: Mapping[str, Any]) -> list[str]:
    """Return the calls of tools that a stored reply made, a line each."""
    return [f"{c.name}({c.arguments})" for one in reply.get("messages") or [] for c in calls_of(one)]


def left_out_of(turn: StoredTurn) -> list[str]:
    """Return the members of a stored body that have no place in :class:`Asked`: those of ``--field``."""
    known = {*_BY_WIRE, "messages", "variables", "stream", "threadId"}
    return [name for name in turn.request or {} if name not in known]


def detail_of(overrides: Mapping[str, Any], variables: Mapping[str, str] | None = None) -> str:
    """Return what is set in few words: ``temperature 0.9, template, topic=returns``.

    Without an override that is ``as deployed``, or ``as deployed, topic=returns``.
    """
    return ", ".join([*(_short(overrides, " ") or ["as deployed"]), *given(variables or {})])


def given(variables: Mapping[str, str]) -> list[str]:
    """Return each variable that is set in few words, ``topic=returns``."""
    return _short(variables, "=")


def _short(values: Mapping[str, Any], sign: str) -> list[str]:
    shown = {name: " ".join(str(value).split()) for name, value in values.items()}
    plain = {n for n, value in values.items() if isinstance(value, str | int | float) and len(shown[n]) <= 30}
    return [f"{name}{sign}{text}" if name in plain else name for name, text in shown.items()]


def record(reply: Reply) -> dict[str, Any]:
    """Return a reply, whole or as far as it has come, as it is kept on disk; :func:`reply_of` reads it."""
    trouble = reply.error if reply.error is not None else _UNFINISHED if reply.partial else None
    return {
        "messages": list(reply.messages),
        "model": reply.model,
        "finish_reason": reply.raw_finish_reason,
        "latency_s": reply.latency_s,
        "first_token_s": reply.first_token_s,
        "usage": reply.usage.raw or None,
        "error": None if trouble is None else str(trouble),
        "stopped": isinstance(reply.error, Interrupted),
    }


def marked(is_replayed: bool) -> dict[str, Any]:
    """Return what stands in the record of an answer that was played from a recording, beside the reply."""
    return {_REPLAYED: True} if is_replayed else {}


def was_replayed(kept: Mapping[str, Any] | None) -> bool:
    """Return whether a record is of an answer that was played from a recording."""
    return (kept or {}).get(_REPLAYED) is True


def having(inherited: Mapping[str, str] | None) -> dict[str, Any]:
    """Return what stands beside a reply of the variables that its call had from turns before it.

    They are not among the request's own: asked again, it would go ahead of its conversation.
    """
    return {} if inherited is None else {_INHERITED: dict(inherited)}


def inherited_in(turn: StoredTurn) -> dict[str, str] | None:
    """Return the variables that a stored call had from turns before it; None where that was not kept."""
    found: dict[str, str] | None = (turn.reply or {}).get(_INHERITED)
    return found


def reply_of(turn: StoredTurn, request: Request) -> Reply:
    """Return the answer of a stored call, as far as :func:`record` kept it.

    Args:
        request: What the call asked.
    """
    kept = turn.reply or {}
    error = _error_of(kept)
    messages = tuple(kept.get("messages") or [])
    calls = waiting_in(messages)
    return Reply(
        request,
        text=answer_of(turn),
        finish_reason=finish_reason(kept.get("finish_reason"), has_tool_calls=bool(calls)),
        raw_finish_reason=kept.get("finish_reason"),
        tool_calls=calls,
        messages=messages,
        model=kept.get("model"),
        latency_s=kept.get("latency_s"),
        first_token_s=kept.get("first_token_s"),
        usage=Usage.parse(kept.get("usage")) or uncounted(),
        error=error,
        sent=True,
        partial=error is not None,
    )


def answer_of(turn: StoredTurn) -> str:
    """Return the text of a stored answer; ``""`` where there is none."""
    messages = (turn.reply or {}).get("messages") or []
    texts = [words_of(m) for m in messages if m.get("role") == "assistant"]
    return "\n\n".join(filter(None, texts))


def _error_of(kept: Mapping[str, Any]) -> LangtailError | Interrupted | None:
    told = kept.get("error")
    return None if told is None else (Interrupted if kept.get("stopped") else LangtailError)(str(told))


def extent_of(reply: Reply) -> State:
    """Return how much of an answer there is: ``done`` is all, ``partial`` some text, ``failed`` none."""
    return "done" if reply.error is None else "partial" if reply.text else "failed"


def _run(turn: StoredTurn, base_url: str, cost_of: CostOf) -> Run:
    reply, kept = turn.reply or {}, asked_of(turn)
    usage = Usage.parse(reply.get("usage")) or uncounted()
    tokens = [usage.prompt_tokens, usage.completion_tokens]
    latency, cost = reply.get("latency_s"), cost_in(turn, cost_of)
    trouble = "" if state_of(turn) == "stopped" else str(reply.get("error") or "")
    said = " ".join([answer_of(turn), *calls_in(reply)]).strip() or trouble
    return Run(
        id=turn.id,
        at=when(turn.at),
        source=turn.source,
        where=where_of(turn, base_url),
        asked=shorten(_question(kept), _ASKED) if kept is not None else "",
        detail=detail_of(kept.overrides, kept.variables) if kept is not None else "not recorded",
        model=str(reply.get("model") or ""),
        tokens=" → ".join(f"{n:,}" if isinstance(n, int) else "?" for n in tokens) if any(tokens) else "",
        cost="" if cost is None else dollars(cost),
        latency=seconds(latency) if isinstance(latency, int | float) else "",
        words=shorten(" ".join(said.split()), _WORDS),
        state=state_of(turn),
    )


def state_of(turn: StoredTurn) -> str:
    """Return how a stored call stands: its state, or ``stopped`` where the user did that."""
    return "stopped" if (turn.reply or {}).get("stopped") else turn.state


def where_of(turn: StoredTurn, base_url: str) -> str:
    """Return environment and version of a call, and its server where that is another than this."""
    host = turn.base_url.partition("://")[2]
    return turn.target.rpartition("/")[2] + ("" if turn.base_url == base_url else f" at {host}")


def _question(asked: Asked) -> str:
    return asked.text or "[image]" * bool(asked.images) or _results_in(asked.extra)


def _results_in(messages: Sequence[Message]) -> str:
    """Return the results of tools that a call brought; nothing where it brought something else."""
    results = [text_of(m.get("content")) for m in messages if m.get("role") == "tool"]
    return f"results: {', '.join(results)}" if results and messages[-1].get("role") == "tool" else ""


def when(at: float) -> str:
    """Return a moment as it is listed: the time, and the day where it is another; nothing for none."""
    if not at:
        return ""
    then, now = time.localtime(at), time.localtime()
    return time.strftime("%H:%M" if then[:3] == now[:3] else "%d %b %H:%M", then)
