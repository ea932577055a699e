"""Scores that look for texts and numbers in an answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.column import Column
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.scoring.score import Result, Score, ScoredRow, columns_in, value_in
from langtail_nb._types.json_value import as_text
from langtail_nb._types.plain_form import is_real, items_of, opened

# 1,234.5 and 1 234 are numbers of three digits a group; 1,2 is two numbers.
_NUMBER: Final = re.compile(r"[-+−]?(?:\d{1,3}(?:[,   ]\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d{1,3})?")

_EMPTY: Final = "{} looks for an empty text, which every answer holds"

Text = str | Column


def equals(text: Text, *, case: bool = True, strip: bool = True) -> Score:
    """Return a score that passes where the answer is this text.

    Args:
        text: A text, or ``lt.column(NAME)`` for the value that the row has there.
        case: Whether capitals matter.
        strip: Whether white space around either is left aside.

    Example:
        >>> scored = run.rescore(lt.equals(lt.column("answer")))
        >>> scored.to_pandas()["equals"].tolist()
        [0.0, 0.0, 0.0, 0.0]
    """

    def read(value: str) -> str:
        value = value.strip() if strip else value
        return value if case else value.casefold()

    return _about("equals", text, lambda output, wanted: read(output) == read(wanted))


def contains(text: Text, *, case: bool = True) -> Score:
    """Return a score that passes where the answer holds this text.

    A row whose column is empty there is unscored: every answer holds an empty text.

    Example:
        >>> scored = run.rescore(lt.contains(lt.column("answer")))
        >>> scored.to_pandas()["contains"].tolist()
        [1.0, 0.0, 1.0, 0.0]
    """
    return _about("contains", text, lambda output, wanted: _holds(output, wanted, "contains", case=case))


def excludes(text: Text, *, case: bool = True) -> Score:
    """Return a score that passes where the answer does not hold this text; unscored if that is empty.

    Example:
        >>> scored = run.rescore(lt.excludes("sorry", case=False))
        >>> scored.to_pandas()["excludes"].tolist()
        [1.0, 1.0, 1.0, 1.0]
    """
    return _about("excludes", text, lambda output, wanted: not _holds(output, wanted, "excludes", case=case))


def contains_any(texts: Sequence[str] | Column | str, *others: str, case: bool = True) -> Score:
    """Return a score that passes where the answer holds at least one of these texts.

    Args:
        texts: Several texts, in a list or each by itself, or a column that holds several in each row.
        *others: The texts after the first, where they are not in a list.
        case: Whether capitals matter.

    Example:
        >>> scored = run.rescore(lt.contains_any(["3 days", "three days"]))
        >>> scored.to_pandas()["contains_any"].tolist()
        [1.0, 1.0, 1.0, 1.0]
    """

    def of(output: str, row: ScoredRow, record: Outcome) -> Result:
        wanted = value_in(row, several)
        each, name = [wanted] if isinstance(wanted, str) else wanted, "contains_any"
        return any(_holds(output, as_text(one, name), name, case=case) for one in each)

    several = [texts, *others] if others else texts if isinstance(texts, Column) else items_of(texts)
    if not several or (isinstance(several, list) and any(isinstance(one, Column) for one in several)):
        raise ConfigurationError(f"contains_any takes several texts or lt.column(NAME), not {texts!r}")
    return Score(name="contains_any", of=of, columns=columns_in(several))


def close(number: float | str | Column, *, within: float = 1e-9) -> Score:
    """Return a score that passes where some number in the answer is this one.

    Args:
        number: The number, or the column that holds it, by name or as ``lt.column(NAME)``.
        within: How far off it may be.

    Example:
        >>> scored = run.rescore(lt.close(3))
        >>> scored.to_pandas()["close"].tolist()
        [1.0, 1.0, 1.0, 1.0]
    """
    wanted = Column(number) if isinstance(number, str) else number
    if not isinstance(wanted, Column) and not is_real(wanted):
        raise ConfigurationError(f"close takes a number or lt.column(NAME), not {number!r}")

    def of(output: str, row: ScoredRow, record: Outcome) -> Result:
        goal = float(value_in(row, wanted))
        return any(abs(found - goal) <= within for found in numbers_in(output))

    if not is_real(within) or within < 0:
        raise ConfigurationError(f"close: within must be 0 or more, not {within!r}")
    return Score(name="close", of=of, columns=columns_in(wanted))


def numbers_in(text: str) -> list[float]:
    """Return the numbers that stand in a text, groups of three digits taken together."""
    found = (re.sub("[,   ]", "", one).replace("−", "-") for one in _NUMBER.findall(text))
    return [float(one) for one in found]


def finish(reason: str = "stop") -> Score:
    """Return a score that passes where the model stopped for this reason.

    Example:
        >>> scored = run.rescore(lt.finish("stop"))
        >>> scored.to_pandas()["finish"].tolist()
        [1.0, 1.0, 1.0, 1.0]
    """

    def of(output: str, row: ScoredRow, record: Outcome) -> Result:
        assert record.reply is not None
        return record.reply.finish_reason == reason

    return Score(name="finish", of=of)


def _about(name: str, text: Text, passes: Callable[[str, str], bool]) -> Score:
    form = text if isinstance(text, Column) else opened(text)
    if not isinstance(form, str | Column):
        raise ConfigurationError(f"{name} takes a text or lt.column(NAME), not {text!r}")
    if form == "" and name != "equals":
        raise ConfigurationError(_EMPTY.format(name))

    def of(output: str, row: ScoredRow, record: Outcome) -> Result:
        wanted: Any = value_in(row, form)
        return passes(output, as_text(wanted, name))

    return Score(name=name, of=of, columns=columns_in(form))


def _holds(output: str, wanted: str, name: str, *, case: bool) -> bool:
    if not wanted:
        raise ConfigurationError(_EMPTY.format(name))
    return wanted in output if case else wanted.casefold() in output.casefold()
