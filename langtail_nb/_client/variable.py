"""A variable of the environment, whose faults are the user's to mend."""

from __future__ import annotations

from langtail_nb._environment import MalformedVariable, given
from langtail_nb._errors import ConfigurationError


def variable(name: str) -> str:
    """Return what a variable holds, ``""`` where it is not set.

    Raises:
        ConfigurationError: It cannot be meant as it stands; says why, without its value.
    """
    try:
        return given(name)
    except MalformedVariable as exc:
        said = str(exc)
    raise ConfigurationError(said)
