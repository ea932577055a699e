"""A streamed answer as few bytes: its text once, to be read, and beside it how that came, event by event.

The form of the events, in order:

* ``{"data": {…}}``: one whose data is a JSON object, without the members that equal those of the first such
  event; ``"less"`` names members of the first one that it lacks.
* ``{"raw": "…", "event": "…"}``: any other.
* ``"447"``: so many events in a row like the one before, but for their text, which is the next 4, 4 and 7
  characters of the answer; see :mod:`digits`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from langtail_nb._replay.digits import from_digits, in_digits

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
    around: _Around | None = None
    lengths: list[int] = []
    is_even = True
    for piece in pieces:
        text = around.text_in(piece) if around is not None else None
        if text is not None:
            lengths.append(len(text))
            texts.append(text)
            continue
        _end(events, lengths)
        content = _object_in(piece)
        text = _text_of(content)
        events.append(_short(piece, content, first))
        # Two halves become one character of the text, and so the places after them are others.
        is_even = is_even and not _has_half(text or "")
        around = _Around.of(piece.data, content) if text is not None and is_even else None
        first = first or content or {}
        texts.append(text or "")
    _end(events, lengths)
    return "".join(texts), events


def has_text(piece: Piece) -> bool:
    """Return whether an event adds text to the answer."""
    return bool(_text_of(_object_in(piece)))


def decoded(text: str, events: Coded) -> Iterator[tuple[str, str]]:
    """Yield data and name of each event; the inverse of :func:`coded`.

    Raises:
        ValueError: Nobody wrote them so.
    """
    first: dict[str, Any] = {}
    like: _Like | None = None
    place = 0
    for event in events:
        if isinstance(event, str):
            if like is None:
                raise ValueError("lengths of a recording must follow an event with text")
            for length in from_digits(event):
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


class _Around(NamedTuple):
    """The data of an event around its text, letter by letter as the server wrote it."""

    head: str
    tail: str

    @classmethod
    def of(cls, data: str, content: dict[str, Any] | None) -> _Around | None:
        """Return it for an event; None where it cannot be told which part of its data is the text."""
        if _Like.of(content) is None:
            return None
        text = _text_of(content) or ""
        forms = dict.fromkeys((json.dumps(text, ensure_ascii=False), json.dumps(text)))
        parts = next((found for form in forms if len(found := data.split(form)) == 2), None)
        # The same words may stand elsewhere, and the text in a form of its own.
        is_its_place = parts is not None and _text_of(json.loads(_line(_MARK).join(parts))) == _MARK
        return cls(*parts) if parts is not None and is_its_place else None

    def text_in(self, piece: Piece) -> str | None:
        """Return the text of an event that is like it but for that; None for any other."""
        data, head, tail = piece.data, self.head, self.tail
        is_like = data.startswith(head) and data.endswith(tail) and len(data) >= len(head) + len(tail) + 2
        if piece.event or not is_like:
            return None
        try:
            text = json.loads(data[len(head) : len(data) - len(tail)])
        except (ValueError, RecursionError):
            return None
        return text if isinstance(text, str) and not _has_half(text) else None


def _end(events: Coded, lengths: list[int]) -> None:
    if lengths:
        events.append(in_digits(lengths))
        lengths.clear()


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
        raise ValueError("an event of a recording must be data, raw or lengths")
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


# One for all: making it takes longer than a piece of text does.
_line: Final = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
