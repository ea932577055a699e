"""What the calls of one kernel came to."""

from __future__ import annotations

from dataclasses import dataclass

from langtail_nb._types.reply import Reply


@dataclass
class Totals:
    """Calls, tokens and money of this kernel.

    Attributes:
        usd: What calls cost, an estimate in dollars.
        priced: How many of the calls that is.
        unrecorded: How many of the calls were made while replay was off, since that was told last.
    """

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float = 0.0
    priced: int = 0
    unrecorded: int = 0

    def add(self, reply: Reply, cost: float | None = None, *, unrecorded: bool = False) -> None:
        """Count one answered or broken call, and what it cost where that is known.

        Args:
            unrecorded: Whether it was made while replay was off.
        """
        self.calls += 1
        self.unrecorded += unrecorded
        self.prompt_tokens += reply.usage.prompt_tokens or 0
        self.completion_tokens += reply.usage.completion_tokens or 0
        self.usd += cost or 0.0
        self.priced += cost is not None

    def take_unrecorded(self) -> int:
        """Return how many calls were made while replay was off since this was asked last."""
        count, self.unrecorded = self.unrecorded, 0
        return count
