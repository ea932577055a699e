"""What a panel has to do with what is deployed elsewhere: it is saved there, and held against this."""

from __future__ import annotations

from collections.abc import Callable

from langtail_nb._kernel.session import Session
from langtail_nb._panel.edits import Edits
from langtail_nb._panel.saving import Saving
from langtail_nb._panel.told import Told
from langtail_nb._panel.versions import VersionsTab
from langtail_nb._types.target import Target


class BesideFiles:
    """Saving into the project's file, and the difference of two deployments, of one panel.

    Args:
        aside: Does something on a thread that may wait.
        changed: Called on such a thread when what is deployed, or what is shown here, has changed.
    """

    def __init__(
        self,
        session: Session,
        target: Target,
        told: Told,
        edits: Edits,
        *,
        aside: Callable[[Callable[[], object]], object],
        changed: Callable[[], object],
    ) -> None:
        self._saving = Saving(session, target, told, edits, aside=aside, changed=changed)
        self._versions = VersionsTab(session, target, told, aside=aside, changed=changed)

    def actions(self) -> dict[str, Callable[..., object]]:
        """Return what is done for each action of a view."""
        return {**self._saving.actions(), **self._versions.actions()}

    def draw(self) -> None:
        """Publish both; with the lock of the settings."""
        self._saving.draw()
        self._versions.draw()
