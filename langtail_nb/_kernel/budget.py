"""What a run or a kernel may cost: calls, money or time, as a text says it, and how much of it is spent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from langtail_nb._errors import ConfigurationError

FREE: Final = 100
"""Calls that need no budget."""

Kind = Literal["calls", "USD", "seconds"]

_TEXT: Final = re.compile(
    r"(?P<upto>up\s+to\s+)?(?P<dollar>\$\s*)?(?P<number>\d[\d,_]*(?:\.\d+)?|\.\d+)\s*(?P<unit>[^\W\d]*)",
    re.IGNORECASE,
)
_UNITS: Final[dict[str, tuple[Kind, float]]] = {
    "call": ("calls", 1), "calls": ("calls", 1), "usd": ("USD", 1), "dollar": ("USD", 1),
    "dollars": ("USD", 1), "cent": ("USD", 0.01), "cents": ("USD", 0.01), "s": ("seconds", 1),
    "sec": ("seconds", 1), "second": ("seconds", 1), "seconds": ("seconds", 1), "min": ("seconds", 60),
    "minute": ("seconds", 60), "minutes": ("seconds", 60), "h": ("seconds", 3600),
    "hour": ("seconds", 3600), "hours": ("seconds", 3600),
}  # fmt: skip
# A sum of many cents is rarely the very number that somebody wrote.
CENTS: Final = 1e-9
_FORMS: Final = 'budget takes "500 calls", "2 USD", "10 min" or "up to 20 USD"'


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit of one run, or of a kernel.

    Attributes:
        amount: Calls, dollars or seconds.
        is_ceiling: Whether it is run until that is spent, whatever the plan comes to.
        text: As it was given.
    """

    kind: Kind
    amount: float
    is_ceiling: bool
    text: str


def budget_of(value: Any) -> Budget | None:
    """Return what a text says of a budget; a whole number is calls, None is none.

    Raises:
        ConfigurationError: It says nothing of the kind.
    """
    if value is None or isinstance(value, Budget):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return Budget("calls", value, False, f"{value} calls")
    match = _TEXT.fullmatch(value.strip()) if isinstance(value, str) else None
    unit = (
        "usd" if match and match["dollar"] and not match["unit"] else (match["unit"] if match else "").lower()
    )
    if match is None or unit not in _UNITS:
        raise ConfigurationError(f"{_FORMS}, not {value!r}")
    kind, factor = _UNITS[unit]
    amount = float(re.sub("[,_]", "", match["number"])) * factor
    if not amount:
        raise ConfigurationError(f'budget of nothing: {value!r}; cache="only" sends nothing')
    return Budget(kind, amount, bool(match["upto"]), " ".join(value.split()))


@dataclass(slots=True)
class Spent:
    """What a run or a kernel has spent.

    Attributes:
        usd: Dollars for the answers whose model has a price.
        dearest: What the dearest answer cost; None before the first.
        unpriced: The model of an answer that has none, or None.
    """

    calls: int = 0
    usd: float = 0.0
    dearest: float | None = None
    unpriced: str | None = None

    def add(self, cost: float | None, model: str | None) -> None:
        """Count an answer."""
        if cost is None:
            self.unpriced = self.unpriced or model or "the model"
        else:
            self.usd += cost
            self.dearest = max(cost, self.dearest or 0.0)

    def reason_to_stop(self, budget: Budget | None, *, elapsed_s: float) -> str | None:
        """Return why no other call may be sent, or None."""
        if budget is None:
            return None
        match budget.kind:
            case "calls":
                return _over(budget) if self.calls + 1 > budget.amount else None
            case "seconds":
                return _over(budget) if elapsed_s >= budget.amount else None
        if self.unpriced:
            return f"a budget in USD needs the price of {self.unpriced}: {price_line(self.unpriced)}"
        return _over(budget) if self.usd + (self.dearest or 0.0) > budget.amount + CENTS else None

    def must_wait(self, budget: Budget | None, *, on_their_way: int) -> bool:
        """Return whether an answer has to come before it is known that another call can be paid.

        Each call on its way may cost as much as the dearest so far; of the first nobody knows.
        """
        if budget is None or budget.kind != "USD" or not on_their_way:
            return False
        if self.dearest is None:
            return True
        return self.usd + self.dearest * (on_their_way + 1) > budget.amount + CENTS


def price_line(model: str) -> str:
    """Return the line that gives a model its price."""
    return f'lt.prices["{model}"] = (0.15, 0.60), dollars per million tokens in and out'


def _over(budget: Budget) -> str:
    return f"the budget of {budget.text} is spent"
