"""An answer as a value: its text, what came with it, and how the call went."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langtail_nb._errors import ConfigurationError, Interrupted, LangtailError
from langtail_nb._text.brief import clip
from langtail_nb._text.markdown import inline, span, to_markdown
from langtail_nb._types.completion.finish import FinishReason
from langtail_nb._types.completion.tool_call import ToolCall
from langtail_nb._types.completion.usage import Usage
from langtail_nb._types.messages import Message
from langtail_nb._types.request import Request
from langtail_nb._types.tool_results import continued, is_legacy, tool_messages

_FENCED = re.compile(r"\s*```[\w+-]*[ \t]*\n(.*?)\n?```\s*", re.DOTALL)


@dataclass(eq=False)
class Reply:
    """What a call gave, complete or as far as it got. ``str(reply)`` is the text.

    Attributes:
        request: What was asked; it holds no key.
        text: The texts of all assistant messages of the answer, joined by a blank line.
        messages: All messages of the answer in wire form and in order, results of hosted tools included.
        tool_calls: The calls that wait for you.
        hosted_calls: The calls that Langtail made itself, with their results.
        reasoning: What the model said of its reasoning, ``""`` if nothing.
        finish_reason: Why the model stopped, mapped over all providers; None if it did not say.
        raw_finish_reason: The provider's own word.
        usage: Tokens of the whole answer, rounds of hosted tools added up, or None if not told.
        model: The provider's name for the model, or None.
        thread_id: The conversation on the server; None for a prompt.
        id: The server's name for the last completion, or None.
        latency_s: Seconds from sending the attempt that succeeded to the end; None if nothing was sent.
        first_token_s: Seconds from sending it to the first piece; None if none came, or all came at once.
        attempts: Attempts made.
        wait_s: Seconds spent waiting between attempts.
        sent: Whether the server may have received the request.
        partial: Whether the answer is incomplete.
        error: What ended it, or None.
        warnings: Plain sentences about what is odd in a complete answer.
    """

    request: Request
    text: str = ""
    messages: tuple[Message, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    hosted_calls: tuple[ToolCall, ...] = ()
    reasoning: str = ""
    finish_reason: FinishReason | None = None
    raw_finish_reason: str | None = None
    usage: Usage | None = None
    model: str | None = None
    thread_id: str | None = None
    id: str | None = None
    latency_s: float | None = None
    first_token_s: float | None = None
    attempts: int = 1
    wait_s: float = 0.0
    sent: bool = False
    partial: bool = False
    error: LangtailError | Interrupted | None = None
    warnings: list[str] = field(default_factory=list)
    # How ``respond`` reaches the conversation, which a value like this knows nothing of; see ``let_go_on``.
    _go_on: Callable[[Sequence[Message]], Reply] | None = field(default=None, init=False)

    @property
    def message(self) -> Message | None:
        """The last assistant message in wire form, unknown members kept; None if there is none."""
        return next((m for m in reversed(self.messages) if m.get("role") == "assistant"), None)

    def json(self) -> Any:
        """Return the text decoded as JSON; a code fence around the whole of it is ignored.

        Raises:
            LangtailError: It is not JSON; the message says why, as far as the answer tells.
        """
        fenced = _FENCED.fullmatch(self.text)
        try:
            return json.loads(fenced[1] if fenced else self.text)
        except (ValueError, RecursionError) as exc:
            error = LangtailError(f"the answer is not JSON: {self._why_not_json(exc)}")
            error.reply = self
            raise error from exc

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
                return "it was cut by max_tokens; raise that"
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
        if self.usage is not None and self.usage.total_tokens is not None:
            facts.append(f"{self.usage.total_tokens} tokens")
        if self.error is not None:
            facts.append(type(self.error).__name__)
        return f"Reply({', '.join(facts)})"

    def _repr_markdown_(self) -> str:
        # An empty text would be shown in place of the repr, and a part of an answer like the whole.
        shown = to_markdown(self.text) if self.text.strip() else span(repr(self))
        return f"{shown}\n\n> {inline('partial: the answer broke off here')}" if self.partial else shown


def let_go_on(reply: Reply, go_on: Callable[[Sequence[Message]], Reply]) -> None:
    """Let a reply send results of tool calls: ``go_on`` takes their messages and returns the answer."""
    reply._go_on = go_on  # noqa: SLF001 - of the class above
