"""What a score is: how an answer is judged, and how its numbers are to be read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from langtail_nb._errors import LangtailError
from langtail_nb._sweep.column import Column
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._types.plain_form import is_nothing, opened

PASS_FAIL: Final = (0.0, 1.0)


class Unscored(LangtailError):
    """An answer cannot be scored; says why in a line."""


class ScoredRow(Mapping[str, Any]):
    """A row as a score sees it: ``row["expected"]`` or ``row.expected``."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            columns = ", ".join(map(repr, self._values)) or "none"
            raise KeyError(f"no column {name!r}; there are: {columns}") from None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as exc:
            raise AttributeError(exc.args[0]) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


@dataclass(frozen=True, slots=True)
class Given:
    """The score of one answer.

    Attributes:
        value: The number; None where it is unscored.
        reason: What the score says of it, such as the first place where a schema does not fit.
        error: Why it is unscored, in one line; ``""`` otherwise, and where the score gave None.
        is_bool: Whether it is pass or fail, and can be nothing between.
    """

    value: float | None
    reason: str = ""
    error: str = ""
    is_bool: bool = False


Result = bool | float | Given | Mapping[str, Any] | None
Function = Callable[[str, ScoredRow, Outcome], Result | Awaitable[Result]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A score of single answers.

    Attributes:
        name: What it is called where the user gave no name.
        of: From the text, the row and the record of a trial to a score; may be async.
        span: The least and the largest that it can be; None where that is not known.
        words: Of a measure, what more is called, and less.
        columns: The columns of the rows that it reads.
        is_quick: Whether it takes no time to speak of, and cannot hang: others leave the calling thread.
        calls_per_answer: Calls that it makes for each.
    """

    name: str
    of: Function
    span: tuple[float, float] | None = PASS_FAIL
    words: tuple[str, str] | None = None
    columns: tuple[str, ...] = ()
    is_quick: bool = True
    calls_per_answer: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OverRepeats:
    """A score of all repeats of a row together.

    Attributes:
        name: What it is called.
        of: From the texts of the repeats, and from their scores in ``inner``, to the score.
        inner: The score that it is about; None for the texts alone.
        is_bool: Whether it is pass or fail.
    """

    name: str
    of: Callable[[Sequence[str], Sequence[float]], float]
    inner: Score | None = None
    is_bool: bool = False
    calls_per_answer: int = 0


def value_in(row: ScoredRow, wanted: Any) -> Any:
    """Return what a score compares with: a column's value in this row, or the value given itself.

    Raises:
        Unscored: The row has nothing there.
    """
    value = opened(row[wanted.name]) if isinstance(wanted, Column) else wanted
    if is_nothing(value):
        raise Unscored(f"column {wanted.name!r} is empty in this row")
    return value


def columns_in(*wanted: Any) -> tuple[str, ...]:
    """Return the names of the columns among these."""
    return tuple(one.name for one in wanted if isinstance(one, Column))
