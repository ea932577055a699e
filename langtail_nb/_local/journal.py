"""What the last requests were and how they went, for tests and for a developer who wonders."""

from __future__ import annotations

import itertools
import json
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

JSON = dict[str, Any]

KEPT = 200
"""How many requests are remembered."""

LONGEST_BODY_BYTES = 1_000_000
"""A body, or a model's request, that is longer is not remembered; inline images would fill the memory."""

_SECRET_HEADERS = {"x-api-key", "authorization", "cookie", "proxy-authorization"}


@dataclass(slots=True)
class Entry:
    """One request. Times are of this machine's monotonic clock, in seconds."""

    id: int
    at: float
    connection: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: object = None
    metadata: JSON = field(default_factory=dict)
    thread_id: str | None = None
    provider: JSON | None = None
    status: int | None = None
    events: int = 0
    ended_at: float | None = None
    closed_by_client_at: float | None = None

    def remember_provider(self, request: JSON) -> None:
        """Keep what the model is given, unless it is very long."""
        size = len(json.dumps(request))
        self.provider = request if size <= LONGEST_BODY_BYTES else {"bytes": size}

    def withhold(self) -> None:
        """Forget the payload, as ``doNotRecord`` asks; the entry stays."""
        self.body = {"doNotRecord": True}
        self.provider = None


class Journal:
    """The last requests, and counts since the start."""

    def __init__(self) -> None:
        self.entries: deque[Entry] = deque(maxlen=KEPT)
        self._ids = itertools.count(1)

    def open(
        self, connection: str, method: str, path: str, query: str, headers: Iterable[tuple[str, str]]
    ) -> Entry:
        """Return the entry of a new request, its key masked."""
        masked = {name: "***" if name in _SECRET_HEADERS else value for name, value in headers}
        entry = Entry(next(self._ids), time.monotonic(), connection, method, path, query, masked)
        self.entries.append(entry)
        return entry

    def close(self, entry: Entry, status: int | None) -> None:
        """Note that a request was answered, with None where it never got a status."""
        entry.status = status
        entry.ended_at = time.monotonic()

    def closed_by_client(self, entry: Entry) -> None:
        """Note that the client went away before its answer was complete."""
        entry.closed_by_client_at = time.monotonic()

    def listing(self, after: int = 0) -> list[JSON]:
        """Return the requests with a higher id than ``after``, oldest first."""
        return [asdict(entry) for entry in self.entries if entry.id > after]

    def clear(self) -> None:
        """Forget all requests; ids go on counting."""
        self.entries.clear()
