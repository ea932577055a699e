"""Short forms of texts and figures."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def shorten(text: str, width: int = 80) -> str:
    """Return the text on one line, cut with an ellipsis."""
    flat = " ".join(text.split())
    return flat if len(flat) <= width else flat[: width - 1] + "…"


def value_text(value: Any) -> str:
    """Return a value on one line, cut where it is long; ``""`` for None."""
    if value is None:
        return ""
    return shorten(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def seconds(value: float) -> str:
    """Return a duration in words short enough for a footer: ``0.12 s``, ``3.4 s``, ``48 s``."""
    return f"{value:.2f} s" if value < 1 else f"{value:.1f} s" if value < 10 else f"{value:.0f} s"


def dollars(value: float) -> str:
    """Return an amount in cents, a small one in two figures: ``3.40 USD``, ``0.0012 USD``."""
    if value >= 0.1 or not value:
        return f"{value:,.2f} USD" if value else "0 USD"
    return f"{Decimal(f'{value:.1e}'):f} USD"


_SHOWN = 60


def clip(text: str) -> str:
    """Return the beginning of ``text`` as a Python literal, for a repr or a message."""
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")
