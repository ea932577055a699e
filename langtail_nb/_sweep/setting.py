"""One setting of a sweep: what it overrides, checked by the one table of fields, and what it is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.column import Column
from langtail_nb._text.brief import shorten
from langtail_nb._text.near import near
from langtail_nb._types.deployed import is_deployed
from langtail_nb._types.field_checks import check
from langtail_nb._types.fields import FIELDS, PLACES, SWEPT
from langtail_nb._types.json_value import json_value, mapping_of
from langtail_nb._types.messages import check_messages
from langtail_nb._types.plain_form import is_nothing, opened
from langtail_nb._types.read_only import ReadOnlyDict

_LONGEST: Final = 30


@dataclass(frozen=True)
class Setting:
    """What one column of a sweep sends in place of what is deployed.

    Attributes:
        label: What it is called; no two of a sweep are called the same.
        overrides: Values by name, in wire form; empty for what is deployed.
        titles: What values are called, where they have a name of their own.
    """

    label: str
    overrides: Mapping[str, Any] = field(default_factory=lambda: ReadOnlyDict({}))
    titles: Mapping[str, str] = field(default_factory=lambda: ReadOnlyDict({}))


def setting_of(values: Mapping[str, Any], *, label: str = "", titles: Mapping[str, str] = {}) -> Setting:
    """Return a setting with these values, checked; DEPLOYED, the word ``deployed`` and None leave one out.

    Raises:
        ConfigurationError: A name is unknown, or a value is of the wrong type or out of range.
    """
    for name in values:
        if name not in SWEPT:
            hint = near(name, SWEPT) if isinstance(name, str) else ""
            raise ConfigurationError(f"unknown parameter {name!r}{hint}")
    given = {n: v for n, v in values.items() if not is_nothing(v) and not is_deployed(n, v)}
    overrides = {name: _checked(name, value) for name, value in given.items()}
    told = {name: titles[name] for name in overrides if name in titles}
    return Setting(label or _label(overrides, told), ReadOnlyDict(overrides), ReadOnlyDict(told))


def told_apart(settings: Sequence[Setting]) -> list[Setting]:
    """Return settings of which no two are called the same."""
    labels = [one.label for one in settings]
    counts: dict[str, int] = {}
    found = []
    for one in settings:
        counts[one.label] = counts.get(one.label, 0) + 1
        is_shared = labels.count(one.label) > 1
        label = f"{one.label} ({counts[one.label]})" if is_shared else one.label
        found.append(Setting(label, one.overrides, one.titles))
    return found


def named(settings: Sequence[Setting], name: Any) -> int | None:
    """Return the place of the setting that is meant, None where none is.

    Args:
        settings: Those that there are.
        name: Its label, its overrides, its place, or what the one value is called that it has a name for.
    """
    form = opened(name)
    if isinstance(form, int) and not isinstance(form, bool):
        return form if 0 <= form < len(settings) else None
    if isinstance(form, dict):
        found = [
            n for n, one in enumerate(settings) if form == one.overrides or _meant(form) == one.overrides
        ]
        return found[0] if found else None
    labels = [n for n, one in enumerate(settings) if form == one.label]
    titles = [n for n, one in enumerate(settings) if form in one.titles.values()]
    found = labels or (titles if len(titles) == 1 else [])
    return found[0] if found else None


def _meant(values: Mapping[str, Any]) -> Mapping[str, Any] | None:
    try:
        return setting_of(values).overrides
    except ConfigurationError:
        return None


def _checked(name: str, value: Any) -> Any:
    if name in FIELDS:
        return check(FIELDS[name], value)
    if name in PLACES:
        text = opened(value)
        text = str(text) if name == "version" and isinstance(text, int) else text
        if not isinstance(text, str) or not text:
            raise ConfigurationError(f"{name} must be text, not {value!r}")
        return text
    if name == "messages":
        return check_messages("messages", value)
    if name == "extra":
        return _extra(value)
    return value if isinstance(value, Column) else _content(value)


def _content(value: Any) -> Any:
    form = opened(value)
    if not isinstance(form, str | list):
        raise ConfigurationError(
            f"message must be text, a list of parts or lt.column(NAME), not {value!r:.60}"
        )
    return form


def _extra(value: Any) -> Any:
    members = json_value("extra", mapping_of("extra", value))
    if "threadId" in members:
        raise ConfigurationError("calls beside each other cannot share a thread: leave out threadId")
    return members


def _label(overrides: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    parts = [
        f"{name.replace('_', ' ')} {titles.get(name) or _short(value)}".strip()
        for name, value in overrides.items()
    ]
    return ", ".join(parts) or "deployed"


def _short(value: Any) -> str:
    if isinstance(value, bool | int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    text = value if isinstance(value, str) else _first_words(value)
    return shorten(" ".join(text.split()), _LONGEST)


def _first_words(value: Any) -> str:
    match value:
        case [{"content": str(text)}, *_]:
            return text
        case {"type": str(kind)}:
            return kind
    return ""
