"""What every part of one panel works with: whose panel it is, what is typed, and the way to its views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from langtail_nb._kernel.session import Session
from langtail_nb._panel.edits import Edits
from langtail_nb._panel.told import Told
from langtail_nb._types.target import Target


@dataclass(frozen=True)
class Common:
    """Made once for each panel, and handed to each of its parts.

    Attributes:
        edits: What is typed.
        told: The way to the views.
        aside: Does something on a thread that may wait.
        changed: Called on such a thread when what is deployed, or what is shown here, has changed.
    """

    session: Session
    target: Target
    edits: Edits
    told: Told
    aside: Callable[[Callable[[], object]], object]
    changed: Callable[[], object]
