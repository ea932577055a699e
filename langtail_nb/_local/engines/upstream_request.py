"""What an OpenAI-compatible server is asked: Langtail's request in OpenAI's words.

What both know is passed on as it is. The rest:

    max_thinking_tokens         left out; there is no such name
    reasoning_effort max        high, the highest that all of them know
    functions                   tools, which replaced them
    a tool's id, handler        left out, as is whatever else OpenAI does not name
    a message's reasoning,      left out: OpenAI refuses names it does not know, and a model gets its own
    cache and other names       thoughts back from no other server than the one that made them
    tool_choice without tools   left out where it means the same, else passed on, to be refused there
    parallel_tool_calls         left out without tools, where OpenAI refuses it
    gemini_media_url            400: only Gemini's own interface takes it
    max_tokens                  max_completion_tokens for OpenAI itself, whose newer models take no other
"""

from __future__ import annotations

from typing import Any, Final

from langtail_nb._local.engines.address import Address
from langtail_nb._local.protocol.engine import Message, ModelRequest
from langtail_nb._local.protocol.refusals import bad_request

JSON = dict[str, Any]

_OPENAI: Final = "api.openai.com"
_PLAIN = ("temperature", "top_p", "presence_penalty", "frequency_penalty", "stop", "response_format")
_MESSAGE = ("role", "content", "name", "tool_calls", "tool_call_id", "function_call", "refusal")
_FUNCTION = ("name", "description", "parameters", "strict")
_EFFORTS = {"max": "high"}


def completion_body(request: ModelRequest, address: Address) -> JSON:
    """Return the body of the chat completion to ask for, always as a stream that tells its usage.

    Raises:
        Refusal: 400 for what no OpenAI-compatible server takes.
    """
    body: JSON = {
        "messages": [_message(message) for message in request["messages"]],
        "stream": True,
        "stream_options": {"include_usage": True},
        **{name: request[name] for name in _PLAIN if name in request},
    }
    if model := address.model or request.get("model"):
        body["model"] = model
    if (limit := request.get("max_tokens")) is not None:
        name = "max_completion_tokens" if address.host.endswith(_OPENAI) else "max_tokens"
        body[name] = _number(limit)
    if (seed := request.get("seed")) is not None:
        body["seed"] = _number(seed)
    if effort := request.get("reasoning_effort"):
        body["reasoning_effort"] = _EFFORTS.get(effort, effort)
    return {**body, **_tools(request)}


def _tools(request: ModelRequest) -> JSON:
    functions = [tool["function"] for tool in request.get("tools") or []] + (request.get("functions") or [])
    choice = request.get("tool_choice")
    if not functions:
        return {} if choice in (None, "auto", "none") else {"tool_choice": choice}
    asked: JSON = {"tools": [{"type": "function", "function": _only(_FUNCTION, each)} for each in functions]}
    if choice is not None:
        asked["tool_choice"] = choice
    if "parallel_tool_calls" in request:
        asked["parallel_tool_calls"] = request["parallel_tool_calls"]
    return asked


def _message(message: Message) -> Message:
    kept = _only(_MESSAGE, message)
    if isinstance(content := message.get("content"), list):
        kept["content"] = [_part(part) for part in content]
    return kept


def _part(part: JSON) -> JSON:
    kind = part["type"]
    if kind == "gemini_media_url":
        raise bad_request(
            "An OpenAI-compatible engine takes no gemini_media_url; send an image_url", "messages"
        )
    return {"type": kind, kind: part[kind]} if kind in part else part


def _only(names: tuple[str, ...], given: JSON) -> JSON:
    return {name: given[name] for name in names if name in given}


def _number(value: float) -> float:
    # Servers that are strict about whole numbers refuse 100.0.
    return int(value) if value == int(value) else value
