"""A call that the model wants made, whole or in pieces."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langtail_nb._errors import LangtailError
from langtail_nb._text.brief import clip
from langtail_nb._types.completion.choices import index_of


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A piece of a tool call, or a whole one.

    Attributes:
        index: Which call of the message it belongs to; None in the aggregated form.
        id: The call's id; in the incremental form, on the first piece only.
        name: The function's name; likewise.
        arguments: A piece of JSON text.
        is_custom: Whether it calls a tool that takes text and no JSON.
    """

    index: int | None
    id: str | None
    name: str | None
    arguments: str
    is_custom: bool = False


def tool_call_delta(call: Mapping[str, Any]) -> ToolCallDelta:
    """Return a call, or a piece of one, as a server writes it; what is missing or odd reads as absent."""
    is_custom = isinstance(call.get("custom"), dict)
    function = call.get("custom" if is_custom else "function")
    function = function if isinstance(function, dict) else {}
    arguments = function.get("input" if is_custom else "arguments")
    if not isinstance(arguments, str):
        arguments = "" if arguments is None else json.dumps(arguments, ensure_ascii=False)
    id, name = call.get("id"), function.get("name")
    return ToolCallDelta(
        index_of(call),
        str(id) if isinstance(id, str | int) and id != "" else None,
        name if isinstance(name, str) and name else None,
        arguments,
        is_custom,
    )


def valid_prefix(text: str) -> str | None:
    """Return the longest beginning of ``text`` that is valid JSON, or None if no beginning is.

    Some models close the arguments of a call and write on.
    """
    text = text.lstrip()
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return text[:end]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call the model wants made.

    Attributes:
        id: What the result must name; ``""`` in the legacy form, which has none.
        name: The function.
        arguments: JSON text as the model wrote it, which need not be valid.
        result: What Langtail's own run of it returned; None where the call is yours to make.

    Example:
        >>> call = lt.ask("Where is parcel 4821?", target="tracker").tool_calls[0]
        >>> call.name, call.arguments
        ('get_weather', '{"city": "Brno"}')
    """

    id: str
    name: str
    arguments: str
    result: str | None = None

    def json(self) -> Any:
        """Return the arguments, decoded. Junk after a complete value is left out; no text at all is ``{}``.

        Raises:
            LangtailError: They are not JSON.
        """
        if not self.arguments.strip():
            return {}
        valid = valid_prefix(self.arguments)
        if valid is None:
            raise LangtailError(
                f"the arguments of tool call {self.name!r} are not JSON: {clip(self.arguments)}"
            )
        return json.loads(valid)
