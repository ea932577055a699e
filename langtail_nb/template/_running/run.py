"""The interpreter: a tree and variables in, text out, without recursion.

A body runs as a generator on a stack of our own; it yields when a block inside it must run first.

Source: npm @langtail/handlebars-evalless 0.1.2, whose quirks are kept: an unknown ``@name`` falls
back to the variable of that name, block parameters follow the call and not the text, an inline
partial inside a block that runs again is defined the first time only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from langtail_nb.template._language.nodes import (
    Block,
    Constant,
    Content,
    Invocation,
    Mustache,
    Operand,
    Partial,
    Path,
    Program,
    TemplateError,
)
from langtail_nb.template._running.helpers import BUILT_IN, CONTROL, HELPERS, lookup
from langtail_nb.template._running.output import MAX_STEPS, Output
from langtail_nb.template._running.scope import UNBOUND, Body, Frame, PartialBlock, Scope, frame
from langtail_nb.template._running.values import (
    UNDEFINED,
    Value,
    Wrapper,
    assign,
    cost,
    get,
    is_empty,
    is_missing,
    ordered,
    string_of,
    text_of,
    truthy,
    whole,
)

MAX_DEPTH: Final = 1000
"""Bodies within bodies, partials that include themselves among them."""

_DONE: Final = object()
_AT_A_GLANCE: Final = frozenset({"and", "or", "last"})
"""Helpers that do not look at what is inside a list, an object or a text."""
_INHERITED: Final = frozenset(
    {"constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString"}
    | {"toString", "valueOf", "__proto__", "__defineGetter__", "__defineSetter__"}
    | {"__lookupGetter__", "__lookupSetter__"}
)


class Renderer:
    """One rendering of one template; ``allowance`` is the steps it may take beyond ``MAX_STEPS``."""

    def __init__(self, program: Program, context: dict[str, Value], source: str, *, allowance: int) -> None:
        self._program = program
        self._context = context
        self._source = source
        self._output = Output(MAX_STEPS + allowance)
        # Called for every node.
        self._count = self._output.count
        self._emit = self._output.emit
        self._scope = Scope(context, self._count)
        self._defined: set[Program] = set()
        self._tasks: list[Iterator[None]] = []

    def render(self) -> str:
        """Return the text.

        Raises:
            TemplateError: Langtail's renderer would fail, or a limit of this module is reached.
            NotConvertibleError: An object with a field named ``toString`` was printed.
        """
        # The partials of the whole template are defined before it has variables.
        body = self._body(self._program)
        self._start(self._run(body, self._context))
        while self._tasks:
            if next(self._tasks[-1], _DONE) is _DONE:
                self._tasks.pop()
        return whole(self._output.text)

    def _start(self, task: Iterator[None]) -> None:
        """Put a task on the stack; the one that starts it must yield at once."""
        self._tasks.append(task)

    # Bodies.

    def _run(
        self,
        body: Body | PartialBlock | None,
        context: Value,
        data: Frame | None = None,
        params: list[Value] | None = None,
    ) -> Iterator[None]:
        if body is None:
            return
        if isinstance(body, PartialBlock):
            data = frame(data)
            data["partial-block"] = body.outer
            body = body.body
        saved = self._scope.enter(body, context, data, params)
        self._count(2)
        if body.partials is not None:
            self._count(len(self._scope.partials))
        if body.program.params is not None:
            self._count(self._scope.named)
        if self._scope.depth > MAX_DEPTH:
            raise TemplateError(f"Blocks and partials run more than {MAX_DEPTH} deep.")
        for node in body.program.body:
            if isinstance(node, Content):
                self._emit(node.value)
            elif isinstance(node, Mustache):
                value = self._mustache(node.call)
                if isinstance(value, PartialBlock):
                    self._start(self._run(value, self._options(node.call, {})))
                    yield
                else:
                    self._print(value)
            elif isinstance(node, Block):
                self._start(self._block(node))
                yield
            elif isinstance(node, Partial):
                self._start(self._partial(node))
                yield
        self._scope.leave(saved)

    def _print(self, value: Value) -> None:
        self._weigh(value)
        self._emit(text_of(value))

    def _weigh(self, value: Value) -> None:
        """Count what it takes to look at a whole value, before that is done."""
        for steps in cost(value):
            self._count(steps)

    def _body(self, program: Program | None) -> Body | None:
        """Return a body that can run, its inline partials defined if this is the first time."""
        if program is None:
            return None
        if not program.decorators or program in self._defined:
            return Body(program, None)
        self._defined.add(program)
        partials: dict[str, Body | None] = {}
        for node in program.decorators:
            if node.call.original != "inline":
                raise TemplateError(
                    f"There is no decorator {text_of(node.call.original)!r}.", node.call.start
                )
            inner = self._body(node.block.program) if node.block else None
            args, _ = self._arguments(node.call)
            self._weigh(args[0] if args else UNDEFINED)
            name = string_of(args[0]) if args else "undefined"
            if name != "__proto__":
                partials[name] = inner
        return Body(program, partials)

    # Blocks.

    def _block(self, node: Block) -> Iterator[None]:
        call = node.call
        context: Value
        args, fields = self._arguments(call)
        body, inverse = self._body(node.program), self._body(node.inverse)
        helper = self._helper(call)
        if helper in CONTROL:
            if len(args) != 1:
                raise TemplateError(f"#{helper} takes exactly one value.", call.start)
            value, context = args[0], UNDEFINED
        elif helper is not None:
            self._print(self._help(helper, call, args, fields))
            return
        else:
            value, context = self._plain(call, args), self._options(call, fields)
        if isinstance(value, PartialBlock):
            start = self._output.pieces
            self._start(self._run(value, context))
            yield
            value = self._output.take(start)
        if helper is None and self._takes_arguments(call):
            self._print(value)
        elif helper is None:
            self._section(value, body, inverse)
        elif helper == "each":
            self._each(value, body, inverse)
        elif helper == "with":
            self._with(value, body, inverse)
        else:
            holds = (truthy(value) or truthy(fields.get("includeZero"))) and not is_empty(value)
            self._start(self._run(body if holds == (helper == "if") else inverse, self._scope.context))
        yield

    def _section(self, value: Value, body: Body | None, inverse: Body | None) -> None:
        """Start a block named after a variable: ``{{#x}}…{{/x}}``."""
        if isinstance(value, list):
            self._each(value, body, inverse)
        elif value is True:
            self._start(self._run(body, self._scope.context))
        elif value is False or is_missing(value):
            self._start(self._run(inverse, self._scope.context))
        else:
            self._start(self._run(body, value, self._scope.data))

    def _with(self, value: Value, body: Body | None, inverse: Body | None) -> None:
        if is_empty(value):
            self._start(self._run(inverse, self._scope.context))
        else:
            self._start(self._run(body, value, self._scope.data, [value]))

    def _each(self, value: Value, body: Body | None, inverse: Body | None) -> None:
        items: list[tuple[Value, Value]] = []
        if isinstance(value, list):
            items = list(enumerate(value))
        elif isinstance(value, dict):
            items = list(value.items())
        elif isinstance(value, Wrapper):
            items = [("_value", value.value)]
        self._count(len(items))
        if items:
            self._start(self._iterate(items, body))
        else:
            self._start(self._run(inverse, self._scope.context))

    def _iterate(self, items: list[tuple[Value, Value]], body: Body | None) -> Iterator[None]:
        data = frame(self._scope.data)
        for index, (key, value) in enumerate(items):
            data["key"] = key
            data["index"] = index
            data["first"] = index == 0
            data["last"] = index == len(items) - 1
            self._start(self._run(body, value, data, [value, key]))
            yield

    def _partial(self, node: Partial) -> Iterator[None]:
        if node.call.argc > 1:
            raise TemplateError("A partial takes at most one value without a name.", node.call.start)
        name = self._evaluate(node.name_code)[0] if node.name_code else node.call.original
        self._weigh(name)
        name = text_of(name) if node.name_code else string_of(name)
        args, fields = self._arguments(node.call)
        data, block = self._scope.data, None
        if node.block is not None:
            body = self._body(node.block.program)
            assert body is not None
            block = PartialBlock(body, data.get("partial-block", UNDEFINED))
            data = frame(data)
            data["partial-block"] = block
        context = args[0] if args else self._scope.context
        if fields:
            merged: dict[str, Value] = {}
            self._count(4 * len(context) if isinstance(context, str | list | dict) else 1)
            assign(merged, context)
            assign(merged, fields)
            context = ordered(merged)
        found = self._scope.partials.get(name) or (None if name in _INHERITED else block)
        if found is None and name == "@partial-block":
            outer = data.get("partial-block")
            found = outer if isinstance(outer, PartialBlock) else None
        start = self._output.pieces
        if found is None:
            self._emit(self._inherited_partial(name, node, context))
        else:
            self._start(self._run(found, context, data))
            yield
        if node.indent:
            text = self._output.take(start)
            self._emit(node.indent + text[:-1].replace("\n", "\n" + node.indent) + text[-1:])

    def _inherited_partial(self, name: str, node: Partial, context: Value) -> str:
        """Print the two partials that every JavaScript object has by accident; refuse all others."""
        if name == "toString":
            return "[object Undefined]"
        if name == "constructor" and node.block is not None:
            return string_of({}) if is_missing(context) else string_of(context)
        raise TemplateError(f"There is no partial {name!r}.", node.call.start)

    # Values.

    def _mustache(self, call: Invocation) -> Value:
        return self._call(call, *self._arguments(call))

    def _call(self, call: Invocation, args: list[Value], fields: Frame) -> Value:
        helper = self._helper(call)
        return self._plain(call, args) if helper is None else self._help(helper, call, args, fields)

    def _arguments(self, call: Invocation) -> tuple[list[Value], Frame]:
        values = self._evaluate(call.code)
        return values[: call.argc], _fields(call.keys, values[call.argc :])

    def _evaluate(self, code: list[Operand]) -> list[Value]:
        """Return the values of postfix code."""
        self._count(len(code))
        stack: list[Value] = []
        for operand in code:
            if isinstance(operand, Path):
                stack.append(self._scope.value(operand))
            elif isinstance(operand, Constant):
                stack.append(operand.value)
            else:
                count = operand.argc + len(operand.keys)
                values = stack[len(stack) - count :]
                del stack[len(stack) - count :]
                fields = _fields(operand.keys, values[operand.argc :])
                stack.append(self._call(operand, values[: operand.argc], fields))
        return stack

    def _helper(self, call: Invocation) -> str | None:
        """Return the name of the helper that a call means, or None if it means a variable."""
        path = call.path
        if not path.parts or (path.simple and self._scope.bound(path.parts[0]) is not UNBOUND):
            return None
        name = path.parts[0]
        if self._takes_arguments(call):
            if name in BUILT_IN:
                return name
            return path.original if path.simple and path.original in HELPERS else None
        return name if path.simple and (name in BUILT_IN or name in HELPERS) else None

    def _takes_arguments(self, call: Invocation) -> bool:
        """Return whether a call can only be one of a function; a block parameter never is."""
        if not (call.kind == "sub-expression" or call.argc or call.keys):
            return False
        path = call.path
        return not (path.simple and self._scope.bound(path.parts[0]) is not UNBOUND)

    def _help(self, name: str, call: Invocation, args: list[Value], fields: Frame) -> Value:
        if name in CONTROL:
            raise TemplateError(f"{name} is a block: write {{{{#{name} …}}}}…{{{{/{name}}}}}.", call.start)
        if name == "log":
            return UNDEFINED
        options = self._options(call, fields)
        if name == "lookup":
            # A text is counted through to the index; of a list or an object only the key is looked at.
            for value in args[:2] if args and isinstance(args[0], str) else args[1:2]:
                self._weigh(value)
            return lookup([*args, options])
        if name in BUILT_IN:
            raise TemplateError(f"{name} is a name that Handlebars reserves.", call.start)
        if name not in _AT_A_GLANCE:
            for value in args:
                self._weigh(value)
        if name == "toJSON" and not args:
            self._weigh(options)
            options["loc"] = {"start": self._location(call.start), "end": self._location(call.end)}
        return HELPERS[name]([*args, options])

    def _options(self, call: Invocation, fields: Frame) -> Frame:
        path = call.path
        name = path.parts[0] if path.parts else path.original
        return {"name": name, "hash": fields, "data": self._scope.data}

    def _location(self, position: int) -> Frame:
        self._count(position // 64)
        text = self._source
        breaks = [text.count(end, 0, position) for end in ("\n", "\r", "\r\n")]
        start = max(text.rfind("\n", 0, position), text.rfind("\r", 0, position)) + 1
        column = len(text[start:position].encode("utf-16-le", "surrogatepass")) // 2
        return {"line": 1 + breaks[0] + breaks[1] - breaks[2], "column": column}

    def _plain(self, call: Invocation, args: list[Value]) -> Value:
        """Return the variable that a call names, once it is clear that no helper is meant."""
        path = call.path
        value = self._scope.value(path)
        if self._takes_arguments(call):
            if isinstance(value, PartialBlock):
                return value
            if args or truthy(value):
                raise TemplateError(f"There is no helper {path.original!r}.", call.start)
            return UNDEFINED
        if value is UNDEFINED and path.simple and self._scope.bound(path.parts[0]) is UNBOUND:
            context = self._scope.context
            return UNDEFINED if is_missing(context) else get(context, path.parts[0])
        return value


def _fields(keys: list[str], values: list[Value]) -> Frame:
    if not keys:
        return {}
    return ordered({key: value for key, value in zip(keys, values, strict=True) if key != "__proto__"})
