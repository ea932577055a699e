"""What llama.cpp is asked, so that a small text model answers what was meant for a large one."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Any, Final

from langtail_nb._local.protocol.answer_pieces import Finish, Pieces, Text, ToolCall
from langtail_nb._local.protocol.engine import Message, ModelRequest
from langtail_nb._local.protocol.refusals import bad_request

JSON = dict[str, Any]
Reader = Callable[[Pieces], Pieces]

CONTEXT_TOKENS: Final = 4096
"""For each conversation; SmolLM2 itself was made for 8,192."""

_SAMPLING = ("temperature", "top_p", "presence_penalty", "frequency_penalty")
_CALL_ID = "call_1"


def chat_body(request: ModelRequest) -> tuple[JSON, Reader]:
    """Return the body of llama.cpp's chat completion, and how to read the pieces it gives.

    Every sampling parameter is passed on, JSON modes as a grammar. A model of this size does not decide
    for itself to call a tool, so with ``auto`` the tools are left out; where a call is demanded, a grammar
    makes it one.

    Raises:
        Refusal: 400 for what the model cannot do.
    """
    body: JSON = {
        "stream": True,
        "stream_options": {"include_usage": True},
        "return_progress": True,
        "messages": _messages(request["messages"]),
        **{name: request[name] for name in _SAMPLING if name in request},
    }
    if (limit := request.get("max_tokens")) is not None:
        body["max_tokens"] = _whole(limit, "max_tokens", least=1)
    if (seed := request.get("seed")) is not None:
        body["seed"] = _whole(seed, "seed") % 2**32
    if stop := request.get("stop"):
        body["stop"] = [stop] if isinstance(stop, str) else stop
    if demanded := _demanded_tools(request):
        return _with_call(body, demanded)
    if form := request.get("response_format"):
        body["response_format"] = form
    return body, _as_it_is


def _messages(messages: Sequence[Message]) -> list[Message]:
    return [_message(message) for message in messages]


def _message(message: Message) -> Message:
    content = message.get("content")
    if message["role"] in ("tool", "function"):
        # The model's own template knows system, user and assistant only.
        return {"role": "user", "content": f"The function returned: {_text(content)}"}
    if calls := message.get("tool_calls"):
        made = "\n".join(f"{call['function']['name']}({call['function']['arguments']})" for call in calls)
        return {"role": message["role"], "content": "\n".join(filter(None, [_text(content), made]))}
    return {"role": message["role"], "content": _text(content)}


def _text(content: object) -> str:
    if isinstance(content, list):
        if any(part["type"] != "text" for part in content):
            raise bad_request("The local model reads text only, no images and no media", "messages")
        content = "\n".join(part["text"] for part in content)
    text = content if isinstance(content, str) else ""
    # Half of a surrogate pair is legal in JSON, but not in the UTF-8 that the model reads.
    return text.encode(errors="replace").decode()


def _whole(value: float, name: str, *, least: int | None = None) -> int:
    if value != int(value) or (least is not None and value < least):
        bound = "" if least is None else f" of at least {least}"
        raise bad_request(f"{name}: expected a whole number{bound}, got {value:g}", name)
    return int(value)


def _demanded_tools(request: ModelRequest) -> list[JSON]:
    choice, tools = request.get("tool_choice"), request.get("tools") or []
    functions = [tool["function"] for tool in tools]
    if isinstance(choice, dict):
        return [function for function in functions if function["name"] == choice["function"]["name"]]
    return functions if choice == "required" else []


def _with_call(body: JSON, functions: list[JSON]) -> tuple[JSON, Reader]:
    told = "\n".join(f"{function['name']}: {function.get('description', '')}" for function in functions)
    hint = {"role": "system", "content": f"Answer with the JSON arguments of a function call.\n{told}"}
    schemas = [_parameters(function) for function in functions]
    if len(functions) > 1:
        calls = zip(functions, schemas, strict=True)
        schema: JSON = {"anyOf": [_named(function["name"], parameters) for function, parameters in calls]}
    else:
        schema = schemas[0]
    form = {"type": "json_schema", "json_schema": {"name": "call", "schema": schema}}
    body = {**body, "messages": [*body["messages"], hint], "response_format": form}
    return body, (_one_of_several if len(functions) > 1 else _call_of(functions[0]["name"]))


def _parameters(function: JSON) -> JSON:
    return {"type": "object", **function.get("parameters", {})}


def _named(name: str, parameters: JSON) -> JSON:
    properties = {"name": {"const": name}, "arguments": parameters}
    return {"type": "object", "properties": properties, "required": ["name", "arguments"]}


def _as_it_is(pieces: Pieces) -> Pieces:
    return pieces


def _call_of(name: str) -> Reader:
    async def read(pieces: Pieces) -> Pieces:
        yield ToolCall(0, "", _CALL_ID, name)
        async with aclosing(pieces):
            async for piece in pieces:
                yield _as_call(piece) if isinstance(piece, Text | Finish) else piece

    return read


def _as_call(piece: Text | Finish) -> ToolCall | Finish:
    if isinstance(piece, Text):
        return ToolCall(0, piece.text)
    return Finish("tool_calls" if piece.reason == "stop" else piece.reason, piece.usage)


async def _one_of_several(pieces: Pieces) -> AsyncGenerator[Any, None]:
    text = ""
    async with aclosing(pieces):
        async for piece in pieces:
            if isinstance(piece, Text):
                text += piece.text
            elif isinstance(piece, Finish):
                yield _named_call(text)
                yield _as_call(piece)


def _named_call(text: str) -> ToolCall:
    try:
        call = json.loads(text)
    except ValueError:
        return ToolCall(0, text, _CALL_ID, "")
    return ToolCall(0, json.dumps(call["arguments"], ensure_ascii=False), _CALL_ID, call["name"])
