"""Which deployment is meant: what is named, filled up from the current one, or what the environment names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from langtail_nb._client.variable import variable
from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel import project_settings
from langtail_nb._types.target import Target, is_whole

ASSISTANT_VARIABLE: Final = "LANGTAIL_ASSISTANT"


def from_environment() -> Target | None:
    """Return what ``LANGTAIL_ASSISTANT`` names, or None.

    Raises:
        ConfigurationError: It names no target, or stands in quotes.
    """
    text = variable(ASSISTANT_VARIABLE)
    try:
        return Target.parse(text) if text else None
    except ConfigurationError as exc:
        raise ConfigurationError(f"{ASSISTANT_VARIABLE}: {exc}") from exc


def resolve(target: Target | str | None, current: Callable[[], Target | None]) -> Target:
    """Return the deployment that ``target`` names; ``current`` is asked only for what it leaves out.

    Raises:
        ConfigurationError: A part is missing, or there is no target at all.
    """
    if isinstance(target, Target):
        return target
    if target is not None and not isinstance(target, str):
        raise ConfigurationError(f"a target is text, such as 'support', not {target!r}")
    if target is not None:
        return Target.parse(target, None if is_whole(target) else current())
    standing = current()
    if standing is None:
        raise ConfigurationError(
            "no assistant is set: type %langtail local for one on this machine, or "
            "%langtail use workspace/project/assistant/environment, or name one in the cell, or set "
            f"{ASSISTANT_VARIABLE}{_noted()}"
        )
    return standing


def _noted() -> str:
    """Return what is wrong with the project's settings, which may name one."""
    return "".join(f"; {note}" for note in project_settings.current().notes[:1])
