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
    """

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float = 0.0
    priced: int = 0

    def add(self, reply: Reply, cost: float | None = None) -> None:
        """Count one answered or broken call, and what it cost where that is known."""
        self.calls += 1
        self.prompt_tokens += reply.usage.prompt_tokens or 0
        self.completion_tokens += reply.usage.completion_tokens or 0
        self.usd += cost or 0.0
        self.priced += cost is not None
