"""A place in a cell in, what Tab offers there out."""

from __future__ import annotations

import re
from typing import Final

from langtail_nb._line.completion import Known, Suggestions, for_cell, for_command
from langtail_nb._line.template_completion import for_template

_CELL: Final = re.compile(r"%%langtail(?=\s|$)")
_TEMPLATE: Final = re.compile(r"%%langtail_template(?=\s|$)")
_LINE: Final = re.compile(r"\s*(?:[^%=]+=\s*)?%langtail(?=\s|$)")


def suggest(text: str, row: int, column: int, known: Known) -> Suggestions | None:
    """Return what may stand at a place of a cell, counted from 0; None where it is not ours."""
    lines = text.split("\n")
    first = row
    if _TEMPLATE.match(_first(lines[:row])):
        return for_template("\n".join([*lines[1:row], lines[row][:column]]), known)
    while first and lines[first - 1].rstrip().endswith("\\"):
        first -= 1
    is_cell = not any(line.strip() for line in lines[:first])
    start = (is_cell and _CELL.match(lines[first])) or (
        None if _is_body(lines) else _LINE.match(lines[first])
    )
    if not start or (row == first and column <= start.end()):
        return None
    parts = [line.rstrip()[:-1] for line in lines[first:row]] + [lines[row][:column]]
    parts[0] = parts[0][start.end() :]
    line = " ".join(parts)
    found = for_cell(line, known) if start.re is _CELL else for_command(line.lstrip(), known)
    return found if found is not None and len(found.fragment) <= column else None


def _is_body(lines: list[str]) -> bool:
    return _first(lines).startswith("%%")


def _first(lines: list[str]) -> str:
    return next((line for line in lines if line.strip()), "")
