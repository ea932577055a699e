"""What a thread may be called."""

from __future__ import annotations

import re
from typing import Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._line.commands import COMMANDS

_NUMBER: Final = re.compile(r"(?:thread +)?(\d{1,9})", re.ASCII)
_TAKEN: Final = frozenset(name.split()[1] for name in COMMANDS if name.startswith("thread "))


def number_in(name: str) -> int | None:
    """Return the number of the thread that ``2`` or ``thread 2`` names, or None for any other name."""
    found = _NUMBER.fullmatch(name)
    return int(found[1]) if found else None


def check_new(name: str) -> str:
    """Return a name that a thread may be given.

    Raises:
        ConfigurationError: It is a number, or a command of ``%langtail thread``.
    """
    number = number_in(name)
    if number is not None:
        raise ConfigurationError(f"there is no thread {number}; a name may not be a number")
    if name in _TAKEN:
        raise ConfigurationError(
            f"{name!r} is a command, %langtail thread {name}; choose another name for a thread"
        )
    return name
