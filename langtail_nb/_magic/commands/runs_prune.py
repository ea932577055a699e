"""``%langtail runs prune``: earlier calls are removed from disk when they are told to be, and never else."""

from __future__ import annotations

import math
import os
import time
from typing import Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._magic.commands.context import Context
from langtail_nb._show.say import say

_VARIABLE: Final = "LANGTAIL_NB_KEEP_DAYS"
_DAY_S: Final = 86_400.0


def prune(context: Context) -> None:
    """Remove the calls of this folder, of every assistant, that are older than so many days.

    Raises:
        ConfigurationError: No days are given, on the line or in the environment, or they are no number.
        StoreError: The store cannot be written.
    """
    days = _days(context.words)
    pruned = context.session.store.prune(time.time() - days * _DAY_S)
    age = f"older than {days:g} day{'s' * (days != 1)}"
    stay = f"{_calls(pruned.left)} stay{'s' * (pruned.left == 1)}, {_size(pruned.size)}"
    if not pruned.removed:
        return say(f"No call here is {age}; {stay}")
    return say(f"{_calls(pruned.removed)} {age} removed, {_size(pruned.freed)} freed; {stay}")


def _days(words: list[str]) -> float:
    if len(words) > 1:
        raise ConfigurationError(f"write %langtail runs prune DAYS, not {' '.join(words)!r}")
    if words:
        return _number(words[0], "runs prune")
    if given := os.environ.get(_VARIABLE):
        return _number(given, _VARIABLE)
    raise ConfigurationError(
        "nothing is removed by itself; write %langtail runs prune DAYS to remove the calls older than that, "
        f"or set {_VARIABLE} for runs prune alone"
    )


def _number(text: str, named: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = math.nan
    if not 0 <= days < math.inf:
        raise ConfigurationError(f"{named} takes a number of days, 0 or more, not {text!r}")
    return days


def _calls(count: int) -> str:
    return f"{count:,} call{'s' * (count != 1)}"


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count / 1e3:.0f} KB"
