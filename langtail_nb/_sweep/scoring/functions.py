"""Functions of the user as scores, and what they return as numbers."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.scoring.score import Given, Result, Score, ScoredRow, Unscored
from langtail_nb._types.plain_form import is_nothing, is_real, items_of, opened, with_article

_MOST_ARGUMENTS: Final = 3
# What a function is given, in this order.
_ARGUMENTS: Final = "(output, row, record)"


def score(
    function: Callable[..., Any], *, range: tuple[float, float] | None = None, name: str | None = None
) -> Score:
    """Return a function as a score.

    Args:
        function: Of the text, the row and the record of the trial, or of the first one or two of these; plain
            or async. It returns a bool, a number, None for "unscored", or a dict of them.
        range: The least and the largest number that it returns, where these are not 0 and 1. Numbers beyond
            these, without a range, are compared by their ranks.
        name: What the table calls it; the function's own name where None.

    Raises:
        ConfigurationError: It cannot be called so, or the range is none.

    Example:
        >>> def right(text, row):
        ...     return row["answer"] in text
        >>> scored = run.rescore(lt.score(right, name="right"))
        >>> scored.to_pandas()["right"].tolist()
        [1.0, 0.0, 1.0, 0.0]
    """
    if range is not None and not _is_span(items_of(range)):
        raise ConfigurationError(f"range takes the least and the largest score, not {range!r}")
    called = name or str(getattr(function, "__name__", type(function).__name__))
    span = None if range is None else (float(range[0]), float(range[1]))
    return Score(name=called, of=_taking(function, called), span=span, is_quick=False)


def _is_span(ends: list[Any] | None) -> bool:
    return ends is not None and len(ends) == 2 and all(map(is_real, ends)) and ends[0] < ends[1]


def _taking(function: Any, name: str) -> Callable[[str, ScoredRow, Outcome], Any]:
    if not callable(function):
        raise ConfigurationError(f"score {name!r} must be a score or a function, not {function!r}")
    number = _number_taken(function, name)

    def of(output: str, row: ScoredRow, record: Outcome) -> Any:
        return function(*(output, row, record)[:number])

    return of


def _number_taken(function: Callable[..., Any], name: str) -> int:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some functions written in C do not say
        return 1
    for number in (3, 2, 1):
        try:
            signature.bind(*[None] * number)
        except TypeError:
            continue
        return number
    raise ConfigurationError(f"score {name!r} must take {_ARGUMENTS}, or the first of these")


def givens(result: Result, span: tuple[float, float] | None) -> dict[str, Given]:
    """Return what a score returned as numbers, by part: ``""`` for all of it, a dict's keys else.

    Raises:
        Unscored: It is no number, or outside the range.
    """
    form = result if isinstance(result, Given) else opened(result)
    if isinstance(form, Mapping):
        return {str(key): _given(value, span) for key, value in form.items()}
    return {"": _given(form, span)}


def _given(value: Any, span: tuple[float, float] | None) -> Given:
    form = value if isinstance(value, Given) else opened(value)
    if isinstance(form, Given):
        return form
    if isinstance(form, bool):
        return Given(float(form), is_bool=True)
    if is_nothing(form) or (isinstance(form, float) and math.isnan(form)):
        return Given(None)
    if not isinstance(form, int | float) or not math.isfinite(form):
        shown = form if isinstance(form, float) else with_article(type(form).__name__)
        raise Unscored(
            f"it returned {shown}, which is no score: return a bool, a number, None or a dict of them"
        )
    if span is not None and not span[0] <= form <= span[1]:
        raise Unscored(f"it returned {form:g}, outside its range of {span[0]:g} to {span[1]:g}")
    return Given(float(form))
