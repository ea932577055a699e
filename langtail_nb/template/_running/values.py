"""Values as JavaScript sees them: text of a number, truth, comparison, lookup, JSON."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

Value: TypeAlias = object
"""A text, number, boolean, ``None`` (null), ``UNDEFINED``, ``list``, ``dict`` or ``Wrapper``."""

WHITESPACE: Final = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What JavaScript's ``\\s`` and ``trim`` take for space; Python's own set differs."""

_NUMERIC = re.compile(r"[+-]?(?:Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)")
_RADIX = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_MAX_INDEX: Final = 2**32 - 2

CHARACTERS_A_STEP: Final = 64
"""Characters of a text that cost about as much to look at as one tag costs to run."""


class Undefined:
    """The type of ``UNDEFINED``, the value of what is missing."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNDEFINED"


UNDEFINED: Final = Undefined()


class Wrapper:
    """A JSON object given as text: prints as JSON and hides its fields behind ``_value``."""

    __slots__ = ("value",)

    def __init__(self, value: dict[str, Value]) -> None:
        self.value = value


class NotConvertibleError(Exception):
    """JavaScript would throw: an object whose own ``toString`` is no function."""


def is_missing(value: Value) -> bool:
    """Return whether the value is null or undefined."""
    return value is None or value is UNDEFINED


def truthy(value: Value) -> bool:
    """Return JavaScript's truth; an empty list and an empty object are true."""
    if isinstance(value, list | dict | Wrapper):
        return True
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    return bool(value) and value is not UNDEFINED


def is_empty(value: Value) -> bool:
    """Return Handlebars' ``isEmpty``: falsy but not 0, or an empty list."""
    if isinstance(value, list):
        return not value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return math.isnan(value)
    return not truthy(value)


def strictly_equal(left: Value, right: Value) -> bool:
    """Return JavaScript's ``===``: objects are equal to themselves alone."""
    if left is right:
        return not (isinstance(left, float) and math.isnan(left))
    if isinstance(left, str):
        return isinstance(right, str) and left == right
    if _is_number(left) and _is_number(right):
        return left == right
    return False


def loosely_equal(left: Value, right: Value) -> bool:
    """Return JavaScript's ``==``."""
    if is_missing(left) or is_missing(right):
        return is_missing(left) and is_missing(right)
    if _is_object(left) and _is_object(right):
        return left is right
    left, right = _primitive(left), _primitive(right)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return number_of(left) == number_of(right)


def less(left: Value, right: Value, *, or_equal: bool = False) -> bool:
    """Return JavaScript's ``<`` (or ``<=``): texts by UTF-16 unit, all else as numbers."""
    left, right = _primitive(left), _primitive(right)
    if isinstance(left, str) and isinstance(right, str):
        if not (left.isascii() and right.isascii()):
            a, b = _units(left), _units(right)
            return a <= b if or_equal else a < b
        return left <= right if or_equal else left < right
    x, y = number_of(left), number_of(right)
    return x <= y if or_equal else x < y


def number_of(value: Value) -> float:
    """Return JavaScript's ``Number(value)``."""
    if isinstance(value, bool | int | float):
        return float(value)
    if value is None:
        return 0.0
    if value is UNDEFINED:
        return math.nan
    text = string_of(value).strip(WHITESPACE)
    if _RADIX.fullmatch(text):
        digits = int(text, 0)
        return float(digits) if digits.bit_length() < 1024 else math.inf
    if not text:
        return 0.0
    return float(text) if _NUMERIC.fullmatch(text) else math.nan


def text_of(value: Value) -> str:
    """Return what a value prints: nothing for null and undefined, else ``string_of``."""
    return value if isinstance(value, str) else "" if is_missing(value) else string_of(value)


def string_of(value: Value) -> str:
    """Return JavaScript's ``String(value)``.

    Raises:
        NotConvertibleError: The value is or holds an object with a field named ``toString``.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number_text(value)
    if value is None or value is UNDEFINED:
        return "null" if value is None else "undefined"
    if isinstance(value, list):
        return ",".join(_joined(value))
    if isinstance(value, Wrapper):
        text = stringify(value.value)
        return text if isinstance(text, str) else ""
    if isinstance(value, dict) and "toString" in value:
        raise NotConvertibleError
    return "[object Object]"


def get(parent: Value, key: str) -> Value:
    """Return a parent's own field, or ``UNDEFINED``: prototypes are out of reach."""
    if isinstance(parent, dict):
        return parent.get(key, UNDEFINED)
    if isinstance(parent, Wrapper):
        return parent.value if key == "_value" else UNDEFINED
    if not isinstance(parent, list | str):
        return UNDEFINED
    if key == "length":
        return len(parent) if isinstance(parent, list) else len(_units(parent)) // 2
    if not is_index(key):
        return UNDEFINED
    index = int(key)
    if isinstance(parent, list):
        return parent[index] if index < len(parent) else UNDEFINED
    return _unit(parent, index)


def is_index(key: str) -> bool:
    """Return whether the key is an array index, which JavaScript lists before other keys."""
    return (
        key.isascii()
        and key.isdigit()
        and (key[0] != "0" or key == "0")
        and len(key) < 11
        and int(key) <= _MAX_INDEX
    )


