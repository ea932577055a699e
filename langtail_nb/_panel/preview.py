"""Exactly what will be sent, as messages: the rendered template, the thread so far, the call's own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, TypedDict

from langtail_nb import template
from langtail_nb._types.messages import Message, calls_of, images_of, shown_text

# Without its bytes, which kept with each edit would soon be all that a kernel holds. In JSON no text can hold
# these quotes as they are.
_DATA: Final = re.compile('(?<="url": ")data:image/[^"]*')
Origin = Literal["from the template", "from the thread", "from Messages", "your message"]
_Values = tuple[tuple[str, str], ...]
_Shown = tuple[str, str, list[str]]


class Previewed(TypedDict):
    """One message of the preview; its images by the names that stand for them, or by their addresses."""

    role: str
    text: str
    images: list[str]
    origin: Origin


class Rendered:
    """A template as it was rendered last; only what changed since is rendered anew."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, _Values], _Shown] = {}

    def previewed(
        self, stored: Sequence[Message], variables: Mapping[str, str], name_of: Callable[[str], str]
    ) -> list[Previewed]:
        """Return the template's messages; text that cannot be rendered stands as it is written.

        Args:
            variables: Deployed defaults under what is set.
            name_of: Gives an image's data a name.
        """
        values = tuple(variables.items())
        texts = [_DATA.sub("data:", json.dumps(one)) for one in stored]
        keys = [(text, values if "{{" in text else ()) for text in texts]
        # What is not used any more is forgotten: a long value comes again with each key that is pressed.
        self._known = {key: self._known.get(key) or _rendered(*key) for key in keys}
        shown = [
            (role, text, _with_data(urls, images_of(one)))
            for one, (role, text, urls) in zip(stored, map(self._known.__getitem__, keys), strict=True)
        ]
        return [_previewed(one, "from the template", name_of) for one in shown]


def previewed(messages: Sequence[Message], origin: Origin, name_of: Callable[[str], str]) -> list[Previewed]:
    """Return messages that are sent as they are."""
    return [_previewed(_shown(one), origin, name_of) for one in messages]


def _previewed(shown: _Shown, origin: Origin, name_of: Callable[[str], str]) -> Previewed:
    role, text, urls = shown
    return Previewed(role=role, text=text, images=[name_of(url) for url in urls], origin=origin)


def _with_data(rendered: Sequence[str], stored: Sequence[str]) -> list[str]:
    """Return the addresses of a rendered message, with the data that was left out when it was rendered."""
    return [data if url == "data:" else url for url, data in zip(rendered, stored, strict=True)]


def _rendered(written: str, variables: _Values) -> _Shown:
    [message] = template.render_messages([json.loads(written)], dict(variables))
    return _shown(message)


def _shown(message: Message) -> _Shown:
    """Return a message's role, its text, and the addresses of its images."""
    content, urls = message.get("content"), images_of(message)
    if isinstance(content, list):
        content = [part for part in content if not (urls and images_of({"content": [part]}))]
    made = [f"{call.name}({call.arguments})" for call in calls_of(message)]
    text = "\n".join(filter(None, [shown_text({**message, "content": content}), *made]))
    return str(message.get("role")), text, urls
