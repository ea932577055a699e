"""Two texts in, what became of each word out."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from langtail_nb._text.patience import matches

# A tag of a template is one word.
_WORDS: Final = re.compile(r"\{\{[^{}\n]*\}\}|\s+|\w+|[^\w\s]")

# Of what stays the same around a change, and the least that is worth leaving out.
_CONTEXT_LINES: Final = 2
_CONTEXT_CHARACTERS: Final = 600
_LEAST_LINES: Final = 3
_LEAST_CHARACTERS: Final = 400

Mark = tuple[str, str]


def word_diff(old: str, new: str) -> list[Mark]:
    """Return both texts as pieces marked ``" "`` kept, ``"-"`` removed and ``"+"`` added, word by word.

    A lone word or blank that two changes leave between them counts as changed: a sentence that was
    rewritten reads better whole than laced with what it happens to share. So may a long passage that is
    made of the same few words on both sides: comparing it closely could take minutes.
    """
    marks: list[Mark] = []
    removed = added = ""
    runs = _runs(_WORDS.findall(old), _WORDS.findall(new))
    for place, (gone, come, kept) in enumerate(runs):
        removed, added = removed + gone, added + come
        is_end = place == len(runs) - 1 or (place == 0 and not gone and not come)
        if kept and (is_end or len(kept.split()) > 1 or "\n" in kept):
            marks += [(sign, text) for sign, text in (("-", removed), ("+", added), (" ", kept)) if text]
            removed = added = ""
        else:
            removed, added = removed + kept, added + kept
    return [*marks, *((sign, text) for sign, text in (("-", removed), ("+", added)) if text)]


def answer_diff(old: str, new: str) -> list[Mark]:
    """Return the difference of two answers; where both are JSON, of their values and not of their spacing."""
    try:
        before, after = (_laid_out(text) for text in (old, new))
    except (ValueError, RecursionError):
        return word_diff(old, new)
    return word_diff(before, after)


def hunks(marks: Sequence[Mark], same: str = "the same") -> list[Mark]:
    """Return marks of which only what changed is whole, with two lines around it.

    What is left out between stands as one mark ``"~"`` that says how much it is: ``297 lines the same``.

    Args:
        same: What the lines left out are: ``as deployed``.
    """
    if all(sign == " " for sign, _ in marks):
        return list(marks)
    last = len(marks) - 1
    found: list[Mark] = []
    for place, (sign, text) in enumerate(marks):
        found += [(sign, text)] if sign != " " else _shortened(text, same, place > 0, place < last)
    return found


def _shortened(text: str, same: str, follows: bool, goes_on: bool) -> list[Mark]:
    """Return a kept text without what is far from a change before it, or after it."""
    start = _head(text) if follows else 0
    end = _tail(text) if goes_on else len(text)
    left_out = text[start:end]
    lines = left_out.strip("\n").count("\n") + 1
    if start >= end or (lines < _LEAST_LINES and len(left_out) < _LEAST_CHARACTERS):
        return [(" ", text)]
    told = f"{lines} lines" if lines >= _LEAST_LINES else f"{len(left_out.split())} words"
    return [mark for mark in ((" ", text[:start]), ("~", f"{told} {same}"), (" ", text[end:])) if mark[1]]


def _head(text: str) -> int:
    """Return where the context after a change ends: behind a line, or behind a word of a very long one."""
    end = -1
    for _ in range(_CONTEXT_LINES + 1):
        end = text.find("\n", end + 1)
        if end < 0 or end > _CONTEXT_CHARACTERS:
            return min(len(text), text.rfind(" ", 0, _CONTEXT_CHARACTERS) + 1 or _CONTEXT_CHARACTERS)
    return end + 1


def _tail(text: str) -> int:
    """Return where the context before a change begins."""
    begin, least = len(text), max(0, len(text) - _CONTEXT_CHARACTERS)
    for _ in range(_CONTEXT_LINES + 1):
        begin = text.rfind("\n", 0, begin)
        if begin < least:
            return max(least, text.find(" ", least))
    return begin


def _runs(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return both in runs of three texts: what is gone, what has come, and what is kept after that."""
    runs: list[tuple[str, str, str]] = []
    a = c = 0
    gone = come = ""
    kept: list[str] = []
    for i, j in [*matches(old, new), (len(old), len(new))]:
        if (i, j) != (a, c):
            runs.append((gone, come, "".join(kept)))
            gone, come, kept = "".join(old[a:i]), "".join(new[c:j]), []
        kept += old[i : i + 1]
        a, c = i + 1, j + 1
    return [*runs, (gone, come, "".join(kept))]


def _laid_out(text: str) -> str:
    value = json.loads(text)
    if not isinstance(value, dict | list):
        raise ValueError("a text that happens to be a number reads better as it is")
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
