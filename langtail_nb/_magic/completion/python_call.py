"""Tab inside a call of ours in Python: the keywords that it takes, which only its tables know."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Final, NamedTuple

from langtail_nb._line.completion import Known, Suggestions

_OURS: Final = "langtail_nb"
_TAKES_VARIABLES: Final = "ask"
_TOKEN: Final = re.compile(
    r"""(?s:"{3}.*?(?:"{3}|\Z)|'{3}.*?(?:'{3}|\Z))|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|\#[^\n]*|[\w.]+|\S"""
)
_CLOSING: Final = {")": "(", "]": "[", "}": "{"}


class _Call(NamedTuple):
    """An open call: what is called, its keywords so far, and the half word at its end."""

    callee: str
    given: frozenset[str]
    fragment: str


def keywords(before: str, namespace: Mapping[str, Any], known: Known) -> Suggestions | None:
    """Return the keywords that may stand at the end of Python code; None where no call of ours is open."""
    call = _open_call(before)
    called = _called(call.callee, namespace) if call is not None else None
    if call is None or called is None:
        return None
    names = [name for name, one in inspect.signature(called).parameters.items() if _by_name(one)]
    if called.__name__ == _TAKES_VARIABLES:
        names += [name for name in known.variables(None) if name.isidentifier()]
    open_ = [f"{name}=" for name in dict.fromkeys(names) if name not in call.given]
    return Suggestions(call.fragment, "param", tuple(one for one in open_ if one.startswith(call.fragment)))


def _by_name(parameter: inspect.Parameter) -> bool:
    return parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD)


def _open_call(before: str) -> _Call | None:
    """Return the innermost call that is open at the end of some code, where a keyword may begin there."""
    found = [(match[0], match.end()) for match in _TOKEN.finditer(before)]
    fragment = found.pop()[0] if found and _is_half_word(*found[-1], len(before)) else ""
    tokens = [token for token, _ in found]
    opened: list[int] = []
    for place, token in enumerate(tokens):
        if token in _CLOSING.values():
            opened.append(place)
        elif token in _CLOSING and opened:
            opened.pop()
    start = opened[-1] if opened else 0
    if not start or tokens[start] != "(" or tokens[-1] not in ("(", ","):
        return None
    given = {name for name, sign in zip(tokens[start:], tokens[start + 1 :], strict=False) if sign == "="}
    return _Call(tokens[start - 1], frozenset(given), fragment)


def _is_half_word(token: str, end: int, length: int) -> bool:
    return end == length and token.isidentifier()


def _called(dotted: str, namespace: Mapping[str, Any]) -> Callable[..., Any] | None:
    """Return what of ours a name means; nothing but modules is looked into, as that may run code."""
    first, *rest = dotted.split(".")
    found = namespace.get(first)
    for name in rest:
        if not isinstance(found, ModuleType) or found.__name__.partition(".")[0] != _OURS:
            return None
        found = getattr(found, name, None)
    is_ours = callable(found) and str(getattr(found, "__module__", "")).partition(".")[0] == _OURS
    return found if is_ours and hasattr(found, "__name__") else None
