"""Where the values of a kernel come from: what was set here, the environment, the project."""

from __future__ import annotations

from typing import Final, Generic, NamedTuple, TypeVar

from langtail_nb._client.base_url import DEFAULT_BASE_URL, URL_VARIABLE, base_url_of
from langtail_nb._client.variable import variable
from langtail_nb._kernel import project_settings, targets
from langtail_nb._types.fields import Rerunning
from langtail_nb._types.target import Target

T = TypeVar("T")

DEFAULT: Final = "default"

SET: Final = "set"
"""Set in this kernel: by ``%langtail set`` or ``use``, by the panel, or in Python."""


class Sourced(NamedTuple, Generic[T]):
    """A value, and where it comes from: ``set``, a variable's name, a file's path or ``default``."""

    value: T
    source: str


def base_url(setting: str | None) -> Sourced[str]:
    """Return the base URL in force.

    Raises:
        ConfigurationError: The environment's is none; that of a project is noted then, and not used.
    """
    if setting:
        return Sourced(base_url_of(setting), SET)
    if variable(URL_VARIABLE):
        return Sourced(base_url_of(), URL_VARIABLE)
    project = project_settings.current()
    if project.base_url is not None:
        return Sourced(base_url_of(project.base_url), str(project.path))
    return Sourced(DEFAULT_BASE_URL, DEFAULT)


def rerun(setting: Rerunning | None) -> Sourced[Rerunning]:
    """Return what a cell does that runs again.

    Args:
        setting: What was set; None where nothing was.
    """
    if setting is not None:
        return Sourced(setting, SET)
    project = project_settings.current()
    return Sourced(project.rerun or "fork", str(project.path) if project.rerun else DEFAULT)


def target(setting: str | None) -> Sourced[Target | None]:
    """Return the current target.

    Raises:
        ConfigurationError: The environment names none that can be.
    """
    if setting is not None:
        return Sourced(Target.parse(setting), SET)
    if (named := targets.from_environment()) is not None:
        return Sourced(named, targets.ASSISTANT_VARIABLE)
    project = project_settings.current()
    return Sourced(project.assistant, str(project.path) if project.assistant else DEFAULT)
