"""Who may refuse a call before it is sent, and is told what it came to."""

from __future__ import annotations

from typing import Protocol

from langtail_nb._types.reply import Reply


class Gate(Protocol):
    """What every call of a client passes."""

    def enter(self) -> None:
        """Let a call pass, or raise a ConfigurationError."""

    def leave(self, reply: Reply, *, at: str) -> None:
        """Be told how a call that passed ended; ``at`` is the base URL."""
