"""A text file given another content: what stays stays as it stands, comments where they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import tomlkit
from tomlkit.container import Container
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, InlineTable, Table

from langtail_nb._project.fault import ProjectFileError
from langtail_nb._project.header import taken_apart
from langtail_nb._project.json_form import ordered_or_fault
from langtail_nb._project.line_merge import merged
from langtail_nb._project.text_form import (
    TextFile,
    body_of,
    header_lines,
    joined,
    read_text,
    table_blocks,
    write_text,
)
from langtail_nb._project.toml_text import assignments

JSON = dict[str, Any]
_Place = Container | Table | InlineTable


def rewritten(raw: bytes, content: JSON) -> str:
    """Return a text file that says this content, with all of the old one's that still holds as it stood.

    Its line ends stay those of Windows, if they are.

    Raises:
        ProjectFileError: The old file cannot be read, or no file can hold the content.
    """
    old = read_text(raw)
    wanted = ordered_or_fault(content)
    if is_same(old.content, wanted):
        return raw.decode()
    text = _written(old, wanted)
    return text.replace("\n", "\r\n") if raw.split(b"\n", 1)[0].endswith(b"\r") else text


def _written(old: TextFile, wanted: JSON) -> str:
    header, spoken = taken_apart(wanted)
    had = [(one.role, one.text) for one in old.passages]
    body = old.body if had == spoken else body_of(spoken)
    for way in (_merged, _laid_in, _beneath_comments):
        text = way(old, header, body)
        if text is not None and _says(text, wanted):
            return text
    return write_text(wanted)


def is_same(one: Any, other: Any) -> bool:
    """Return whether two values are the same as JSON: 1 and 1.0 are two, and so are two orders."""
    return json.dumps(one) == json.dumps(other)


def _says(text: str, wanted: JSON) -> bool:
    try:
        return is_same(read_text(text).content, wanted)
    except ProjectFileError:
        return False


def _merged(old: TextFile, header: JSON, body: str) -> str | None:
    base, _ = taken_apart(old.content)
    texts = (header_lines(base), header_lines(header), old.header_text)
    lines = merged(*(text.split("\n") for text in texts))
    return joined("\n".join(lines), body) if lines is not None else None


def _laid_in(old: TextFile, header: JSON, body: str) -> str | None:
    try:
        document = tomlkit.parse(old.header_text)
        _lay(document, old.header, header)
        text = tomlkit.dumps(document)
    except (TOMLKitError, RecursionError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        # Whatever its reader of styles cannot follow is written anew.
        return None
    return joined(text if text.endswith("\n") or not text else f"{text}\n", body)


def _beneath_comments(old: TextFile, header: JSON, body: str) -> str:
    lines = [line for line in old.header_text.split("\n") if line.lstrip().startswith("#")]
    return joined("".join(f"{line}\n" for line in lines) + header_lines(header), body)


def _lay(place: _Place, had: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    for name in had.keys() - wanted.keys():
        place.remove(name)
    for name, value in wanted.items():
        if name not in had:
            _add(place, name, value)
        elif not is_same(had[name], value):
            _change(place, name, had[name], value)


def _change(place: _Place, name: str, had: Any, value: Any) -> None:
    item = place[name]
    if isinstance(had, dict) and isinstance(value, dict) and isinstance(item, Table | InlineTable):
        return _lay(item, had, value)
    if isinstance(item, AoT) and isinstance(value, list) and len(item) == len(value):
        for table, before, after in zip(item.body, had, value, strict=True):
            _lay(table, before, after)
        return None
    if isinstance(item, AoT | Table) or isinstance(value, dict):
        place.remove(name)
        return _add(place, name, value)
    fresh = tomlkit.parse("\n".join(assignments({name: value})))[name]
    place[name] = fresh
    return None


def _add(place: _Place, name: str, value: Any) -> None:
    is_block = isinstance(place, Container) and name in ("variables", "messages", "tools", "functions")
    if is_block and isinstance(value, dict | list) and value:
        text = "\n" + "\n\n".join(table_blocks(name, value)) + "\n"
    else:
        text = "\n".join(assignments({name: value})) + "\n"
    for key, item in tomlkit.parse(text).items():
        place.append(key, item)
