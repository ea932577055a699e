"""One call on its way to the disk."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from langtail_nb._kernel.disk.store_error import StoreError


@dataclass(eq=False, slots=True)
class Kept:
    """All that is known of one call, and where it is kept, whatever the working directory is by then.

    So what the disk does not take at one time goes there with the next write.

    Attributes:
        request: Its body as JSON; None where its contents are not to be recorded.
        reply: What came back, likewise.
        folder: The one that it is kept in; None until it was first.
        id: Its row there, and None where it has none yet.
    """

    source: str
    base_url: str
    target: str
    thread: str | None
    request: str | None
    at: float = field(default_factory=time.time)
    thread_id: str | None = None
    reply: str | None = None
    state: str = "sent"
    folder: Path | None = None
    id: int | None = None
    has_ended: bool = False
    lock: Lock = field(default_factory=Lock)

    @property
    def is_on_disk(self) -> bool:
        """Whether its beginning is."""
        return self.id is not None

    def open(self, thread_id: str | None) -> None:
        """Know the thread of a call that the server has accepted."""
        self.thread_id, self.state = thread_id or self.thread_id, "open"


def new_turn(
    *, source: str, base_url: str, target: str, thread: str | None, request: dict[str, Any] | None
) -> Kept:
    """Return a call that is about to be sent and is on no disk yet; what cannot be written is left out."""
    body = None
    with suppress(StoreError):
        body = written(request)
    return Kept(source, base_url, target, thread, body)


def written(value: dict[str, Any] | None) -> str | None:
    """Return a value as JSON, escaped: a lone surrogate is legal in JSON, and no UTF-8.

    Raises:
        StoreError: It is nested too deep.
    """
    try:
        return None if value is None else json.dumps(value)
    except RecursionError as exc:
        raise StoreError("it is nested too deep to be written") from exc
