"""The variables of an assistant as a panel shows them."""

from __future__ import annotations

import json
from typing import Literal, TypedDict

from langtail_nb._panel.snapshot import Kind, Snapshot
from langtail_nb._text.json_text import decoded
from langtail_nb._types.config import unprinted, variables_of


class Variable(TypedDict):
    """One variable as the front end draws it."""

    name: str
    kind: Kind
    value: str | None
    default: str
    badge: Literal["missing", "unused"] | None
    problem: str | None
    earlier: str | None


def variables(now: Snapshot) -> list[Variable]:
    """Return the variables: those deployed, then those of the template, then others that are set."""
    config, override = now.config or {}, now.overrides.get("template")
    known, unused = variables_of(config, override), unprinted(config, override)
    names = dict.fromkeys([*known, *now.variables])
    return [_variable(now, name, known.get(name), is_used=name not in unused) for name in names]


def _variable(now: Snapshot, name: str, default: str | None, *, is_used: bool) -> Variable:
    value = now.variables.get(name)
    if value is None and name in now.typed:
        value = default
    earlier = now.earlier.get(name) if value is None else None
    shown = value if value is not None else default or ""
    kind = now.kinds.get(name) or ("json" if _is_structured(shown) else "text")
    badge: Literal["missing", "unused"] | None = None
    if not is_used or (default is None and now.config is not None):
        badge = "unused"
    elif not default and value is None and earlier is None:
        badge = "missing"
    problem = _json_fault(value) if kind == "json" and value is not None else None
    return Variable(
        name=name,
        kind=kind,
        value=value,
        default=default or "",
        badge=badge,
        problem=problem,
        earlier=earlier,
    )


def _is_structured(text: str) -> bool:
    try:
        return isinstance(decoded(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _json_fault(text: str) -> str | None:
    try:
        decoded(text)
    except json.JSONDecodeError as exc:
        return f"Not JSON: {exc.msg}, line {exc.lineno}, column {exc.colno}; it goes as the text it is"
    except RecursionError:
        return "Not JSON that can be read: nested too deeply; it goes as the text it is"
    except ValueError as exc:  # NaN, or a number of thousands of digits
        return f"Not JSON that can be read: {exc}; it goes as the text it is"
    return None
