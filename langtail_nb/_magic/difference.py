"""A word diff as the two texts of an output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from langtail_nb._text import markdown
from langtail_nb._text.diff import Mark

_NONE: Final = "no difference"


def difference(marks: Sequence[Mark]) -> tuple[str, str]:
    """Return marks as plain text, ``[-gone-]`` and ``{+come+}``, and as safe Markdown."""
    if all(sign == " " for sign, _ in marks):
        return _NONE, _NONE
    pieces = [{" ": text, "-": f"[-{text}-]", "+": f"{{+{text}+}}"}[sign] for sign, text in marks]
    return "".join(pieces), markdown.difference(marks)
