"""The Rows tab before anybody turns to it: nothing of sweeps is loaded for a panel that sweeps nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from langtail_nb._panel.grid_actions import GridAction
from langtail_nb._panel.sweep_wire import SweepAction

if TYPE_CHECKING:
    from langtail_nb._panel.sweeping import Sweeping


class SweepTab:
    """Makes what the tab does when it is first done.

    Args:
        make: Makes it.
    """

    def __init__(self, make: Callable[[], Sweeping]) -> None:
        self._make = make
        self._made: Sweeping | None = None

    def actions(self) -> dict[str, Callable[..., object]]:
        """Return what is done for each action of a view."""
        kinds = (*get_args(SweepAction), *get_args(GridAction))
        names = [get_args(get_type_hints(kind)["do"])[0] for kind in kinds]
        return {name: partial(self._do, name) for name in names}

    def draw(self) -> None:
        """Publish what stands there, once somebody has turned to it; with the lock of the settings."""
        if self._made is not None:
            self._made.draw()

    def go_on_from(self, earlier: SweepTab) -> None:
        """Take over what stands in the tab of a panel that this one replaces."""
        if earlier._made is not None:
            self._sweeping().go_on_from(earlier._made)

    def stop(self) -> None:
        """Stop what runs; what has arrived is kept."""
        if self._made is not None:
            self._made.stop()

    def _do(self, action: str, /, **given: Any) -> None:
        self._sweeping().actions()[action](**given)

    def _sweeping(self) -> Sweeping:
        if self._made is None:
            self._made = self._make()
        return self._made
