"""What Python people hold, one value at a time: its form in JSON out, the values inside it as they are.

The one table of what a value means, for variables, parameters, messages, metadata and results alike. Nothing
here imports numpy, pandas or their like: what a value's class has says what it is.
"""

from __future__ import annotations

import math
import re
import struct
from collections import Counter, UserString
from collections.abc import (
    Callable,
    ItemsView,
    Iterable,
    Iterator,
    KeysView,
    Mapping,
    Sequence,
    Set,
    ValuesView,
)
from dataclasses import fields
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from io import IOBase
from itertools import islice
from pathlib import PurePath
from typing import Any, Final
from uuid import UUID

_MOST_ITEMS: Final = 1_000_000
# Python refuses to write an integer of more than 4300 digits.
_LONGEST_INTEGER: Final = 14_000
_DAY: Final = 86_400
_SHORT_FLOATS: Final = {"float32": "f", "float16": "e"}


class UnsendableError(Exception):
    """A value has no form in JSON; says so in a sentence."""


def plain_form(value: Any) -> Any:
    """Return a text, number, truth value, None, list or dict for a value; what is inside is left as it is.

    What is missing is None: a NaN of any kind, NaT, pandas' NA. Dates and times are ISO 8601 text, a
    timedelta an ISO duration (``P1DT2H``). A Decimal is a number where readers of JSON get that very number,
    else its text. Arrays, ranges and generators are lists, a set is one in a lasting order. A Series is a
    list where it is numbered from 0, else a dict by its index; a DataFrame is a list of rows, each a dict. A
    named tuple, a dataclass and a model are dicts, an enum's member is its value, a reply its text.

    Raises:
        UnsendableError: There is no such form.
    """
    kind: Any = type(value)
    return value if kind is str else _way(kind)(value)


def is_plain(value: Any) -> bool:
    """Return whether a scalar is its own form, without a look at anything but its type and size."""
    kind = type(value)
    if kind is int:
        return bool(value.bit_length() <= _LONGEST_INTEGER)
    return kind is str or value is None or kind is bool or (kind is float and math.isfinite(value))


def opened(value: Any) -> Any:
    """Return the plain form of a value, or the value itself where it has none, for a check to name."""
    try:
        return plain_form(value)
    except UnsendableError:
        return value


def is_real(value: Any) -> bool:
    """Return whether a value is a finite number, of whatever library; a truth value is none."""
    form = opened(value)
    return isinstance(form, int | float) and not isinstance(form, bool) and math.isfinite(form)


def items_of(value: Any) -> list[Any] | None:
    """Return the items of a list or of a column of any library; None for what is neither.

    A column has its items whatever they are called by its index, also where two have one name.
    """
    form = listed(value) if _is_series(type(value)) else opened(value)
    return form if isinstance(form, list) else None


def is_nothing(value: Any) -> bool:
    """Return whether a value is None, NaT or pandas' NA, which are no number gone wrong as NaN may be."""
    return value is None or _is_nothing(type(value))


def with_article(kind: str) -> str:
    """Return the name of a kind of value behind its article."""
    return f"an {kind}" if kind[:1] in "aeiouAEIOU" else f"a {kind}"


def _refused(value: Any) -> Any:
    raise UnsendableError(f"{with_article(type(value).__name__)} cannot be sent as JSON")


def _bytes(value: Any) -> Any:
    raise UnsendableError(f"{type(value).__name__} cannot be sent as JSON; decode them to text")


def _integer(value: int) -> int:
    if value.bit_length() > _LONGEST_INTEGER:
        raise UnsendableError("a number of thousands of digits cannot be sent as JSON")
    return value if isinstance(value, bool) else int(value)


def _number(value: float) -> float | None:
    if math.isnan(value):
        return None
    if math.isinf(value):
        raise UnsendableError(f"{float(value)} cannot be sent as JSON, which has finite numbers only")
    return float(value)


