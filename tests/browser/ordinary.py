"""Ordinary answers: ``ordinary.txt`` says how they are written there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_SIGNS = str.maketrans({"␍": "\r", "⍽": "\u00a0", "␉": "\t", "␠": " "})


@dataclass(frozen=True)
class Answer:
    """What a model wrote, and the outline of the page that shows it."""

    name: str
    text: str
    outline: str


def read() -> list[Answer]:
    """Return the answers in the order of the file."""
    source = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")
    return [_answer(part) for part in re.split("^=== ", source, flags=re.MULTILINE)[1:]]


def _answer(part: str) -> Answer:
    name, _, rest = part.partition("\n")
    text, arrow, outline = rest.partition("\n--->\n")
    assert arrow, name
    return Answer(name, _real(text), _real(outline.replace("\n", "")))


def _real(text: str) -> str:
    return text.translate(_SIGNS)


ANSWERS = read()
