"""The body of an answer: what kind it is, and the events in it, without the key."""

from __future__ import annotations

from typing import Final

from langtail_nb._client.bodies import check_encoding, whole_text
from langtail_nb._http.events import Event, SSEDecoder
from langtail_nb._http.fault import Broken
from langtail_nb._http.secret import Secret
from langtail_nb._http.transport import Exchange
from langtail_nb._text.limits import check_answer
from langtail_nb._types.completion.framing import (
    documents_in,
    is_event_stream,
    tells_its_kind,
)

# So much white space tells nothing, and more of it neither; what the body is called decides.
_LONGEST_HEAD: Final = 16 * 2**10


class Body:
    """One body, read by whoever reads its exchange.

    Attributes:
        is_open: Whether there may be more of it to read.
        cut: Why it ended before its end, or None.
    """

    def __init__(self, exchange: Exchange, secret: Secret) -> None:
        self._exchange, self._secret = exchange, secret
        self._decoder = SSEDecoder(secret.mask)
        self._head = b""
        self._length = 0
        self.is_open = True
        self.cut: Broken | None = None

    async def begin(self) -> None:
        """Read as many of the first bytes as tell what kind of body it is.

        Raises:
            UnknownEncoding: They cannot be read.
        """
        check_encoding(self._exchange)
        try:
            while len(self._head) < _LONGEST_HEAD and not tells_its_kind(self._head):
                if not (part := await self._exchange.read()):
                    break
                self._head += part
        except Broken as exc:
            self.cut = exc

    @property
    def is_event_stream(self) -> bool:
        """Whether it is a stream of events, and no text as a whole."""
        return is_event_stream(self._head, self._exchange.headers.get("content-type", ""))

    def take_head(self) -> bytes:
        """Return what was read to begin, once."""
        head, self._head = self._head, b""
        return head

    def events_in(self, part: bytes) -> list[Event]:
        """Return the events that the next bytes complete; none are the end.

        Raises:
            TooMuchError: This is more than any answer.
        """
        self.is_open = bool(part)
        self._length += len(part)
        check_answer(self._length)
        events = self._decoder.feed(part) if part else self._decoder.flush()
        if len(events) == 1 and "\n" not in events[0].data:
            return events
        return [event._replace(data=one) for event in events for one in documents_in(event.data)]

    def events_at_break(self, why: Broken) -> list[Event]:
        """Return the events that are left where the body was cut."""
        self.cut = why
        return self.events_in(b"")

    async def text(self) -> str:
        """Return all of it.

        Raises:
            Broken: It was cut.
        """
        if self.cut is not None:
            raise self.cut
        return await whole_text(self._exchange, self._secret, head=self.take_head())
