"""Whether a judge agrees with itself."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from langtail_nb._sweep.judge import Ask, Judge
from langtail_nb._sweep.scoring.score import Given, ScoredRow

TWICE: Final = 10
"""Answers that a judge is asked about once more."""

ASKING: Final = 2
"""Which of several equal calls of the judge that is: the first and one again are for what cannot be read."""

_STEADY: Final = 0.90


@dataclass(frozen=True, slots=True)
class Steadiness:
    """How often a judge gave the same score again.

    Attributes:
        same: Answers that it scored as before.
        asked: Answers that it was asked about twice.
    """

    same: int
    asked: int

    @property
    def told(self) -> str:
        """What to print; ``""`` where the judge is steady."""
        if not self.asked or self.same >= _STEADY * self.asked:
            return ""
        return f"the judge agrees with itself on {self.same} of {self.asked} answers only"


async def steadiness(judge: Judge, answers: Sequence[tuple[str, ScoredRow, Given]], ask: Ask) -> Steadiness:
    """Return how steady a judge is on ten of its answers, asked once more."""
    scored = [one for one in answers if one[2].value is not None]
    chosen = random.Random(1).sample(scored, min(TWICE, len(scored)))  # noqa: S311 - the same each time
    again = await asyncio.gather(*(judge.judged(text, row, ask, asking=ASKING) for text, row, _ in chosen))
    pairs = [
        (before, now) for (_, _, before), now in zip(chosen, again, strict=True) if now.value is not None
    ]
    return Steadiness(sum(before.value == now.value for before, now in pairs), len(pairs))
