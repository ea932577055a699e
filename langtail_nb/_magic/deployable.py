"""What is set here as part of a deployment: what of it a file can hold, and how two deployments differ."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final, NamedTuple

from langtail_nb._line.template_cell import as_text
from langtail_nb._magic.commands.show import value_text
from langtail_nb._project.order import ARGUMENTS
from langtail_nb._show.difference import difference
from langtail_nb._text import markdown
from langtail_nb._text.diff import hunks, word_diff
from langtail_nb._types.config import arguments_of, template_of
from langtail_nb._types.fields import FIELDS, JSON_OBJECT

JSON = dict[str, Any]

_NOT_SET: Final = "not set"


class LaidIn(NamedTuple):
    """A deployment with what was set laid in, the names of what was taken, and of what no file can hold."""

    content: JSON
    taken: list[str]
    left: list[str]


def laid_in(content: JSON, overrides: Mapping[str, Any], variables: Mapping[str, str]) -> LaidIn:
    """Return a deployment's content with overrides stored in it, and variables as their defaults."""
    found = deepcopy(content)
    state = found.setdefault("state", {})
    taken = [name for name, value in overrides.items() if _put(state, name, value)]
    if variables:
        found["chatInput"] = {**(found.get("chatInput") or {}), **variables}
    return LaidIn(found, taken, [name for name in overrides if name not in taken])


def _put(state: JSON, name: str, value: Any) -> bool:
    wire = FIELDS[name].wire
    if name in ("template", "tools"):
        state[name] = deepcopy(value)
    elif wire in ARGUMENTS:
        # The stored form of stop texts is a list, and a call may send one alone.
        stored = [value] if wire == "stop" and isinstance(value, str) else value
        state["args"] = {**(state.get("args") or {}), wire: stored}
    elif name == "response_format" and value in (JSON_OBJECT, {"type": "text"}):
        state["args"] = {**(state.get("args") or {}), "jsonmode": value == JSON_OBJECT}
    else:
        return False
    return True


def difference_of(old: JSON, new: JSON, same: str) -> tuple[str, str]:
    """Return how two deployments differ, plain and as Markdown: by word in the template, else by value.

    Args:
        same: What to say of what is left out in between.
    """
    changes = _changes(old, new)
    facts = [f"{name}: {before} → {after}" for name, before, after in changes]
    texts = [as_text(template_of(content)) for content in (old, new)]
    plain, shown = list(facts), [f"- {markdown.inline(fact)}" for fact in facts]
    if texts[0] != texts[1] or not facts:
        words = difference(hunks(word_diff(*texts), same))
        plain, shown = [*plain, words[0]], [*shown, *([""] if shown else []), words[1]]
    return "\n".join(plain), "\n".join(shown)


def _changes(old: JSON, new: JSON) -> list[tuple[str, str, str]]:
    before, after = _facts(old), _facts(new)
    return [
        (name, _shown(before, name), _shown(after, name))
        for name in dict.fromkeys([*before, *after])
        if before.get(name, _NOT_SET) != after.get(name, _NOT_SET)
    ]


def _facts(content: JSON) -> JSON:
    state = content.get("state") or {}
    tools = {
        f"tool {(tool.get('function') or {}).get('name')}": tool
        for tool in state.get("tools") or []
        if isinstance(tool, dict)
    }
    variables = {f"variable {name}": value for name, value in (content.get("chatInput") or {}).items()}
    return {**arguments_of(content), **variables, **tools}


def _shown(facts: JSON, name: str) -> str:
    if name not in facts:
        return _NOT_SET
    return "null" if facts[name] is None else value_text(facts[name]) or '""'
