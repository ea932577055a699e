"""The front end's files as they are sent: slim, since saved state holds them once for each panel."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent


def _tight(*slack: str) -> list[tuple[str, str]]:
    return [(text, "".join(text.split())) for text in slack]


# What a browser does not need beside comments and indentation: spaces around signs that stand in no text,
# line ends, signs that end nothing. Plain texts, replaced in order: the first panel waits for it.
_SIGNS: Final = [
    "=",
    "=>",
    "===",
    "!==",
    "&&",
    "||",
    "?",
    "??",
    ":",
    "+",
    "-",
    "*",
    "/",
    "<",
    ">",
    "<=",
    ">=",
]
_WORDS: Final = ["if", "for", "of", "catch", "return"]
_NAMES: Final = ["node", "name", "view", "box", "id", "text", "role", "kind", "first", "add"]
_SLACK: Final = {
    "panel.js": [
        *_tight(*(f"{sign}\n" for sign in ";{},(")),
        *_tight(*(f" {sign} " for sign in _SIGNS)),
        *_tight(
            *(f"{sign}, " for sign in '")]'),
            *(f", {sign}" for sign in "{([."),
            *(f": {sign}" for sign in '{(["`'),
        ),
        *_tight(") ", "{ ", " }", "( ", "= (", "return {", "} catch", "} else", "else {", "try {"),
        *_tight(*(f"{word} {sign}" for word in _WORDS for sign in "(["), *(f"{name}, " for name in _NAMES)),
        *((f"{sign}{end}", end) for sign, end in [(";", "}"), (",", ")"), (",", "]"), (",", "}")]),
    ],
    "panel.css": [
        *_tight(*(f"{sign}\n" for sign in "{};,"), " {", "{ ", " }", "; ", ", ", ": ", " > "),
        (";}", "}"),
    ],
}


def shipped(name: str) -> str:
    """Return a file of the front end as it is sent: slim, since saved state holds it once for each panel."""
    text = re.sub(r"/\*.*?\*/", "", (_HERE / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    text = "\n".join(filter(None, map(_without_comment, text.split("\n"))))
    for slack, rest in _SLACK[name]:
        text = text.replace(slack, rest)
    return text


def _without_comment(line: str) -> str:
    line = line.strip()
    if line.startswith("//"):
        return ""
    code, mark, told = line.rpartition(" // ")
    # With quotes it might be a part of a string.
    return code if mark and not re.search("[\"'`]", told) else line
