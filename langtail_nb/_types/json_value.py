"""Values of any kind in, what JSON can say of them out; or one line that names the value."""

from __future__ import annotations

import json
from typing import Any

from langtail_nb._errors import ConfigurationError

_PLAIN = frozenset((str, int, float, bool, type(None)))


def plain_number(value: Any) -> Any:
    """Return a scalar of numpy, which a table hands out, as Python's own number; all else as it is."""
    return value.item() if getattr(value, "shape", None) == () and hasattr(value, "item") else value


def json_value(name: str, value: Any) -> Any:
    """Return a copy of ``value`` holding nothing but JSON types; texts, which may be images, are shared.

    Raises:
        ConfigurationError: Some part of it cannot be written as JSON; names the value and the type.
    """
    text = json_text(name, value)
    try:
        return _copied(value)
    except RecursionError:  # JSON itself goes deeper
        return json.loads(text)


def _copied(value: Any) -> Any:
    """Return what JSON makes of a value that it can write, without writing the texts in it."""
    if isinstance(value, dict):
        return {name if type(name) is str else _named(name): _copied(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_copied(one) for one in value]
    return value if type(value) in _PLAIN else json.loads(json.dumps(value))


def _named(key: Any) -> str:
    [name] = json.loads(json.dumps({key: None}))
    return str(name)


def json_text(name: str, value: Any) -> str:
    """Return ``value`` as JSON text, non-ASCII kept.

    Raises:
        ConfigurationError: It cannot be written as JSON (NaN included); names the value and the type.
    """
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as exc:
        raise ConfigurationError(f"{name} cannot be sent as JSON: {exc}") from exc


def shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str | int | float | bool | None) else f"a {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "…" + text[0]


def text_of(value: Any, name: str) -> str:
    """Return a variable as Langtail takes it: text as it is, a Reply as its text, the rest as JSON text.

    Raises:
        ConfigurationError: The value cannot be written as JSON; the message names the variable.
    """
    return as_text(value, f"variable {name!r}")


def as_text(value: Any, what: str) -> str:
    """Return a value as :func:`text_of` does; an error calls it ``what``."""
    value = plain_number(value)
    if isinstance(value, str):
        return value
    text = getattr(value, "text", None)
    if isinstance(text, str) and hasattr(value, "finish_reason"):
        return text
    return json_text(what, value)
