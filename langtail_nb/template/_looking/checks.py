"""What the text of a template alone tells about its run: tags that must fail, and surprises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from langtail_nb.template._language.nodes import (
    Block,
    Constant,
    Decorator,
    Invocation,
    Mustache,
    Operand,
    Partial,
    Path,
    Program,
)
from langtail_nb.template._running.helpers import BUILT_IN, CONTROL, HELPERS

Finding: TypeAlias = tuple[int, str]
Tag: TypeAlias = "Mustache | Block | Partial | Decorator"

_CHOICE: Final = "eq, ne, lt, gt, lte, gte, and, or"
_COMPARISONS: Final = frozenset({"eq", "ne", "lt", "gt", "lte", "gte", "and", "or"})


def faults(program: Program) -> list[Finding]:
    """Return the tags on which Langtail fails when it reaches them, with what to do."""
    tags = [tag for tag, _ in _tags(program)]
    context = _Definitions(tags)
    found: list[Finding] = []
    for tag in tags:
        found += _tag_faults(tag, context)
        for call in _sub_expressions(tag):
            found += _call_faults(call, context, block=False)
    return found


def surprises(program: Program) -> list[Finding]:
    """Return the tags that print something else than one might think, with what to do."""
    return [
        finding for tag, around in _tags(program) for check in _SURPRISES for finding in check(tag, around)
    ]


class _Definitions:
    """What a template defines itself: inline partials, and names of block parameters."""

    def __init__(self, tags: list[Tag]) -> None:
        decorators = [tag for tag in tags if isinstance(tag, Decorator)]
        names = [tag.call.code[0] if tag.call.argc == 1 else None for tag in decorators]
        self.any_partial = any(not isinstance(name, Constant) for name in names)
        self.partials = {name.value for name in names if isinstance(name, Constant)}
        self.partial_blocks = any(isinstance(tag, Partial) and tag.block for tag in tags)
        self.params = {
            name
            for tag in tags
            if isinstance(tag, Block)
            for body in (tag.program, tag.inverse)
            if body is not None
            for name in body.params or ()
        }


class _Around:
    """The loop or section around a tag, looked at once for all the tags in it."""

    def __init__(self, block: Block) -> None:
        self.is_loop = block.call.original == "each"
        self.params = frozenset((block.program.params if block.program else None) or ())
        self.mentions_value = any(
            isinstance(operand, Path) and "_value" in operand.parts for operand in block.call.code
        )


def _tags(program: Program) -> Iterator[tuple[Tag, _Around | None]]:
    """Yield every tag with the innermost loop or section around it, in order of the text."""
    work: list[tuple[Iterator[object], _Around | None]] = [(iter(program.body), None)]
    while work:
        nodes, around = work[-1]
        node = next(nodes, None)
        if node is None:
            work.pop()
        elif isinstance(node, Mustache | Block | Partial | Decorator):
            yield node, around
            block = node if isinstance(node, Block) else None if isinstance(node, Mustache) else node.block
            if block is None:
                continue
            changes = isinstance(node, Block) and node.call.path.original not in ("if", "unless")
            inner = _Around(block) if changes else around
            if block.inverse is not None:
                work.append((iter(block.inverse.body), around if changes else inner))
            if block.program is not None:
                work.append((iter(block.program.body), inner))


def _operands(tag: Tag) -> list[Operand]:
    names = tag.name_code if isinstance(tag, Partial) else []
    return [*names, *tag.call.code]


def _sub_expressions(tag: Tag) -> list[Invocation]:
    return [operand for operand in _operands(tag) if isinstance(operand, Invocation)]


# Tags that fail.


def _tag_faults(tag: Tag, context: _Definitions) -> Iterator[Finding]:
    call = tag.call
    if isinstance(tag, Partial):
        yield from _partial_faults(tag, context)
    elif isinstance(tag, Decorator):
        if call.original != "inline":
            yield call.start, 'Only {{#*inline "name"}} may have a star: remove the star.'
    else:
        yield from _call_faults(call, context, block=isinstance(tag, Block))


def _partial_faults(tag: Partial, context: _Definitions) -> Iterator[Finding]:
    name, start = tag.call.original, tag.call.start
    if tag.call.argc > 1:
        yield start, "A partial takes at most one value without a name: name the others, name=value."
    if tag.name_code or tag.block is not None or name == "toString" or context.any_partial:
        return
    if name == "@partial-block":
        if not context.partial_blocks:
            yield (
                start,
                "No partial is called with a block, {{#> name}}…{{/name}}: there is nothing to print here.",
            )
    elif name not in context.partials:
        yield (
            start,
            f'There is no partial {name!r}: define it first, {{{{#*inline "{name}"}}}}…{{{{/inline}}}}.',
        )


def _call_faults(call: Invocation, context: _Definitions, *, block: bool) -> Iterator[Finding]:
    path, start = call.path, call.start
    name = path.parts[0] if path.parts else ""
    if name in context.params:
        return
    takes_arguments = bool(call.kind == "sub-expression" or call.argc or call.keys)
    if name in CONTROL and (takes_arguments or path.simple):
        yield from _control_faults(call, name, block=block)
    elif name == "lookup" and (takes_arguments or path.simple):
        if call.argc != 2:
            yield start, "lookup takes two values: write (lookup list index)."
    elif name in ("helperMissing", "blockHelperMissing") and (takes_arguments or path.simple):
        yield start, f"Handlebars keeps the name {name} for itself: rename the variable."
    elif name == "log" or (path.simple and path.original in HELPERS):
        if name == "$date" and any(isinstance(item, Constant) and item.value is None for item in call.code):
            yield start, "$date fails on null: leave the value out."
    elif call.argc and not path.data:
        yield (
            start,
            f"There is no helper {path.original!r}: remove its values, or use {_CHOICE}.",
        )


def _control_faults(call: Invocation, name: str, *, block: bool) -> Iterator[Finding]:
    if not block:
        yield call.start, f"{name} only works as a block: write {{{{#{name} …}}}}…{{{{/{name}}}}}."
    elif call.argc != 1:
        yield (
            call.start,
            f"{{{{#{name}}}}} takes exactly one value: put several in brackets, ({_COMBINER[name]}).",
        )


_COMBINER: Final = {"if": "and a b", "unless": "or a b", "each": "lookup a b", "with": "lookup a b"}


# Tags that surprise.


def _hidden_fields(tag: Tag, around: _Around | None) -> Iterator[Finding]:
    if around is not None:
        return
    for path in _paths(tag):
        if path.data or path.depth or path.scoped or len(path.parts) < 2:
            continue
        name, field = path.parts[0], path.parts[1]
        if field not in ("_value", "length") and not field.isdigit():
            wanted = f"{name}._value.{'.'.join(path.parts[1:])}"
            yield path.position, f"{path.original} is empty if {name} is given as JSON text: write {wanted}."


def _hidden_items(tag: Tag, around: _Around | None) -> Iterator[Finding]:
    if around is None or not around.is_loop or around.mentions_value:
        return
    for path in _paths(tag):
        if path.data or path.depth or path.scoped or not path.parts:
            continue
        name = path.parts[0]
        if name not in around.params and name not in BUILT_IN and name not in HELPERS and name != "_value":
            yield (
                path.position,
                f"{name} is looked up in the item: write ../{name} for the variable, "
                f"or this._value.{name} for a field of a JSON object.",
            )


def _paths(tag: Tag) -> Iterator[Path]:
    if not isinstance(tag, Partial | Decorator) and not isinstance(tag.call.head, Constant):
        yield tag.call.path
    for operand in tag.call.code:
        if isinstance(operand, Path):
            yield operand


def _literal_tag(tag: Tag, _around: _Around | None) -> Iterator[Finding]:
    if isinstance(tag, Mustache) and isinstance(tag.call.head, Constant):
        name = tag.call.path.original
        yield (
            tag.call.start,
            f"This prints the variable named {name!r}: for the text itself, leave out the braces.",
        )


def _dropped_body(tag: Tag, _around: _Around | None) -> Iterator[Finding]:
    if isinstance(tag, Block) and tag.call.original in _COMPARISONS:
        name = tag.call.path.original
        yield (
            tag.call.start,
            f"This prints true or false and drops its body: write {{{{#if ({name} …)}}}}…{{{{/if}}}}.",
        )


def _date_of_today(tag: Tag, _around: _Around | None) -> Iterator[Finding]:
    calls = [*_sub_expressions(tag), *([] if isinstance(tag, Partial | Decorator) else [tag.call])]
    for call in calls:
        if call.path.original != "$date" or call.argc != 1 or not call.code:
            continue
        if isinstance(call.code[-1], Path):
            yield call.start, 'With one value $date prints today: write {{$date value "yyyy-MM-dd"}}.'


def _shadowed_data(tag: Tag, _around: _Around | None) -> Iterator[Finding]:
    path = tag.call.path
    if (
        isinstance(tag, Mustache)
        and path.data
        and path.simple
        and not tag.call.code
        and path.parts[0] in HELPERS
    ):
        name = path.original
        yield (
            tag.call.start,
            f"This calls the helper {path.parts[0]}, not {name}: write {{{{#if {name}}}}}…{{{{/if}}}}.",
        )


def _called_variable(tag: Tag, _around: _Around | None) -> Iterator[Finding]:
    for call in _sub_expressions(tag):
        name = call.path.original
        if not call.argc and name not in HELPERS and name not in BUILT_IN:
            yield (
                call.start,
                f"({name}) calls a helper, and fails once {name} has a value: remove the brackets.",
            )


_SURPRISES: Final[tuple[Callable[[Tag, _Around | None], Iterator[Finding]], ...]] = (
    _hidden_fields,
    _hidden_items,
    _literal_tag,
    _dropped_body,
    _date_of_today,
    _called_variable,
    _shadowed_data,
)
