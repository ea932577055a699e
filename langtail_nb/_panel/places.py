"""Where else a panel could ask: what its pickers offer, and which target a choice in them means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypedDict

from langtail_nb._errors import ConfigurationError
from langtail_nb._types.remarks import where_deployed
from langtail_nb._types.target import Target

if TYPE_CHECKING:
    from langtail_nb._types.deployment import Deployment

_CURRENT_VERSION: Final = "@"
_NEEDS_VERSION: Final = "preview"
_FIRST: Final = "production"


class Places(TypedDict):
    """What a picker offers: the assistants of the project, and the environments and versions of this one."""

    assistants: list[str]
    environments: list[str]
    versions: list[str]


def places(listing: Sequence[Deployment], target: Target) -> Places:
    """Return what can be picked beside a target; the target itself is always among it."""
    own = [row for row in listing if row.assistant == target.assistant]
    here = [row.version for row in own if row.environment == target.environment]
    return Places(
        assistants=sorted({row.assistant for row in listing} | {target.assistant}),
        environments=_each([*(row.environment for row in own), target.environment]),
        versions=_each(version for version in [*here, target.version] if version),
    )


def chosen(text: str, target: Target, listing: Sequence[Deployment]) -> Target:
    """Return the target that was picked or typed: as on a cell's line, and ``@`` for the current version.

    An assistant that is deployed, but not in the environment at hand, is taken where it is.

    Raises:
        ConfigurationError: It is no target, or nothing is deployed there as far as that is known.
    """
    asked = text.strip()
    if asked == _CURRENT_VERSION:
        return replace(target, version=None)
    named = Target.parse(asked, target)
    if (named.workspace, named.project) != (target.workspace, target.project) or not listing:
        return named
    found = [row for row in listing if row.assistant == named.assistant]
    environments = _each(row.environment for row in found)
    if environments and named.environment not in environments and "/" not in asked:
        named = replace(named, environment=_FIRST if _FIRST in environments else environments[0])
    if named.environment not in environments:
        raise ConfigurationError(f"{named} is not deployed. {where_deployed(list(listing), named)}")
    versions = [row.version for row in found if row.environment == named.environment]
    return replace(named, version=versions[0]) if _lacks_version(named) else named


def _lacks_version(target: Target) -> bool:
    return target.environment == _NEEDS_VERSION and target.version is None


def _each(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
