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

    Example:
        >>> async def deployed():
        ...     async with lt.Client() as client:
        ...         return await client.deployments()
        >>> "support" in {one.assistant for one in asyncio.run(deployed())}
        True
    """

    assistant: str
    environment: str
    version: str | None
    deployed_at: datetime | None
