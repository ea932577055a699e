"""One output that is updated in place."""

from __future__ import annotations

import uuid
from typing import Any


class LiveDisplay:
    """One output of a cell: made with the first thing it shows, and updated with each that follows."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._id = uuid.uuid4().hex
        self._begun = False

    def show(self, data: dict[str, str], metadata: dict[str, Any] | None = None) -> None:
        """Show a text by MIME type, in place of what stands there."""
        transient = {"display_id": self._id}
        self._shell.display_pub.publish(data, metadata, transient=transient, update=self._begun)
        self._begun = True
