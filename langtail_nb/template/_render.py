"""Rendering: what Langtail does around Handlebars."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from langtail_nb.template._language.nodes import TemplateError
from langtail_nb.template._language.parse import parse
from langtail_nb.template._running.run import Renderer
from langtail_nb.template._running.values import (
    NotConvertibleError,
    Value,
    Wrapper,
    ordered,
    parse_json,
    string_of,
)

NEWLINES_AROUND_ELSE: Final = re.compile(r"\n?(\{\{else\}\})\n?")
NEWLINE_BEFORE_END: Final = re.compile(r"\n(\{\{/(?:if|unless|with)\}\})")
_MAX_NESTING: Final = 100


def render(text: str, variables: Mapping[str, object]) -> str:
    """Return a template's text with its variables filled in, as Langtail sends it to the model.

    Args:
        text: The template. Text without ``{{`` is returned as it is.
        variables: Values by name. Over Langtail's API all are strings; one that holds a JSON object
            or list is taken for it. A missing variable prints nothing.

    Returns:
        The rendered text, without one newline at its end. If the template is not valid or fails,
        the text unrendered, as Langtail does; `problems` says why.

    Source: npm langtail 0.16.16, ``compileStringHandlebars`` and ``compileMessages``.

    Example:
        >>> template.render("Hi {{name}}", {"name": "Ada"})
        'Hi Ada'
    """
    if "{{" not in text:
        return text
    source = without_stray_newlines(text)
    # An item of a list takes two characters at least, and printing it about ten steps.
    allowance = len(source) + 4 * sum(len(value) for value in variables.values() if isinstance(value, str))
    try:
        renderer = Renderer(parse(source), _context(variables), source, allowance=allowance)
        return renderer.render().removesuffix("\n")
    except (TemplateError, NotConvertibleError):
        return text


def without_stray_newlines(text: str) -> str:
    """Return the text without the newlines that Langtail drops around ``{{else}}`` and the like."""
    return NEWLINE_BEFORE_END.sub(r"\1", NEWLINES_AROUND_ELSE.sub(r"\1", text))


def _context(variables: Mapping[str, object]) -> dict[str, Value]:
    # In JavaScript a variable named __proto__ would set the prototype, out of a template's reach.
    given = {str(name): _from_python(value) for name, value in variables.items() if name != "__proto__"}
    return {name: _unpacked(value) for name, value in ordered(given).items()}


def _from_python(value: object, depth: int = 0) -> Value:
    if depth > _MAX_NESTING:
        raise TemplateError(f"A variable is nested more than {_MAX_NESTING} deep.")
    if isinstance(value, Mapping):
        return ordered({str(key): _from_python(item, depth + 1) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return [_from_python(item, depth + 1) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        # Every number is a double there; one beyond its range is infinite.
        return float(value) if abs(value) < 2**1023 else float("inf") if value > 0 else float("-inf")
    return value if value is None or isinstance(value, str | bool | float) else str(value)


def _unpacked(value: Value) -> Value:
    """Return a JSON object or list that was given as text, objects wrapped; else the value itself."""
    if not isinstance(value, str | list):
        return value
    try:
        text = string_of(value)
        parsed = parse_json(text) if text.lstrip(" \t\n\r").startswith(("{", "[")) else None
    except (ValueError, NotConvertibleError):
        return value
    if isinstance(parsed, dict):
        return Wrapper(parsed)
    if not isinstance(parsed, list):
        return value
    lists = [parsed]
    while lists:
        items = lists.pop()
        lists += [item for item in items if isinstance(item, list)]
        items[:] = [Wrapper(item) if isinstance(item, dict) else item for item in items]
    return parsed
