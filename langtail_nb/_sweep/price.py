"""What answers cost, and from those that are there what others will."""

from __future__ import annotations

import math
import os
import statistics
import time
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from langtail_nb._client.base_url import URL_VARIABLE
from langtail_nb._kernel import project_settings
from langtail_nb._kernel.prices import PROJECT, Cost
from langtail_nb._kernel.session import session
from langtail_nb._sweep.statistics.distributions import t_beyond
from langtail_nb._types.completion.usage import Usage

# Student's t is too narrow for costs, which are skewed: seen to hold 91 of 100 bills after five rows.
_WIDTH: Final = 1.2
_MOST_WIDE: Final = 5.0
# With few rows their spread says little; it is taken to be at least this share of the mean.
_LEAST_SPREAD: Final = 0.1
# That of one row says nothing.
_USUAL_SPREAD: Final = 0.5
_LOOK_S: Final = 0.5

Asking = int | str
"""What is asked: the place of a setting, or the name of a judge's score."""


class Estimate(NamedTuple):
    """Dollars that calls will cost, and between which limits."""

    low: float
    middle: float
    high: float

    def __str__(self) -> str:
        if self.high - self.low < 0.005 * max(1.0, self.middle):
            return f"about {money(self.middle)}"
        return f"about {money(self.middle)} ({money(self.low)} to {money(self.high)})"


def money(usd: float) -> str:
    """Return dollars as they are read: ``0.41 USD``, ``0.0031 USD``."""
    return f"{usd:,.2f} USD" if usd >= 0.1 or not usd else f"{usd:.2g} USD"


def cost_of(model: str | None, usage: Usage) -> float | None:
    """Return the dollars that an answer of a model cost, an estimate; None where nobody can say."""
    cost = _cost(model, usage)
    return None if cost is None else cost.usd


def firm_cost_of(model: str | None, usage: Usage) -> float | None:
    """Return the same by prices that a budget of money may rest on: a project's file gives none of these."""
    cost = _cost(model, usage)
    return None if cost is None or cost.source == PROJECT else cost.usd


def _cost(model: str | None, usage: Usage) -> Cost | None:
    where = session.settings.base_url, os.environ.get(URL_VARIABLE), os.stat(os.curdir).st_ino
    base_url, given = _looked(*where, int(time.monotonic() / _LOOK_S))
    return None if base_url in session.stand_ins else session.prices.cost(model, usage, project=given)


@lru_cache(1)
def _looked(
    setting: str | None, variable: str | None, folder: int, moment: int
) -> tuple[str, Mapping[str, tuple[float, float]]]:
    """Return the base URL in force, and the project's prices.

    Asked for with every answer, and looking up what is set where takes longer than the price itself.
    """
    return session.base_url, project_settings.current().prices


def estimate(costs: Mapping[Asking, Mapping[int, float]], to_send: Mapping[Asking, int]) -> Estimate | None:
    """Return what calls will cost.

    Args:
        costs: What an answer cost that is there, by its row, of each setting and each judge.
        to_send: How many calls each of them is still to make.

    Returns:
        None where one that is to be asked has no answer with a price yet.
    """
    asked = {one: costs.get(one, {}) for one, count in to_send.items() if count}
    if not all(asked.values()):
        return None
    if not asked:
        return Estimate(0.0, 0.0, 0.0)
    middle = sum(to_send[one] * statistics.fmean(known.values()) for one, known in asked.items())
    off = _off(asked, to_send)
    return Estimate(middle / math.exp(off), middle, middle * math.exp(off))


def _off(asked: Mapping[Asking, Mapping[int, float]], to_send: Mapping[Asking, int]) -> float:
    """Return by how much the sum may be off, as a logarithm: costs are skewed, so it may be more by more."""
    rows = [row for row in next(iter(asked.values())) if all(row in known for known in asked.values())]
    # Row by row, as what makes one setting's answer long makes those of the others long as well.
    sums = [sum(to_send[one] * known[row] for one, known in asked.items()) for row in rows]
    mean = statistics.fmean(sums) if sums else 0.0
    share = statistics.stdev(sums) / mean if len(sums) > 1 and mean else _USUAL_SPREAD
    each = sum(to_send[one] for one in asked) / len(asked)
    few = t_beyond(0.05, len(sums) - 1) if len(sums) > 1 else _MOST_WIDE
    width = min(_MOST_WIDE, _WIDTH * few)
    # That of the mean, and that of the calls around it.
    return width * max(share, _LEAST_SPREAD) * math.sqrt(1 / max(1, len(sums)) + 1 / each)


def tokens(prompt: int | None, completion: int | None) -> Usage:
    """Return counts as a price is asked for."""
    return Usage(prompt, completion, (prompt or 0) + (completion or 0), None, None, {})


def total(costs: Iterable[float | None]) -> float | None:
    """Return the sum of costs, None where one is not known."""
    found = list(costs)
    known = [one for one in found if one is not None]
    return sum(known) if len(known) == len(found) else None
