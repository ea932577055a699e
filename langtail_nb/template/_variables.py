"""Which variables a template asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from ._helpers import BUILT_IN, HELPERS
from ._nodes import (
    Block,
    Call,
    Decorator,
    Mustache,
    Operand,
    Partial,
    Path,
    Program,
    Statement,
    TemplateError,
)
from ._parse import parse

_NOT_VARIABLES: Final = BUILT_IN | set(HELPERS) | {"this", "raw", ""}


def variables(text: str) -> list[str]:
    """Return the names of a template's variables, in order of appearance, once each.

    A name is the first part of a path; the argument of ``with`` counts whole, ``a.b``, and what is
    inside ``with`` belongs to that argument. Bare names inside ``each`` are listed, although they
    may belong to the items. Names of helpers, partials and block parameters are left out, and so
    are ``@`` names and paths that start with ``this``, ``./`` or ``../``.

    Returns:
        An empty list if the template is not valid.

    Source: npm langtail 0.16.16, ``extractVariablesForHandlebars``, whose list has duplicates and
    helpers in it.
    """
    try:
        program = parse(text)
    except TemplateError:
        return []
    return list(dict.fromkeys(name for name in _names(program) if name not in _NOT_VARIABLES))


class _Scope:
    """What the blocks around a tag mean for the names in it."""

    def __init__(self) -> None:
        self.withs = 0
        self.params: Counter[str] = Counter()

    def enter(self, block: Block) -> None:
        self.withs += block.call.original == "with"
        self.params.update(_params(block))

    def leave(self, block: Block) -> None:
        self.withs -= block.call.original == "with"
        self.params.subtract(_params(block))


def _params(block: Block) -> list[str]:
    return (block.program.params if block.program else None) or []


def _names(program: Program) -> Iterator[str]:
    scope = _Scope()
    work: list[tuple[Iterator[Statement], Block | None]] = [(iter(program.body), None)]
    while work:
        nodes, around = work[-1]
        node = next(nodes, None)
        if node is None:
            work.pop()
            if around is not None:
                scope.leave(around)
        elif isinstance(node, Mustache | Block | Partial | Decorator):
            yield from _names_of_tag(node, scope)
            block = node if isinstance(node, Block) else None if isinstance(node, Mustache) else node.block
            if block is not None:
                for body in filter(None, (block.inverse, block.program)):
                    scope.enter(block)
                    work.append((iter(body.body), block))


def _names_of_tag(node: Mustache | Block | Partial | Decorator, scope: _Scope) -> Iterator[str]:
    call = node.call
    if isinstance(node, Block) and call.original == "with":
        yield from _names_of_with(call, scope)
        return
    if scope.withs:
        return
    operands = [*node.name_code, *call.code] if isinstance(node, Partial) else list(call.code)
    # The head of a partial is the name of a partial, that of a decorator the word "inline".
    if isinstance(node, Mustache | Block):
        operands.append(call)
    yield from _names_of_operands(operands, scope)


def _names_of_with(call: Call, scope: _Scope) -> Iterator[str]:
    first = call.code[0] if len(call.code) == 1 else None
    if isinstance(first, Path) and _is_variable(first, scope):
        yield first.original
    elif first is None:
        yield from _names_of_operands(call.code, scope)


def _names_of_operands(operands: list[Operand], scope: _Scope) -> Iterator[str]:
    # Postfix code has the name of a sub-expression after its arguments; the text has it before.
    heads = [operand.head if isinstance(operand, Call) else operand for operand in operands]
    in_order = sorted((path for path in heads if isinstance(path, Path)), key=lambda path: path.position)
    yield from (path.parts[0] for path in in_order if _is_variable(path, scope))


def _is_variable(path: Path, scope: _Scope) -> bool:
    if path.data or path.depth or not path.parts:
        return False
    return not path.scoped and not scope.params[path.parts[0]]
