"""The one table of request fields; options, traits, panel rows and docs are read off it.

Source: Langtail's "Invoke Assistant" page and the schemas of its JavaScript SDK, 0.16.16. Ranges the
service does not document (``top_p``, the penalties, four stop texts) are those of OpenAI.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal, SupportsFloat, SupportsIndex, TypedDict, get_args

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


@dataclass(frozen=True)
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

    @property
    def range(self) -> str:
        """The values allowed, in words: ``0 to 2``, ``auto, required or none``; ``""`` where any will do."""
        if self.choices:
            return f"{', '.join(self.choices[:-1])} or {self.choices[-1]}"
        if self.low is not None and self.high is not None:
            return f"{self.low:g} to {self.high:g}"
        return ""


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
        "replaces the deployed template: a system message, or lines '--- role'",
        ("--template",),
    ),
    Field("user", "text", "id of your end user", ("--user",)),
    Field("metadata", "object", "kept with the request in Langtail's logs", ("--metadata",)),
    Field(
        "do_not_record",
        "flag",
        "keep the contents out of Langtail's logs, recordings and the calls kept here",
        ("--do-not-record",),
        wire="doNotRecord",
    ),
)

FIELDS: Mapping[str, Field] = {field.name: field for field in _TABLE}
"""Every field that a call may set, by its Python name, in the order of help and panel."""


PLACES: Final = ("target", "assistant", "environment", "version")
"""Names of what is asked, in place of a sweep's target or a part of it."""

SWEPT: Final = (*FIELDS, "message", "messages", "extra", *PLACES)
"""Every name that a setting of a sweep may give a value."""

Rerunning = Literal["fork", "append"]
RERUN: Final[tuple[Rerunning, ...]] = get_args(Rerunning)


JSON_OBJECT: Final = {"type": "json_object"}
