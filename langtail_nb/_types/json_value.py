"""Values of any kind in, what JSON can say of them out; or one line that names the value and the place in it.

What a kind of value means says ``plain_form``, for each entry alike.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Final, Protocol

from langtail_nb._errors import ConfigurationError
from langtail_nb._types.plain_form import UnsendableError, is_plain, opened, plain_form, with_article


class Keyed(Protocol):
    """What has values by name without being a Mapping, such as a Series."""

    def keys(self) -> Iterable[Any]: ...

    def __getitem__(self, name: Any, /) -> Any: ...


class Fielded(Protocol):
    """A dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


Named = Mapping[str, Any] | Keyed | Fielded
"""What counts as a dict for a type checker; :func:`mapping_of` takes more."""

# What pickles, can be deep-copied, and is written as JSON on any stack.
_DEEPEST: Final = 200


@dataclass(slots=True)  # frozen, it would take longer to make than the copy of a small dict
class _Place:
    """Where a value stands in another."""

    name: str
    value: Any
    inside: _Place | None = None
    depth: int = 0

    def member(self, key: str | int, value: Any) -> _Place:
        return _Place(f"[{_brief(key)}]", value, self, self.depth + 1)

    def __str__(self) -> str:
        return f"{self.inside or ''}{self.name}"

    def outward(self) -> list[_Place]:
        """Return this place and those it is inside of."""
        places, place = [], self
        while place.inside is not None:
            places.append(place)
            place = place.inside
        return [*places, place]


def json_value(name: str, value: Any) -> Any:
    """Return a copy of ``value`` holding nothing but JSON types; texts, which may be images, are shared.

    Args:
        name: What an error calls the value: ``variable 'x'``.

    Raises:
        ConfigurationError: Some part of it has no form in JSON; names the place and the type, as
            ``variable 'x'[2]['when']: a socket cannot be sent as JSON``.
    """
    try:
        return _copied(value, _Place(name, value))
    except RecursionError as exc:
        raise ConfigurationError(f"{name} is nested too deeply to be sent as JSON") from exc


def _copied(value: Any, place: _Place) -> Any:
    try:
        form = plain_form(value)
    except UnsendableError as exc:
        raise ConfigurationError(f"{place}: {exc}") from exc
    if isinstance(form, dict | list) and place.depth >= _DEEPEST:
        raise _too_deep(place)
    if isinstance(form, dict):
        return _members(form, place)
    if isinstance(form, list):
        return [one if is_plain(one) else _copied(one, place.member(at, one)) for at, one in enumerate(form)]
    return form


def _members(form: Mapping[Any, Any], place: _Place) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for key, value in form.items():
        name = key if type(key) is str else _named(key, place)
        if name in members:
            raise ConfigurationError(f"{place} has two keys that JSON writes as {_brief(name)}")
        at = key if isinstance(key, int) else name
        members[name] = value if is_plain(value) else _copied(value, place.member(at, value))
    return members


def _named(key: Any, place: _Place) -> str:
    """Return a key of a dict as JSON has it: text, other scalars as they are written."""
    form = opened(key)
    if isinstance(form, str):
        return form
    if form is None or isinstance(form, int | float):
        return json.dumps(form)
    raise ConfigurationError(f"{place}: {with_article(type(key).__name__)} cannot be a key in JSON")


def _too_deep(place: _Place) -> ConfigurationError:
    outward = place.outward()
    name = outward[-1].name
    if any(one.value is place.value for one in outward[1:]):
        return ConfigurationError(f"{name} holds itself, which cannot be sent as JSON")
    return ConfigurationError(f"{name} is nested more than {_DEEPEST} deep, too deep to be sent as JSON")


def json_text(name: str, value: Any) -> str:
    """Return ``value`` as JSON text, non-ASCII kept.

    Raises:
        ConfigurationError: As :func:`json_value` says.
    """
    return json.dumps(json_value(name, value), ensure_ascii=False, allow_nan=False)


def shown(value: Any) -> str:
    """Return a value as a message names it: short scalars as Python writes them, the rest by its type."""
    text = repr(value) if isinstance(value, str | int | float | None) else with_article(type(value).__name__)
    return text if len(text) <= 60 else text[:57] + "…" + text[0]


def _brief(key: str | int) -> str:
    return repr(key) if len(str(key)) <= 60 else f"{str(key)[:57]!r}…"


def mapping_of(name: str, value: Any) -> dict[Any, Any]:
    """Return the members of a dict or what counts as one: a row of a table, a dataclass, a model.

    Raises:
        ConfigurationError: It is something else.
    """
    form = opened(value)
    if not isinstance(form, dict):
        raise ConfigurationError(f"{name} must be a dict, not {type(value).__name__}")
    return form


def text_of(value: Any, name: str) -> str | None:
    """Return a variable as Langtail takes it: text as it is, the rest as JSON text; None where it is missing.

    A Decimal by itself keeps every digit.

    Raises:
        ConfigurationError: The value has no form in JSON; the message names the variable.
    """
    form = _exact(value, f"variable {name!r}")
    return None if form is None else _written(form)


def as_text(value: Any, what: str) -> str:
    """Return a value as :func:`text_of` does, a missing one as ``null``; an error calls it ``what``."""
    return _written(_exact(value, what))


def _exact(value: Any, what: str) -> Any:
    is_number = isinstance(value, Decimal) and value.is_finite()
    return str(value) if is_number else json_value(what, value)


def _written(form: Any) -> str:
    return form if isinstance(form, str) else json.dumps(form, ensure_ascii=False)
