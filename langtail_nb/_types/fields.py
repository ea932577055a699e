"""The one table of request fields; options, traits, panel rows and docs are read off it.

Source: Langtail's "Invoke Assistant" page and the schemas of its JavaScript SDK, 0.16.16. Ranges the
service does not document (``top_p``, the penalties, four stop texts) are those of OpenAI.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Literal, SupportsFloat, SupportsIndex, TypedDict

from langtail_nb._errors import ConfigurationError
from langtail_nb._text.near import near
from langtail_nb._types.json_value import json_value, shown
from langtail_nb._types.messages import Message, check_messages
from langtail_nb._types.plain_form import opened

Kind = Literal[
    "number", "integer", "text", "texts", "flag", "choice", "tool_choice", "object", "messages", "tools"
]


class Parameters(TypedDict, total=False):
    """The keywords that :class:`Request` and :func:`ask` take besides target, message and variables."""

    model: str | Enum | None
    temperature: SupportsFloat | None
    top_p: SupportsFloat | None
    max_tokens: SupportsIndex | None
    presence_penalty: SupportsFloat | None
    frequency_penalty: SupportsFloat | None
    seed: SupportsIndex | None
    stop: str | Iterable[str] | None
    reasoning_effort: str | Enum | None
    max_thinking_tokens: SupportsIndex | None
    tool_choice: str | Mapping[str, Any] | None
    tools: Sequence[Mapping[str, Any]] | None
    parallel_tool_calls: bool | None
    response_format: Mapping[str, Any] | None
    template: str | Sequence[Mapping[str, Any]] | None
    user: str | None
    metadata: Mapping[str, Any] | None
    do_not_record: bool | None


@dataclass(frozen=True, slots=True)
class Field:
    """One body field of an invoke request.

    Attributes:
        name: Keyword of ``Request`` and trait of ``Settings``.
        wire: Name in the JSON body; the Python name where none is given.
        options: Spellings on the option line, the long one first; empty where only ``--field`` reaches it.
        low: Smallest value, or None.
        high: Largest value, or None.
        choices: The only values allowed, if not empty.
        help: What it does, in one line.
    """

    name: str
    kind: Kind
    help: str
    options: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    wire: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "wire", self.wire or self.name)

    def check(self, value: Any) -> Any:
        """Return ``value`` as it goes onto the wire; any value counts as its plain form.

        Raises:
            ConfigurationError: Wrong type or out of the documented range; the message names the field.
        """
        # A number of more digits than a float holds would be text; a NaN is told as what it is.
        form = float(value) if self.kind == "number" and isinstance(value, Decimal) else opened(value)
        return _CHECKS[self.kind](self, value if form is None else form)

    @property
    def range(self) -> str:
        """The values allowed, in words: ``0 to 2``, ``auto, required or none``; ``""`` where any will do."""
        if self.choices:
            return f"{', '.join(self.choices[:-1])} or {self.choices[-1]}"
        if self.low is not None and self.high is not None:
            return f"{self.low:g} to {self.high:g}"
        return ""


def _number(field: Field, value: Any) -> float:
    # A whole number may be too large to be asked whether it is finite.
    is_odd = isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value))
    if is_odd or not isinstance(value, int | float):
        raise ConfigurationError(f"{field.name} must be a number{_within(field)}, not {shown(value)}")
    _in_range(field, value)
    return value


def _integer(field: Field, value: Any) -> int:
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    if isinstance(whole, bool) or not isinstance(whole, int):
        raise ConfigurationError(f"{field.name} must be a whole number{_within(field)}, not {shown(value)}")
    if field.name == "max_tokens" and whole < 1 and whole != field.low:
        raise ConfigurationError(f"max_tokens must be at least 1, or -1 for no limit, not {shown(value)}")
    _in_range(field, whole)
    return whole


def _in_range(field: Field, value: float) -> None:
    below = field.low is not None and value < field.low
    if below or (field.high is not None and value > field.high):
        raise ConfigurationError(
            f"{field.name} must be{_within(field) or f' at least {field.low:g}'}, not {shown(value)}"
        )


def _within(field: Field) -> str:
    return f" from {field.range}" if field.range else ""


def _text(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise ConfigurationError(f"{field.name} must be text, not {shown(value)}")
    if not value:
        raise ConfigurationError(f"{field.name} must not be empty; leave it out for what is deployed")
    return value


def _texts(field: Field, value: Any) -> list[str]:
    given = [value] if isinstance(value, str) else value
    texts = list(map(opened, given)) if isinstance(given, list) else None
    if texts is None or not all(isinstance(text, str) and text for text in texts):
        raise ConfigurationError(
            f"{field.name} must be a text or a list of texts, none empty, not {shown(value)}"
        )
    if len(texts) > 4:
        raise ConfigurationError(f"{field.name} takes at most 4 texts, not {len(texts)}")
    return texts


def _flag(field: Field, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ConfigurationError(f"{field.name} must be True or False, not {shown(value)}")
    return value


def _choice(field: Field, value: Any) -> str:
    if not isinstance(value, str) or value not in field.choices:
        hint = near(value, field.choices) if isinstance(value, str) else ""
        raise ConfigurationError(f"{field.name} must be {field.range}, not {shown(value)}{hint}")
    return str(value)


def _tool_choice(field: Field, value: Any) -> Any:
    if isinstance(value, dict):
        value = json_value(field.name, value)
        function = value.get("function")
        if (
            value.get("type") == "function"
            and isinstance(function, dict)
            and isinstance(function.get("name"), str)
        ):
            return value
        raise ConfigurationError(
            'tool_choice as a dict must read {"type": "function", "function": {"name": NAME}}, not '
            + shown(value)
        )
    return _choice(field, value)


def _object(field: Field, value: Any) -> Any:
    if not isinstance(value, dict):
        raise ConfigurationError(f"{field.name} must be a dict, not {shown(value)}")
    if field.name == "metadata":
        _check_keys(value)
    members = json_value(field.name, value)
    if field.name == "metadata":
        _check_entries(members)
    return members


def _check_keys(metadata: Mapping[Any, Any]) -> None:
    for key in metadata:
        if not isinstance(opened(key), str) or len(opened(key)) > 64:
            raise ConfigurationError(f"metadata key {shown(key)} must be text of at most 64 characters")


def _check_entries(metadata: Mapping[str, Any]) -> None:
    for key, entry in metadata.items():
        if isinstance(entry, bool) or not isinstance(entry, str | int | float):
            raise ConfigurationError(f"metadata {key!r} must be text or a number, not {shown(entry)}")


def _messages(field: Field, value: Any) -> list[Message]:
    if isinstance(value, str) and value:  # of templates, most are one such message
        value = [{"role": "system", "content": value}]
    return check_messages(field.name, value)


def _tools(field: Field, value: Any) -> Any:
    if not isinstance(value, list):
        raise ConfigurationError(f"tools must be a list, not {shown(value)}")
    tools = json_value("tools", value)
    for index, tool in enumerate(tools):
        function = tool.get("function") if isinstance(tool, dict) else None
        missing = [key for key in ("name", "description", "parameters") if key not in (function or {})]
        if missing:
            raise ConfigurationError(f"tools[{index}] lacks function.{' and function.'.join(missing)}")
    return tools


_CHECKS: dict[Kind, Callable[[Field, Any], Any]] = {
    "number": _number,
    "integer": _integer,
    "text": _text,
    "texts": _texts,
    "flag": _flag,
    "choice": _choice,
    "tool_choice": _tool_choice,
    "object": _object,
    "messages": _messages,
    "tools": _tools,
}

_TABLE = (
    Field("temperature", "number", "0 repeats itself, higher varies more", ("--temperature", "-t"), 0, 2),
    Field(
        "top_p",
        "number",
        "sample from the likeliest tokens, up to this share",
        ("--top-p",),
        0,
        1,
    ),
    Field("max_tokens", "integer", "longest answer, in tokens; -1 is no limit", ("--max-tokens",), -1),
    Field("presence_penalty", "number", "above 0 favours new topics", ("--presence-penalty",), -2, 2),
    Field("frequency_penalty", "number", "above 0 avoids repeated words", ("--frequency-penalty",), -2, 2),
    Field("model", "text", "model to use instead of the deployed one", ("--model", "-m")),
    Field("seed", "integer", "the same answer each time, as far as the model can", ("--seed",)),
    Field("stop", "texts", "end the answer before this text; up to four", ("--stop",)),
    Field(
        "reasoning_effort",
        "choice",
        "how much a reasoning model thinks",
        ("--reasoning-effort",),
        choices=("minimal", "low", "medium", "high", "max"),
    ),
    Field("max_thinking_tokens", "integer", "thinking budget, in tokens", low=0),
    Field(
        "tool_choice",
        "tool_choice",
        "whether the model may, must or must not call a tool",
        ("--tool-choice",),
        choices=("auto", "required", "none"),
    ),
    Field("tools", "tools", "replaces the deployed tools; an empty list removes them"),
    Field(
        "parallel_tool_calls", "flag", "whether several tools may be called at once", wire="parallelToolCalls"
    ),
    Field(
        "response_format", "object", 'shape of the answer, as {"type": "json_object"}', ("--response-format",)
    ),
    Field(
        "template",
        "messages",
        "replaces the deployed template for this call; a text is its system message",
        ("--template",),
    ),
    Field("user", "text", "id of your end user", ("--user",)),
    Field("metadata", "object", "kept with the request in Langtail's logs", ("--metadata",)),
    Field(
        "do_not_record",
        "flag",
        "keep the contents out of Langtail's logs",
        ("--do-not-record",),
        wire="doNotRecord",
    ),
)

FIELDS: Mapping[str, Field] = {field.name: field for field in _TABLE}
"""Every field that a call may set, by its Python name, in the order of help and panel."""


RERUN: Final = ("fork", "append")


JSON_OBJECT: Final = {"type": "json_object"}
