"""From what is deployed and what was asked for to the request a model gets.

Order and precedence are those of the builder in Langtail's SDK (0.16.16); the deployed configuration is
never changed by a call.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from langtail_nb._local.protocol.assumed import FORMAT_JSON_MESSAGE
from langtail_nb._local.protocol.engine import Message, ModelRequest
from langtail_nb.template import render_messages

JSON = dict[str, Any]

_PLAIN = ("model", "temperature", "top_p", "presence_penalty", "frequency_penalty", "reasoning_effort")


def model_request(config: JSON, body: JSON, history: Sequence[Message] = ()) -> ModelRequest:
    """Return the body of the chat completion to ask the model for.

    Args:
        config: The deployed configuration, ``chatInput`` and ``state``.
        body: The checked invoke body.
        history: The thread's messages, oldest first.
    """
    state, args = config["state"], config["state"]["args"]
    request: ModelRequest = {"messages": _messages(config, body, history)}
    for name in _PLAIN:
        _set(request, name, body.get(name, args.get(name)))
    _set(request, "max_tokens", _max_tokens(body.get("max_tokens"), args.get("max_tokens")))
    _set(request, "seed", _either(body.get("seed"), args.get("seed")))
    thinking = _either(body.get("max_thinking_tokens"), args.get("max_thinking_tokens"))
    _set(request, "max_thinking_tokens", thinking)
    # An empty text is as good as nothing; an empty list asks for no stop at all.
    stop = body.get("stop", "")
    _set(request, "stop", (args.get("stop") if stop == "" else stop) or None)
    _set(request, "response_format", _response_format(body, args))
    _set(request, "tool_choice", body.get("tool_choice", args.get("tool_choice")))
    _set(
        request, "tools", body.get("tools", [_without_id(tool) for tool in state.get("tools") or []]) or None
    )
    _set(request, "functions", state.get("functions") or None)
    _set(request, "parallel_tool_calls", body.get("parallelToolCalls", body.get("parallel_tool_calls")))
    return request


def variables(config: JSON, body: JSON) -> dict[str, str]:
    """Return the deployed defaults under the request's variables; an empty string overrides a default."""
    defaults = {name: _text(value) for name, value in config["chatInput"].items()}
    return {**defaults, **body.get("variables", {})}


def _messages(config: JSON, body: JSON, history: Sequence[Message]) -> list[Message]:
    template = body.get("template", config["state"]["template"])
    messages = [*render_messages(template, variables(config, body)), *history, *body.get("messages", [])]
    if body.get("response_format", {}).get("type") == "json_object":
        messages.append(dict(FORMAT_JSON_MESSAGE))
    return messages


def _max_tokens(asked: float | None, stored: float | None) -> float | None:
    value = _either(asked, stored)
    return None if value == -1 else value


def _either(asked: float | None, stored: float | None) -> float | None:
    """Return what was asked for, else what is stored; a zero counts only beside another number."""
    if not asked and not stored:
        return None
    return stored if asked is None else asked


def _response_format(body: JSON, args: JSON) -> JSON | None:
    asked: JSON | None = body.get("response_format")
    return asked or ({"type": "json_object"} if args.get("jsonmode") else None)


def _without_id(tool: JSON) -> JSON:
    function = {key: value for key, value in tool.get("function", {}).items() if key != "id"}
    return {**{key: value for key, value in tool.items() if key != "id"}, "function": function}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _set(request: ModelRequest, name: str, value: object) -> None:
    if value is not None:
        request[name] = value
