"""Messages as the model got or gave them: who, and the text letter by letter."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from langtail_nb._local.page.figures import counted, json_start, json_text
from langtail_nb._local.page.markup import Html, el, inner
from langtail_nb._text.brief import shorten

JSON = dict[str, Any]
T = TypeVar("T")

_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})

_URL_CHARACTERS = 160


@dataclass(frozen=True, slots=True)
class Room:
    """How much is shown before a text is cut; None for all of it, and where the rest can be read.

    Attributes:
        level: Of the headings.
    """

    characters: int | None = None
    messages: int | None = None
    whole: str = ""
    level: int = 2

    def heading(self, text: str) -> Html:
        """Return a heading."""
        return el(f"h{self.level}", text)

    def text(self, text: str, class_: str = "text", *, at_most: int | None = None) -> Html:
        """Return a text as it was written, each line in its own direction."""
        limit = len(text) if self.characters is None else min(self.characters, at_most or self.characters)
        if len(text) <= limit:
            return el("pre", text, class_=class_, dir="auto")
        return inner(
            el("pre", text[:limit], "…", class_=class_, dir="auto"),
            el("p", self.more(counted(len(text) - limit, "character")), class_="cut"),
        )

    def json(self, value: object, *, at_most: int | None = None) -> Html:
        """Return a value as indented JSON, of which no more is written than is shown."""
        if self.characters is None:
            return self.text(json_text(value), "text json")
        limit = min(self.characters, at_most or self.characters)
        text, is_whole = json_start(value, limit)
        shown = el("pre", text, None if is_whole else "…", class_="text json", dir="auto")
        return shown if is_whole else inner(shown, el("p", self.more("There is"), class_="cut"))

    def some(self, items: Sequence[T]) -> tuple[Sequence[T], Html | None]:
        """Return as many items as there is room for, and the sentence that leads to the rest of them."""
        if self.messages is None or len(items) <= self.messages:
            return items, None
        left = el("p", self.more(f"{len(items) - self.messages:,}"), class_="cut")
        return items[: self.messages], left

    def more(self, what: str) -> Html:
        """Return the sentence that leads to the rest."""
        return inner(f"{what} more: ", el("a", "show all", href=self.whole))


def message_list(messages: Sequence[JSON], room: Room, label: str) -> Html:
    """Return messages in their order; where there is room for few, the first and the last ones."""
    items = [_item(message, room) for message in messages[: room.messages]]
    if room.messages is not None and len(messages) > room.messages:
        first = max(1, room.messages // 4)
        last = messages[first - room.messages :]
        left_out = el("li", room.more(counted(len(messages) - room.messages, "message")), class_="cut")
        items = [*items[:first], left_out, *(_item(message, room) for message in last)]
    return el("ol", items, class_="messages", aria_label=label)


def texts_of(message: JSON) -> list[str]:
    """Return the texts of a message."""
    content = message.get("content")
    parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
    texts = (part.get("text") for part in parts if isinstance(part, dict))
    return [text for text in texts if isinstance(text, str)]


def first_words(message: JSON, limit: int = 120) -> str:
    """Return the start of a message on one line, or what it holds in place of text."""
    if text := shorten(" ".join(text[: limit * 2] for text in texts_of(message)), limit):
        return text
    calls = [_function(call).get("name", "") for call in message.get("tool_calls") or []]
    return f"calls {', '.join(map(str, calls))}" if calls else ""


def _item(message: JSON, room: Room) -> Html:
    role = str(message.get("role", "?"))
    about = [str(message[name]) for name in ("name", "tool_call_id") if message.get(name)]
    head = el("p", el("b", role), [el("code", el("bdi", text)) for text in about], class_="role")
    body = [*_reasoning(message, room), *_content(message, room), *_calls(message, room)]
    return el("li", head, body, class_=f"message {role if role in _ROLES else 'other'}")


def _reasoning(message: JSON, room: Room) -> Iterable[Html]:
    reasoning = message.get("reasoning") or []
    texts = [reasoning] if isinstance(reasoning, str) else [part.get("text", "") for part in reasoning]
    if texts:
        yield el("p", "reasoning", class_="part")
        yield room.text("".join(map(str, texts)), "text thought")


def _content(message: JSON, room: Room) -> Iterable[Html]:
    content = message.get("content")
    if isinstance(content, str) and content:
        yield room.text(content)
    elif isinstance(content, list):
        parts, rest = room.some(content)
        for part in parts:
            yield from _part(part, room)
        if rest:
            yield rest
    elif not message.get("tool_calls"):
        yield el("p", "no text", class_="part")


def _part(part: JSON, room: Room) -> Iterable[Html]:
    kind = str(part.get("type", "?"))
    value = part.get(kind)
    if kind == "text" and isinstance(value, str):
        yield room.text(value)
        return
    yield el("p", kind, class_="part")
    url = value.get("url") if isinstance(value, dict) else None
    if isinstance(url, str):
        yield room.text(url, "text json", at_most=_URL_CHARACTERS)
    else:
        yield room.json(value, at_most=_URL_CHARACTERS)


def _calls(message: JSON, room: Room) -> Iterable[Html]:
    calls, rest = room.some(message.get("tool_calls") or [])
    for call in calls:
        function = _function(call)
        name = el("b", el("bdi", str(function.get("name", "?"))))
        yield el("p", "calls ", name, el("code", el("bdi", str(call.get("id") or ""))), class_="part")
        yield _arguments(function.get("arguments"), room)
    if rest:
        yield rest


def _function(call: JSON) -> JSON:
    function = call.get("function")
    return function if isinstance(function, dict) else {}


def _arguments(arguments: object, room: Room) -> Html:
    # As the model wrote them, where they are no JSON: that may be what surprises.
    if not isinstance(arguments, str):
        return room.json(arguments)
    try:
        return room.json(json.loads(arguments))
    except (ValueError, RecursionError):
        return room.text(arguments, "text json")
