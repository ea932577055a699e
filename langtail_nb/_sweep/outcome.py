"""What became of one trial: the answer or why there is none, and what it took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from langtail_nb._types.reply import Reply


@dataclass(frozen=True, eq=False, slots=True)
class Outcome:
    """One trial of a sweep or a map that is over.

    Attributes:
        setting: Its place among the settings of the plan, from 0.
        row: Its row, from 0.
        repeat: Which of the repeats it is, from 1.
        reply: The answer, whatever the model made of it; None where the call did not get through.
        error: Why it did not, in one line; None where it did.
        at: When the answer was there, in seconds since 1970; of a stored one when it was made.
        waited_s: Seconds in which it waited for its turn and between attempts.
        stored: Whether it was there before, and nothing was sent for it.
        shared: Whether nothing was sent for it, as another trial of the run asked the same.
        replayed: Whether the answer was played from a recording, in this run or in the one that kept it.
    """

    setting: int
    row: int
    repeat: int
    reply: Reply | None
    error: str | None
    at: float
    waited_s: float
    stored: bool
    shared: bool = False
    replayed: bool = False

    @property
    def was_sent(self) -> bool:
        """Whether a call was sent for this very trial."""
        return not self.stored and not self.shared


def answered(outcomes: Iterable[Outcome], of: int) -> list[str]:
    """Return how many trials are answered, from where, and how many are not; zeros are left out."""
    every = list(outcomes)
    done = [one for one in every if one.reply is not None]
    stored, shared = sum(one.stored for one in done), sum(one.shared for one in done)
    told = [f"{len(done):,} of {of:,} answered"]
    told += [f"{stored:,} of them stored"] if stored else []
    told += [f"{shared:,} shared with one that asked the same"] if shared else []
    told += [f"{len(every) - len(done):,} did not get through"] if len(every) > len(done) else []
    return told
