"""What Python people hold, and what each value is on the wire: one line a value, for every entry alike."""

from __future__ import annotations

import dataclasses
import enum
import json
import sys
from collections import OrderedDict, UserString, deque, namedtuple
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pydantic

FRAME = pd.DataFrame({"topic": ["cats", None], "n": [1, 2], "when": pd.to_datetime(["2026-11-30", None])})


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


class Word(enum.StrEnum):
    HI = "hi"


@dataclasses.dataclass
class Place:
    name: str
    at: date


@attrs.define
class Stop:
    name: str
    lines: tuple[int, ...]


class Ticket(pydantic.BaseModel):
    id: UUID
    price: Decimal


class Numbers(pydantic.RootModel[list[int]]):
    pass


Point = namedtuple("Point", "x y")


@dataclasses.dataclass
class Value:
    """A value, what it is in JSON, and its text as a variable; None where it is not sent."""

    value: Any
    plain: Any
    text: str | None = None

    def __post_init__(self) -> None:
        if self.text is None and self.plain is not None:
            self.text = (
                self.plain if isinstance(self.plain, str) else json.dumps(self.plain, ensure_ascii=False)
            )


ID = "12345678-1234-5678-1234-567812345678"
HALF_PAST = "2026-11-30T09:05:01.500000"
VALUES: dict[str, Value] = {
    "text": Value("tea", "tea"),
    "number": Value(7, 7),
    "truth": Value(True, True),
    "dict": Value({"ø": [1, None]}, {"ø": [1, None]}, '{"ø": [1, null]}'),
    # numpy
    "np.int64": Value(np.int64(3), 3),
    "np.float64": Value(np.float64(0.5), 0.5),
    "np.float32": Value(np.float32(0.1), 0.1),
    "np.float32 of a whole number": Value(np.float32(123456792), 123456792.0),
    "np.float16": Value(np.float16(0.1), 0.1),
    "np.longdouble": Value(np.longdouble(0.5), 0.5),
    "np.array of longdouble": Value(np.array([0.5], dtype="longdouble"), [0.5]),
    "np.bool": Value(np.bool_(True), True),
    "np.str": Value(np.str_("tea"), "tea"),
    "np.datetime64": Value(np.datetime64("2026-11-30T09:05:00"), "2026-11-30T09:05:00"),
    "np.datetime64 in nanoseconds": Value(np.datetime64("2026-11-30T09:05:01.5", "ns"), HALF_PAST),
    "np.timedelta64": Value(np.timedelta64(90, "s"), "PT1M30S"),
    "np.timedelta64 in nanoseconds": Value(np.timedelta64(1, "ns"), "PT0.000000001S"),
    "np.array": Value(np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]], "[[1, 2], [3, 4]]"),
    "np.array of float32": Value(np.array([0.1, np.nan], dtype="float32"), [0.1, None]),
    "np.array of one NaN": Value(np.array([np.nan]), [None]),
    "np.array without dimensions": Value(np.array(5), 5),
    "np.array of dates": Value(np.array(["2026-11-30", "NaT"], "datetime64[D]"), ["2026-11-30", None]),
    "np.array of objects": Value(np.array([date(2026, 1, 2), Colour.RED]), ["2026-01-02", "red"]),
    "np.array of records": Value(np.array([(1, 0.1)], [("a", "i4"), ("b", "f4")]), [{"a": 1, "b": 0.1}]),
    "np.ma": Value(np.ma.array([1, 2], mask=[False, True]), [1, None]),
    "np.ma.masked": Value(np.ma.masked, None),
    # what is missing
    "None": Value(None, None),
    "NaN": Value(float("nan"), None),
    "np.float32 NaN": Value(np.float32("nan"), None),
    "NaT": Value(pd.NaT, None),
    "np.NaT": Value(np.datetime64("NaT", "s"), None),
    "NA": Value(pd.NA, None),
    "Decimal NaN": Value(Decimal("NaN"), None),
    # pandas and polars
    "Timestamp": Value(pd.Timestamp("2026-11-30 09:05:01.5"), HALF_PAST),
    "Timedelta": Value(pd.Timedelta(days=1, hours=2), "P1DT2H"),
    "Period": Value(pd.Period("2026-11"), "2026-11"),
    "Series": Value(pd.Series([1, None], dtype="Int64"), [1, None]),
    "Series by name": Value(pd.Series({"a": 1.5, "b": np.nan}), {"a": 1.5, "b": None}),
    "Series by number": Value(pd.Series(["x", "y", "z"])[1:], {"1": "y", "2": "z"}),
    "Series of float32": Value(pd.Series([0.1, np.nan], dtype="float32"), [0.1, None]),
    "Series of Float32": Value(pd.Series([0.1, None], dtype="Float32"), [0.1, None]),
    "Index": Value(pd.Index(["a", "b"]), ["a", "b"]),
    "Categorical": Value(pd.Categorical(["a", "b"]), ["a", "b"]),
    "row of a DataFrame": Value(FRAME.iloc[0], {"topic": "cats", "n": 1, "when": "2026-11-30T00:00:00"}),
    "tuple of a DataFrame": Value(next(FRAME[["n"]].itertuples()), {"Index": 0, "n": 1}),
    "DataFrame": Value(
        FRAME[["topic", "when"]],
        [{"topic": "cats", "when": "2026-11-30T00:00:00"}, {"topic": None, "when": None}],
    ),
    "DataFrame of float32": Value(pd.DataFrame({"a": [0.1]}, dtype="float32"), [{"a": 0.1}]),
    "polars Series": Value(pl.Series([1, None]), [1, None]),
    "polars Series of Float32": Value(pl.Series([0.1, None], dtype=pl.Float32), [0.1, None]),
    "polars DataFrame": Value(
        pl.DataFrame({"a": [1], "d": [date(2026, 1, 2)]}), [{"a": 1, "d": "2026-01-02"}]
    ),
    # the standard library
    "date": Value(date(2026, 11, 30), "2026-11-30"),
    "time": Value(time(9, 5), "09:05:00"),
    "datetime": Value(datetime(2026, 11, 30, 9, 5, tzinfo=UTC), "2026-11-30T09:05:00+00:00"),
    "timedelta": Value(timedelta(days=1, hours=2, seconds=3.5), "P1DT2H3.5S"),
    "negative timedelta": Value(timedelta(minutes=-90), "-PT1H30M"),
    "no time": Value(timedelta(), "PT0S"),
    "Decimal": Value(Decimal("19.90"), 19.9, "19.90"),
    "whole Decimal": Value(Decimal("12345678901234567890123"), 12345678901234567890123),
    "long Decimal": Value(Decimal("0.1234567890123456789"), "0.1234567890123456789"),
    "UUID": Value(UUID(ID), ID),
    "Path": Value(PurePosixPath("/data/a.csv"), "/data/a.csv"),
    "Enum": Value(Colour.RED, "red"),
    "IntEnum": Value(Level.LOW, 1),
    "StrEnum": Value(Word.HI, "hi"),
    "dataclass": Value(Place("Brno", date(2026, 1, 2)), {"name": "Brno", "at": "2026-01-02"}),
    "attrs": Value(Stop("zoo", (1, 4)), {"name": "zoo", "lines": [1, 4]}),
    "model": Value(Ticket(id=UUID(ID), price=Decimal("0.10")), {"id": ID, "price": "0.10"}),
    "model of a list": Value(Numbers([1, 2]), [1, 2]),
    "named tuple": Value(Point(1, np.int64(2)), {"x": 1, "y": 2}, '{"x": 1, "y": 2}'),
    "tuple": Value((1, "b"), [1, "b"]),
    "set": Value({"b", "c", "a"}, ["a", "b", "c"]),
    "set of all kinds": Value(frozenset({"a", 2, 1}), [1, 2, "a"]),
    "range": Value(range(3), [0, 1, 2]),
    "deque": Value(deque([1, 2]), [1, 2]),
    "keys": Value({"b": 1, "a": 2}.keys(), ["b", "a"]),
    "OrderedDict": Value(OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
    "UserString": Value(UserString("tea"), "tea"),
    "keys of all kinds": Value(
        {np.int64(1): 1, Colour.RED: 2, date(2026, 1, 2): 3, False: 4, None: 5, 1.5: 6},
        {"1": 1, "red": 2, "2026-01-02": 3, "false": 4, "null": 5, "1.5": 6},
    ),
}
"""One line more, and every entry is tested with it."""

if sys.version_info < (3, 14):  # where pydantic 1 works no more
    from pydantic.v1 import BaseModel

    class OldTicket(BaseModel):
        day: date

    VALUES["model of pydantic 1"] = Value(OldTicket(day=date(2026, 1, 2)), {"day": "2026-01-02"})
