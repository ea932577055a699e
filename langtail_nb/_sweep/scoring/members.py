"""A score that holds the members of a JSON object against values, those of the row among them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, Literal

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.column import Column
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.scoring.patterns import read_json
from langtail_nb._sweep.scoring.score import Given, Result, Score, ScoredRow, columns_in, value_in
from langtail_nb._text.brief import shorten
from langtail_nb._types.json_value import Named, json_value, mapping_of

_PARTS: Final = ("all", "share")


def json_contains(
    members: Named | None = None, /, *, part: Literal["all", "share"] = "all", **named: Any
) -> Score:
    """Return a score that passes where the answer is a JSON object with these members.

    ``lt.json_contains(city=lt.column("city"), price=9)``. Other members may stand beside them, also inside
    a member that is an object. Numbers are equal as numbers, of texts white space around either is left
    aside, and a text is no number. The reason names the first member that is missing or not as wanted.

    Args:
        members: Members by name, for names that are no word of Python.
        part: ``"all"`` for pass or fail, or ``"share"`` for the share of the members that are right.
        **named: A value for each member, or ``lt.column(NAME)`` for what the row has there.

    Raises:
        ConfigurationError: There is no member, or a value that JSON cannot say.

    Example:
        >>> scored = run.rescore(lt.json_contains(days=lt.column("answer")))
        >>> scored.to_pandas()["json_contains"].tolist()
        [0.0, 0.0, 0.0, 0.0]
    """
    wanted = {**({} if members is None else mapping_of("json_contains", members)), **named}
    if not wanted or not all(isinstance(name, str) for name in wanted):
        raise ConfigurationError('json_contains takes members by name: city=lt.column("city"), price=9')
    if part not in _PARTS:
        raise ConfigurationError(f'json_contains: part is "all" or "share", not {part!r}')
    known = {name: one if isinstance(one, Column) else _plain(name, one) for name, one in wanted.items()}

    def of(output: str, row: ScoredRow, record: Outcome) -> Result:
        due = {
            name: _plain(name, value_in(row, one)) if isinstance(one, Column) else one
            for name, one in known.items()
        }
        said, given = read_json(output)
        return _held(said, due, part) if given.value else replace(given, is_bool=part == "all")

    return Score(name="json_contains", of=of, columns=columns_in(*known.values()))


def _plain(name: str, value: Any) -> Any:
    return json_value(f"json_contains: member {name!r}", value)


def _held(said: Any, due: Mapping[str, Any], part: str) -> Given:
    if not isinstance(said, dict):
        return Given(0.0, reason="JSON, but no object", is_bool=part == "all")
    faults = list(_faults(said, due))
    right = 1 - len(faults) / len(due)
    value = right if part == "share" else float(not faults)
    return Given(value, reason=faults[0] if faults else "", is_bool=part == "all")


def _faults(said: Mapping[str, Any], due: Mapping[str, Any]) -> Iterator[str]:
    for name, wanted in due.items():
        if name not in said:
            yield f"{name} is missing"
        elif not _agrees(said[name], wanted):
            yield f"{name} is {_brief(said[name])}, not {_brief(wanted)}"


def _agrees(said: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(said, dict) and not any(_faults(said, wanted))
    if isinstance(wanted, list):
        is_alike = isinstance(said, list) and len(said) == len(wanted)
        return is_alike and all(map(_agrees, said, wanted))
    if isinstance(wanted, str):
        return isinstance(said, str) and said.strip() == wanted.strip()
    if isinstance(wanted, bool) or isinstance(said, bool) or wanted is None:
        return said is wanted
    return isinstance(said, int | float) and bool(said == wanted)


def _brief(value: Any) -> str:
    return shorten(json.dumps(value, ensure_ascii=False), 40)
