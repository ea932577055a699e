"""What a panel shows of its assistant, section by section; nothing here changes anything."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Literal, TypedDict

from langtail_nb._kernel.conversation.thread import Thread
from langtail_nb._kernel.runs import detail_of
from langtail_nb._line import template_cell
from langtail_nb._panel import rows
from langtail_nb._panel.drafts import Draft, Drafts
from langtail_nb._panel.preview import Previewed, Rendered, previewed
from langtail_nb._panel.snapshot import Snapshot
from langtail_nb._text.diff import Mark, hunks, word_diff
from langtail_nb._types.config import problems_of, template_of, variables_of
from langtail_nb._types.messages import Message, calls_of, images_of, others_in, text_of, texts_of
from langtail_nb._types.remarks import remarks, unparsed
from langtail_nb._types.request import Request

_TOLD: Final = 48
_IMAGE: Final = re.compile(r"(data:image/[\w.+-]+;base64,)([\w+/=]{100,})")


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
    told: str
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


def head(now: Snapshot) -> Head:
    """Return what the panel is about, and how it stands with what is deployed."""
    target = now.target
    known = now.config is not None
    return {
        "assistant": target.assistant,
        "environment": target.environment,
        "version": target.version,
        "place": "/".join(filter(None, [target.workspace, target.project])),
        "target": str(target),
        "status": "known" if known else "unreadable" if now.trouble else "reading",
        "problem": now.trouble,
        "deployed_model": (now.deployed or {}).get("model"),
        "overrides": len(now.overrides),
        "variables": len(now.variables),
        "own": bool(now.overrides or now.variables or now.problems or now.kinds),
        "told": _told(now),
        "changed": now.changed,
        "local": _stand_in(now),
    }


def _stand_in(now: Snapshot) -> str | None:
    if now.stand_in:
        return "a local model stands in"
    return "no local model stands in any more" if now.stood_in else None


def _told(now: Snapshot) -> str:
    """Return what is set, as answers say it; in numbers, where the header has no room for more."""
    detail = detail_of(now.overrides, now.variables)
    if len(detail) <= _TOLD:
        return detail
    counts = {"override": len(now.overrides), "variable": len(now.variables)}
    return ", ".join(f"{n} {what}{'s' * (n != 1)}" for what, n in counts.items() if n)


def parameters(now: Snapshot) -> list[rows.Parameter]:
    """Return a row for each parameter."""
    return rows.parameter_rows(
        now.overrides,
        now.deployed,
        sources=now.sources,
        suggestions={"model": list(now.models)},
        tools=[tool["name"] for tool in tools(now) if tool["name"]],
        problems=now.problems,
    )


def template_section(now: Snapshot, drafts: Drafts) -> Template:
    """Return the template: its messages, what differs from the deployed one, what is wrong with it."""
    stored, deployed = now.stored, template_of(now.config or {})
    own = "template" in now.overrides
    return {
        "own": own,
        "known": now.config is not None,
        "messages": [drafts.shown(message) for message in stored],
        "diff": _diff(template_cell.as_text(deployed), template_cell.as_text(stored)) if own else None,
        "problems": _template_problems(now),
    }


def tools(now: Snapshot) -> list[Tool]:
    """Return the tools that a call can use, deployed or set."""
    own = now.overrides.get("tools")
    found = own if own is not None else ((now.config or {}).get("state") or {}).get("tools") or []
    functions = [tool.get("function") for tool in found if isinstance(tool, Mapping)]
    return [_tool(function) for function in functions if isinstance(function, Mapping)]


def preview_section(now: Snapshot, rendered: Rendered, drafts: Drafts) -> Preview:
    """Return the messages as they will be sent, rendered, but for the conversation between them."""
    if now.config is None and "template" not in now.overrides:
        trouble = "what is deployed is not known, so its template cannot be shown"
    else:
        trouble = None
    defaults = variables_of(now.config or {}, now.overrides.get("template"))
    message = [{"role": "user", "content": now.message}] if now.message is not None else []
    values, name_of = {**defaults, **now.earlier, **now.variables}, drafts.name_of
    return {
        "template": rendered.previewed(now.stored, values, name_of),
        "call": [
            *previewed(now.extra, "from Messages", name_of),
            *previewed(message, "your message", name_of),
        ],
        "problem": trouble,
    }


def readable(request: Request) -> Request:
    """Return a request with its images by their size: nobody reads their letters."""
    changed: dict[str, Any] = {
        "messages": _shortened(request.messages),
        "message": _shortened(request.message),
    }
    if "template" in request.parameters:
        changed["template"] = _shortened(request.parameters["template"])
    return request.replace(**changed)


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


def warnings(now: Snapshot, request: Request, *, is_refused: bool) -> list[str]:
    """Return what is worth telling before a call, a sentence each.

    Args:
        is_refused: Whether a press was refused for the template, and the line that leads to its fault stands.
    """
    asked = request.replace(variables={**now.earlier, **request.variables})
    told = unparsed(now.config, asked, sent=False) if is_refused else []
    return [
        *rows.warnings(now.overrides, now.deployed),
        *_empty(now.extra, "under Messages"),
        *_empty(now.overrides.get("template") or [], "of the template"),
        *(one for one in remarks(now.config, asked, sent=False) if one not in told),
    ]


def _empty(messages: Sequence[Message], where: str) -> list[str]:
    """Return a sentence for each message that says nothing: some models refuse one."""
    return [
        f"message {number} {where} ({message.get('role')}) is empty, and is sent empty"
        for number, message in enumerate(messages, 1)
        if not (text_of(message.get("content")).strip() or images_of(message) or others_in(message))
        and not calls_of(message)
    ]


@lru_cache(8)
def _diff(old: str, new: str) -> list[Mark]:
    return hunks(word_diff(old, new), "as deployed")


def _template_problems(now: Snapshot) -> list[Problem]:
    return [problem for number, one in enumerate(now.stored) for problem in _problems(number, one)]


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
