"""Which of several equal questions a call is."""

from __future__ import annotations

from collections import Counter, defaultdict

from langtail_nb._http.transport import Context


class Counting:
    """Numbers equal calls in the order in which they are made, whatever arrives first.

    A cell that runs again asks what it asked before, and gets its numbers again.
    """

    def __init__(self) -> None:
        self._next: Counter[str] = Counter()
        # By cell and question: the run that asks, how often it has, and the numbers that this cell was given.
        self._given: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        self._asks: dict[tuple[str, str], tuple[str, int]] = {}

    def number(self, question: str, context: Context) -> int:
        """Return how many equal calls came before this one.

        Args:
            question: The same for equal calls.
        """
        if context.cell is None:
            return self._fresh(question)
        place = context.cell, question
        run, asked = self._asks.get(place, ("", 0))
        asked = asked + 1 if run == context.run else 1
        self._asks[place] = context.run, asked
        given = self._given[place]
        if asked > len(given):
            given.append(self._fresh(question))
        return given[asked - 1]

    def _fresh(self, question: str) -> int:
        self._next[question] += 1
        return self._next[question] - 1
