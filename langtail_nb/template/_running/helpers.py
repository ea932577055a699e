"""The helpers Langtail adds to Handlebars.

Each takes the arguments of the tag followed by Handlebars' options object, as there: a helper that
is given too few arguments takes the options for one.

Source: npm langtail 0.16.16, ``handlebars-helpers``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from langtail_nb.template._language.nodes import TemplateError
from langtail_nb.template._running.values import (
    UNDEFINED,
    Value,
    get,
    is_missing,
    less,
    loosely_equal,
    string_of,
    stringify,
    text_of,
    truthy,
)

Helper: TypeAlias = Callable[[list[Value]], Value]

CONTROL: Final = frozenset({"if", "unless", "each", "with"})
BUILT_IN: Final = CONTROL | {"log", "lookup", "helperMissing", "blockHelperMissing"}


def lookup(args: list[Value]) -> Value:
    """Return a field by its computed name: ``{{lookup list @index}}``."""
    target = args[0]
    if not truthy(target):
        return target
    if len(args) != 3:
        raise TemplateError("lookup takes exactly two values: (lookup list index).")
    return get(target, string_of(args[1]))


def _date(args: list[Value]) -> Value:
    # Imported when first used: few templates print a date, and every import of the package pays.
    from langtail_nb.template._running.dates import date_helper

    first, second = args[0], args[1] if len(args) > 1 else UNDEFINED
    return date_helper(first, second)


def _and(args: list[Value]) -> Value:
    return all(map(truthy, args))


def _or(args: list[Value]) -> Value:
    return any(map(truthy, args[:-1]))


def _last(args: list[Value]) -> Value:
    items = args[0]
    return items[-1] if isinstance(items, list) and items else None


def _comparison(compare: Callable[[Value, Value], bool]) -> Helper:
    def helper(args: list[Value]) -> Value:
        return compare(args[0], args[1] if len(args) > 1 else UNDEFINED)

    return helper


def _message(message: Value, *, tool_calls: bool) -> str:
    if not truthy(message):
        return ""
    content = get(message, "content")
    calls = _tool_calls(get(message, "tool_calls")) if tool_calls else ""
    return f"[{string_of(get(message, 'role'))}] {text_of(content) if truthy(content) else ''}{calls}"


def _tool_calls(calls: Value) -> str:
    if is_missing(calls) or not truthy(get(calls, "length")):
        return ""
    if not isinstance(calls, list | str):
        raise TemplateError("tool_calls must be a list.")
    return "\nTool Calls:" + "".join(map(_tool_call, calls))


def _tool_call(call: Value) -> str:
    function = UNDEFINED if is_missing(call) else get(call, "function")
    if is_missing(function):
        raise TemplateError("Each tool call needs a function.")
    return f"\n  - {string_of(get(function, 'name'))}({string_of(get(function, 'arguments'))})"


def _one(*, tool_calls: bool) -> Helper:
    return lambda args: _message(args[0], tool_calls=tool_calls)


def _many(*, tool_calls: bool) -> Helper:
    def helper(args: list[Value]) -> Value:
        messages = args[0]
        if not isinstance(messages, list):
            return ""
        return "\n\n".join(_message(message, tool_calls=tool_calls) for message in messages)

    return helper


HELPERS: Final[dict[str, Helper]] = {
    "$date": _date,
    "eq": _comparison(loosely_equal),
    "ne": _comparison(lambda a, b: not loosely_equal(a, b)),
    "lt": _comparison(less),
    "gt": _comparison(lambda a, b: less(b, a)),
    "lte": _comparison(lambda a, b: less(a, b, or_equal=True)),
    "gte": _comparison(lambda a, b: less(b, a, or_equal=True)),
    "and": _and,
    "or": _or,
    "toJSON": lambda args: stringify(args[0]),
    "last": _last,
    "formatMessage": _one(tool_calls=False),
    "formatMessages": _many(tool_calls=False),
    "formatMessageWithToolCalls": _one(tool_calls=True),
    "formatMessagesWithToolCalls": _many(tool_calls=True),
}


def helpers(*, blocks: bool = False) -> list[str]:
    """Return the names of the helpers that a template may call; with ``blocks``, those that open a block.

    Example:
        >>> template.helpers(blocks=True)
        ['each', 'if', 'unless', 'with']
    """
    return sorted(CONTROL) if blocks else [*HELPERS, "lookup"]
