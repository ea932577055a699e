"""What a panel shows of its assistant, section by section; nothing here changes anything."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Literal, TypedDict

from langtail_nb._kernel.conversations import Thread
from langtail_nb._line import template_cell
from langtail_nb._line.writing import write_cell
from langtail_nb._panel import rows
from langtail_nb._panel.drafts import Draft, Drafts
from langtail_nb._panel.preview import Previewed, Rendered, previewed
from langtail_nb._text.diff import Mark, word_diff
from langtail_nb._types.config import Config, arguments_of, problems_of, template_of, unprinted, variables_of
from langtail_nb._types.messages import Message, texts_of
from langtail_nb._types.remarks import remarks
from langtail_nb._types.request import Request
from langtail_nb._types.target import Target

Kind = Literal["text", "json"]

_IMAGE: Final = re.compile(r"(data:image/[\w.+-]+;base64,)([\w+/=]{100,})")


@dataclass(frozen=True)
class View:
    """All that the sections are made from, as it was at one moment.

    Attributes:
        config: What is deployed, or None where it is not known.
        trouble: Why it is not known, in one line; None while it is being read.
        changed: Whether it changed since the panel was opened.
        problems: What was wrong with the last input for a parameter, by name.
        stand_in: Whether a local model answers.
    """

    target: Target
    config: Config | None
    trouble: str | None
    changed: bool
    overrides: Mapping[str, Any]
    sources: Mapping[str, str]
    variables: Mapping[str, str]
    text: str
    extra: Sequence[Message]
    thread: Thread | None
    stand_in: bool = False
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    models: Sequence[str] = ()

    @property
    def deployed(self) -> dict[str, Any] | None:
        """The deployed arguments, or None where they are not known."""
        return arguments_of(self.config) if self.config is not None else None

    @property
    def stored(self) -> list[Message]:
        """The template's messages: the override, or what is deployed."""
        own = self.overrides.get("template")
        return list(own) if own is not None else template_of(self.config or {})

    @property
    def earlier(self) -> dict[str, str]:
        """Variables of the thread's previous turn, which count less than those that are set."""
        return self.thread.turns[-1].variables if self.thread is not None and self.thread.turns else {}


class Head(TypedDict):
    """What the panel is about; ``own`` is whether there is anything to reset."""

    assistant: str
    environment: str
    version: str | None
    place: str
    target: str
    status: Literal["reading", "known", "unreadable"]
    problem: str | None
    deployed_model: str | None
    overrides: int
    variables: int
    own: bool
    changed: bool
    local: str | None


class Problem(TypedDict):
    """What is wrong with the template, and where: in which message, from 0, and line and column, from 1."""

    message: int
    line: int
    column: int
    text: str
    kind: Literal["error", "warning"]


class Template(TypedDict):
    """The template; ``own`` if it is sent, ``known`` if what is deployed could be read."""

    own: bool
    known: bool
    messages: list[Draft]
    diff: list[Mark] | None
    problems: list[Problem]


class Tool(TypedDict):
    """One tool; ``hosted`` if Langtail runs it. Its parameters are JSON text."""

    name: str
    description: str
    hosted: bool
    parameters: str


class Preview(TypedDict):
    """The messages as they will be sent, but for the conversation between the two lists."""

    template: list[Previewed]
    call: list[Previewed]
    problem: str | None


class Variable(TypedDict):
    """One variable as the front end draws it."""

    name: str
    kind: Kind
    value: str | None
    default: str
    badge: Literal["missing", "unused"] | None
    problem: str | None
    earlier: str | None


def head(view: View) -> Head:
    """Return what the panel is about, and how it stands with what is deployed."""
    target = view.target
    known = view.config is not None
    return {
        "assistant": target.assistant,
        "environment": target.environment,
        "version": target.version,
        "place": "/".join(filter(None, [target.workspace, target.project])),
        "target": str(target),
        "status": "known" if known else "unreadable" if view.trouble else "reading",
        "problem": view.trouble,
        "deployed_model": (view.deployed or {}).get("model"),
        "overrides": len(view.overrides),
        "variables": len(view.variables),
        "own": bool(view.overrides or view.variables or view.problems),
        "changed": view.changed,
        "local": "a local model stands in" if view.stand_in else None,
    }


def parameters(view: View) -> list[rows.Parameter]:
    """Return a row for each parameter."""
    return rows.parameter_rows(
        view.overrides,
        view.deployed,
        sources=view.sources,
        suggestions={"model": list(view.models)},
        tools=[tool["name"] for tool in tools(view) if tool["name"]],
        problems=view.problems,
    )


def variables(view: View) -> list[Variable]:
    """Return the variables: those deployed, then those of the template, then others that are set."""
    config, override = view.config or {}, view.overrides.get("template")
    known, unused = variables_of(config, override), unprinted(config, override)
    names = dict.fromkeys([*known, *view.variables])
    return [_variable(view, name, known.get(name), is_used=name not in unused) for name in names]


