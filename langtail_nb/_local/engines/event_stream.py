"""Bytes in, server-sent events out; no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LONGEST_EVENT_BYTES: Final = 16 * 1024 * 1024
"""No chunk of a completion is longer; what is would only fill the memory."""

_MARK = b"\xef\xbb\xbf"


class TooLong(ValueError):
    """An event that does not end."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name, empty for most, and its data."""

    name: bytes
    data: bytes


class EventReader:
    """Takes a stream's bytes, cut anywhere, and gives the events that are complete.

    Source: HTML Standard, 9.2.6. Ends of lines are CR LF, CR or LF; comments, ``id`` and ``retry`` are
    skipped.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._name = b""
        self._data: list[bytes] = []
        self._size = 0
        self._is_first = True

    def feed(self, part: bytes) -> list[Event]:
        """Return the events that these bytes complete.

        Raises:
            TooLong: One goes on and on.
        """
        held = self._rest + part
        if self._is_first:
            if len(held) < len(_MARK) and _MARK.startswith(held):
                self._rest = held
                return []
            held, self._is_first = held.removeprefix(_MARK), False
        # A CR at the end may be half of a CR LF.
        end = len(held) - held.endswith(b"\r")
        lines = held[:end].replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._rest = lines.pop() + held[end:]
        if len(self._rest) + self._size > LONGEST_EVENT_BYTES:
            raise TooLong(f"an event of more than {LONGEST_EVENT_BYTES} bytes")
        return [event for line in lines if (event := self._take(line)) is not None]

    def flush(self) -> list[Event]:
        """Return what is left at the end: a last event whose blank line was forgotten."""
        return self.feed(b"\n\n")

    def _take(self, line: bytes) -> Event | None:
        if not line:
            event = Event(self._name, b"\n".join(self._data)) if self._data else None
            self._name, self._data, self._size = b"", [], 0
            return event
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data.append(value)
            self._size += len(line)
        elif field == b"event":
            self._name = value
        return None
