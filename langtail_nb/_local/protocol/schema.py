"""Request bodies: JSON in, checked fields out, or a 400 that names the field.

No top-level field may be null: it is left out instead. Fields that nothing here names are ignored.

Source: langtail 0.16.16, its exported body schema, as seen by running it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any, Final

from langtail_nb._local.protocol import shapes
from langtail_nb._local.protocol.assumed import METADATA_KEY_CHARACTERS, NESTING_LIMIT
from langtail_nb._local.protocol.refusals import bad_request

JSON = dict[str, Any]


def parse_object(body: bytes) -> JSON:
    """Return the JSON object in a body.

    Raises:
        Refusal: 400, where it is not JSON, not UTF-8, or not an object.
    """
    try:
        # Decoded here: from bytes json.loads would take UTF-16 too.
        text = body.decode("utf-8-sig")
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError) as exc:
        raise bad_request(f"The body is not JSON: {_reason(exc)}") from exc
    if not isinstance(value, dict):
        raise bad_request("The body is not a JSON object")
    if _is_deeper(value, NESTING_LIMIT):
        raise bad_request(f"The body is nested deeper than {NESTING_LIMIT} levels")
    return value


def invoke_body(body: bytes) -> JSON:
    """Return the fields of an invoke body that Langtail knows, checked."""
    checked = _checked(parse_object(body), INVOKE)
    if "tools" in checked:
        checked["tools"] = [_without_strict(tool) for tool in checked["tools"]]
    return checked


def thread_body(body: bytes) -> JSON:
    """Return the fields of a create-thread body, checked; both are optional."""
    return _checked(parse_object(body), {"metadata": metadata, "createLog": shapes.mapping})


def metadata_body(body: bytes) -> JSON:
    """Return the metadata of an update body; it is required and replaces what was there."""
    return _required(_checked(parse_object(body), {"metadata": metadata}), "metadata")


def message_body(body: bytes) -> JSON:
    """Return the fields of a create-message body: ``message``, and maybe ``metadata``."""
    checks: dict[str, shapes.Check] = {"message": shapes.message, "metadata": metadata}
    return _required(_checked(parse_object(body), checks), "message")


def metadata(value: object, path: str) -> None:
    """Refuse what is not an object of strings and numbers with keys of at most 64 characters."""
    for key, entry in shapes.mapping(value, path).items():
        if len(key) > METADATA_KEY_CHARACTERS:
            raise bad_request(f"{path}: key {key[:20]!r}… is longer than 64 characters", f"{path}.{key}")
        if not isinstance(entry, str):
            shapes.number(entry, f"{path}.{key}")


def variables(value: object, path: str) -> None:
    """Refuse variables that are not all strings; other values are sent as JSON text."""
    for name, text in shapes.mapping(value, path).items():
        shapes.string(text, f"{path}.{name}")


def stop(value: object, path: str) -> None:
    """Refuse what is neither a string nor an array of strings."""
    if not isinstance(value, str):
        shapes.list_of(shapes.string)(value, path)


def response_format(value: object, path: str) -> None:
    """Refuse what asks for neither a JSON object nor a JSON schema; ``text`` is refused too."""
    kind = shapes.mapping(value, path).get("type")
    if kind == "json_schema":
        inner = shapes.fields({}, {"name": shapes.string, "schema": shapes.mapping, "strict": shapes.boolean})
        shapes.fields({"json_schema": inner})(value, path)
    elif kind != "json_object":
        raise bad_request(f"{path}.type: expected json_object or json_schema", f"{path}.type")


def _checked(body: JSON, checks: dict[str, shapes.Check]) -> JSON:
    known = {name: body[name] for name in checks if name in body}
    for name, value in known.items():
        checks[name](value, name)
    return known


def _required(body: JSON, name: str) -> JSON:
    if name not in body:
        raise bad_request(f"{name}: required", name)
    return body


def _without_strict(tool: JSON) -> JSON:
    # OpenAI's field; Langtail's schema takes it and does not hand it on.
    return {**tool, "function": {name: value for name, value in tool["function"].items() if name != "strict"}}


def _no_constant(text: str) -> object:
    raise ValueError(f"{text} is no JSON value")


def _finite(text: str) -> float:
    # What is stored must come back as JSON, which has no word for infinity.
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text[:20]} is too large a number")
    return value


def _reason(exc: Exception) -> str:
    if isinstance(exc, RecursionError):
        return f"nested deeper than {NESTING_LIMIT} levels"
    return "a number has too many digits" if "digits" in str(exc) else str(exc)


def _is_deeper(value: JSON, levels: int) -> bool:
    # Level by level, because recursion is what deep nesting exhausts.
    inside: list[Any] = [value]
    for _ in range(levels):
        inside = [child for each in inside for child in _children(each) if isinstance(child, (dict, list))]
        if not inside:
            return False
    return True


def _children(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


INVOKE: Final[dict[str, shapes.Check]] = {
    "threadId": shapes.string,
    "variables": variables,
    "messages": shapes.list_of(shapes.message),
    "stream": shapes.boolean,
    "model": shapes.string,
    "max_tokens": shapes.number,
    "max_thinking_tokens": shapes.number,
    "temperature": shapes.number,
    "top_p": shapes.number,
    "presence_penalty": shapes.number,
    "frequency_penalty": shapes.number,
    "stop": stop,
    "template": shapes.list_of(shapes.message),
    "tools": shapes.list_of(shapes.tool),
    "tool_choice": shapes.tool_choice,
    "response_format": response_format,
    "reasoning_effort": shapes.one_of(shapes.EFFORTS),
    "parallelToolCalls": shapes.boolean,
    "parallel_tool_calls": shapes.boolean,
    "user": shapes.string,
    "doNotRecord": shapes.boolean,
    "metadata": metadata,
    "seed": shapes.number,
    "_langtailTestRunId": shapes.string,
    "_langtailTestInputId": shapes.string,
    "assistant": shapes.boolean,
    "prompt_cache_key": shapes.string,
    "prompt_cache_options": shapes.mapping,
}
"""Each field of an invoke body, and what it may hold."""
