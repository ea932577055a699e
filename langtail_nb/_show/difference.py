"""A word diff as the two texts of an output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from langtail_nb._text import markdown
from langtail_nb._text.diff import Mark

_NONE: Final = "no difference"
_PLAIN: Final = {" ": "{}", "-": "[-{}-]", "+": "{{+{}+}}", "~": "[... {} ...]"}


def difference(marks: Sequence[Mark]) -> tuple[str, str]:
    """Return marks as plain text, ``[-gone-]`` and ``{+come+}``, and as safe Markdown.

    What was left out between stands as ``[... 9 lines the same ...]``.
    """
    if all(sign == " " for sign, _ in marks):
        return _NONE, _NONE
    return "".join(_PLAIN[sign].format(text) for sign, text in marks), markdown.difference(marks)
