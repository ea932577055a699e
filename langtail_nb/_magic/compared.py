"""What an item of ``--compare`` names, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from langtail_nb._errors import ConfigurationError, LangtailError
from langtail_nb._kernel.session import Session
from langtail_nb._text.near import near
from langtail_nb._types.deployment import Deployment
from langtail_nb._types.remarks import where_deployed
from langtail_nb._types.target import ENVIRONMENTS, Target

WORDS: Final = ("deployed", "previous")
"""Items that name no target."""
_LIMIT_S: Final = 3.0


def target_of(session: Session, item: str, own: Target) -> Target:
    """Return the target that an item means beside the cell's own.

    Raises:
        ConfigurationError: It is no target, or nothing is deployed there; names near matches.
    """
    target = Target.parse(f"/{item}" if item in ENVIRONMENTS else item, own)
    # What the server lists is of one project.
    if (target.workspace, target.project) == (own.workspace, own.project):
        _check(session, item, target)
    return target


def _check(session: Session, item: str, target: Target) -> None:
    if _is_in(target, session.deployed.listing(session.base_url)):
        return
    try:
        listing = session.deployed.wait_for_listing(session.client(), limit_s=_LIMIT_S)
    except LangtailError:
        return  # the call itself will tell
    if listing and not _is_in(target, listing):
        raise ConfigurationError(f"--compare: nothing is deployed as {item!r}{_meant(item, target, listing)}")


def _is_in(target: Target, listing: Sequence[Deployment]) -> bool:
    return (target.assistant, target.environment) in [(one.assistant, one.environment) for one in listing]


def _meant(item: str, target: Target, listing: list[Deployment]) -> str:
    environments = dict.fromkeys(f"/{one.environment}" for one in listing)
    if begins := [one for one in environments if one.startswith(f"/{item.lstrip('/')}")]:
        return f" (did you mean {' or '.join(begins)}?)"
    if near_words := near(item, WORDS):
        return near_words
    return f". {where_deployed(listing, target)}"
