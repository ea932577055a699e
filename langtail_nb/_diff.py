"""Two texts in, what became of each word out."""

from __future__ import annotations

import difflib
import json
import re
from typing import Final

_WORDS: Final = re.compile(r"\s+|\w+|[^\w\s]")

Mark = tuple[str, str]


def word_diff(old: str, new: str) -> list[Mark]:
    """Return both texts as pieces marked ``" "`` kept, ``"-"`` removed and ``"+"`` added, word by word.

    A lone word or blank that two changes leave between them counts as changed: a sentence that was
    rewritten reads better whole than laced with what it happens to share.
    """
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    opcodes = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    marks: list[Mark] = []
    removed = added = ""
    for place, (kind, a, b, c, d) in enumerate(opcodes):
        kept = "".join(after[c:d]) if kind == "equal" else ""
        if kept and (place in (0, len(opcodes) - 1) or len(kept.split()) > 1 or "\n" in kept):
            marks += [(sign, text) for sign, text in (("-", removed), ("+", added), (" ", kept)) if text]
            removed = added = ""
        else:
            removed, added = removed + "".join(before[a:b]), added + "".join(after[c:d])
    return [*marks, *((sign, text) for sign, text in (("-", removed), ("+", added)) if text)]


def answer_diff(old: str, new: str) -> list[Mark]:
    """Return the difference of two answers; where both are JSON, of their values and not of their spacing."""
    try:
        before, after = (_laid_out(text) for text in (old, new))
    except (ValueError, RecursionError):
        return word_diff(old, new)
    return word_diff(before, after)


def _laid_out(text: str) -> str:
    value = json.loads(text)
    if not isinstance(value, dict | list):
        raise ValueError("a text that happens to be a number reads better as it is")
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
