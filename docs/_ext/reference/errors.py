"""Errors: the classes with their docstrings, and the messages, collected from the code."""

from __future__ import annotations

from itertools import groupby
from typing import Final

import langtail_nb
from reference.markdown import block, plain
from reference.messages import Message, collected
from reference.python import is_error

_SERVERS: Final = ("500", "502", "503", "504")
_ROOMS: Final = {
    "_line": "What a line says",
    "_magic": "Commands and cells",
    "_types": "Values",
    "_calls": "Calls",
    "_client": "Langtail and the way to it",
    "_http": "Langtail and the way to it",
    "_kernel": "Settings, threads, what is kept",
    "_environment": "Settings, threads, what is kept",
    "_sweep": "Maps, sweeps, scores",
    "_panel": "The panel",
    "_replay": "Replay",
    "template": "Templates",
    "_project": "Files of assistants",
    "_local": "The local server",
    "_cli": "The langtail-nb command",
}


def classes() -> str:
    """Return every class of errors, the base of several before them."""
    found = [getattr(langtail_nb, name) for name in langtail_nb.__all__ if is_error(name)]
    ordered = sorted(found, key=lambda one: [f"{base.__name__}" for base in reversed(one.__mro__)])
    return block("eval-rst", "\n".join(_class(one.__name__) for one in ordered))


def _class(name: str) -> str:
    about = f".. autoexception:: langtail_nb.{name}\n   :members:\n   :show-inheritance:\n"
    statuses = _statuses(name)
    return f".. index:: {', '.join(statuses)}\n\n{about}" if statuses else about


def _statuses(name: str) -> tuple[str, ...]:
    """Return the HTTP statuses of a class, by which it is looked for; the search knows no numbers else."""
    first = (getattr(langtail_nb, name).__doc__ or "").split(maxsplit=1)[0].rstrip(":")
    return _SERVERS if first == "5xx" else (first,) if first.isdecimal() else ()


def messages() -> str:
    """Return every message that the code has, under what one was about."""
    parts: dict[str, list[Message]] = {part: [] for part in _ROOMS.values()}
    for one in collected():
        parts[_ROOMS[one.room]].append(one)
    return "\n".join(_part(part, there) for part, there in parts.items() if there)


def _part(title: str, there: list[Message]) -> str:
    by_class = groupby(sorted(there), key=lambda one: one.error)
    return f"## {title}\n\n" + "\n".join(_of_class(error, list(some)) for error, some in by_class)


def _of_class(error: str, there: list[Message]) -> str:
    named = f"{{class}}`~langtail_nb.{error}`" if error in langtail_nb.__all__ else f"{plain(error)}"
    items = "\n".join(f"* {plain(one.text)}" for one in there)
    return f"{named}\n\n{items}\n"
