"""How two deployments differ: by word in their messages, else by value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, TypedDict

from langtail_nb._line.template_cell import as_text
from langtail_nb._show import difference as words_shown
from langtail_nb._text import markdown
from langtail_nb._text.brief import value_text
from langtail_nb._text.diff import Mark, hunks, word_diff
from langtail_nb._types.config import arguments_of, template_of

JSON = dict[str, Any]

_NOT_SET: Final = "not set"
_OF_STATE_APART: Final = ("args", "template", "tools", "functions", "type")


class Fact(TypedDict):
    """One value that differs: its name, and both as they are shown."""

    name: str
    before: str
    after: str


class Difference(NamedTuple):
    """The values that differ, and the messages word by word; no words where only values differ."""

    facts: list[Fact]
    words: list[Mark]

    def texts(self) -> tuple[str, str]:
        """Return it as plain text and as safe Markdown."""
        facts = [f"{one['name']}: {one['before']} → {one['after']}" for one in self.facts]
        plain, shown = list(facts), [f"- {markdown.inline(fact)}" for fact in facts]
        if self.words or not facts:
            words = words_shown.difference(self.words)
            plain, shown = [*plain, words[0]], [*shown, *([""] if shown else []), words[1]]
        return "\n".join(plain), "\n".join(shown)


def difference_of(old: JSON, new: JSON, same: str) -> Difference:
    """Return how two deployments differ.

    Args:
        same: What to say of what is left out in between.
    """
    texts = [as_text(template_of(content)) for content in (old, new)]
    words = hunks(word_diff(*texts), same) if texts[0] != texts[1] else []
    return Difference(_changes(old, new), words)


def _changes(old: JSON, new: JSON) -> list[Fact]:
    before, after = _facts(old), _facts(new)
    return [
        Fact(name=name, before=_shown(before, name), after=_shown(after, name))
        for name in dict.fromkeys([*before, *after])
        if before.get(name, _NOT_SET) != after.get(name, _NOT_SET)
    ]


def _facts(content: JSON) -> JSON:
    """Return all that a deployment says beside the texts of its messages, by name."""
    state = content.get("state") or {}
    variables = {f"variable {name}": value for name, value in (content.get("chatInput") or {}).items()}
    rest = {name: value for name, value in state.items() if name not in _OF_STATE_APART}
    return {
        **arguments_of(content),
        **variables,
        **dict(_beside_texts(content)),
        **dict(_tools(state)),
        **rest,
    }


def _tools(state: JSON) -> Iterator[tuple[str, Any]]:
    for tool in state.get("tools") or []:
        if isinstance(tool, Mapping):
            yield f"tool {(tool.get('function') or {}).get('name')}", tool
    for function in state.get("functions") or []:
        if isinstance(function, Mapping):
            yield f"function {function.get('name')}", function


def _beside_texts(content: JSON) -> Iterator[tuple[str, Any]]:
    """Yield what a message holds that no text shows: images, calls of tools, a name."""
    for number, message in enumerate(template_of(content), 1):
        parts = message.get("content")
        other = [part for part in parts if not _is_text(part)] if isinstance(parts, list) else []
        members = {name: value for name, value in message.items() if name not in ("role", "content")}
        if other or members:
            yield f"message {number} beside its text", [*other, *([members] if members else [])]


def _is_text(part: Any) -> bool:
    return isinstance(part, str) or (isinstance(part, Mapping) and part.get("type") == "text")


def _shown(facts: JSON, name: str) -> str:
    if name not in facts:
        return _NOT_SET
    return "null" if facts[name] is None else value_text(facts[name]) or '""'
