"""What a price is: dollars per million tokens in and out, of a model by its name."""

from __future__ import annotations

import math
from collections.abc import Sequence, Set
from decimal import Decimal
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._text.brief import shorten
from langtail_nb._types.plain_form import opened

FORM: Final = 'lt.prices["my-model"] = (0.15, 0.60)'
UNIT: Final = "dollars per million tokens in and out"


def check_model(model: Any) -> str:
    """Return the name of a model that a price is for; else raise a ConfigurationError."""
    name = opened(model)
    if not isinstance(name, str) or not name.strip():
        what = "is blank" if isinstance(name, str) else f"is text, not {shorten(repr(model))}"
        raise ConfigurationError(f"the model of a price {what}; write {FORM}, {UNIT}")
    return name.strip()


def check_price(model: str, price: Any, *, form: str = FORM) -> tuple[float, float]:
    """Return dollars per million tokens in and out; else raise a ConfigurationError that names the model.

    Args:
        form: How a price is written where this one stands.
    """
    pair = None if isinstance(price, str | Set) else opened(price)
    if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
        given = shorten(repr(price))
        raise ConfigurationError(
            f"a price is two numbers, and that of {model!r} is {given}; write {form}, {UNIT}"
        )
    try:
        return _dollars("in", pair[0]), _dollars("out", pair[1])
    except ValueError as exc:
        raise ConfigurationError(f"the price of {model!r} {exc}; write {form}, {UNIT}") from None


def _dollars(way: str, value: Any) -> float:
    number = opened(value)
    is_number = isinstance(number, int | float | Decimal) and not isinstance(number, bool)
    if not is_number or not math.isfinite(number) or number < 0:
        raise ValueError(f"for tokens {way} must be a number from 0, not {shorten(repr(value))}")
    return float(number)
