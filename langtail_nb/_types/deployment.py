"""One row of the list of deployments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployed version of an assistant or prompt.

    Attributes:
        version: ``"3"`` in production, an id in preview; None where the server names none.
        deployed_at: When; None if the server's date cannot be read.
    """

    assistant: str
    environment: str
    version: str | None
    deployed_at: datetime | None
