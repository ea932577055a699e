"""Which variables a template asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ._helpers import BUILT_IN, HELPERS
from ._nodes import Block, Call, Decorator, Mustache, Operand, Partial, Path, Program, TemplateError
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

    __slots__ = ("in_each", "in_with", "params")

    def __init__(
        self, *, in_each: bool = False, in_with: bool = False, params: frozenset[str] = frozenset()
    ) -> None:
        self.in_each = in_each
        self.in_with = in_with
        self.params = params


def _names(program: Program) -> Iterator[str]:
    work = [(iter(program.body), _Scope())]
    while work:
        nodes, scope = work[-1]
        node = next(nodes, None)
        if node is None:
            work.pop()
        elif isinstance(node, Mustache | Block | Partial | Decorator):
            yield from _names_of_tag(node, scope)
            block = node if isinstance(node, Block) else None if isinstance(node, Mustache) else node.block
            if block is not None:
                inner = _inside(block, scope)
                bodies = [part for part in (block.inverse, block.program) if part is not None]
                work.extend((iter(part.body), inner) for part in bodies)


def _inside(block: Block, scope: _Scope) -> _Scope:
    name = block.call.original
    params = (block.program.params if block.program else None) or []
    return _Scope(
        in_each=scope.in_each or name == "each",
        in_with=scope.in_with or name == "with",
        params=scope.params | frozenset(params),
    )


def _names_of_tag(node: Mustache | Block | Partial | Decorator, scope: _Scope) -> Iterator[str]:
    call = node.call
    if isinstance(node, Block) and call.original == "with":
        yield from _names_of_with(call, scope)
        return
    if scope.in_with:
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
    return not path.scoped and path.parts[0] not in scope.params
