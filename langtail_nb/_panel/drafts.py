"""Messages and images under short names, by which a view edits them.

A view sends back the name of a message and what its boxes hold. Only what differs from the message is
changed: tool calls, ids and parts that have no box stay as they were. An image crosses the wire once for each
view, and not with each edit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypedDict

from langtail_nb._errors import ConfigurationError
from langtail_nb._line.images import is_address
from langtail_nb._types.messages import Message, calls_of, texts_of

_MOST: Final = 1_000


class Draft(TypedDict):
    """One message as its editor holds it.

    Attributes:
        of: The message's name.
        images: Names of images, or their addresses.
        editable: Whether its text can be changed; a tool call, and a text in several parts, cannot.
    """

    of: str
    role: str
    text: str
    images: list[str]
    editable: bool


class Typed(TypedDict):
    """The message, its images by name; its serial goes up when it was replaced by other means than typing."""

    text: str
    images: list[str]
    serial: int


class Drafts:
    """The messages that views of one panel have been shown.

    Attributes:
        pictures: The data of each image, by name.
    """

    def __init__(self) -> None:
        self.pictures: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._messages: dict[tuple[str, tuple[str, ...]], str] = {}
        self._by_name: dict[str, Message] = {}
        self._count = 0

    def shown(self, message: Message) -> Draft:
        """Return a message as its editor holds it."""
        content = message.get("content")
        parts = content if isinstance(content, list) else []
        urls = [_url(part) for part in parts if _is_image(part)]
        texts = [part for part in parts if not _is_image(part)]
        calls = [f"{call.name}({call.arguments})" for call in calls_of(message)]
        return Draft(
            of=self._name(message, urls),
            role=str(message.get("role")),
            text="\n".join([*texts_of([message]), *calls]),
            images=[self.name_of(url) for url in urls],
            editable=not calls and len(texts) <= 1 and all(map(_is_text, texts)),
        )

    def pictures_in(self, images: Iterable[Iterable[str]]) -> dict[str, str]:
        """Return the data of the images that messages show, by name."""
        names = dict.fromkeys(name for some in images for name in some)
        return {name: self.pictures[name] for name in names if name in self.pictures}

    def take(self, name: str, data: str) -> None:
        """Keep an image that a view attached, under the name that it gave it."""
        self._names.setdefault(data, name)
        self.pictures[name] = data

    def data_of(self, names: Iterable[str]) -> list[str]:
        """Return the data of images by their names; an address is its own.

        Raises:
            ConfigurationError: One has not come.
        """
        found = [self.pictures.get(name, name) for name in names]
        if any(not is_address(url) for url in found):
            raise ConfigurationError("an image has not come through; attach it again")
        return found

    def edited(self, draft: Mapping[str, Any]) -> Message:
        """Return the message that an editor holds now."""
        base = self._by_name.get(str(draft.get("of") or ""), {"role": None, "content": ""})
        before, role, text = self.shown(base), draft.get("role"), str(draft.get("text") or "")
        images = [str(name) for name in draft.get("images") or []]
        changed = {**base, "role": role}
        if before["editable"] and (text, images) != (before["text"], before["images"]):
            changed["content"] = self._content(base, text, images)
        return changed

    def _content(self, base: Message, text: str, images: list[str]) -> Any:
        """Return a message's content with another text or other images; each part stays in its place."""
        content = base.get("content")
        if not images and not isinstance(content, list):
            return text
        parts = content if isinstance(content, list) else [{"type": "text", "text": ""}]
        wanted = [self.pictures.get(name, name) for name in images]
        made = []
        for part in parts:
            if not _is_image(part):
                made += [{**part, "text": text}] if text else []
            elif _url(part) in wanted:
                wanted.remove(_url(part))
                made.append(part)
        if text and not any(map(_is_text, made)):
            made.insert(0, {"type": "text", "text": text})
        return [*made, *({"type": "image_url", "image_url": {"url": url}} for url in wanted)] or text

    def name_of(self, url: str) -> str:
        """Return an image's name; an address is its own."""
        if not url.startswith("data:"):
            return url
        # By the text itself, whose hash Python keeps: megabytes hashed anew would be felt with every key.
        name = self._names.setdefault(url, f"image-{len(self._names) + 1}")
        self.pictures[name] = url
        return name

    def _name(self, message: Message, urls: list[str]) -> str:
        key = (_without_images(message), tuple(urls))
        name = self._messages.pop(key, None)
        if name is None:
            self._count += 1
            name = f"message-{self._count}"
            self._by_name[name] = message
        # The newest last.
        self._messages[key] = name
        if len(self._messages) > _MOST:
            self._by_name.pop(self._messages.pop(next(iter(self._messages))))
        return name


def _is_image(part: Any) -> bool:
    return isinstance(part, Mapping) and part.get("type") == "image_url" and bool(_url(part))


def _is_text(part: Any) -> bool:
    return isinstance(part, Mapping) and part.get("type") == "text"


def _url(part: Mapping[str, Any]) -> str:
    image = part.get("image_url")
    return str(image.get("url") or "") if isinstance(image, Mapping) else ""


def _without_images(message: Message) -> str:
    content = message.get("content")
    if isinstance(content, list):
        details = [{**part["image_url"], "url": None} if _is_image(part) else part for part in content]
        message = {**message, "content": details}
    return json.dumps(message, sort_keys=True, default=str)
