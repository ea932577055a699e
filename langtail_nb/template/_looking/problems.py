"""Why a template would stay unrendered, and where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from langtail_nb.template._language.nodes import TemplateError
from langtail_nb.template._language.parse import parse
from langtail_nb.template._looking.checks import faults, surprises
from langtail_nb.template._render import NEWLINE_BEFORE_END, NEWLINES_AROUND_ELSE, without_stray_newlines


@dataclass(frozen=True)
class Problem:
    """One thing in a template that does not do what it seems to.

    Attributes:
        line: Line, from 1.
        column: Character in the line, from 1.
        message: What is wrong and what to do, in one sentence.
        severity: ``"error"`` if the whole text stays unrendered, at the latest when the tag is
            reached; ``"warning"`` if the tag only prints something else than one might think.

    Example:
        >>> problem = template.problems("Hi {{name")[0]
        >>> problem.line, problem.column, problem.message
        (1, 10, 'The tag is never closed: add }}.')
    """

    line: int
    column: int
    message: str
    severity: Literal["error", "warning"] = "error"


def problems(text: str, *, warnings: bool = False) -> list[Problem]:
    """Return why Langtail would send a template unrendered, in order of position.

    Args:
        text: The template.
        warnings: Whether to add what renders, but surprises: fields of JSON variables, which are
            out of reach, and helpers that ignore what they are given.

    Returns:
        One problem if the template is not valid, at the place where reading it stops; else one for
        each tag that fails whatever the variables are. An empty list does not promise that no
        variable makes the template fail.

    Example:
        >>> template.problems("Hi {{name")
        [Problem(line=1, column=10, message='The tag is never closed: add }}.', severity='error')]
    """
    if "{{" not in text:
        return []
    try:
        program = parse(without_stray_newlines(text))
    except TemplateError as error:
        found = [(error.position or 0, error.message, False)]
    else:
        found = [(position, message, False) for position, message in faults(program)]
        if warnings:
            found += [(position, message, True) for position, message in surprises(program)]
    found.sort(key=lambda item: item[0])
    places = _places(text, [position for position, _, _ in found])
    return [
        Problem(line, column, message, "warning" if is_warning else "error")
        for (line, column), (_, message, is_warning) in zip(places, found, strict=True)
    ]


def _places(text: str, positions: list[int]) -> Iterator[tuple[int, int]]:
    """Yield line and column of ascending positions in the text that Langtail parses."""
    between = NEWLINES_AROUND_ELSE.sub(r"\1", text)
    positions = list(_before(_dropped(NEWLINE_BEFORE_END, between), positions))
    line, start, at = 1, 0, 0
    for position in _before(_dropped(NEWLINES_AROUND_ELSE, text), positions):
        line += text.count("\n", at, position)
        start = max(start, text.rfind("\n", at, position) + 1)
        at = position
        yield line, position - start + 1


def _dropped(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    """Yield the offsets of the newlines that the pattern drops: all it matches but its group."""
    for match in pattern.finditer(text):
        if match.start() < match.start(1):
            yield match.start()
        if match.end(1) < match.end():
            yield match.end(1)


def _before(dropped: Iterator[int], positions: list[int]) -> Iterator[int]:
    """Yield where ascending positions were before characters were dropped."""
    moved = 0
    following = next(dropped, None)
    for position in positions:
        while following is not None and following <= position + moved:
            moved += 1
            following = next(dropped, None)
        yield position + moved
