"""Bytes in, server-sent events out; no input or output of its own.

Source: WHATWG HTML, section 9.2.6 (interpreting an event stream), read more leniently at its end: see
:meth:`SSEDecoder.flush`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from langtail_nb._text.limits import check_event

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Event(NamedTuple):
    """One server-sent event.

    Attributes:
        data: The ``data`` lines, joined by newlines.
        event: The event's name, ``""`` where it has none.
        id: The last ``id`` seen so far in the stream, or None.
        retry: Milliseconds the server asks for before reconnecting, or None.
    """

    data: str
    event: str = ""
    id: str | None = None
    retry: int | None = None


_new = tuple.__new__  # past the Python that a named tuple is made by


class SSEDecoder:
    """Cuts a byte stream, fed in any pieces, into events.

    Args:
        clean: Applied to the data of each event before anybody sees it.
    """

    def __init__(self, clean: Callable[[str], str] = str) -> None:
        self._clean = clean
        self._tail = bytearray()
        self._waiting = 0
        self._after_cr = False
        self._at_start = True
        self._data: list[bytes] = []
        self._event = ""
        self._id: str | None = None
        self._retry: int | None = None

    def feed(self, data: bytes) -> list[Event]:
        """Return the events that ``data`` completes, maybe none.

        Raises:
            TooMuchError: An event is longer than any of an answer.
        """
        is_alone = data[:6] == b"data: " and data.find(b"\n") == len(data) - 2 and data[-1:] == b"\n"
        if is_alone and not (self._tail or self._data or self._event or self._at_start or b"\r" in data):
            # One whole event, as servers flush them; this saves half of what splitting costs.
            data_line = self._clean(data[6:-2].decode(errors="replace"))
            return [_new(Event, (data_line, "", self._id, self._retry))]
        return self._events(self._lines(data))

    def flush(self) -> list[Event]:
        """Return the event that the end of the body left without its blank line, if it has data.

        The standard drops it. Some servers end with ``data: [DONE]`` and no blank line, and the last words
        of an answer that was cut off were paid for.
        """
        tail, self._tail = bytes(self._tail), bytearray()
        return self._events([tail, b""])

    def _lines(self, data: bytes) -> list[bytes]:
        # Not str.splitlines: it also breaks at U+0085 and U+2028, which are legal inside data.
        if self._after_cr and data:
            self._after_cr = False
            data = data.removeprefix(b"\n")  # the second half of a \r\n that the network cut in two
        if b"\r" in data:
            self._after_cr = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = data.split(b"\n")
        if not (self._tail or self._at_start or lines[-1]):
            lines.pop()
            return lines  # whole lines, as servers write them
        self._tail += lines[0]
        check_event(len(self._tail))
        if len(lines) > 1:
            lines[0] = bytes(self._tail)
            self._tail = bytearray(lines[-1])
        lines.pop()
        if self._at_start and lines:
            self._at_start = False
            lines[0] = lines[0].removeprefix(_BYTE_ORDER_MARK)
        return lines

    def _events(self, lines: Iterable[bytes]) -> list[Event]:
        events: list[Event] = []
        for line in lines:
            if line[:5] == b"data:":
                self._data.append(line[6:] if line[5:6] == b" " else line[5:])
                self._waiting += len(line)
                check_event(self._waiting)
            elif line:
                self._field(line)
            elif self._data or self._event:
                events += self._dispatch()
        return events

    def _field(self, line: bytes) -> None:
        name, _, rest = line.partition(b":")
        value = rest.removeprefix(b" ")
        match name:
            case b"data":
                self._data.append(value)
            case b"event":
                self._event = value.decode(errors="replace")
            case b"id" if b"\0" not in value:
                self._id = value.decode(errors="replace")
            case b"retry" if value.isdigit() and len(value) < 10:
                self._retry = int(value)
            case _ if line[:1] == b"{":
                # No field of the standard: an error that a server or a proxy wrote without its name.
                self._data.append(line)

    def _dispatch(self) -> list[Event]:
        data, event = self._data, self._event
        self._data, self._event, self._waiting = [], "", 0
        if not data:
            return []
        joined = data[0] if len(data) == 1 else b"\n".join(data)
        return [Event(self._clean(joined.decode(errors="replace")), event, self._id, self._retry)]
