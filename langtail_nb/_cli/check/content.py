"""What is wrong in one deployment, whatever file it stands in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from langtail_nb import template
from langtail_nb._project.order import ARGUMENTS
from langtail_nb._text.near import near
from langtail_nb._types.config import arguments_of, problems_of, template_of, unprinted
from langtail_nb._types.fields import FIELDS, Field
from langtail_nb._types.messages import texts_of

JSON = dict[str, Any]

_FIELDS: Final = {field.wire: field for field in FIELDS.values()}
_MOST_STOPS: Final = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, and where: names and numbers from the top of the JSON form down.

    Attributes:
        where: Such as ``("state", "args", "temperature")`` or ``("state", "template", "0")``.
        problem: What is wrong.
        line: The line in a message's text, from 1, with its column; None for anything else.
        column: The column in that line.
    """

    where: tuple[str, ...]
    problem: str
    line: int | None = None
    column: int | None = None


def problems_in(config: JSON, kind: str) -> Iterator[Finding]:
    """Yield all that is wrong in a configuration that can be served."""
    yield from _template_problems(config)
    yield from _variables(config)
    yield from _arguments(arguments_of(config))
    yield from _together(config)
    yield from _tools(config)
    if kind == "assistant" and not template_of(config):
        yield Finding(("state",), "it has no message: nothing tells the model what it is")


def _template_problems(config: JSON) -> Iterator[Finding]:
    for number, message in enumerate(template_of(config)):
        for text in texts_of([message]):
            for problem in problems_of(text):
                where = ("state", "template", str(number))
                yield Finding(where, problem.message, problem.line, problem.column)


def _variables(config: JSON) -> Iterator[Finding]:
    defaults = config["chatInput"]
    told: set[str] = set()
    for number, message in enumerate(template_of(config)):
        for text in texts_of([message]):
            for name in template.variables(text):
                if name not in defaults and name not in told:
                    told.add(name)
                    line, column = _place_of(name, text)
                    yield Finding(
                        ("state", "template", str(number)),
                        f"{{{{{name}}}}} has no default{near(name, defaults)}",
                        line,
                        column,
                    )
    for name in defaults:
        if name in unprinted(config):
            yield Finding(("chatInput", name), f"no message uses the variable {name!r}")


def _place_of(name: str, text: str) -> tuple[int, int]:
    """Return where a tag first names a variable, or where the text begins."""
    at = text.find("{{")
    while at >= 0:
        end = text.find("}}", at)
        found = text.find(name, at, end if end >= 0 else len(text))
        if found >= 0:
            return text.count("\n", 0, found) + 1, found - text.rfind("\n", 0, found)
        at = text.find("{{", at + 2)
    return 1, 1


def _arguments(arguments: JSON) -> Iterator[Finding]:
    known = (*ARGUMENTS, *_FIELDS)
    for name, value in arguments.items():
        where = ("state", "args", name)
        if name not in known:
            yield Finding(where, f"there is no parameter {name!r}{near(name, ARGUMENTS)}")
        elif name in _FIELDS and (wrong := _out_of_range(_FIELDS[name], value)):
            yield Finding(where, f"{name} {wrong}")


def _out_of_range(field: Field, value: Any) -> str:
    if field.kind == "texts" and isinstance(value, list) and len(value) > _MOST_STOPS:
        return f"has {len(value)} texts; {_MOST_STOPS} are taken at most"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    if field.kind == "integer" and value != int(value):
        return f"must be a whole number, not {value}"
    low, high = field.low, field.high
    if (low is not None and value < low) or (high is not None and value > high):
        allowed = field.range or f"at least {low:g}"
        return f"must be {allowed}, not {value}"
    return ""


def _together(config: JSON) -> Iterator[Finding]:
    """Yield what providers are known to refuse together."""
    arguments, tools = arguments_of(config), config["state"].get("tools") or []
    names = [str(tool["function"].get("name")) for tool in tools]
    choice = arguments.get("tool_choice")
    where = ("state", "args", "tool_choice")
    if isinstance(choice, dict) and (named := choice["function"]["name"]) not in names:
        yield Finding(where, f"tool_choice names {named!r}, which is no tool{near(named, names)}")
    elif choice == "required" and not tools and not config["state"].get("functions"):
        yield Finding(where, "tool_choice is required, and there is no tool")
    said = " ".join(texts_of(template_of(config))).casefold()
    if arguments.get("jsonmode") is True and "json" not in said:
        yield Finding(("state", "args", "jsonmode"), "jsonmode is refused where no message says JSON")
    thinking, most = arguments.get("max_thinking_tokens"), arguments["max_tokens"]
    if thinking is not None and 0 <= most <= thinking:
        told = f"max_thinking_tokens must be less than max_tokens, which is {most}"
        yield Finding(("state", "args", "max_thinking_tokens"), told)


def _tools(config: JSON) -> Iterator[Finding]:
    tools = config["state"].get("tools") or []
    counted = Counter(str(tool["function"].get("name")) for tool in tools)
    for number, tool in enumerate(tools):
        function, where = tool["function"], ("state", "tools", str(number))
        name = str(function.get("name"))
        if counted[name] > 1:
            yield Finding(where, f"there are {counted[name]} tools called {name!r}")
        if not isinstance(function.get("parameters"), dict):
            yield Finding(where, f"the tool {name!r} has no parameters: give a schema, or an empty one")
        if not function.get("description"):
            yield Finding(where, f"the tool {name!r} has no description; the model chooses by it")


def hosted_tools(config: JSON, functions: set[str]) -> Iterator[Finding]:
    """Yield the hosted tools that ``tools.py`` has no function for."""
    for number, tool in enumerate(config["state"].get("tools") or []):
        handlers = [place.get("handler") for place in (tool["function"], tool)]
        is_hosted = any(isinstance(one, dict) and one.get("enabled") is True for one in handlers)
        name = str(tool["function"].get("name"))
        if is_hosted and name.replace("-", "_") not in functions:
            told = f"the tool {name!r} is hosted, and tools.py has no function {name.replace('-', '_')}"
            yield Finding(("state", "tools", str(number)), f"{told}{near(name, functions)}")
