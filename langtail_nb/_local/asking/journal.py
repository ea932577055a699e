"""What the last requests were and how they went, for tests and for a developer who wonders."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import fields

from langtail_nb._local.asking.journal_entry import JSON, JournalEntry
from langtail_nb._local.protocol.masking import NOTHING_SECRET, Mask

KEPT = 200
"""How many requests are remembered."""

LONGEST_PAYLOADS_BYTES = 64_000_000
"""What all payloads together may take; beyond it the oldest are forgotten."""

_NOT_LISTED = ("mask", "payload_bytes", "transcript", "finish")


class Journal:
    """The last requests, and counts since the start."""

    def __init__(self) -> None:
        self.entries: deque[JournalEntry] = deque(maxlen=KEPT)
        self._ids = itertools.count(1)

    def open(
        self,
        connection: str,
        method: str,
        path: str,
        query: str,
        headers: Iterable[tuple[str, str]],
        mask: Mask = NOTHING_SECRET,
    ) -> JournalEntry:
        """Return the entry of a new request, its key masked."""
        masked = {name: mask.header(name, value) for name, value in headers}
        where = mask.text(path), mask.query(query)
        entry = JournalEntry(next(self._ids), time.monotonic(), connection, method, *where, masked, mask=mask)
        self.entries.append(entry)
        return entry

    def close(self, entry: JournalEntry, status: int | None) -> None:
        """Note that a request was answered, with None where it never got a status."""
        entry.close(status)
        room = LONGEST_PAYLOADS_BYTES - sum(each.payload_bytes for each in self.entries)
        for oldest in self.entries:
            if room >= 0:
                break
            room += oldest.payload_bytes
            oldest.forget()

    def closed_by_client(self, entry: JournalEntry) -> None:
        """Note that the client went away before its answer was complete."""
        entry.closed_by_client_at = time.monotonic()

    def listing(self, after: int = 0) -> list[JSON]:
        """Return the requests with a higher id than ``after``, oldest first."""
        return [_listed(entry) for entry in self.entries if entry.id > after]

    def clear(self) -> None:
        """Forget all requests; ids go on counting."""
        self.entries.clear()


def _listed(entry: JournalEntry) -> JSON:
    return {each.name: getattr(entry, each.name) for each in fields(entry) if each.name not in _NOT_LISTED}
