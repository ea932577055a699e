"""One exchange as one line of a recording, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from langtail_nb._replay.asked import Asked
from langtail_nb._replay.digits import from_digits, in_digits
from langtail_nb._replay.pieces import Coded, Piece, coded, decoded

EVENTS: Final = "text/event-stream"
_FLEETING: Final = ("id", "created", "system_fingerprint")


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
        type: The content type.
        thread: Whether a thread was opened for it, or gone on with.
        ms: Milliseconds until its end.
        body: Its body, where it is no stream: JSON, or text.
        words: The text of a stream.
        events: How that came, in the form of :mod:`pieces`; None for an answer that is no stream.
        steps: Milliseconds of each event since the one before, in :mod:`digits`; those left out are zero.
    """

    status: int
    type: str
    thread: bool
    ms: int
    body: Any = ""
    words: str = ""
    events: Coded | None = None
    steps: str = ""

    @classmethod
    def streamed(cls, status: int, type: str, thread: bool, ms: int, pieces: Sequence[Piece]) -> Answer:
        """Return the answer that came as these events."""
        words, events = coded(pieces)
        return cls(
            status, type, thread, ms, words=words, events=events, steps=_steps([one.ms for one in pieces])
        )

    @classmethod
    def whole(cls, status: int, type: str, thread: bool, ms: int, text: str) -> Answer:
        """Return the answer whose body was a text."""
        return cls(status, type, thread, ms, body=_as_json(text))

    @property
    def is_stream(self) -> bool:
        """Whether it came as events."""
        return self.events is not None

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """Its events; of a body that is no stream one piece, the whole.

        Raises:
            ValueError: Nobody wrote them so.
        """
        if self.events is None:
            return (Piece(self.ms, _as_text(self.body)),)
        try:
            events = list(decoded(self.words, self.events))
        except (TypeError, AttributeError, RecursionError) as exc:
            raise ValueError(f"no events of a recording: {exc}") from None
        return tuple(
            Piece(ms, *one)
            for ms, one in zip(_sums(from_digits(self.steps), len(events)), events, strict=True)
        )

    @property
    def text(self) -> str:
        """What a person reads of it."""
        return self.words if self.is_stream else _words_in(self.body)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One exchange.

    Attributes:
        conversation: Which conversation it belongs to; None for none.
        turn: The turn that it became, from 1; None for none.
        repeat: Which repeat of a sweep it is, from 1.
        nth: How many equal ones came before it.
        stand_in: Whether a model on the own machine answered in the place of the one meant.
    """

    key: str
    asked: Asked
    answer: Answer
    conversation: str | None = None
    turn: int | None = None
    repeat: int = 1
    nth: int = 0
    stand_in: bool = False

    @property
    def order(self) -> tuple[Any, ...]:
        """Sorts the lines of a file the same way whatever was recorded first."""
        name, _, number = (self.conversation or "").rpartition(" ")
        body = json.dumps(self.asked.body, sort_keys=True, default=dict)
        thread = int(number) if number.isdigit() else 0
        return name, thread, self.turn or 0, self.asked.path, body, self.repeat, self.nth, self.key

    @property
    def thread(self) -> str:
        """The id by which a recording knows the thread that this opened."""
        return thread_id_of(self.key)

    def says_the_same_as(self, other: Recorded) -> bool:
        """Return whether it differs in times and ids alone."""
        same: bool = _lasting(self) == _lasting(other)
        return same


def thread_id_of(key: str) -> str:
    """Return the id by which a recording knows the thread that the exchange of a key opened."""
    return str(UUID(hex=hashlib.sha256(key.encode()).hexdigest()[:32]))


def written(recorded: Recorded) -> str:
    """Return the line of an exchange, what a person reads first."""
    asked, answer = recorded.asked, recorded.answer
    # Half characters have no other form in a file.
    return _plain(_members(recorded, asked, answer))


def _members(recorded: Recorded, asked: Asked, answer: Answer) -> dict[str, Any]:
    line: dict[str, Any] = {}
    if asked.body is not None:
        line["asked"] = asked.body
    if answer.is_stream:
        line |= {"answer": answer.words, "events": answer.events, "ms": answer.steps}
    else:
        line["body"] = answer.body
    line |= {"conversation": recorded.conversation, "turn": recorded.turn, "repeat": recorded.repeat}
    line |= {"nth": recorded.nth, "stand_in": recorded.stand_in, "thread": answer.thread}
    line |= {"status": answer.status, "type": answer.type, "end_ms": answer.ms}
    line |= {"method": asked.method, "path": asked.path, "before": list(asked.before), "key": recorded.key}
    usual: dict[str, Any] = {
        "conversation": None,
        "turn": None,
        "repeat": 1,
        "nth": 0,
        "stand_in": False,
        "before": [],
    }
    return {name: value for name, value in line.items() if name not in usual or value != usual[name]}


def read(line: str, place: str) -> Recorded:
    """Return the exchange of a line; the inverse of :func:`written`.

    Raises:
        ValueError: It is none: broken, of another form, or nested too deeply.
    """
    try:
        content = json.loads(line)
        return _recorded(content, place)
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError) as exc:
        raise ValueError(f"no exchange of a recording: {type(exc).__name__} {exc}") from None


def _recorded(content: Mapping[str, Any], place: str) -> Recorded:
    body = content.get("asked")
    if body is not None and not isinstance(body, dict):
        raise TypeError("asked")
    before = tuple(str(one) for one in content.get("before", ()))
    asked = Asked(place, str(content["method"]), str(content["path"]), body, before)
    return Recorded(
        str(content["key"]),
        asked,
        _answer(content),
        conversation=_optional(content.get("conversation"), str),
        turn=_optional(content.get("turn"), int),
        repeat=int(content.get("repeat", 1)),
        nth=int(content.get("nth", 0)),
        stand_in=bool(content.get("stand_in", False)),
    )


def _answer(content: Mapping[str, Any]) -> Answer:
    common = int(content["status"]), str(content["type"]), bool(content["thread"]), int(content["end_ms"])
    if "events" not in content:
        return Answer(*common, body=content["body"])
    if not isinstance(content["events"], list):
        raise TypeError("events")
    # Read once it is played: most of a file is these.
    steps = str(content["ms"])
    return Answer(*common, words=str(content["answer"]), events=content["events"], steps=steps)


def _optional(value: Any, kind: type) -> Any:
    return None if value is None else kind(value)


def _steps(times: list[int]) -> str:
    """Return each time as what passed since the one before; a tail of zeros is left out."""
    steps = [now - before for before, now in zip([0, *times], times, strict=False)]
    while steps and not steps[-1]:
        steps.pop()
    return in_digits(steps)


def _sums(steps: Sequence[int], count: int) -> list[int]:
    if len(steps) > count:
        raise ValueError("more times than events")
    now, times = 0, []
    for step in [*steps, *[0] * (count - len(steps))]:
        now += step
        times.append(now)
    return times


def _as_json(text: str) -> Any:
    """Return a body as the JSON that it is, where writing that gives the same; else as text."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return content if isinstance(content, (dict, list)) else text


def _as_text(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body, separators=(",", ":"))


def _plain(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "), default=dict)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(", ", ": "), default=dict)
    # Readers of lines break at these, too.
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\u0085")


def _words_in(body: Any) -> str:
    try:
        content = body["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        return ""
    return content if isinstance(content, str) else ""


def _lasting(recorded: Recorded) -> Any:
    line = _members(recorded, recorded.asked, recorded.answer)
    for name in ("ms", "end_ms"):
        line.pop(name, None)
    return _without_ids(line)


def _without_ids(value: Any) -> Any:
    """Return events and bodies without what names an answer, or tells when it was made."""
    if isinstance(value, dict):
        return {name: _without_ids(one) for name, one in value.items() if name not in _FLEETING}
    return [_without_ids(one) for one in value] if isinstance(value, list) else value