def ordered(fields: Mapping[str, Value]) -> dict[str, Value]:
    """Return an object with its keys as JavaScript lists them: indices first, ascending."""
    indices = sorted((key for key in fields if is_index(key)), key=int)
    if not indices:
        return dict(fields)
    return {key: fields[key] for key in indices} | dict(fields)


def assign(target: dict[str, Value], source: Value) -> None:
    """Copy a source's own fields into the target, as ``Object.assign`` does."""
    if isinstance(source, dict):
        target.update((key, item) for key, item in source.items() if key != "__proto__")
    elif isinstance(source, Wrapper):
        target["_value"] = source.value
    elif isinstance(source, list):
        target.update((str(index), item) for index, item in enumerate(source))
    elif isinstance(source, str):
        units = _units(source)
        target.update((str(at // 2), _decoded(units, at)) for at in range(0, len(units), 2))


def cost(value: Value) -> Iterator[int]:
    """Yield, in parts, the steps it takes to look at a whole value: an object may hold itself many times."""
    work = [value]
    while work:
        item = work.pop()
        if isinstance(item, str):
            yield len(item) // CHARACTERS_A_STEP
        elif isinstance(item, list):
            yield len(item)
            work += item
        elif isinstance(item, dict):
            yield len(item)
            work += item.values()
        elif isinstance(item, Wrapper):
            work.append(item.value)


def stringify(value: Value) -> str | Undefined:
    """Return ``JSON.stringify(value, null, 2)``, which is ``UNDEFINED`` for undefined."""
    if value is UNDEFINED:
        return UNDEFINED
    out: list[str] = []
    work: list[tuple[Iterator[tuple[str, Value]], str]] = [(iter([("", value)]), "")]
    while work:
        members, closing = work[-1]
        for prefix, item in members:
            out.append(prefix)
            if isinstance(item, list | dict | Wrapper):
                brackets, inner = _members(item, "  " * len(work))
                if inner is None:
                    out.append(brackets)
                    continue
                out.append(brackets[0])
                work.append((inner, "\n" + "  " * (len(work) - 1) + brackets[1]))
                break
            out.append(_scalar(item))
        else:
            out.append(closing)
            work.pop()
    return "".join(out)


def parse_json(text: str) -> Value:
    """Return what ``JSON.parse`` gives.

    Raises:
        ValueError: The text is no JSON, or nested deeper than Python can follow.
    """
    try:
        return json.loads(text, object_pairs_hook=_pairs, parse_int=float, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def whole(text: str) -> str:
    """Return the text with halves of a character that met again made one character."""
    if text.isascii() or not _LONE_SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _pairs(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    return ordered(dict(pairs))


def _refuse(constant: str) -> Value:
    raise ValueError(f"{constant} is no JSON")


def _members(item: Value, pad: str) -> tuple[str, Iterator[tuple[str, Value]] | None]:
    if isinstance(item, list):
        return "[]", (
            (start, member) for start, member in zip(_starts(pad), item, strict=False)
        ) if item else None
    fields = {"_value": item.value} if isinstance(item, Wrapper) else item
    assert isinstance(fields, dict)
    shown = [(key, member) for key, member in fields.items() if _is_json(member)]
    inner = (
        (f"{start}{_quoted(key)}: ", member)
        for start, (key, member) in zip(_starts(pad), shown, strict=False)
    )
    return "{}", inner if shown else None


def _starts(pad: str) -> Iterator[str]:
    yield f"\n{pad}"
    while True:
        yield f",\n{pad}"


def _is_json(value: Value) -> bool:
    return value is None or isinstance(value, str | int | float | list | dict | Wrapper)


def _scalar(value: Value) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float) and math.isfinite(value):
        return _number_text(value)
    return "null"


def _quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return _LONE_SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def _joined(items: list[Value]) -> Iterator[str]:
    """Yield the leaves of a list; nested lists print as if they were one, null as nothing."""
    work = [iter(items if items else [""])]
    while work:
        for item in work[-1]:
            if isinstance(item, list):
                work.append(iter(item if item else [""]))
                break
            yield text_of(item)
        else:
            work.pop()


def _number_text(number: float) -> str:
    """Return a number as JavaScript prints it (ECMA-262, Number::toString)."""
    if isinstance(number, int):
        return str(number)
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    if abs(number) < 2**53 and number == int(number):
        return str(int(number))
    sign = "-" if number < 0 else ""
    mantissa, _, exponent = repr(abs(number)).partition("e")
    whole_part, _, fraction = mantissa.partition(".")
    point = len(whole_part) + int(exponent or 0)
    digits = whole_part + fraction
    point -= len(digits) - len(digits.lstrip("0"))
    digits = digits.strip("0")
    return sign + _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    if 0 < point <= 21:
        return digits.ljust(point, "0") if len(digits) <= point else f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{tail}e{point - 1:+d}"


def _primitive(value: Value) -> Value:
    return string_of(value) if _is_object(value) else value


def _is_object(value: Value) -> bool:
    return isinstance(value, list | dict | Wrapper)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _units(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass")


def _unit(text: str, index: int) -> Value:
    if text.isascii():
        return text[index] if index < len(text) else UNDEFINED
    units = _units(text)
    return _decoded(units, 2 * index) if 2 * index < len(units) else UNDEFINED


def _decoded(units: bytes, at: int) -> str:
    return units[at : at + 2].decode("utf-16-be", "surrogatepass")
