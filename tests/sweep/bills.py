"""What sweeps cost beside what their plans had said, at known prices."""

from __future__ import annotations

import langtail_nb as lt
from langtail_nb._sweep import spending
from tests.sweep.counting import Counting
from tests.sweep.scripted import tokens

PRICE = (150.0, 600.0)
"""Dollars for a million tokens in and out."""


def billed(server: Counting, sweep: int, *, settings: int, rows: int) -> tuple[float, float, float]:
    """Return what a sweep cost after its pilot, between the ends of what its plan says.

    Args:
        sweep: Its number; the questions of no other are the same.
    """
    server.tokens = tokens
    lt.prices["m"] = PRICE
    try:
        asked = [{"q": f"{sweep}: question {number}"} for number in range(rows)]
        over = lt.grid(temperature=[number / 10 for number in range(settings - 1)])
        plan = lt.sweep(over=over, rows=asked, message="q", budget=f"{settings * rows} calls")
        plan.pilot()
        said, before = spending.estimate(plan), len(server.bodies)
        assert said is not None
        assert str(said) in repr(plan)
        plan.run()
        return said.low, sum(map(_cost, server.bodies[before:])), said.high
    finally:
        del lt.prices["m"]


def _cost(body: dict[str, object]) -> float:
    return sum(count * price for count, price in zip(tokens(body), PRICE, strict=True)) / 1e6
