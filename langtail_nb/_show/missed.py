"""A call that is not recorded, as the two texts of an output: what it asks otherwise than what is."""

from __future__ import annotations

from langtail_nb._errors import ReplayError
from langtail_nb._show.difference import difference
from langtail_nb._text import markdown
from langtail_nb._text.diff import Mark, word_diff

_KEPT = 200


def missed(error: ReplayError) -> tuple[str, str] | None:
    """Return the nearest recorded request as a word diff, and the parameters that differ.

    Returns:
        Plain text, and Markdown that is safe to show; None where nothing like it is recorded.
    """
    if error.nearest is None:
        return None
    head = f"Nearest in the recording: {error.nearest_place}"
    old, new = error.messages
    changed = [difference([_brief(mark) for mark in word_diff(old, new)])] if old != new else []
    plain = [head, *(one[0] for one in changed), *error.differences]
    marked = [markdown.inline(head), *(one[1] for one in changed), *map(markdown.inline, error.differences)]
    return "\n".join(plain), "\n\n".join(marked)


def _brief(mark: Mark) -> Mark:
    """Return a piece, cut in its middle where it is long and on both sides."""
    sign, text = mark
    if sign != " " or len(text) <= _KEPT:
        return mark
    return sign, f"{text[: _KEPT // 2]} … {text[-_KEPT // 2 :]}"
