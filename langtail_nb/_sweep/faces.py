"""What a run opens in that a room above shows; the package puts it here, as no room imports upward."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from langtail_nb._errors import ConfigurationError

if TYPE_CHECKING:
    from langtail_nb._sweep.results import Results
    from langtail_nb._types.target import Target


def _nothing(shown: object) -> Any:
    raise ConfigurationError("there is nothing here that shows a run: import langtail_nb")


explore: Callable[[Results], Any] = _nothing
"""Shows the answers of a run, rows × settings."""

panel: Callable[[Target], Any] = _nothing
"""Returns a panel on a target to be shown, or None where one is open."""
