"""A text's lines in, blocks of Markdown out: lists, quotes, headings, tables, code, paragraphs."""

import re
from dataclasses import dataclass

from langtail_nb._text.markdown import links
from langtail_nb._text.markdown.code_blocks import fenced
from langtail_nb._text.markdown.direction import may_run_left
from langtail_nb._text.markdown.escaping import usable
from langtail_nb._text.markdown.layout import Block, Code, Mark, Quote, Table, Text, written
from langtail_nb._text.markdown.tables import is_table

_MARKER = re.compile(r"([-*+]|\d{1,9}[.)])([ \t]+|$)")
_FENCE = re.compile(r"(`{3,})([^`]*)$|(~{3,})(.*)$")
_HEADING = re.compile(r"(#{1,6})(?:[ \t]|$)")
_RULE = re.compile(r"(?:\*[ \t]*){3,}$|(?:-[ \t]*){3,}$|(?:_[ \t]*){3,}$")
# Markdown takes one dash for an underline; while a list arrives, its first dash would flash as a heading.
_UNDERLINE = re.compile(r"(?:={3,}|-{3,})$")

# How deep quotes and lists may nest; what is deeper is text. Readers slow down or stop far beyond it.
_DEEPEST_QUOTE = 6
_DEEPEST_LIST = 12
# A fence of these may hold fences of the same length, each naming its language: models write them so.
_HOLDS_FENCES = ("markdown", "md", "mdx")


def markdown(text: str, *, closed: bool = True) -> str:
    """Return the text as Markdown in which only what was recognised can act."""
    reader = _Reader(usable(text).split("\n"), {}, closed=closed, depth=0)
    reader.read()
    lines = written(reader.blocks, reader.definitions, mixed=may_run_left(text))
    return "\n".join(lines).strip("\n")


@dataclass(slots=True)
class _Item:
    """An open list item: where its mark and its text stand in the source, and its text in the output."""

    mark: int
    text: int
    out: int


