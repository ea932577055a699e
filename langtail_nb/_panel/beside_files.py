"""What a panel has to do with what is deployed elsewhere: it is saved there, and held against this."""

from __future__ import annotations

from collections.abc import Callable

from langtail_nb._panel.common import Common
from langtail_nb._panel.saving import Saving
from langtail_nb._panel.versions import VersionsTab


class BesideFiles:
    """Saving into the project's file, and the difference of two deployments, of one panel."""

    def __init__(self, common: Common) -> None:
        self._saving = Saving(common)
        self._versions = VersionsTab(common)

    def actions(self) -> dict[str, Callable[..., object]]:
        """Return what is done for each action of a view."""
        return {**self._saving.actions(), **self._versions.actions()}

    def draw(self) -> None:
        """Publish both; with the lock of the settings."""
        self._saving.draw()
        self._versions.draw()
