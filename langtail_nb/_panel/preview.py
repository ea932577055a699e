"""Exactly what will be sent, as messages: the rendered template, the thread so far, the call's own."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, Literal, TypedDict

from langtail_nb import template
from langtail_nb._compose import calls_of
from langtail_nb._fields import Message
from langtail_nb._threads import content_text

# An image is told by its kind: its bytes, kept with each edit, would soon be all that a kernel holds. In JSON
# no text can hold these quotes as they are.
_DATA: Final = re.compile('(?<="url": ")data:image/[^"]*')
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
    values = tuple(variables.items())
    texts = [_DATA.sub("data:", json.dumps(one)) for one in stored]
    rendered = [_rendered(text, values if "{{" in text else ()) for text in texts]
    written: list[tuple[Origin, Sequence[Message]]] = [
        ("thread", thread),
        ("messages", messages),
        ("message", message),
    ]
    parts: list[tuple[Origin, Sequence[tuple[str, str]]]] = [
        ("template", rendered),
        *((origin, [_shown(one) for one in group]) for origin, group in written),
    ]
    return [Previewed(role=role, text=text, origin=origin) for origin, group in parts for role, text in group]


@lru_cache(400)
def _rendered(written: str, variables: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    # Each message by itself: an edit of one, or of the user's message, leaves the others as they are.
    [message] = template.render_messages([json.loads(written)], dict(variables))
    return _shown(message)


def _shown(message: Message) -> tuple[str, str]:
    """Return a message's role and text."""
    made = [f"{name}({arguments})" for name, arguments in calls_of(message)]
    return str(message.get("role")), "\n".join(filter(None, [content_text(message), *made]))
