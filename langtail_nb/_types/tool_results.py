"""Results of tool calls: what a user gives goes in, the messages that carry it come out.

A result is text, a list of content parts, any value that JSON can say, a reply (its text), or a function,
which is called with the arguments that the model wrote.
"""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeGuard

from langtail_nb._errors import ConfigurationError, LangtailError
from langtail_nb._text.brief import clip
from langtail_nb._text.near import near
from langtail_nb._types.completion.tool_call import ToolCall
from langtail_nb._types.json_value import as_text, json_value
from langtail_nb._types.messages import Message, calls_of
from langtail_nb._types.plain_form import opened
from langtail_nb._types.request import Request

Content = str | list[dict[str, Any]]

_PARTS: Final = ("text", "image_url", "gemini_media_url")
_PLAIN: Final = re.compile(r"[\w.:-]+")


def tool_messages(
    calls: Sequence[ToolCall], results: Mapping[str, Any], *, legacy: bool = False
) -> list[Message]:
    """Return the messages that answer tool calls, in the order of the calls.

    Args:
        calls: All that wait.
        results: By function name, or by id where one function was called twice. A function stands for every
            call of its name; one that was not called is left alone, so that a table of all functions will do.
        legacy: Whether the model used the older ``function_call``, which has no id.

    Raises:
        ConfigurationError: A call has no result, a result no call, or one cannot be sent. What a function
            of the user's raises comes through as it is.
    """
    if not calls:
        raise ConfigurationError("no tool call of this reply waits for a result")
    members = opened(results)
    if not isinstance(members, dict):
        raise ConfigurationError(
            f"results must be a dict such as {{{handles(calls)[0]!r}: ...}}, not {type(results).__name__}"
        )
    given = _assigned(calls, members)
    contents = [content_of(call, given[place]) for place, call in enumerate(calls)]
    return [message_of(call, content, legacy=legacy) for call, content in zip(calls, contents, strict=True)]


def _assigned(calls: Sequence[ToolCall], results: Mapping[str, Any]) -> dict[int, Any]:
    given: dict[int, Any] = {}
    for key, value in results.items():
        places = named(calls, key)
        if not places and not callable(value):
            raise unknown(calls, key)
        if len(places) > 1 and not callable(value):
            raise _ambiguous(calls, key)
        for place in places:
            if calls[place].id == key or place not in given:
                given[place] = value
    missing = [name for place, name in enumerate(handles(calls)) if place not in given]
    if missing:
        there = f"the dict has {', '.join(map(str, results))}" if results else "the dict is empty"
        raise ConfigurationError(f"no result for {' and '.join(missing)}; {there}")
    return given


def place_of(calls: Sequence[ToolCall], name: str) -> int:
    """Return which call a name or an id means, from 0.

    Raises:
        ConfigurationError: None, naming near matches; or several, listing their ids.
    """
    places = named(calls, name)
    if len(places) > 1:
        raise _ambiguous(calls, name)
    if not places:
        raise unknown(calls, name)
    return places[0]


def named(calls: Sequence[ToolCall], key: str) -> list[int]:
    """Return which calls a key means, from 0: one by its id, else all of that function."""
    by_id = [place for place, call in enumerate(calls) if call.id and call.id == key]
    return by_id or [place for place, call in enumerate(calls) if call.name == key]


def unknown(calls: Sequence[ToolCall], key: str) -> ConfigurationError:
    """Return the error for a name that no call has."""
    known = [text for call in calls for text in (call.name, call.id) if text]
    return ConfigurationError(
        f"no call of {key!r} waits for a result{near(str(key), known)}; waiting: {', '.join(handles(calls))}"
    )


def _ambiguous(calls: Sequence[ToolCall], key: str) -> ConfigurationError:
    ids = [f"{call.id} {shown_arguments(call)}" for call in calls if call.name == key]
    return ConfigurationError(f"{key} is called {len(ids)} times; name the call by its id: {', '.join(ids)}")


def handles(calls: Sequence[ToolCall]) -> list[str]:
    """Return what to call each: its function's name, or its id where the name says too little."""
    times = Counter(call.name for call in calls)
    return [
        call.name if times[call.name] == 1 and is_plain(call.name) else call.id or call.name for call in calls
    ]


