"""Where the answers of settings differ: without a score all there is to say, with one the rows to read."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, Final

from langtail_nb._sweep.comparing.scored import is_number
from langtail_nb._sweep.report.evaluated import Evaluated
from langtail_nb._sweep.report.numbers import shown
from langtail_nb._sweep.report.parts import Line, Part
from langtail_nb._sweep.rows import numbered
from langtail_nb._text.brief import shorten

if TYPE_CHECKING:
    from langtail_nb._sweep.outcome import Outcome

_ROWS: Final = 3
_COLUMNS: Final = 6
_ANSWER: Final = 52
_ASKED: Final = 60


def without_a_score(found: Evaluated) -> Part:
    """Return which rows each setting answers otherwise than the first; nobody wins."""
    run, layout = found.run, found.layout
    texts = {column: _texts(found, column) for column in range(len(layout.places))}
    lines = []
    for column, place in enumerate(layout.places):
        words = [len(text.split()) for of_row in texts[column].values() for text in of_row]
        length = shown(fmean(words)) if words else ""
        if column == 0:
            lines.append(Line([run.settings[place].label, length, ""]))
            continue
        both = [row for row in texts[column] if row in texts[0]]
        rows = [row for row in both if texts[column][row] != texts[0][row]]
        told = f"{len(rows)} of {len(both)} rows" + (f": {numbered(rows).partition(' ')[2]}" if rows else "")
        lines.append(Line([run.settings[place].label, length, told]))
    count = len(layout.rows)
    title = f"{count} row{'s' * (count != 1)} · no score, so none is better"
    notes = ['run.rescore("json_valid"), or with a function of answer and row, scores what is there.']
    return Part(title, ["", "words", f"differs from {run.settings[0].label}"], lines, notes)


def most(found: Evaluated, name: str | None) -> Part | None:
    """Return the rows in which settings differ most, with their answers; None where nothing differs."""
    columns = range(min(len(found.layout.places), _COLUMNS))
    by_row = {column: _first(found, column) for column in columns}
    apart = {row: _apart(found, name, row, by_row) for row in found.layout.rows}
    chosen = sorted((row for row in apart if apart[row] > (0, 1)), key=lambda row: apart[row], reverse=True)
    if not chosen:
        return None
    lines = [line for row in chosen[:_ROWS] for line in _row(found, name, row, by_row)]
    head = ["", *([name] if name else []), "answer"]
    title = f"Row by row, where the settings differ most: {min(_ROWS, len(chosen))} of {len(chosen)}"
    return Part(title, head, lines)


def _row(found: Evaluated, name: str | None, row: int, by_row: dict[int, dict[int, Outcome]]) -> list[Line]:
    asked = found.run.plan.ways[0].message(found.run.rows, row)
    text = asked if isinstance(asked, str) else ", ".join(found.run.rows.variables[row].values())
    blank = [""] * (2 if name else 1)
    lines = [Line([f"row {row} · {shorten(' '.join(text.split()), _ASKED)}", *blank])]
    for column, outcomes in by_row.items():
        one = outcomes.get(row)
        reply = one.reply if one is not None else None
        answer = "no answer" if reply is None else shorten(" ".join(reply.text.split()), _ANSWER)
        score = [_score_told(found, name, row, column)] if name else []
        lines.append(Line([found.run.settings[found.layout.places[column]].label, *score, answer]))
    return lines


def _apart(
    found: Evaluated, name: str | None, row: int, by_row: dict[int, dict[int, Outcome]]
) -> tuple[float, int]:
    """Return by how much the scores of a row differ, and how many texts there are."""
    scores = [one for column in by_row if (one := _score(found, name, row, column)) is not None]
    texts = {
        answer.reply.text for of in by_row.values() if (answer := of.get(row)) is not None and answer.reply
    }
    return (max(scores) - min(scores) if scores else 0.0), len(texts)


def _score(found: Evaluated, name: str | None, row: int, column: int) -> float | None:
    if name is None or found.found is None:
        return None
    unit = found.run.rows.units[row]
    values = found.found.scored[name].values[column].get(unit, ())
    slots = found.layout.slots.get(unit, ())
    rows = [slot[0] for slot in slots]
    places = zip(rows, values, strict=False) if len(values) == len(rows) else ((row, one) for one in values)
    known = [float(one) for of, one in places if of == row and is_number(one)]
    return fmean(known) if known else None


def _score_told(found: Evaluated, name: str, row: int, column: int) -> str:
    value = _score(found, name, row, column)
    return "" if value is None else shown(value)


def _first(found: Evaluated, column: int) -> dict[int, Outcome]:
    return {one.row: one for one in found.outcomes[column] if one.repeat == 1 and one.reply is not None}


def _texts(found: Evaluated, column: int) -> dict[int, list[str]]:
    texts: dict[int, list[str]] = {}
    for one in found.outcomes[column]:
        if one.reply is not None:
            texts.setdefault(one.row, []).append(one.reply.text)
    return {row: sorted(of_row) for row, of_row in texts.items()}
