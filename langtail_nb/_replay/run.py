"""What one run, the life of a kernel, has done with its recordings."""

from __future__ import annotations

from dataclasses import dataclass, field

from langtail_nb._replay.counting import Counting


@dataclass
class Run:
    """One run.

    Attributes:
        played: Keys of the exchanges that were played.
        recorded: Keys of those that were recorded.
        missing: Keys of those that were asked for and are not there.
        counting: Numbers equal calls.
        threads: What the server calls the threads of the recording in this run.
    """

    played: set[str] = field(default_factory=set)
    recorded: set[str] = field(default_factory=set)
    missing: list[str] = field(default_factory=list)
    counting: Counting = field(default_factory=Counting)
    threads: dict[str, str] = field(default_factory=dict)

    @property
    def used(self) -> set[str]:
        """The keys that were played or recorded."""
        return self.played | self.recorded
