"""The word ``deployed`` in place of a value."""

from __future__ import annotations

from enum import Enum
from typing import Final

# Only these can mean the word itself; a model or a number of that name does not exist.
_FREE_TEXT: Final = ("stop", "user")


class Deployed(Enum):
    """The type of :data:`DEPLOYED`."""

    DEPLOYED = "deployed"

    def __repr__(self) -> str:
        return "DEPLOYED"


DEPLOYED: Final = Deployed.DEPLOYED
"""In place of a value: leave the field out of this call, whatever the settings say."""


def is_deployed(name: str, value: object) -> bool:
    """Return whether ``value`` asks for what is deployed: DEPLOYED, or the word where it can be no value."""
    return value is DEPLOYED or (isinstance(value, str) and value == "deployed" and name not in _FREE_TEXT)
