"""Exactly what will be sent, as messages: the rendered template, the thread so far, the call's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

from langtail_nb import template
from langtail_nb._fields import Message
from langtail_nb._threads import content_text

Origin = Literal["template", "thread", "messages", "message"]


class Previewed(TypedDict):
    """One message of the preview."""

    role: str
    text: str
    origin: Origin


def preview(
    stored: Sequence[Message],
    variables: Mapping[str, str],
    *,
    thread: Sequence[Message] = (),
    messages: Sequence[Message] = (),
    message: Sequence[Message] = (),
) -> list[Previewed]:
    """Return the messages as the model gets them; text that cannot be rendered stands as it is written.

    Args:
        stored: The template, deployed or overriding.
        variables: Deployed defaults under what is set.
        thread: The turns so far.
        messages: Those before the message.
        message: The message itself, as a list of one or none.
    """
    rendered = template.render_messages(stored, variables)
    parts: list[tuple[Origin, Sequence[Message]]] = [
        ("template", rendered),
        ("thread", thread),
        ("messages", messages),
        ("message", message),
    ]
    return [
        Previewed(role=str(one.get("role")), text=_shown(one), origin=origin)
        for origin, group in parts
        for one in group
    ]


def _shown(message: Message) -> str:
    calls = message.get("tool_calls") or []
    made = [f"{call['function']['name']}({call['function']['arguments']})" for call in calls]
    return "\n".join(filter(None, [content_text(message), *made]))
