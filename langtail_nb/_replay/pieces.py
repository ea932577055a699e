"""A streamed answer as few bytes: its text once, to be read, and beside it how that came, event by event.

The form of the events, in order:

* ``{"data": {…}}``: one whose data is a JSON object, without the members that equal those of the first such
  event; ``"less"`` names members of the first one that it lacks.
* ``{"raw": "…", "event": "…"}``: any other.
* ``[4, 4, 7]``: so many events in a row like the one before, but for their text, which is the next 4, 4 and 7
  characters of the answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

Coded = list[Any]

_MARK: Final = "\0the text of an event\0"
_HALVES: Final = range(0xD800, 0xE000)


class Piece(NamedTuple):
    """One server-sent event of an answer.

    Attributes:
        ms: Milliseconds from the sending of the request.
        data: Its data.
        event: Its name, ``""`` for none.
    """

    ms: int
    data: str
    event: str = ""


def coded(pieces: Sequence[Piece]) -> tuple[str, Coded]:
    """Return the text of the answer and its events in their short form, which :func:`decoded` reads."""
    first: dict[str, Any] = {}
    events: Coded = []
    texts: list[str] = []
    like: _Like | None = None
    for piece in pieces:
        content = _object_in(piece)
        text = _text_of(content)
        if content is not None and like is not None and text is not None and like.says(text, content):
            _lengthen(events, len(text))
        else:
            events.append(_short(piece, content, first))
            like = _Like.of(content) if text is not None and not _has_half(text) else None
        first = first or content or {}
        texts.append(text or "")
    return "".join(texts), events


def decoded(text: str, events: Coded) -> Iterator[tuple[str, str]]:
    """Yield data and name of each event; the inverse of :func:`coded`.

    Raises:
        ValueError: Nobody wrote them so.
    """
    first: dict[str, Any] = {}
    like: _Like | None = None
    place = 0
    for event in events:
        if isinstance(event, list):
            if like is None:
                raise ValueError("lengths of a recording must follow an event with text")
            for length in map(int, event):
                yield like.with_text(text[place : place + length]), ""
                place += length
            continue
        content = _whole(event, first)
        first = first or content or {}
        like = _Like.of(content)
        place += len(_text_of(content) or "")
        yield (str(event["raw"]) if content is None else _line(content)), str(event.get("event", ""))


class _Like(NamedTuple):
    """An event around its text."""

    head: str
    tail: str

    @classmethod
    def of(cls, content: dict[str, Any] | None) -> _Like | None:
        """Return it for an event; None where its text is none, or cannot be told apart from the rest."""
        if content is None or _text_of(content) is None:
            return None
        choice = content["choices"][0]
        marked = {**choice, "delta": {**choice["delta"], "content": _MARK}}
        parts = _line({**content, "choices": [marked, *content["choices"][1:]]}).split(_line(_MARK))
        return cls(*parts) if len(parts) == 2 else None

    def with_text(self, text: str) -> str:
        """Return the data of an event with this text."""
        return f"{self.head}{_line(text)}{self.tail}"

    def says(self, text: str, content: dict[str, Any]) -> bool:
        """Return whether an event is like it but for this text."""
        return not _has_half(text) and self.with_text(text) == _line(content)


def _lengthen(events: Coded, length: int) -> None:
    if not isinstance(events[-1], list):
        events.append([])
    events[-1].append(length)


def _object_in(piece: Piece) -> dict[str, Any] | None:
    """Return the JSON object of an event, if it is all there is to it and written back as the same."""
    if piece.event:
        return None
    try:
        content: Any = json.loads(piece.data)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _short(piece: Piece, content: dict[str, Any] | None, first: dict[str, Any]) -> dict[str, Any]:
    if content is None:
        return {"raw": piece.data, **({"event": piece.event} if piece.event else {})}
    data = {name: value for name, value in content.items() if not _equal(first, name, value)}
    less = [name for name in first if name not in content]
    return {"data": data, **({"less": less} if less else {})}


def _equal(first: dict[str, Any], name: str, value: Any) -> bool:
    # As JSON: True is not 1, and NaN is NaN.
    return name in first and json.dumps(first[name]) == json.dumps(value)


def _whole(event: Any, first: dict[str, Any]) -> dict[str, Any] | None:
    if not isinstance(event, dict) or not ({"data", "raw"} & event.keys()):
        raise ValueError("an event of a recording must be data, raw or a list of lengths")
    if "data" not in event:
        return None
    if not isinstance(event["data"], dict):
        raise ValueError("data of an event of a recording must be an object")
    return {name: value for name, value in first.items() if name not in event.get("less", ())} | event["data"]


def _text_of(content: dict[str, Any] | None) -> str | None:
    """Return the text that an event adds to the first choice, where it is of the form that most have."""
    try:
        choice = (content or {})["choices"][0]
        text = choice["delta"]["content"]
    except (KeyError, IndexError, TypeError):
        return None
    return text if isinstance(text, str) and choice.get("index", 0) == 0 else None


def _has_half(text: str) -> bool:
    """Return whether a text holds half a character, which joins the other half when it is written."""
    return not text.isascii() and any(ord(char) in _HALVES for char in text)


def _line(content: Any) -> str:
    return json.dumps(content, ensure_ascii=True, separators=(",", ":"))
