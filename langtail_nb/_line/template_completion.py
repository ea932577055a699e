"""What Tab offers inside a tag of a template; pure, and never waits for anything."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from langtail_nb import template
from langtail_nb._line.completion import Known, Suggestions

_TAG: Final = re.compile(r"\{\{\{?~?([#/^&]?)((?:(?!\}\}).)*)\Z", re.DOTALL)
_BLOCK: Final = re.compile(r"\{\{~?#\s*([\w$-]+)")
_WORD: Final = re.compile(r"[\w$.-]*\Z")


def for_template(before: str, known: Known) -> Suggestions | None:
    """Return what may end a template's text up to the cursor; None outside a tag."""
    tags = list(_TAG.finditer(before))
    if not tags:
        return None
    sign, inside = tags[-1][1], tags[-1][2]
    word = _WORD.search(inside)
    assert word is not None
    is_first = not inside[: word.start()].strip()
    names = _names(sign, is_first, before, known)
    return Suggestions(word[0], "variable", tuple(name for name in names if name.startswith(word[0])))


def _names(sign: str, is_first: bool, before: str, known: Known) -> Sequence[str]:
    variables = list(known.variables(None))
    match sign:
        case "/":
            return list(dict.fromkeys(reversed(_BLOCK.findall(before))))
        case "#" if is_first:
            return [*template.helpers(blocks=True), *variables]
    return [*variables, *template.helpers()] if is_first else variables
