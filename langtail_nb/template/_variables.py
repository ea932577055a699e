"""Which variables a template asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ._helpers import BUILT_IN, HELPERS
from ._nodes import Block, Call, Constant, Decorator, Mustache, Partial, Path, Program, TemplateError
from ._parse import parse

_NOT_VARIABLES: Final = BUILT_IN | set(HELPERS) | {"this", "raw", ""}


def variables(text: str) -> list[str]:
    """Return the names of a template's variables, in order of appearance, once each.

    A name is the first part of a path; the argument of ``with`` counts whole, ``a.b``, and what is
    inside ``with`` belongs to that argument. Bare names inside ``each`` are listed, although they
    may belong to the items. Names of helpers, block parameters and ``@`` names are left out.

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
        first = call.code[0] if call.argc and call.code else None
        if isinstance(first, Path) and not first.data and not first.scoped and not first.depth:
            yield first.original
        return
    if scope.in_with:
        return
    paths = [operand.path if isinstance(operand, Call) else operand for operand in call.code]
    if isinstance(node, Partial):
        paths += [operand.path if isinstance(operand, Call) else operand for operand in node.name_code]
    if not isinstance(call.head, Constant):
        paths.append(call.path)
    in_order = sorted((path for path in paths if isinstance(path, Path)), key=lambda path: path.position)
    yield from (path.parts[0] for path in in_order if _is_variable(path, scope))


def _is_variable(path: Path, scope: _Scope) -> bool:
    if path.data or path.depth or not path.parts:
        return False
    return not path.scoped and path.parts[0] not in scope.params
