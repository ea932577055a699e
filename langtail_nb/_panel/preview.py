"""Exactly what will be sent, as messages: the rendered template, the thread so far, the call's own."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypedDict

from langtail_nb import template
from langtail_nb._types.messages import Message, calls_of, shown_text

# An image is told by its kind: its bytes, kept with each edit, would soon be all that a kernel holds. In JSON
# no text can hold these quotes as they are.
_DATA: Final = re.compile('(?<="url": ")data:image/[^"]*')
Origin = Literal["from the template", "from the thread", "from Messages", "your message"]
_Values = tuple[tuple[str, str], ...]


class Previewed(TypedDict):
    """One message of the preview."""

    role: str
    text: str
    origin: Origin


class Rendered:
    """A template as it was rendered last; only what changed since is rendered anew."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, _Values], tuple[str, str]] = {}

    def previewed(self, stored: Sequence[Message], variables: Mapping[str, str]) -> list[Previewed]:
        """Return the template's messages; text that cannot be rendered stands as it is written.

        Args:
            variables: Deployed defaults under what is set.
        """
        values = tuple(variables.items())
        texts = [_DATA.sub("data:", json.dumps(one)) for one in stored]
        keys = [(text, values if "{{" in text else ()) for text in texts]
        # What is not used any more is forgotten: a long value comes again with each key that is pressed.
        self._known = {key: self._known.get(key) or _rendered(*key) for key in keys}
        shown = [self._known[key] for key in keys]
        return [Previewed(role=role, text=text, origin="from the template") for role, text in shown]


def previewed(messages: Sequence[Message], origin: Origin) -> list[Previewed]:
    """Return messages that are sent as they are."""
    shown = map(_shown, messages)
    return [Previewed(role=role, text=text, origin=origin) for role, text in shown]


def _rendered(written: str, variables: _Values) -> tuple[str, str]:
    [message] = template.render_messages([json.loads(written)], dict(variables))
    return _shown(message)


def _shown(message: Message) -> tuple[str, str]:
    """Return a message's role and text."""
    made = [f"{call.name}({call.arguments})" for call in calls_of(message)]
    return str(message.get("role")), "\n".join(filter(None, [shown_text(message), *made]))
