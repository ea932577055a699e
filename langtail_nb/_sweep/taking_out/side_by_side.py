"""Two settings of a run on the rows where their answers differ most, with what became of each word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._show.difference import difference
from langtail_nb._sweep.order import Trial
from langtail_nb._sweep.results import Results
from langtail_nb._text import markdown
from langtail_nb._text.brief import shorten
from langtail_nb._text.characters import visible
from langtail_nb._text.diff import answer_diff, hunks

_ASKED = 80


@dataclass(frozen=True, slots=True)
class _Pair:
    row: int
    first: str
    second: str

    @property
    def apart(self) -> float:
        """How far the two are from each other, by the words that only one of them has, from 0 to 1."""
        one, other = Counter(self.first.split()), Counter(self.second.split())
        total = one.total() + other.total()
        only = (one - other).total() + (other - one).total()
        return only / total if total else 0.0


class Beside:
    """Rows that two settings answered, those first in which the answers differ most. It shows itself.

    Attributes:
        rows: Their numbers, in this order; rows with equal answers are left out.
    """

    def __init__(self, run: Results, first: int, second: int, count: int) -> None:
        self._run = run
        self._labels = [run.settings[at].label for at in (first, second)]
        pairs = list(_pairs(run, first, second))
        differing = [one for one in pairs if one.first != one.second]
        self._both, self._differing = len(pairs), len(differing)
        self._shown = sorted(differing, key=lambda one: (-one.apart, one.row))[:count]
        self.rows = [one.row for one in self._shown]

    def __repr__(self) -> str:
        parts = [self._head()]
        for one in self._shown:
            plain, _ = difference(hunks(answer_diff(one.first, one.second)))
            parts.append(f"{self._title(one)}\n{plain}")
        return visible("\n\n".join(parts))

    def _repr_mimebundle_(self, **how: Any) -> dict[str, str]:
        return {"text/plain": repr(self), "text/markdown": self._markdown()}

    def _markdown(self) -> str:
        parts = [f"**{markdown.inline(self._head())}**"]
        for one in self._shown:
            _, marked = difference(hunks(answer_diff(one.first, one.second)))
            parts += [markdown.footer([self._title(one)]), marked]
        return "\n\n".join(parts)

    def _head(self) -> str:
        first, second = self._labels
        head = f"{second} against {first}: {self._differing:,} of {self._both:,} rows differ"
        more = self._differing - len(self._shown)
        return head + (f"; the {len(self._shown)} that differ most" if more else "")

    def _title(self, one: _Pair) -> str:
        rows = self._run.rows
        message = rows.messages[one.row]
        asked = message if isinstance(message, str) else ", ".join(rows.variables[one.row].values())
        return f"row {one.row}: {shorten(' '.join(asked.split()), _ASKED)}"


def beside(run: Results, first: Any, second: Any, rows: Any) -> Beside:
    """Return two settings side by side.

    Args:
        first: The label, the overrides or the place of a setting.
        rows: How many rows to show.

    Raises:
        ConfigurationError: There is no such setting, or it is the same twice.
    """
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1:
        raise ConfigurationError(f"rows takes how many rows to show, not {rows!r}")
    one, other = run.setting(first), run.setting(second)
    if one == other:
        raise ConfigurationError(f"{run.settings[one].label!r} twice: name two settings to compare")
    return Beside(run, one, other, rows)


def _pairs(run: Results, first: int, second: int) -> Iterator[_Pair]:
    """Yield the answers of two settings to each row that both answered, in the first repeat that has both."""
    for row in range(len(run.rows)):
        for repeat in range(1, run.repeats + 1):
            found = [run.outcomes.get(Trial(at, row, repeat)) for at in (first, second)]
            texts = [one.reply.text for one in found if one is not None and one.reply is not None]
            if len(texts) == 2:
                yield _Pair(row, *texts)
                break