def is_plain(name: str) -> bool:
    """Return whether a name can stand in a line that is meant to be copied: it comes from a model."""
    return _PLAIN.fullmatch(name) is not None


def shown_arguments(call: ToolCall) -> str:
    """Return the beginning of a call's arguments, on one line."""
    flat = " ".join(call.arguments.split())
    return flat if len(flat) <= 60 else f"{flat[:59]}…"


def what_to_do(calls: Sequence[ToolCall]) -> str:
    """Return one sentence on how the results of these calls are given."""
    names = [name if is_plain(name) else "NAME" for name in handles(calls)]
    python = "`_.respond({" + ", ".join(f'"{name}": ...' for name in names) + "})`"
    if len(names) == 1:
        return f"waits for this result: `{line_for(calls)}`, or in Python {python}"
    return f"waits for {len(names)} results: `{line_for(calls)}` for each, or in Python {python}"


def line_for(calls: Sequence[ToolCall]) -> str:
    """Return the line that gives a call its result; with several, each needs one of its kind."""
    names = [name if is_plain(name) else "NAME" for name in handles(calls)]
    if len(names) > 1:
        names = ["NAME" if names == [call.name for call in calls] else "ID"]
    return f"%langtail tool {names[0]} RESULT"


def content_of(call: ToolCall, value: Any) -> Content:
    """Return a result as it goes onto the wire; a function is called.

    Raises:
        ConfigurationError: It cannot be sent as JSON, or there is no calling the function.
    """
    if callable(value):
        value = _called(call, value)
    what = f"the result of {call.name}"
    # A Decimal by itself keeps its digits; of a generator a second look would find nothing.
    result = value if isinstance(value, Decimal) else json_value(what, value)
    return result if _is_parts(result) else as_text(result, what)


def _called(call: ToolCall, function: Callable[..., Any]) -> Any:
    if inspect.iscoroutinefunction(function):
        raise ConfigurationError(f"{call.name} is an async function; await it and give what it returns")
    try:
        arguments = call.json()
    except LangtailError as exc:
        raise ConfigurationError(f"{exc}; give its result in place of a function") from exc
    if not isinstance(arguments, dict):
        raise ConfigurationError(
            f"the arguments of tool call {call.name!r} are no JSON object: {clip(call.arguments)}; "
            "give its result in place of a function"
        )
    return function(**arguments)


def _is_parts(value: Any) -> TypeGuard[list[dict[str, Any]]]:
    return isinstance(value, list) and len(value) > 0 and all(map(_is_part, value))


def _is_part(value: Any) -> bool:
    kind = value.get("type") if isinstance(value, Mapping) else None
    return kind in _PARTS and kind in value


def message_of(call: ToolCall, content: Content, *, legacy: bool = False) -> Message:
    """Return the message that carries one result."""
    if legacy:
        return {"role": "function", "name": call.name, "content": content}
    return {"role": "tool", "tool_call_id": call.id, "content": content}


def continued(request: Request, messages: Sequence[Message], *, thread_id: str | None = None) -> Request:
    """Return a request that goes on after ``request``: same target, variables and overrides, these messages.

    A tool choice that forces a call is left to what is deployed: sent again, it would force a call again,
    and there would be no end to it.
    """
    choice = request.parameters.get("tool_choice")
    unforced = {"tool_choice": None} if choice == "required" or isinstance(choice, Mapping) else {}
    return request.replace(message=None, messages=list(messages), thread_id=thread_id, **unforced)


def waiting_in(messages: Iterable[Message]) -> tuple[ToolCall, ...]:
    """Return the calls in messages of an answer that no message of it answers."""
    calls: list[ToolCall] = []
    for message in messages:
        match message.get("role"):
            case "assistant":
                calls += calls_of(message)
            case "tool":
                calls = [call for call in calls if call.id != message.get("tool_call_id")]
            case "function":
                calls = [call for call in calls if call.name != message.get("name")]
    return tuple(calls)


def is_legacy(messages: Sequence[Message]) -> bool:
    """Return whether the last assistant message calls in the older way, without an id."""
    last = next((m for m in reversed(messages) if m.get("role") == "assistant"), {})
    return bool(last.get("function_call"))
