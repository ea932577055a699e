"""``%%langtail_template``: the template override as a cell, and ``%langtail edit``, which fills one in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._text.near import near
from langtail_nb._types.config import Config, template_of
from langtail_nb._types.messages import ROLES, Message, check_messages, texts_of

_ROLE_LINE: Final = re.compile(r"--- (\S+)\s*")
# Two cells that were pasted as one: the second would be sent as words of the template.
_NEXT_CELL: Final = re.compile(r"%%langtail(_template)?(\s.*)?")


def read(body: str) -> list[Message]:
    """Return the messages of a cell's body; each stands after a line ``--- role``.

    Raises:
        ConfigurationError: Text before the first role line, or an unknown role; names the line.
    """
    messages: list[Message] = []
    lines: list[list[str]] = []
    for number, line in enumerate(body.removesuffix("\n").split("\n"), 1):
        if _NEXT_CELL.fullmatch(line):
            raise ConfigurationError(f"line {number} begins another cell; split this cell there and run both")
        marked = _ROLE_LINE.fullmatch(line)
        if marked:
            messages.append({"role": _role(marked[1], number), "content": ""})
            lines.append([])
        elif lines:
            lines[-1].append(line)
        elif line.strip():
            raise ConfigurationError(
                f"line {number} stands before the first role; begin with a line '--- system'"
            )
    for message, text in zip(messages, lines, strict=True):
        message["content"] = "\n".join(text)
    if not messages:
        raise ConfigurationError(
            "the template has no message; write a line '--- system' and the text below it"
        )
    return check_messages("template", messages)


def _role(role: str, number: int) -> str:
    if role not in ROLES:
        raise ConfigurationError(
            f"line {number}: role {role!r} must be one of {', '.join(ROLES)}{near(role, ROLES)}"
        )
    return role


def write(messages: Sequence[Message]) -> str:
    """Return the body that :func:`read` reads as these messages.

    Raises:
        ConfigurationError: A message holds parts or a line that only ``--template :=EXPR`` can say.
    """
    for number, message in enumerate(messages, 1):
        content = message.get("content")
        if not isinstance(content, str) or any(map(_is_no_text, content.split("\n"))):
            raise ConfigurationError(
                f"message {number} is no plain text; set it with --template EXPR instead"
            )
    return "\n".join(f"--- {message['role']}\n{message['content']}" for message in messages)


def _is_no_text(line: str) -> bool:
    return bool(_ROLE_LINE.fullmatch(line) or _NEXT_CELL.fullmatch(line))


def as_text(messages: Sequence[Message]) -> str:
    """Return messages as one text to compare with another, each after a line with its role."""
    return "\n".join(f"--- {m.get('role')}\n" + "\n".join(texts_of([dict(m)])) for m in messages)


def cell(messages: Sequence[Message], target: str = "") -> str:
    """Return a whole ``%%langtail_template`` cell with these messages; without a target, of the current one.

    Raises:
        ConfigurationError: As :func:`write`; or the target cannot stand on the line.
    """
    if len(target.split()) > 1 or target.startswith("-"):
        raise ConfigurationError(f"{target!r} cannot be named by a %%langtail_template cell")
    return f"%%langtail_template {target}".rstrip() + f"\n{write(messages)}"


def deployed_or_override(config: Config, override: Any) -> list[Message]:
    """Return the messages to start editing from: the override if there is one, else what is deployed."""
    return list(override) if override else template_of(config)
