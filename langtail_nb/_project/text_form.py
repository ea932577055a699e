"""A deployment as a text file: a TOML header between ``+++`` lines, then the messages as they are.

+++
model = "gpt-4o-mini"
temperature = 0.2

[variables]
topic = "orders"
+++

--- system
You help customers with {{topic}}.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import Any, Final

from langtail_nb._project.fault import ProjectFileError
from langtail_nb._project.header import Spoken, put_together, taken_apart
from langtail_nb._project.json_form import ordered_or_fault
from langtail_nb._project.messages import Passage, read_passages, written
from langtail_nb._project.toml_text import assignments, is_sayable

JSON = dict[str, Any]

FENCE: Final = "+++"
_TOML_PLACE: Final = re.compile(r" \(at line (\d+), column (\d+)\)$")
_AT_END: Final = " (at end of document)"
_TABLES: Final = ("variables", "messages", "tools", "functions")


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text file, read: its two parts as they stand in it, and what they say."""

    header_text: str
    body: str
    header: JSON
    passages: list[Passage]
    content: JSON


def begins_as_text(raw: bytes) -> bool:
    """Return whether a file that begins with these bytes means to be a deployment, and no page of prose."""
    return raw.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].rstrip() == FENCE.encode()


def read_text(raw: str | bytes) -> TextFile:
    """Return what a text file says; line ends may be those of Windows.

    Raises:
        ProjectFileError: It says no deployment; names line and column where they are known.
    """
    header_text, body = _split(_decoded(raw))
    header = _header(header_text)
    passages = read_passages(body, header_text.count("\n") + 3)
    try:
        content = put_together(header, passages)
    except RecursionError:
        raise ProjectFileError("nested too deeply") from None
    return TextFile(header_text, body, header, passages, content)


def _decoded(raw: str | bytes) -> str:
    try:
        text = raw if isinstance(raw, str) else raw.decode("utf-8")
    except UnicodeDecodeError as exc:
        line = exc.object.count(b"\n", 0, exc.start) + 1
        raise ProjectFileError("a byte that is no UTF-8; save the file as UTF-8", line) from exc
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def _split(text: str) -> tuple[str, str]:
    lines = text.split("\n")
    if lines[0].rstrip() != FENCE:
        raise ProjectFileError(f"the file does not begin with a line {FENCE}", 1)
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE), None)
    if end is None:
        raise ProjectFileError(f"the header is never closed; end it with a line {FENCE}", 1)
    return "".join(f"{line}\n" for line in lines[1:end]), "\n".join(lines[end + 1 :])


def _header(text: str) -> JSON:
    try:
        header = tomllib.loads(text)
    except ValueError as exc:  # a number of thousands of digits as well
        raise _toml_fault(str(exc), text) from exc
    except RecursionError as exc:
        raise ProjectFileError("the header is nested too deeply") from exc
    for name, value in header.items():
        _check(value, name)
    return header


def _toml_fault(told: str, text: str) -> ProjectFileError:
    if told.endswith(_AT_END):
        return ProjectFileError(told.removesuffix(_AT_END), text.count("\n") + 1)
    place = _TOML_PLACE.search(told)
    if place is None:
        return ProjectFileError(told)
    # A line of the file is one more: the fence stands before the header.
    return ProjectFileError(told[: place.start()], int(place[1]) + 1, int(place[2]))


def _check(value: Any, name: str) -> None:
    """Refuse what TOML has and JSON has not: dates and times, infinities, what is no number."""
    if isinstance(value, dict | list) and not is_sayable(value):
        inner = value.items() if isinstance(value, dict) else enumerate(value, 1)
        for key, one in inner:
            _check(one, f"{name}.{key}" if isinstance(value, dict) else f"{name}[{key}]")
    elif not isinstance(value, dict | list | str | bool | int) and not is_sayable(value):
        raise ProjectFileError(f"{name} is {value}, which JSON cannot say; write it in quotes")


def write_text(content: JSON) -> str:
    """Return the text file of a deployment, the same whatever order its members have.

    Raises:
        ProjectFileError: It holds a number that JSON has not, or is nested too deeply.
    """
    try:
        header, spoken = taken_apart(ordered_or_fault(content))
        return joined(header_lines(header), body_of(spoken))
    except RecursionError:
        raise ProjectFileError("its configuration is nested too deeply") from None


def joined(header_text: str, body: str) -> str:
    """Return the text of a file with this header and this body."""
    return f"{FENCE}\n{header_text}{FENCE}\n{body}"


def body_of(spoken: Spoken) -> str:
    """Return messages as the body of a file."""
    return f"\n{written(spoken)}\n" if spoken else ""


def header_lines(header: JSON) -> str:
    """Return a header as TOML: what stands alone first, then the tables, each after an empty line."""
    alone = {name: value for name, value in header.items() if not _is_table(name, value)}
    blocks = ["\n".join(assignments(alone))] if alone else []
    for name in _TABLES:
        if name in header and _is_table(name, header[name]):
            blocks += table_blocks(name, header[name])
    return "".join(f"{block}\n" for block in "\n\n".join(blocks).split("\n")) if blocks else ""


def _is_table(name: str, value: Any) -> bool:
    return name in _TABLES and isinstance(value, dict | list) and bool(value)


def table_blocks(name: str, value: Any) -> list[str]:
    """Return the table of a name, or its tables where there are several, each as lines."""
    tables, head = (value, f"[[{name}]]") if isinstance(value, list) else ([value], f"[{name}]")
    return ["\n".join([head, *assignments(table)]) for table in tables]
