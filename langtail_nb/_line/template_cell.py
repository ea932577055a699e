"""``%%langtail_template``: the template override as a cell, and ``%langtail edit``, which fills one in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._project.fault import ProjectFileError
from langtail_nb._project.messages import is_role_line, read_passages, written
from langtail_nb._types.config import Config, template_of
from langtail_nb._types.messages import Message, check_messages, texts_of

# Two cells that were pasted as one: the second would be sent as words of the template.
_NEXT_CELL: Final = re.compile(r"%%langtail(_template)?(\s.*)?")


def read(body: str) -> list[Message]:
    """Return the messages of a cell's body; each stands after a line ``--- role``.

    Raises:
        ConfigurationError: Text before the first role line, or an unknown role; names the line.
    """
    for number, line in enumerate(body.split("\n"), 1):
        if _NEXT_CELL.fullmatch(line):
            raise ConfigurationError(f"line {number} begins another cell; split this cell there and run both")
    try:
        messages = [{"role": one.role, "content": one.text} for one in read_passages(body)]
    except ProjectFileError as exc:
        raise ConfigurationError(str(exc)) from exc
    if not messages:
        raise ConfigurationError(
            "the template has no message; write a line '--- system' and the text below it"
        )
    return check_messages("template", messages)


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
    return written((message["role"], message["content"]) for message in messages)


def _is_no_text(line: str) -> bool:
    return is_role_line(line) or _NEXT_CELL.fullmatch(line) is not None


def as_text(messages: Sequence[Message]) -> str:
    """Return messages as one text to compare with another, each after a line with its role."""
    return written((str(m.get("role")), "\n".join(texts_of([dict(m)]))) for m in messages)


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
