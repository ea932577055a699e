"""Values as TOML text that people like to read: no escapes where none are needed, one fact on a line.

Written by hand, since what is read back must be this to the last bit, and a schema must keep its order: an
object becomes dotted keys, which TOML takes in any order.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPED: Final = re.compile('[\x00-\x1f"\\\\\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]')
# What a text may not hold that stands as it is: all that TOML, an editor or a terminal would not leave alone.
_ODD: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]")
_SHORT: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_FENCE_LINE: Final = re.compile(r"^\+\+\+\s*$", re.MULTILINE)
_LONGEST_LINE: Final = 100
_INT64: Final = 2**63
_DEEPEST: Final = 40
"""Beyond this JSON text reads better, and readers of TOML give up sooner than those of JSON."""


def is_sayable(value: Any, depth: int = 0) -> bool:
    """Return whether TOML can say a value: it has no null, half character, or whole number over 64 bits."""
    if depth > _DEEPEST:
        return False
    match value:
        case bool():
            return True
        case str():
            return not re.search("[\ud800-\udfff]", value)
        case int():
            return -_INT64 <= value < _INT64
        case float():
            return math.isfinite(value)
        case dict():
            return all(is_sayable(k) and is_sayable(v, depth + 1) for k, v in value.items())
        case list():
            return all(is_sayable(one, depth + 1) for one in value)
        case _:
            return False


def is_plain(text: str) -> bool:
    """Return whether a text survives as it is in a file: no half character, no odd control, no return."""
    return not _ODD.search(text) and is_sayable(text)


def assignments(values: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield the lines that give names their values; an object becomes a line for each of its members."""
    for name, value in values.items():
        key = f"{prefix}{_key(name)}"
        if isinstance(value, dict) and value:
            yield from assignments(value, f"{key}.")
        else:
            yield f"{key} = {_value(value)}"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _basic(name)


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case list():
            return _array([_inline(one) for one in value])
    return _inline(value)


def _array(items: list[str]) -> str:
    flat = f"[{', '.join(items)}]"
    if len(flat) <= _LONGEST_LINE:
        return flat
    return "[\n" + "".join(f"  {one},\n" for one in items) + "]"


def _inline(value: Any) -> str:
    """Return a value on one line, as TOML wants it inside a table or an array."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _quoted(value)
        case list():
            return f"[{', '.join(map(_inline, value))}]"
        case dict():
            return "{" + ", ".join(f"{_key(name)} = {_inline(one)}" for name, one in value.items()) + "}"
    return repr(value)


def _text(text: str) -> str:
    stands = "\n" in text and "'''" not in text and not text.endswith("'") and not _FENCE_LINE.search(text)
    return f"'''\n{text}'''" if stands and not _ODD.search(text) else _quoted(text)


def _quoted(text: str) -> str:
    needs_escape = '"' in text or "\\" in text
    stands = "'" not in text and "\n" not in text and not _ODD.search(text)
    return f"'{text}'" if needs_escape and stands else _basic(text)


def _basic(text: str) -> str:
    return '"' + _ESCAPED.sub(lambda found: _SHORT.get(found[0], f"\\u{ord(found[0]):04x}"), text) + '"'
