"""What a view sent, checked to be an action: a front end is another program, perhaps of another version."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import UnionType
from typing import Any, Final, Literal, Union, cast, get_args, get_origin, get_type_hints, is_typeddict

from langtail_nb._errors import ConfigurationError
from langtail_nb._panel.actions import Action

# Read off once: a template of many messages is checked with each key that is pressed.
_members: Final = cache(get_type_hints)


def checked(content: Mapping[str, Any]) -> Action | None:
    """Return what a view sent as an action, or None where it is none that is known.

    Raises:
        ConfigurationError: It is known, and has another form.
    """
    name = content.get("do")
    kind = _by_name().get(name) if isinstance(name, str) else None
    if kind is None:
        return None
    if fault := _fault(content, kind):
        raise ConfigurationError(
            f"{name}: {fault}; this panel may be of another version: reload the page and run the cell again"
        )
    return cast(Action, content)


@cache
def _by_name() -> dict[str, Any]:
    return {get_args(get_type_hints(kind)["do"])[0]: kind for kind in get_args(Action)}


def _fault(given: Mapping[str, Any], kind: Any) -> str | None:
    """Return what is wrong with the members of an object, or None."""
    members = _members(kind)
    missing, unknown = kind.__required_keys__ - given.keys(), given.keys() - members.keys()
    if missing or unknown:
        return f"no {min(missing)}" if missing else f"{min(map(str, unknown))} is not known"
    misfit = (name for name, value in given.items() if not _fits(value, members[name]))
    return next((f"{name} has another form" for name in misfit), None)


def _fits(value: Any, kind: Any) -> bool:
    """Return whether a value of JSON is of a type."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return any(_fits(value, part) for part in parts)
    if origin is Literal:
        return value in parts
    if origin is list:
        return isinstance(value, list) and all(_fits(one, parts[0]) for one in value)
    if is_typeddict(kind):
        return isinstance(value, Mapping) and _fault(value, kind) is None
    # Before the numbers: in Python a truth value is one.
    if isinstance(value, bool):
        return kind in (bool, Any)
    return kind is Any or isinstance(value, int | float if kind is float else kind)
