"""Where in a file something stands that was found in what the file says."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final, Protocol

from langtail_nb._cli.check.content import Finding
from langtail_nb._project.text_form import TextFile

Place = tuple[int | None, int | None, str]
"""Line, column, and what to say before the problem, where the place alone does not tell."""

_TABLE: Final = re.compile(r"\s*\[\[?\s*([\w-]+)\s*\]\]?\s*(#.*)?")
_KEY: Final = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([\w-]+))\s*[.=]""")
_QUOTES: Final = re.compile(r"'''|\"\"\"")


class Places(Protocol):
    """Where findings stand in one file."""

    def of(self, finding: Finding) -> Place:
        """Return the place of a finding, as far as it is known."""


class TextPlaces:
    """The places of a text file."""

    def __init__(self, file: TextFile) -> None:
        self._file = file
        self._keys = dict(_keys(file.header_text))

    def of(self, finding: Finding) -> Place:
        """Return the place of a finding, as far as it is known."""
        match finding.where:
            case ("state", "template", number, *_) if int(number) < len(self._file.passages):
                return self._in_message(int(number), finding)
            case ("state", "args", name, *_):
                return *self._keys.get(("", name), (1, None)), ""
            case ("state", ("tools" | "functions") as table, number, *_):
                return *self._keys.get((f"{table}.{number}", ""), (1, None)), ""
            case ("chatInput", name, *_):
                return *self._keys.get(("variables", name), (1, None)), ""
            case (name, *_):
                return *self._keys.get(("", name), (1, None)), ""
        return None, None, ""

    def _in_message(self, number: int, finding: Finding) -> Place:
        passage = self._file.passages[number]
        in_header = self._keys.get(("messages", str(number + 1)))
        if finding.line is None:
            return passage.line - 1, None, ""
        if in_header is not None and not passage.text.strip():
            return *in_header, f"message {number + 1}, line {finding.line}, column {finding.column}: "
        return passage.line + finding.line - 1, finding.column, ""


def _keys(header: str) -> Iterator[tuple[tuple[str, str], tuple[int, int]]]:
    """Yield each first word of a header's lines with its table, and where it stands in the file."""
    table, counted, is_text = "", Counter[str](), False
    for number, line in enumerate(header.split("\n"), 2):
        was_text, is_text = is_text, is_text ^ (len(_QUOTES.findall(line)) % 2 == 1)
        if was_text or line.lstrip().startswith("#"):
            continue
        if found := _TABLE.fullmatch(line):
            table = found[1]
            if line.lstrip().startswith("[["):
                counted[table] += 1
                table = f"{table}.{counted[table] - 1}"
            yield (table, ""), (number, 1)
        elif found := _KEY.match(line):
            name = next(part for part in found.groups() if part is not None)
            yield (table, name), (number, found.end() - len(found[0].lstrip()) + 1)


class JsonPlaces:
    """The places of a JSON file: found by the names on the way, in their order."""

    def __init__(self, text: str) -> None:
        self._text = text

    def of(self, finding: Finding) -> Place:
        """Return the place of a finding, as far as it is known."""
        at = 0
        for name in finding.where:
            if name.isdecimal():
                at = self._item(finding.where, at)
            elif (
                found := re.compile(rf"{re.escape(json.dumps(name))}\s*:").search(self._text, at)
            ) is not None:
                at = found.start()
        line, column = self._text.count("\n", 0, at) + 1, at - self._text.rfind("\n", 0, at)
        said = f"message {int(finding.where[2]) + 1}, " if finding.where[:2] == ("state", "template") else ""
        inside = f"line {finding.line}, column {finding.column}: " if finding.line is not None else ""
        return line, column, said + inside if inside else ""

    def _item(self, where: tuple[str, ...], at: int) -> int:
        """Return where an item of a list begins, as the reader of JSON steps over those before it."""
        decoder = json.JSONDecoder()
        at = self._text.find("[", at) + 1
        for _ in range(int(where[2]) + 1):
            at += len(self._text[at:]) - len(self._text[at:].lstrip(" \t\r\n,"))
            start = at
            try:
                _, at = decoder.raw_decode(self._text, at)
            except ValueError:
                break
        return start
