"""Messages as the model got or gave them: who, and the text letter by letter."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from langtail_nb._local.page.figures import counted, json_text
from langtail_nb._local.page.markup import Html, el, inner

JSON = dict[str, Any]

_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})


@dataclass(frozen=True, slots=True)
class Room:
    """How much is shown before a text is cut; None for all of it, and where the rest can be read."""

    characters: int | None = None
    messages: int | None = None
    whole: str = ""

    def text(self, text: str, class_: str = "text") -> Html:
        """Return a text as it was written, each line in its own direction."""
        if self.characters is None or len(text) <= self.characters:
            return el("pre", text, class_=class_, dir="auto")
        rest = len(text) - self.characters
        return inner(
            el("pre", text[: self.characters], "…", class_=class_, dir="auto"),
            el("p", self.more(counted(rest, "character")), class_="cut"),
        )

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
    text = " ".join(" ".join(text[: limit * 2] for text in texts_of(message)).split())
    if text:
        return text if len(text) <= limit else f"{text[: limit - 1]}…"
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
        for part in content:
            yield from _part(part, room)
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
    yield room.text(url if isinstance(url, str) else json_text(value), "text json")


def _calls(message: JSON, room: Room) -> Iterable[Html]:
    for call in message.get("tool_calls") or []:
        function = _function(call)
        name = el("b", el("bdi", str(function.get("name", "?"))))
        yield el("p", "calls ", name, el("code", el("bdi", str(call.get("id") or ""))), class_="part")
        yield room.text(_arguments(function.get("arguments")), "text json")


def _function(call: JSON) -> JSON:
    function = call.get("function")
    return function if isinstance(function, dict) else {}


def _arguments(arguments: object) -> str:
    # As the model wrote them, where they are no JSON: that may be what surprises.
    if not isinstance(arguments, str):
        return json_text(arguments)
    try:
        return json_text(json.loads(arguments))
    except (ValueError, RecursionError):
        return arguments
