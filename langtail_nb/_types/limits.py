"""Limits that the line, the settings and the panel hold to alike."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from langtail_nb._errors import ConfigurationError

MOST_COMPARED: Final = 6
"""Answers side by side, the cell's own or the deployed settings included."""


def check_timeout(value: Any) -> float:
    """Return a timeout in seconds.

    Raises:
        ConfigurationError: It is no number above 0.
    """
    from langtail_nb._types.plain_form import opened  # not with every start of a kernel

    number = float(value) if isinstance(value, Decimal) else opened(value)
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 < number < float("inf"):
        raise ConfigurationError(f"timeout must be a number of seconds above 0, not {value!r}")
    return float(number)
