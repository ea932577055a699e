"""What a panel says of each parameter: what is deployed, what is set here, and which of them counts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypedDict

from langtail_nb._errors import ConfigurationError
from langtail_nb._text.json_text import decoded
from langtail_nb._types.fields import FIELDS, JSON_OBJECT, Field

State = Literal["inherited", "overridden", "pinned", "locked", "unknown"]
"""Inherited: as deployed. Pinned: equal to what is deployed, and sent. Locked: an override cannot undo it.
Unknown: not set here, and what is deployed could not be read."""

MAIN: Final = ("temperature", "top_p", "max_tokens", "presence_penalty", "frequency_penalty", "model")
"""The rows that are always in sight; the rest are a click away."""

_ELSEWHERE: Final = ("template", "tools")
# Source: langtail-api's Playground; step sizes are not documented there.
_STEPS: Final = {"number": 0.01, "integer": 1}
_JSON_LOCKED: Final = "deployed with JSON mode, which a call cannot switch off"
_SEED_ZERO: Final = "a seed of 0 is dropped by Langtail where no seed is deployed; use another"


class Parameter(TypedDict):
    """One parameter as the front end draws it."""

    name: str
    label: str
    option: str
    kind: str
    group: Literal["main", "more"]
    state: State
    value: Any
    deployed: Any
    low: float | None
    high: float | None
    step: float | None
    choices: list[str]
    suggestions: list[str]
    help: str
    note: str | None
    problem: str | None
    source: str | None


def parameter_rows(
    overrides: Mapping[str, Any],
    deployed: Mapping[str, Any] | None,
    *,
    sources: Mapping[str, str] | None = None,
    suggestions: Mapping[str, list[str]] | None = None,
    tools: Sequence[str] = (),
    problems: Mapping[str, str] | None = None,
) -> list[Parameter]:
    """Return a row for each parameter of ``FIELDS``, in its order; template and tools have tabs of their own.

    Args:
        overrides: What is set here, by Python name.
        deployed: The deployed arguments by wire name, or None where they could not be read.
        sources: Where each override was set: ``set`` or ``panel``.
        suggestions: Values worth offering, by name.
        tools: Names of the tools, any of which a call can be told to use.
        problems: What was wrong with the last input, by name.
    """
    return [
        _row(
            field,
            overrides.get(field.name),
            deployed,
            source=(sources or {}).get(field.name),
            suggestions=(suggestions or {}).get(field.name, []),
            tools=tools,
            problem=(problems or {}).get(field.name),
        )
        for field in FIELDS.values()
        if field.name not in _ELSEWHERE
    ]


def deployed_value(field: Field, deployed: Mapping[str, Any] | None) -> Any:
    """Return what is deployed for a field, in the form a call would send, or None where nothing is."""
    if deployed is None:
        return None
    if field.name == "response_format":
        return JSON_OBJECT if deployed.get("jsonmode") else None
    value = deployed.get(field.wire)
    return None if value == [] else value


def warnings(overrides: Mapping[str, Any], deployed: Mapping[str, Any] | None) -> list[str]:
    """Return what is known to be rejected or ignored, a sentence each, before anything is sent."""
    found = []
    if "temperature" in overrides and "top_p" in overrides:
        found.append("some models reject temperature and top_p together; set one of them")
    if overrides.get("seed") == 0 and not (deployed or {}).get("seed"):
        found.append(_SEED_ZERO)
    if overrides.get("stop") == [] and (deployed or {}).get("stop"):
        found.append("the deployed stop texts cannot be taken away by an empty list; it is not sent")
    return found


def _row(
    field: Field,
    value: Any,
    deployed: Mapping[str, Any] | None,
    *,
    source: str | None,
    suggestions: list[str],
    tools: Sequence[str],
    problem: str | None,
) -> Parameter:
    standing = deployed_value(field, deployed)
    state = _state(field, value, standing, known=deployed is not None)
    return Parameter(
        name=field.name,
        label=field.name.replace("_", " ").capitalize(),
        option=field.options[0] if field.options else f"--field {field.name}",
        kind=_kind(field),
        group="main" if field.name in MAIN else "more",
        state=state,
        value=_as_text(field, value),
        deployed=_as_text(field, standing),
        low=field.low,
        high=field.high,
        step=_STEPS.get(field.kind),
        choices=[*field.choices, *map(tool_value, tools)]
        if field.kind == "tool_choice"
        else list(field.choices),
        suggestions=suggestions,
        help=field.help,
        note=_JSON_LOCKED if state == "locked" else None,
        problem=problem,
        source=source if value is not None else None,
    )


def tool_value(name: str) -> str:
    """Return, as its control holds it, the value that makes a call use the tool."""
    return json.dumps({"type": "function", "function": {"name": name}}, ensure_ascii=False)


def _state(field: Field, value: Any, standing: Any, *, known: bool) -> State:
    if value is None:
        is_locked = field.name == "response_format" and standing is not None
        return "locked" if is_locked else "inherited" if known else "unknown"
    return "pinned" if known and value == standing else "overridden"


def _kind(field: Field) -> str:
    if field.name == "response_format":
        return "json_mode"
    return "choice" if field.kind == "tool_choice" else field.kind


def _as_text(field: Field, value: Any) -> Any:
    """Return a value as its control holds it; what has no control of its own is shown as JSON text."""
    shown_as_json = field.kind == "object" or isinstance(value, dict)
    return json.dumps(value, ensure_ascii=False) if value is not None and shown_as_json else value


def value_of(name: str, held: Any) -> Any:
    """Return what a parameter's control holds in the form the settings take: :func:`_as_text` undone.

    Raises:
        ConfigurationError: The text must be JSON and is not.
    """
    if isinstance(held, str) and (FIELDS[name].kind == "object" or _is_tool(name, held)):
        try:
            return decoded(held) if held.strip() else None
        except ValueError as exc:
            raise ConfigurationError(f"{name} must be JSON: {exc}") from exc
        except RecursionError as exc:
            raise ConfigurationError(f"{name} is nested too deeply") from exc
    return held


def _is_tool(name: str, held: str) -> bool:
    return FIELDS[name].kind == "tool_choice" and held.lstrip().startswith("{")
