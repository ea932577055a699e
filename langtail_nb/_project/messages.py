"""The grammar of messages as text: each stands after a line ``--- role``, and nothing in it is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from langtail_nb._project.fault import ProjectFileError
from langtail_nb._text.near import near

ROLES: Final = ("system", "user", "assistant", "tool", "function")

_ROLE_LINE: Final = re.compile(r"--- (\S+)\s*")


@dataclass(frozen=True, slots=True)
class Passage:
    """One message as text: its role, what it says, and the line where that begins, from 1."""

    role: str
    text: str
    line: int


def read_passages(text: str, first_line: int = 1) -> list[Passage]:
    """Return the messages of a text, in order.

    Args:
        text: Lines that end with ``\\n``; one at the very end belongs to no message.
        first_line: The number of the text's first line, for messages.

    Raises:
        ProjectFileError: Text before the first role line, or an unknown role; names the line.
    """
    return list(_passages(text.removesuffix("\n").split("\n"), first_line))


def _passages(lines: list[str], first_line: int) -> Iterator[Passage]:
    starts = [index for index, line in enumerate(lines) if is_role_line(line)]
    for index, line in enumerate(lines[: starts[0]] if starts else lines):
        if line.strip():
            raise ProjectFileError(
                "text stands before the first role; begin with a line '--- system'", first_line + index
            )
    for start, end in zip(starts, [*starts[1:], len(lines)][: len(starts)], strict=True):
        role = _role(lines[start][4:].strip(), first_line + start)
        yield Passage(role, "\n".join(lines[start + 1 : end]), first_line + start + 1)


def _role(role: str, line: int) -> str:
    if role not in ROLES:
        raise ProjectFileError(f"role {role!r} must be one of {', '.join(ROLES)}{near(role, ROLES)}", line)
    return role


def is_role_line(line: str) -> bool:
    """Return whether a line begins a message, whatever its role."""
    return _ROLE_LINE.fullmatch(line) is not None


def written(messages: Iterable[tuple[str, str]]) -> str:
    """Return roles and texts as :func:`read_passages` reads them, without the line end after the last."""
    return "\n".join(f"--- {role}\n{text}" for role, text in messages)