def _decimal(value: Decimal) -> float | str | None:
    if value.is_nan():
        return None
    if value.is_infinite():
        raise UnsendableError(f"{value} cannot be sent as JSON, which has finite numbers only")
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    if exponent >= 0 and value.adjusted() < 300:
        return int(value)
    number = float(value)
    return number if math.isfinite(number) and Decimal(repr(number)) == value else str(value)


def _duration(value: timedelta) -> str:
    # pandas counts nanoseconds apart.
    rest = getattr(value, "nanoseconds", 0)
    return _iso_duration((value.days * _DAY + value.seconds) * 10**9 + value.microseconds * 1000 + rest)


def _iso_duration(nanoseconds: int) -> str:
    seconds, fraction = divmod(abs(nanoseconds), 10**9)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    exact = f"{seconds}.{fraction:09}".rstrip("0").rstrip(".") if fraction else f"{seconds}"
    clock = [f"{hours}H"] * (hours > 0) + [f"{minutes}M"] * (minutes > 0) + [f"{exact}S"] * (exact != "0")
    if not (days or clock):
        return "PT0S"
    return f"{'-' * (nanoseconds < 0)}P{f'{days}D' if days else ''}{'T' if clock else ''}{''.join(clock)}"


def _ordered(value: Set[Any]) -> list[Any]:
    """Return the members of a set, which come in another order in each process, in one that stays."""
    try:
        return sorted(value)
    except TypeError:
        return sorted(value, key=lambda one: (type(one).__name__, repr(one)))


def _listed(value: Iterable[Any]) -> list[Any]:
    found = list(islice(value, _MOST_ITEMS + 1))
    if len(found) > _MOST_ITEMS:
        kind = with_article(type(value).__name__)
        raise UnsendableError(f"{kind} of more than {_MOST_ITEMS:,} items cannot be sent as JSON")
    return found


def _of_numpy(value: Any) -> Any:
    kind, names = value.dtype.kind, value.dtype.names
    if value.shape:
        # ``tolist`` makes counts of nanoseconds of moments, and tuples of records.
        return list(value) if kind in "mMV" else listed(value)
    match kind:
        case "M" | "m" if value != value:
            return None
        case "M":
            return _moment(str(value))
        case "m":
            return _numpy_duration(value)
        case "f":
            return _number(_short(float(value), _SHORT_FLOATS.get(value.dtype.name)))
        case "V" if names:
            return {name: value[name] for name in names}
        case "c" | "V":
            return _refused(value)
    return plain_form(value.item())


def _moment(text: str) -> str:
    """Return a moment of numpy as pandas writes it: to the second, microsecond or nanosecond."""
    return re.sub(r"\.0+$", "", re.sub(r"(\.\d{6})000$", r"\1", text))


def _numpy_duration(value: Any) -> str:
    item = value.item()
    if isinstance(item, timedelta):
        return _duration(item)
    return _iso_duration(int(value.astype("timedelta64[ns]").astype("int64")))


def listed(value: Any) -> Any:
    """Return the items of an array or a column of any library, short floats with the digits they have."""
    items = value.tolist() if hasattr(value, "tolist") else value.to_list()
    return shortened(items, str(getattr(value, "dtype", "")))


def shortened(items: Any, dtype: str) -> Any:
    """Return numbers of a type, by its name in any library, with no more digits than it has."""
    return _short(items, _SHORT_FLOATS.get(dtype.lower().rpartition(".")[2]))


def _short(items: Any, code: str | None) -> Any:
    """Return numbers, in lists or not, with the digits that floats of 2 or 4 bytes have: 0.1 has one."""
    if code is None:
        return items
    if isinstance(items, list):
        return [_short(one, code) for one in items]
    is_short = isinstance(items, float) and math.isfinite(items) and not items.is_integer()
    return _shortest(items, code) if is_short else items


def _shortest(number: float, code: str) -> float:
    exact = struct.pack(code, number)
    texts = (f"{number:.{digits}g}" for digits in range(3, 10))
    return next((float(text) for text in texts if struct.pack(code, float(text)) == exact), number)


