"""Whitespace control: ``~`` trims, and a tag alone on its line takes the line with it.

Source: Handlebars 4.7.10, whitespace control of the compiler.
"""

from __future__ import annotations

from langtail_nb.template._language.nodes import (
    Block,
    Comment,
    Content,
    Decorator,
    Mustache,
    Partial,
    Program,
    Statement,
)
from langtail_nb.template._running.values import WHITESPACE

_BLANK = " \t"


def strip_program(program: Program, *, root: bool = False) -> None:
    """Apply what the tags of a body say about the text around them."""
    body = program.body
    for index, node in enumerate(body):
        if isinstance(node, Content):
            continue
        opens, closes = _strip_of(node)
        before = _ends_with_blank_line(body, index, root=root)
        after = _starts_with_blank_line(body, index, root=root)
        if closes:
            _trim_start(_at(body, index + 1), everything=True)
        if opens:
            _trim_end(_at(body, index - 1), everything=True)
        block = _block_of(node)
        if block is None:
            if before and after and isinstance(node, Comment | Partial):
                _take_line(body, index, node)
            continue
        if block.standalone[0] and before:
            _trim_start(_at(_first(block).body, 0))
            _trim_end(_at(body, index - 1))
        if block.standalone[1] and after:
            _trim_start(_at(body, index + 1))
            _trim_end(_end(_last(block).body))


def strip_block(block: Block) -> None:
    """Apply what a block's own tags say about its bodies, and note which stand alone on a line."""
    first = _first(block)
    inverse = block.inverse if block.program else None
    first_inverse, last_inverse = _chain_ends(inverse)
    block.standalone = (
        _starts_with_blank_line(first.body, -1),
        _ends_with_blank_line(last_body := (first_inverse or first).body, len(last_body)),
    )
    if block.open_strip[1]:
        _trim_start(_at(first.body, 0), everything=True)
    if first_inverse is None or last_inverse is None:
        if block.close_strip[0]:
            _trim_end(_end(first.body), everything=True)
        return
    if block.inverse_strip[0]:
        _trim_end(_end(first.body), everything=True)
    if block.inverse_strip[1]:
        _trim_start(_at(first_inverse.body, 0), everything=True)
    if block.close_strip[0]:
        _trim_end(_end(last_inverse.body), everything=True)
    if _ends_with_blank_line(first.body, len(first.body)) and _starts_with_blank_line(first_inverse.body, -1):
        _trim_end(_end(first.body))
        _trim_start(_at(first_inverse.body, 0))


def _strip_of(node: Statement) -> tuple[bool, bool]:
    block = _block_of(node)
    if block is not None:
        return block.open_strip[0], block.close_strip[1]
    assert isinstance(node, Mustache | Comment | Partial | Decorator)
    return node.strip


def _block_of(node: Statement) -> Block | None:
    if isinstance(node, Block):
        return node
    return node.block if isinstance(node, Partial | Decorator) else None


def _first(block: Block) -> Program:
    program = block.program or block.inverse
    assert program is not None
    return program


def _last(block: Block) -> Program:
    program = block.inverse or block.program
    assert program is not None
    return program


def _chain_ends(inverse: Program | None) -> tuple[Program | None, Program | None]:
    """Return the bodies after the first and the last tag of a chain of ``else if``."""
    if inverse is None or not inverse.chained:
        return inverse, inverse
    link = inverse.body[0]
    assert isinstance(link, Block)
    return link.program, link.program


def _take_line(body: list[Statement], index: int, node: Statement) -> None:
    _trim_start(_at(body, index + 1))
    previous = _at(body, index - 1)
    if _trim_end(previous) and isinstance(node, Partial) and previous is not None:
        text = previous.original
        node.indent = text[len(text.rstrip(_BLANK)) :]


def _at(body: list[Statement], index: int) -> Content | None:
    node = body[index] if 0 <= index < len(body) else None
    return node if isinstance(node, Content) else None


def _end(body: list[Statement]) -> Content | None:
    return _at(body, len(body) - 1)


def _trim_start(content: Content | None, *, everything: bool = False) -> None:
    if content is None or (content.right_stripped and not everything):
        return
    text = content.value
    if everything:
        content.value = text.lstrip(WHITESPACE)
    else:
        rest = text.lstrip(_BLANK)
        content.value = (
            rest[2:] if rest.startswith("\r\n") else rest[1:] if rest[:1] in ("\r", "\n") else rest
        )
    content.right_stripped = content.value != text


def _trim_end(content: Content | None, *, everything: bool = False) -> bool:
    if content is None or (content.left_stripped and not everything):
        return False
    text = content.value
    content.value = text.rstrip(WHITESPACE if everything else _BLANK)
    content.left_stripped = content.value != text
    return content.left_stripped


def _ends_with_blank_line(body: list[Statement], index: int, *, root: bool = False) -> bool:
    if index == 0:
        return root
    node = body[index - 1]
    if not isinstance(node, Content):
        return False
    text = node.original
    blank = text[len(text.rstrip(WHITESPACE)) :]
    return "\n" in blank or (root and index == 1 and blank == text)


def _starts_with_blank_line(body: list[Statement], index: int, *, root: bool = False) -> bool:
    if index + 1 >= len(body):
        return root
    node = body[index + 1]
    if not isinstance(node, Content):
        return False
    text = node.original
    blank = text[: len(text) - len(text.lstrip(WHITESPACE))]
    return "\n" in blank or (root and index + 2 == len(body) and blank == text)