def template_section(view: View, drafts: Drafts) -> Template:
    """Return the template: its messages, what differs from the deployed one, what is wrong with it."""
    stored, deployed = view.stored, template_of(view.config or {})
    own = "template" in view.overrides
    return {
        "own": own,
        "known": view.config is not None,
        "messages": [drafts.shown(message) for message in stored],
        "diff": _diff(template_cell.as_text(deployed), template_cell.as_text(stored)) if own else None,
        "problems": _template_problems(view),
    }


def tools(view: View) -> list[Tool]:
    """Return the tools that a call can use, deployed or set."""
    own = view.overrides.get("tools")
    found = own if own is not None else ((view.config or {}).get("state") or {}).get("tools") or []
    functions = [tool.get("function") for tool in found if isinstance(tool, Mapping)]
    return [_tool(function) for function in functions if isinstance(function, Mapping)]


def preview_section(view: View, rendered: Rendered) -> Preview:
    """Return the messages as they will be sent, rendered, but for the conversation between them."""
    if view.config is None and "template" not in view.overrides:
        trouble = "what is deployed is not known, so its template cannot be shown"
    else:
        trouble = None
    defaults = variables_of(view.config or {}, view.overrides.get("template"))
    message = [{"role": "user", "content": view.text}] if view.text.strip() else []
    return {
        "template": rendered.previewed(view.stored, {**defaults, **view.earlier, **view.variables}),
        "call": [*previewed(view.extra, "from Messages"), *previewed(message, "your message")],
        "problem": trouble,
    }


def line(request: Request) -> str:
    """Return the cell that sends the request, its images by their size: nobody reads their letters."""
    changed: dict[str, Any] = {
        "messages": _shortened(request.messages),
        "message": _shortened(request.message),
    }
    if "template" in request.parameters:
        changed["template"] = _shortened(request.parameters["template"])
    return write_cell(request.replace(**changed))


def _shortened(value: Any) -> Any:
    if isinstance(value, str):
        return _IMAGE.sub(lambda found: f"{found[1]}… {len(found[2]) * 3 // 4 / 1000:.0f} kB …", value)
    if isinstance(value, Mapping):
        return {name: _shortened(one) for name, one in value.items()}
    return [_shortened(one) for one in value] if isinstance(value, list | tuple) else value


def thread_line(thread: Thread | None) -> str:
    """Return what a run does with the current thread, in a sentence; nothing where there is none."""
    if thread is None or not thread.turns:
        return ""
    return f"Sees {thread.label}, {thread.length}; the answer joins it when you press Keep."


def warnings(view: View, request: Request) -> list[str]:
    """Return what is worth telling before a call, a sentence each."""
    return [
        *rows.warnings(view.overrides, view.deployed),
        *remarks(view.config, request.replace(variables={**view.earlier, **request.variables}), sent=False),
    ]


def _variable(view: View, name: str, default: str | None, *, is_used: bool) -> Variable:
    value = view.variables.get(name)
    earlier = view.earlier.get(name) if value is None else None
    shown = value if value is not None else default or ""
    kind = view.kinds.get(name) or ("json" if _is_structured(shown) else "text")
    badge: Literal["missing", "unused"] | None = None
    if not is_used or (default is None and view.config is not None):
        badge = "unused"
    elif not default and value is None and earlier is None:
        badge = "missing"
    problem = _json_fault(value) if kind == "json" and value is not None else None
    return Variable(
        name=name,
        kind=kind,
        value=value,
        default=default or "",
        badge=badge,
        problem=problem,
        earlier=earlier,
    )


def _is_structured(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _json_fault(text: str) -> str | None:
    try:
        json.loads(text)
    except json.JSONDecodeError as exc:
        return f"Not JSON: {exc.msg}, line {exc.lineno}, column {exc.colno}; it goes as the text it is"
    except RecursionError:
        return "Not JSON that can be read: nested too deeply; it goes as the text it is"
    except ValueError as exc:  # a number of thousands of digits
        return f"Not JSON that can be read: {exc}; it goes as the text it is"
    return None


@lru_cache(8)
def _diff(old: str, new: str) -> list[Mark]:
    return word_diff(old, new)


def _template_problems(view: View) -> list[Problem]:
    return [problem for number, one in enumerate(view.stored) for problem in _problems(number, one)]


def _problems(number: int, message: Message) -> list[Problem]:
    return [
        {
            "message": number,
            "line": problem.line,
            "column": problem.column,
            "text": problem.message,
            "kind": problem.severity,
        }
        for text in texts_of([message])
        for problem in problems_of(text)
    ]


def _tool(function: Mapping[str, Any]) -> Tool:
    handler = function.get("handler")
    return {
        "name": str(function.get("name") or ""),
        "description": str(function.get("description") or ""),
        "hosted": isinstance(handler, Mapping) and bool(handler.get("enabled")),
        "parameters": json.dumps(function.get("parameters") or {}, ensure_ascii=False, indent=2),
    }