def _frame(value: Any) -> list[Any]:
    names = list(value.columns)
    if twice := [name for name, times in Counter(names).items() if times > 1]:
        raise UnsendableError(f"a DataFrame with two columns named {twice[0]!r} cannot be sent as JSON")
    columns = [listed(value.iloc[:, place]) for place in range(len(names))]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _series(value: Any) -> Any:
    index = value.index
    if type(index).__name__ == "RangeIndex" and (index.start, index.step) == (0, 1):
        return listed(value)
    if not index.is_unique:
        raise UnsendableError("a Series with one name for two values cannot be sent as JSON; use .tolist()")
    return dict(zip(index, listed(value), strict=True))


def _model(value: Any) -> Any:
    try:
        return plain_form(value.model_dump(mode="json"))
    except (TypeError, ValueError) as exc:
        kind, why = with_article(type(value).__name__), str(exc).partition("\n")[0]
        raise UnsendableError(f"{kind} cannot be sent as JSON: {why}") from exc


def _is(*kinds: type) -> Callable[[type], bool]:
    return lambda kind: issubclass(kind, kinds)


def _has(*names: str) -> Callable[[type], bool]:
    return lambda kind: all(hasattr(kind, name) for name in names)


def _is_of_numpy(kind: type) -> bool:
    return any(
        base.__module__ == "numpy" and base.__name__ in ("ndarray", "generic") for base in kind.__mro__
    )


def _is_nothing(kind: type) -> bool:
    return kind.__name__ in ("NAType", "NaTType")


_is_series: Final = _has("to_dict", "index", "tolist")

# The first that fits a class; its attributes are asked for there and not on the value, which may have any.
_WAYS: Final[Sequence[tuple[Callable[[type], bool], Callable[[Any], Any]]]] = (
    (_is(type(None)), lambda value: None),
    (_is_nothing, lambda value: None),  # NaT is a datetime, too
    (lambda kind: kind.__name__ == "MaskedConstant", lambda value: None),
    (_is(Enum), lambda value: plain_form(value.value)),
    (_has("finish_reason", "text"), lambda value: value.text),  # a Reply
    (_is(str), str.__str__),
    (_is(UserString), str),
    (_is(int), _integer),
    (_is(float), _number),
    (_is(Decimal), _decimal),
    (_is(date, time), lambda value: value.isoformat()),
    (_is(timedelta), _duration),
    (_is(UUID, PurePath), str),
    (_is(bytes, bytearray, memoryview), _bytes),
    (_is(IOBase), _refused),  # a file would be its lines
    (_is_of_numpy, _of_numpy),
    (_has("model_dump"), _model),  # pydantic 2
    (_has("__fields__", "dict"), lambda value: value.dict()),  # pydantic 1
    (_has("__dataclass_fields__"), lambda value: {f.name: getattr(value, f.name) for f in fields(value)}),
    (_has("__attrs_attrs__"), lambda value: {a.name: getattr(value, a.name) for a in value.__attrs_attrs__}),
    (_has("to_dicts"), lambda value: value.to_dicts()),  # a DataFrame of polars
    (_has("to_dict", "columns", "iloc"), _frame),  # of pandas
    (_is_series, _series),
    (_has("to_pylist"), lambda value: value.to_pylist()),  # pyarrow
    (_has("as_py"), lambda value: plain_form(value.as_py())),
    (_has("start_time", "ordinal"), str),  # a Period of pandas
    (_has("_fields", "_asdict"), lambda value: dict(value._asdict())),  # a named tuple
    (_is(list, tuple), list),
    (_is(Mapping), dict),
    (_has("keys", "__getitem__"), dict),  # a row of a database
    (_is(KeysView, ValuesView, ItemsView), _listed),
    (_is(Set), _ordered),
    (_is(Sequence, Iterator), _listed),
    (_has("tolist"), lambda value: plain_form(listed(value))),  # an array of any other library
    (_has("to_list"), listed),
    (_has("isoformat"), lambda value: str(value.isoformat())),
)


@lru_cache(300)
def _way(kind: type) -> Callable[[Any], Any]:
    return next((way for fits, way in _WAYS if fits(kind)), _refused)
