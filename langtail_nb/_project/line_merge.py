"""Lines that a program changed, laid into the lines that a person wrote: comments stay where they stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

_COMMENT: Final = re.compile(r"\s+#.*")
_MOST: Final = 5_000


def merged(base: Sequence[str], new: Sequence[str], written: Sequence[str]) -> list[str] | None:
    """Return what was written with the changes between base and new, or None where they do not fit.

    Args:
        base: What was written, as the program would have written it: without comments.
        new: What the program writes now.
        written: What stands in the file: base with comments and empty lines, if this is to succeed.
    """
    if max(len(base), len(new), len(written)) > _MOST:
        return None
    places, comments = _places(base, written)
    after: dict[int, list[str]] = {}
    gone: set[int] = set()
    for kind, start, end, new_start, new_end in SequenceMatcher(None, base, new, False).get_opcodes():
        if kind == "equal":
            continue
        if any(index not in places for index in range(max(start - 1, 0), end)):
            return None
        changed = range(start, end)
        lines = _with_comments(new[new_start:new_end], {_name(base[i]): comments[i] for i in changed})
        gone |= {places[index] for index in changed}
        after[places[start] - 1 if start in changed else _before(places, start)] = lines
    return [*after.get(-1, []), *_laid(written, gone, after)]


def _with_comments(lines: Sequence[str], by_name: dict[str, str]) -> list[str]:
    found: list[str] = []
    for line in lines:
        comment = by_name.get(_name(line), "") if " = " in line else ""
        is_opened = line.endswith(("'''", "["))
        found += [comment.strip(), line] if comment and is_opened else [line + comment]
    return found


def _name(line: str) -> str:
    return line.partition(" = ")[0]


def _before(places: dict[int, int], start: int) -> int:
    """Return the written line after which something new at ``start`` belongs."""
    return places[start - 1] if start else places.get(0, 0) - 1


def _laid(written: Sequence[str], gone: set[int], after: dict[int, list[str]]) -> list[str]:
    found: list[str] = []
    for index, line in enumerate(written):
        found += [] if index in gone else [line]
        found += after.get(index, [])
    return found


def _places(base: Sequence[str], written: Sequence[str]) -> tuple[dict[int, int], dict[int, str]]:
    """Return where each line of base stands in what was written, and the comments that follow lines there."""
    known = set(base)
    split = [_without_comment(line, known) for line in written]
    places: dict[int, int] = {}
    matcher = SequenceMatcher(None, base, [line for line, _ in split], False)
    for start, there, size in matcher.get_matching_blocks():
        places |= {start + n: there + n for n in range(size)}
    return places, {index: split[place][1] for index, place in places.items()}


def _without_comment(line: str, known: set[str]) -> tuple[str, str]:
    for found in _COMMENT.finditer(line):
        if line[: found.start()] in known:
            return line[: found.start()], line[found.start() :]
    return line, ""
