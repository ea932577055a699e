"""What is set here as part of a deployment: what of it a file can hold."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, NamedTuple

from langtail_nb._project.order import ARGUMENTS
from langtail_nb._types.fields import FIELDS, JSON_OBJECT

JSON = dict[str, Any]


class LaidIn(NamedTuple):
    """A deployment with what was set laid in, the names of what was taken, and of what no file can hold."""

    content: JSON
    taken: list[str]
    left: list[str]


def laid_in(content: JSON, overrides: Mapping[str, Any], variables: Mapping[str, str]) -> LaidIn:
    """Return a deployment's content with overrides stored in it, and variables as their defaults."""
    found = deepcopy(content)
    state = found.setdefault("state", {})
    taken = [name for name, value in overrides.items() if _put(state, name, value)]
    if variables:
        found["chatInput"] = {**(found.get("chatInput") or {}), **variables}
    return LaidIn(found, taken, [name for name in overrides if name not in taken])


def _put(state: JSON, name: str, value: Any) -> bool:
    wire = FIELDS[name].wire
    if name in ("template", "tools"):
        state[name] = deepcopy(value)
    elif wire in ARGUMENTS:
        # The stored form of stop texts is a list, and a call may send one alone.
        stored = [value] if wire == "stop" and isinstance(value, str) else value
        state["args"] = {**(state.get("args") or {}), wire: stored}
    elif name == "response_format" and value in (JSON_OBJECT, {"type": "text"}):
        state["args"] = {**(state.get("args") or {}), "jsonmode": value == JSON_OBJECT}
    else:
        return False
    return True
