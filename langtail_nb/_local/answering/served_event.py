"""One event of a stream, as the server writes it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["open", "piece", "finish", "usage", "done", "error", "comment"]


@dataclass(frozen=True, slots=True)
class ServedEvent:
    """Some bytes of a stream, and what they are."""

    kind: Kind
    data: bytes


ServedEvents = AsyncGenerator[ServedEvent, None]
