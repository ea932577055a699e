"""Which variables a template asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from langtail_nb.template._language.nodes import (
    Block,
    Decorator,
    Invocation,
    Mustache,
    Operand,
    Partial,
    Path,
    Program,
    Statement,
    TemplateError,
)
from langtail_nb.template._language.parse import parse
from langtail_nb.template._running.helpers import BUILT_IN, HELPERS

_Tag = Mustache | Block | Partial | Decorator
_NOT_VARIABLES: Final = BUILT_IN | set(HELPERS) | {"this", "raw", ""}


def variables(text: str) -> list[str]:
    """Return the names of a template's variables, in order of appearance, once each.

    A name is the first part of a path; the argument of ``with`` counts whole, ``a.b``, and what is
    inside ``with`` belongs to that argument. Bare names inside ``each`` are listed, although they
    belong to the items (see `printed`). Names of helpers, partials and block parameters are left out,
    and so are ``@`` names and paths that start with ``this``, ``./`` or ``../``.

    Returns:
        An empty list if the template is not valid.

    Source: npm langtail 0.16.16, ``extractVariablesForHandlebars``, whose list has duplicates and
    helpers in it.

    Example:
        >>> template.variables("{{#each items}}{{name}}{{/each}}")
        ['items', 'name']
    """
    names = (name for tag, scope in _tags(text) for name in _names_of_tag(tag, scope))
    return list(dict.fromkeys(name for name in names if name not in _NOT_VARIABLES))


def printed(text: str) -> set[str] | None:
    """Return the names of the variables that can show in a template's result.

    Not all that Langtail lists can: a bare name inside ``each`` is looked up in the item, and only there.
    Some that it does not list can: those that ``../`` and ``@`` reach.

    Returns:
        None if all of them can, as in ``{{toJSON this}}``; nothing if the template is not valid.

    Example:
        >>> template.printed("{{#each items}}{{name}}{{/each}}")
        {'items'}
    """
    found = set[str]()
    for tag, scope in _tags(text):
        is_own = not scope.contexts
        if is_own and isinstance(tag, Block) and tag.call.original == "with":
            found.update(_names_of_with(tag.call, scope))
        operands = _operands(tag)
        if any(isinstance(one, Invocation) and one.original == "toJSON" and not one.argc for one in operands):
            return None  # it prints what names are looked up in
        for path in _paths(operands):
            parts = path.parts
            if path.data and "root" in parts:
                parts = parts[parts.index("root") + 1 :]
            elif path.data and parts[:1] == ("_parent",):
                parts = tuple(part for part in parts if part != "_parent")
            elif not (path.depth or is_own):
                continue
            if not parts:
                return None
            found.add(parts[0])
    return found - _NOT_VARIABLES


class _Scope:
    """What the blocks around a tag mean for the names in it.

    Attributes:
        withs: How many of them are ``with``, its ``else`` included, as Langtail counts.
        contexts: In how many of them names are looked up in something else than the variables.
        params: How often each name is a block parameter.
    """

    def __init__(self) -> None:
        self.withs = self.contexts = 0
        self.params: Counter[str] = Counter()

    def enter(self, block: Block, body: Program) -> None:
        self._count(block, body, 1)
        self.params.update(_params(block))

    def leave(self, block: Block, body: Program) -> None:
        self._count(block, body, -1)
        self.params.subtract(_params(block))

    def _count(self, block: Block, body: Program, step: int) -> None:
        name = block.call.original
        self.withs += step * (name == "with")
        self.contexts += step * (name in ("each", "with") and body is block.program)


def _params(block: Block) -> list[str]:
    return (block.program.params if block.program else None) or []


def _tags(text: str) -> Iterator[tuple[_Tag, _Scope]]:
    """Yield each tag, in the order of the text, with what is around it; none if the text is not valid."""
    try:
        program = parse(text)
    except TemplateError:
        return
    scope = _Scope()
    work: list[tuple[Iterator[Statement], tuple[Block, Program] | None]] = [(iter(program.body), None)]
    while work:
        nodes, around = work[-1]
        node = next(nodes, None)
        if node is None:
            work.pop()
            if around is not None:
                scope.leave(*around)
        elif isinstance(node, _Tag):
            yield node, scope
            block = node if isinstance(node, Block) else None if isinstance(node, Mustache) else node.block
            if block is not None:
                for body in filter(None, (block.inverse, block.program)):
                    scope.enter(block, body)
                    work.append((iter(body.body), (block, body)))


def _names_of_tag(node: _Tag, scope: _Scope) -> Iterator[str]:
    call = node.call
    if isinstance(node, Block) and call.original == "with":
        yield from _names_of_with(call, scope)
        return
    if scope.withs:
        return
    yield from _names_of_operands(_operands(node), scope)


def _operands(node: _Tag) -> list[Operand]:
    operands = [*node.name_code, *node.call.code] if isinstance(node, Partial) else list(node.call.code)
    # The head of a partial is the name of a partial, that of a decorator the word "inline".
    return [*operands, node.call] if isinstance(node, Mustache | Block) else operands


def _names_of_with(call: Invocation, scope: _Scope) -> Iterator[str]:
    first = call.code[0] if len(call.code) == 1 else None
    if isinstance(first, Path) and _is_variable(first, scope):
        yield first.original
    elif first is None:
        yield from _names_of_operands(call.code, scope)


def _names_of_operands(operands: list[Operand], scope: _Scope) -> Iterator[str]:
    # Postfix code has the name of a sub-expression after its arguments; the text has it before.
    in_order = sorted(_paths(operands), key=lambda path: path.position)
    yield from (path.parts[0] for path in in_order if _is_variable(path, scope))


def _paths(operands: list[Operand]) -> list[Path]:
    heads = [operand.head if isinstance(operand, Invocation) else operand for operand in operands]
    return [path for path in heads if isinstance(path, Path)]


def _is_variable(path: Path, scope: _Scope) -> bool:
    if path.data or path.depth or not path.parts:
        return False
    return not path.scoped and not scope.params[path.parts[0]]
