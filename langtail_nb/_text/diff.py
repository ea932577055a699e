"""Two texts in, what became of each word out."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from langtail_nb._text.patience import matches

# A tag of a template is one word.
_WORDS: Final = re.compile(r"\{\{[^{}\n]*\}\}|\s+|\w+|[^\w\s]")

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
