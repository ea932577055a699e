"""An answer as a value: its text, what came with it, and how the call went."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, fields
from typing import Any

from langtail_nb._errors import ConfigurationError, Interrupted, LangtailError
from langtail_nb._text.brief import clip
from langtail_nb._text.characters import visible_line
from langtail_nb._text.json_text import decoded
from langtail_nb._text.markdown import span, to_markdown
from langtail_nb._types.answer_blocks import blocks_of, calls_shown, joined, note
from langtail_nb._types.completion.finish import FinishReason
from langtail_nb._types.completion.tool_call import ToolCall
from langtail_nb._types.completion.usage import Usage, uncounted
from langtail_nb._types.json_value import json_value
from langtail_nb._types.messages import Message
from langtail_nb._types.request import Request
from langtail_nb._types.tool_results import continued, is_legacy, tool_messages

_FENCED = re.compile(r"\s*```[\w+-]*[ \t]*\n(.*?)\n?```\s*", re.DOTALL)


@dataclass(eq=False)
class Reply:
    """What a call gave, complete or as far as it got. ``str(reply)`` is the text.

    It can be pickled and copied; a copy belongs to no conversation. A list of replies makes a table,
    ``pd.DataFrame(replies)``, with the attributes as columns; that of :meth:`to_dict` is flatter.

    Attributes:
        request: What was asked; it holds no key.
        text: The texts of all assistant messages of the answer, joined by a blank line.
        finish_reason: Why the model stopped, mapped over all providers; None if it did not say.
        raw_finish_reason: The provider's own word.
        model: The provider's name for the model, or None.
        usage: Tokens of the whole answer, rounds of hosted tools added up; each None if not told.
        latency_s: Seconds from sending the attempt that succeeded to the end; None if nothing was sent.
        first_token_s: Seconds from sending it to the first piece; None if none came, or all came at once.
        attempts: Attempts made.
        wait_s: Seconds spent waiting between attempts.
        thread_id: The conversation on the server; None for a prompt.
        id: The server's name for the last completion, or None.
        sent: Whether the server may have received the request.
        partial: Whether the answer is incomplete.
        error: What ended it, or None.
        warnings: Plain sentences about what is odd in a complete answer.
        reasoning: What the model said of its reasoning, ``""`` if nothing.
        tool_calls: The calls that wait for you.
        hosted_calls: The calls that Langtail made itself, with their results.
        messages: All messages of the answer in wire form and in order, results of hosted tools included.

    Example:
        >>> reply = lt.ask("How long does delivery take?")
        >>> reply.finish_reason, reply.usage.total_tokens
        ('stop', 20)
        >>> print(reply)
        system: Delivery takes 3 days.
        user: How long does delivery take?
    """

    # In the order of a table's columns.
    request: Request
    text: str = ""
    _: KW_ONLY
    finish_reason: FinishReason | None = None
    raw_finish_reason: str | None = None
    model: str | None = None
    usage: Usage = field(default_factory=uncounted)
    latency_s: float | None = None
    first_token_s: float | None = None
    attempts: int = 1
    wait_s: float = 0.0
    thread_id: str | None = None
    id: str | None = None
    sent: bool = False
    partial: bool = False
    error: LangtailError | Interrupted | None = None
    warnings: list[str] = field(default_factory=list)
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    hosted_calls: tuple[ToolCall, ...] = ()
    messages: tuple[Message, ...] = ()

    def __post_init__(self) -> None:
        # How ``respond`` reaches the conversation, which a value like this knows nothing of; see
        # ``let_go_on``. No field: what takes a reply apart is not to find it.
        self._go_on: Callable[[Sequence[Message]], Reply] | None = None

    @property
    def message(self) -> Message | None:
        """The last assistant message in wire form, unknown members kept; None if there is none."""
        return next((m for m in reversed(self.messages) if m.get("role") == "assistant"), None)

    def json(self) -> Any:
        """Return the text decoded as JSON; a code fence around the whole of it is ignored.

        Raises:
            LangtailError: It is not JSON, which has no NaN and no Infinity; the message says why, as far as
                the answer tells.
        """
        fenced = _FENCED.fullmatch(self.text)
        try:
            return decoded(fenced[1] if fenced else self.text)
        except (ValueError, RecursionError) as exc:
            error = LangtailError(f"the answer is not JSON: {self._why_not_json(exc)}")
            error.reply = self
            raise error from exc

    def to_dict(self) -> dict[str, Any]:
        """Return the reply in JSON types, flat enough to be a row of a table.

        Returns:
            ``text`` (str); ``finish_reason``, ``raw_finish_reason``, ``model`` (str or None);
            ``prompt_tokens``, ``completion_tokens``, ``total_tokens``, ``cached_tokens``,
            ``reasoning_tokens`` (int or None); ``latency_s``, ``first_token_s`` (float or None), ``attempts``
            (int), ``wait_s`` (float); ``thread_id``, ``id`` (str or None); ``sent``, ``partial`` (bool);
            ``error`` (its class and words, or None); ``warnings`` (list of str); ``reasoning`` (str);
            ``tool_calls``, ``hosted_calls`` (list of dict with ``id``, ``name``, ``arguments``, ``result``);
            ``messages`` (list of dict, wire form); ``request`` (dict, see :meth:`Request.to_dict`). No key
            is in it.
        """
        row: dict[str, Any] = {}
        for name in (one.name for one in fields(self) if one.name != "request"):
            row |= self._counts() if name == "usage" else {name: getattr(self, name)}
        row["error"] = None if self.error is None else named_error(self.error)
        row["request"] = self.request.to_dict()
        plain: dict[str, Any] = json_value("reply", row)
        return plain

    def _counts(self) -> dict[str, int | None]:
        return {one.name: getattr(self.usage, one.name) for one in fields(Usage) if one.name != "raw"}

    def respond(self, results: Mapping[str, Any]) -> Reply:
        """Send the results of the tool calls, and return the answer that follows.

        It goes on with the conversation of this reply, with the target, variables and overrides of its call;
        a tool choice that forced the call is not sent again. Where the conversation went on since, a new
        branch begins after this reply. Like ``lt.ask`` it waits, can be interrupted, and shows nothing.

        Args:
            results: For each call, by function name or by id: text, a list of content parts, any value that
                JSON can say, a reply (its text), or a function, which is called with the arguments.
                ``while reply.tool_calls: reply = reply.respond({"get_weather": get_weather, ...})`` works.

        Raises:
            ConfigurationError: A name is missing or unknown, a result cannot be sent, or the reply comes from
                a ``Client``, for which there is :meth:`continuation`. Nothing was sent.
            LangtailError: The call failed; its ``reply`` holds what had arrived.
        """
        if self._go_on is None:
            raise ConfigurationError(
                "this reply belongs to no conversation of this kernel; with a Client, "
                "invoke reply.continuation(results)"
            )
        return self._go_on(self.tool_messages(results))

    def tool_messages(self, results: Mapping[str, Any]) -> list[Message]:
        """Return the messages that answer the tool calls, in wire form; see :meth:`respond`.

        Raises:
            ConfigurationError: A name is missing or unknown, or a result cannot be sent.
        """
        if self.partial:
            raise ConfigurationError("the answer broke off, so its tool calls may be incomplete; ask again")
        return tool_messages(self.tool_calls, results, legacy=is_legacy(self.messages))

    def continuation(self, results: Mapping[str, Any]) -> Request:
        """Return the request that sends the results, for ``Client.invoke`` and ``Client.stream``.

        On a thread it holds the results only; after a prompt, which has none, everything before as well.

        Raises:
            ConfigurationError: As :meth:`tool_messages` says.
        """
        messages = self.tool_messages(results)
        if self.thread_id is None:
            messages = [*self.request.all_messages, *self.messages, *messages]
        return continued(self.request, messages, thread_id=self.thread_id)

    def __getstate__(self) -> dict[str, Any]:
        # Elsewhere, and in a copy, there is no conversation to go on with.
        return {**self.__dict__, "_go_on": None}

    def _why_not_json(self, exc: Exception) -> str:
        match self.finish_reason:
            case _ if self.partial:
                return "it broke off before its end"
            case "length":
                return f"it was {ending(self)}; raise that"
            case "content_filter":
                return "the provider's content filter stopped it"
            case "tool_calls" if not self.text.strip():
                return "it is a tool call; see .tool_calls"
        return f"{exc}, in {clip(self.text)}" if self.text.strip() else "it has no text"

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        facts = [clip(self.text)]
        if self.tool_calls:
            facts.append(f"calls {', '.join(call.name for call in self.tool_calls)}")
        if self.partial:
            facts.append("partial")
        elif self.finish_reason:
            facts.append(self.finish_reason)
        if self.usage.total_tokens is not None:
            facts.append(f"{self.usage.total_tokens} tokens")
        if self.error is not None:
            facts.append(type(self.error).__name__)
        return f"Reply({', '.join(facts)})"

    def _repr_markdown_(self) -> str:
        # An empty text would be shown in place of the repr, and a part of an answer like the whole.
        return joined([*self._shown(), *map(note, self._told())]) or span(repr(self))

    def _shown(self) -> Iterator[str]:
        if self.messages:
            yield from blocks_of(self.messages, self.reasoning, is_over=not self.partial)
        else:  # made by hand, or read from a file that keeps less
            yield to_markdown(self.text)
            yield from calls_shown(self.tool_calls)

    def _told(self) -> Iterator[str]:
        if told := ending(self):
            yield told
        if self.error is not None:
            yield named_error(self.error)
        yield from self.warnings


def ending(reply: Reply) -> str:
    """Return how an answer ended that is not simply whole, in a few words; ``""`` for one that is."""
    if isinstance(reply.error, Interrupted):
        return "stopped by you"
    if reply.error is not None or reply.partial:
        return "the answer broke off here"
    match reply.finish_reason:
        case "length":
            limit = reply.request.parameters.get("max_tokens")
            return "cut at max_tokens" if limit is None else f"cut at max_tokens {limit}"
        case "content_filter":
            return "stopped by the provider's content filter"
        case "other" | "unknown":
            return f"the server ended it with {reply.raw_finish_reason!r}, so it may not be whole"
    is_refusal = any(message.get("refusal") for message in reply.messages)
    return "the model refused to answer" if is_refusal else ""


def named_error(error: BaseException) -> str:
    """Return the class and the words of an error, on one line."""
    return visible_line(f"{type(error).__name__}: {error}")


def let_go_on(reply: Reply, go_on: Callable[[Sequence[Message]], Reply]) -> None:
    """Let a reply send results of tool calls: ``go_on`` takes their messages and returns the answer."""
    reply._go_on = go_on  # noqa: SLF001 - of the class above
