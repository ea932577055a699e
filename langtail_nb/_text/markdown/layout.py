"""Blocks in, lines of Markdown out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from langtail_nb._text.markdown.code_blocks import Fence
from langtail_nb._text.markdown.direction import runs_left
from langtail_nb._text.markdown.escaping import guard_line
from langtail_nb._text.markdown.inlines import inline_markdown
from langtail_nb._text.markdown.tables import table

_TASKS = ("[ ] ", "[x] ", "[X] ")
# A blank line that ends all quotes around it.
_END_OF_QUOTES = "\n"
# Not dir="rtl": on the way to PDF that asks for a package which nbconvert does not load. A paragraph needs an
# element inside it, because JupyterLab aligns each one left.
_FROM_THE_RIGHT = '<div style="direction: rtl">'
_OWN_DIRECTION = '<span dir="auto" style="display: block; text-align: {}">'
# A line that shows nothing. Where a fence begins a list item, pandoc leaves its code indented.
_NOTHING = "[code]: #"
_FROM_THE_LEFT = '<div style="direction: ltr">'


@dataclass(slots=True)
class Text:
    """A paragraph or a heading (its marks in the prefix); may grow while it is read."""

    prefix: str
    indent: int
    lines: list[str]
    heading: bool = False


@dataclass(slots=True)
class Mark:
    """A line of marks alone: a rule, or a list item without text."""

    line: str
    indent: int


@dataclass(slots=True)
class Code:
    """A block of code."""

    prefix: str
    indent: int
    fence: Fence


@dataclass(slots=True)
class Table:
    """A table, its rows as they were read."""

    prefix: str
    indent: int
    rows: list[str]


@dataclass(slots=True)
class Quote:
    """A quote, and what stands in it."""

    prefix: str
    indent: int
    blocks: "list[Block]"


Block = Text | Mark | Code | Table | Quote | None
"""What stands under one another; None is a blank line."""


def written(blocks: list[Block], definitions: dict[str, str], *, mixed: bool) -> list[str]:
    """Return the lines of a document, no two blank ones in a row outside code.

    Args:
        blocks: What was read.
        definitions: Addresses by label, for reference links.
        mixed: Whether some of it may run from right to left. Then each paragraph finds its own direction, and
            a list, a table or a quote takes its side from the letter that it begins with.
    """
    lines: list[str] = []
    if not mixed:
        _Writer(definitions).write(blocks, lines)
    for group in _groups(blocks) if mixed else ():
        from_the_right = runs_left(_texts(group))
        writer = _Writer(definitions, mixed=True, from_the_right=from_the_right)
        if group[0] is not None and not _is_paragraph(group[0]):
            _blank(lines)
        if from_the_right and not _is_paragraph(group[0]):
            lines += [*_wrapped(_FROM_THE_RIGHT, writer.lines(group)), ""]
        else:
            writer.write(group, lines)
    return ["" if line == _END_OF_QUOTES else line for line in lines] if _END_OF_QUOTES in lines else lines


def _groups(blocks: list[Block]) -> Iterator[list[Block]]:
    """Return blocks that take one direction: a list with all that is in it, else each for itself."""
    group: list[Block] = []
    for block in blocks:
        goes_on = block is None or block.indent > 0
        if group and not (goes_on and group[0] is not None and group[0].indent):
            yield group
            group = []
        group.append(block)
    yield group


def _texts(blocks: list[Block]) -> Iterator[str]:
    """Return what stands in blocks, code left out."""
    for block in blocks:
        if isinstance(block, Text):
            yield from block.lines
        elif isinstance(block, Table):
            yield from block.rows
        elif isinstance(block, Quote):
            yield from _texts(block.blocks)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes blocks.

    Args:
        definitions: Addresses by label.
        quoted: Whether they stand in a quote.
        mixed: Whether some may run from right to left.
        from_the_right: Whether they, or what they stand in, begin so.
    """

    definitions: dict[str, str]
    quoted: bool = False
    mixed: bool = False
    from_the_right: bool = False

    def lines(self, blocks: list[Block]) -> list[str]:
        lines: list[str] = []
        self.write(blocks, lines)
        return lines

    def write(self, blocks: list[Block], lines: list[str]) -> None:
        """Add blocks to the lines above them."""
        under_text = False
        for block in blocks:
            is_text = isinstance(block, Text) and not block.indent and not block.heading
            if block is None or (under_text and not is_text):
                # Pandoc sees no list, quote or heading right under a line of text.
                _blank(lines)
            if isinstance(block, Text):
                lines += self._text(block)
            elif isinstance(block, Code):
                self._code(block, lines)
            elif block is not None:
                made = self._block(block)
                if _END_OF_QUOTES in made:
                    _blank(lines)
                lines += made
            under_text = is_text

    def _block(self, block: Mark | Table | Quote) -> list[str]:
        if isinstance(block, Mark):
            return [block.line]
        if isinstance(block, Table):
            return _placed(table(block.rows, self.definitions), block.prefix, block.indent)
        inner = replace(self, quoted=True).lines(block.blocks)
        return _placed([_quoted(line) for line in inner] or [">"], block.prefix, block.indent)

    def _text(self, block: Text) -> list[str]:
        prefix, text = block.prefix, "\n".join(block.lines)
        if prefix.strip() and not block.heading and text.startswith(_TASKS):
            prefix, text = prefix + text[:4], text[4:]
        written = inline_markdown(text, self.definitions)
        if self.mixed and not block.heading and (self.from_the_right or runs_left(block.lines)):
            side = "right" if self.from_the_right else "left"
            written = f"{_OWN_DIRECTION.format(side)}{written}</span>"
        lines = written.split("\n")
        if block.heading:
            return [prefix + " ".join(lines)]
        guarded = [guard_line(line) for line in lines]
        # Two spaces at the end keep a line break.
        return _placed([f"{line}  " for line in guarded[:-1]] + guarded[-1:], prefix, block.indent)

    def _code(self, block: Code, lines: list[str]) -> None:
        made, apart = block.fence.lines, block.fence.apart
        if self.from_the_right:
            made, apart = _wrapped(_FROM_THE_LEFT, made), True
        if block.prefix.strip() and made[0].startswith("`"):
            made = [_NOTHING, *made]
        if apart:
            _blank(lines)
        lines += _placed(made, block.prefix, block.indent)
        if apart:
            lines.append(_END_OF_QUOTES if self.quoted else "")


def _is_paragraph(block: Block) -> bool:
    return isinstance(block, Text) and not block.indent and not block.heading


def _blank(lines: list[str]) -> None:
    """Add a blank line, unless one stands there."""
    if lines and lines[-1].strip():
        lines.append("")


def _wrapped(tag: str, lines: list[str]) -> list[str]:
    return [tag, "", *lines, *([""] if lines[-1] else []), "</div>"]


def _quoted(line: str) -> str:
    if line == _END_OF_QUOTES:
        return line
    return f"> {line}" if line else ">"


def _placed(lines: list[str], prefix: str, indent: int) -> list[str]:
    """Return lines as part of a list item: the first after its mark, the others under its text."""
    if len(lines) == 1:
        return [prefix + lines[0]]
    rest = " " * indent
    return [prefix + lines[0], *(rest + line if line.strip("\n") else line for line in lines[1:])]