class _Reader:
    """Reads lines into blocks, which are written once every definition of a link is known.

    Args:
        lines: Lines without the marks of the quotes they stand in.
        definitions: Addresses by label, shared with the quotes inside.
        closed: Whether the text has ended.
        depth: How many quotes are around.
    """

    def __init__(self, lines: list[str], definitions: dict[str, str], *, closed: bool, depth: int) -> None:
        self.lines = lines
        self.definitions = definitions
        self.closed = closed
        self.depth = depth
        self.at = 0
        self.blocks: list[Block] = []
        self.items: list[_Item] = []
        self.open: Text | None = None  # the paragraph that the next line may continue

    def read(self) -> None:
        """Read every line."""
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line.strip():
                body = line.lstrip(" \t")
                self._line(_columns(line[: len(line) - len(body)], 0), body.rstrip(" \t"))
            else:
                self._blank()
                self.at += 1

    # Reading: each step takes its lines and moves `at` past them.

    def _blank(self) -> None:
        self.open = None
        self.blocks.append(None)

    def _line(self, indent: int, body: str) -> None:
        if self.open and not self._interrupts(indent, body):
            self._continue(indent, body)
            return
        if self.open and self._underlines(indent, body):
            self._underline(self.open, body)
            return
        while self.items and indent < self.items[-1].mark + 2:
            self.items.pop()
        over = indent - (self.items[-1].text if self.items else 0)
        listed = bool(self.items and (_MARKER.match(body) or _FENCE.match(body)))
        if over >= 4 and not self.open and not listed:
            self._indented_code()
            return
        self.open = None
        self._content(indent, body)

    def _interrupts(self, indent: int, body: str) -> bool:
        """Return whether a line begins something new, although the paragraph before it is still open."""
        first = body[0]
        if first in "`~":
            return _FENCE.match(body) is not None
        if first == "#":
            return _HEADING.match(body) is not None
        if first == ">":
            return self.depth < _DEEPEST_QUOTE
        if first in "-*_=" and (_RULE.match(body) or self._underlines(indent, body)):
            return True
        if found := _MARKER.match(body):
            # Outside lists, only a first item may break into a paragraph: "… in\n1984. Then …"
            may = bool(self.items) or not first.isdigit() or found[1][:-1] == "1"
            return may and found.end() < len(body)
        return "|" in body and is_table(self.lines, self.at)

    def _underlines(self, indent: int, body: str) -> bool:
        item = self.items[-1] if self.items else _Item(-2, 0, 0)
        return item.mark + 2 <= indent < item.text + 4 and _UNDERLINE.match(body) is not None

    def _continue(self, indent: int, body: str) -> None:
        assert self.open
        # Outside lists an indent means nothing to Markdown, but it does to who reads verse or XML.
        shift = "\u00a0" * indent if indent > 1 and not self.items else ""
        self.open.lines.append(shift + body)
        self.at += 1

    def _underline(self, paragraph: Text, body: str) -> None:
        paragraph.heading = True
        paragraph.prefix += "# " if body[0] == "=" else "## "
        self.open = None
        self.at += 1

    def _content(self, indent: int, body: str) -> None:
        """Read what begins on this line, the marks of list items first."""
        prefix, column = " " * self._out(), indent
        if not _RULE.match(body):
            while len(self.items) < _DEEPEST_LIST and (found := _MARKER.match(body)):
                mark = found[1]
                gap = _columns(found[2], column + len(mark))
                width = len(mark) + (gap if 0 < gap <= 4 else 1)
                self.items.append(_Item(column, column + width, len(prefix) + len(mark) + 1))
                prefix += f"{mark} "
                column += width
                body = body[found.end() :]
        if not body:
            self.blocks.append(Mark(prefix.rstrip(), self._out()))
            self.at += 1
        elif found := _FENCE.match(body):
            self._fence(prefix, column, found[1] or found[3], (found[2] or found[4] or "").strip())
        elif body[0] == ">" and self.depth < _DEEPEST_QUOTE:
            self._quote(prefix, body)
        else:
            self._one_line(prefix, body)

    def _one_line(self, prefix: str, body: str) -> None:
        """Read a block that shows itself on its first line: a table, a heading, a rule, else a text."""
        if "|" in body and is_table(self.lines, self.at):
            self._table(prefix, body)
            return
        self.at += 1
        if found := _HEADING.match(body):
            text = body[found.end() :].strip()
            bare = text.rstrip("#")
            text = bare.rstrip() if not bare or bare.endswith(" ") else text
            self.blocks.append(Text(f"{prefix}{found[1]} ", self._out(), [text], heading=True))
        elif _RULE.match(body):
            # Stars, because dashes under a line would make it a heading.
            self.blocks.append(Mark(f"{prefix}***", self._out()))
        elif not self._define(body):
            self.open = Text(prefix, self._out(), [body])
            self.blocks.append(self.open)

    def _define(self, body: str) -> bool:
        """Keep the definition of a link, and return whether the line was one."""
        found = links.DEFINITION.match(body) if body[0] == "[" else None
        goal = links.address(found[2]) if found else None
        if found and goal:
            self.definitions.setdefault(links.label(found[1]), goal)
        return goal is not None

    def _out(self) -> int:
        return self.items[-1].out if self.items else 0

    def _fence(self, prefix: str, column: int, marks: str, info: str) -> None:
        start = self.at + 1
        end = self._fence_end(start, marks, info)
        lines = [_dedented(line, column) for line in self.lines[start:end]]
        if end == len(self.lines) and lines and not lines[-1].strip():
            lines.pop()  # only the line end of the last one: the text ended, not the fence
        self._code(lines, info, prefix)
        self.at = end + 1

    def _fence_end(self, start: int, marks: str, info: str) -> int:
        """Return the line of the closing fence, or the end of the text.

        Indentation is not asked for: models often write a fence in a list further left or right.
        """
        holds = info.lower().split(" ")[0] in _HOLDS_FENCES
        inside, first = 0, None
        for number in range(start, len(self.lines)):
            line = self.lines[number].strip()
            if not line.startswith(marks):
                continue
            if line.strip(marks[0]):
                inside += holds and "`" not in line.lstrip("`")
            elif inside:
                inside -= 1
                first = first or number
            else:
                return number
        return len(self.lines) if first is None or not self.closed else first

    def _indented_code(self) -> None:
        column = 4 + (self.items[-1].text if self.items else 0)
        end = self.at
        for number in range(self.at, len(self.lines)):
            line = self.lines[number].expandtabs(4)
            if line.strip():
                if len(line) - len(line.lstrip(" ")) < column:
                    break
                end = number + 1
        self._code([_dedented(line, column) for line in self.lines[self.at : end]], "", " " * self._out())
        self.at = end

    def _code(self, lines: list[str], info: str, prefix: str) -> None:
        made = fenced("\n".join(lines), info, indent=self._out(), quoted=self.depth > 0)
        block = Code(prefix, self._out(), made)
        # In a list a blank line would set all its items apart.
        self.blocks += [block] if self.items or self.depth else [None, block, None]

    def _quote(self, prefix: str, body: str) -> None:
        inner = [_unquoted(body)]
        self.at += 1
        while self.at < len(self.lines):
            line = self.lines[self.at]
            body = line.lstrip(" \t")
            column = _columns(line[: len(line) - len(body)], 0)
            if not body.startswith(">") or (self.items and column < self.items[-1].mark + 2):
                break
            inner.append(_unquoted(body))
            self.at += 1
        reader = _Reader(inner, self.definitions, closed=self.closed, depth=self.depth + 1)
        reader.read()
        self.blocks.append(Quote(prefix, self._out(), reader.blocks))

    def _table(self, prefix: str, body: str) -> None:
        rows = [body]
        self.at += 1
        while self.at < len(self.lines) and "|" in self.lines[self.at]:
            rows.append(self.lines[self.at].strip())
            self.at += 1
        if not prefix.strip():
            self.blocks.append(None)
        self.blocks.append(Table(prefix, self._out(), rows))
        self._blank()


def _columns(space: str, column: int) -> int:
    """Return how many columns spaces and tabs take from a column on; a tab ends at a multiple of four."""
    return len(space) if "\t" not in space else len((" " * column + space).expandtabs(4)) - column


def _unquoted(body: str) -> str:
    """Return a line without its mark of a quote and the space or tab after it."""
    return body[2:] if body[1:2] in (" ", "\t") else body[1:]


def _dedented(line: str, column: int) -> str:
    """Return the line without up to ``column`` columns of indentation; a tab cut in two leaves spaces."""
    taken = 0
    for position, char in enumerate(line):
        if taken >= column or char not in " \t":
            return " " * (taken - column) + line[position:]
        taken += _columns(char, taken)
    return " " * (taken - column)
