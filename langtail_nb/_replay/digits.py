"""Many small numbers in little room: a digit of base 36 each, in brackets those that take more."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_NUMBER: Final = re.compile(r"\((\d{1,12})\)|([0-9a-z])")


def in_digits(numbers: Iterable[int]) -> str:
    """Return numbers, none below zero, as a text; :func:`from_digits` reads it."""
    return "".join(_DIGITS[one] if one < 36 else f"({one})" for one in numbers)


def from_digits(text: str) -> list[int]:
    """Return the numbers of a text.

    Raises:
        ValueError: Nobody wrote it so.
    """
    found = _NUMBER.findall(text)
    if sum(len(long) + 2 if long else 1 for long, _ in found) != len(text):
        raise ValueError(f"no numbers of a recording: {text[:40]!r}")
    return [int(long) if long else int(short, 36) for long, short in found]
