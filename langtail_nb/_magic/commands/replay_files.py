"""``%langtail replay vary`` and ``refresh``: what is done with recordings that are there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from langtail_nb._errors import ConfigurationError
from langtail_nb._magic.commands.context import Context
from langtail_nb._replay.asked import place_of
from langtail_nb._replay.exchange_line import Recorded
from langtail_nb._replay.mode import VARIABLE
from langtail_nb._show.say import say
from langtail_nb._text.brief import shorten
from langtail_nb._types.messages import text_of

_ASKED: Final = 60

T = TypeVar("T")


def vary(context: Context) -> None:
    """Leave variables out of what decides which recording belongs to a call; without names, list them.

    Raises:
        ConfigurationError: The files cannot be written.
    """
    recording, names = context.session.replay.recording, context.words
    if odd := [name for name in names if name.startswith("-") or "=" in name]:
        raise ConfigurationError(f"replay vary takes names of variables, not {odd[0]!r}")
    if not names:
        told = ", ".join(recording.vary) or "every variable"
        return say(
            f"{told} {'may vary' if recording.vary else 'counts'}; %langtail replay vary NAME adds one"
        )
    changed = writing(lambda: recording.leave_out(names))
    again = f"; {exchanges(changed)} found anew by the rest" if changed else ""
    return say(f"{', '.join(recording.vary)} may vary{again}; kept beside the recordings, in vary.txt")


def refresh(context: Context) -> None:
    """Record anew what is recorded, of one target or of all, for the rest of this kernel.

    Raises:
        ConfigurationError: The variable decides otherwise, or there is no such target.
    """
    replay, named = context.session.replay, context.named()
    if replay.is_forced and (replay.mode == "only" or replay.mode == "off" or not named):
        if replay.mode == "record":
            return say(f"Every call is recorded anew already: {VARIABLE} is record")
        raise ConfigurationError(f"nothing is refreshed: {VARIABLE} is {replay.mode}, and it decides")
    if named is None:
        replay.set_mode("record")
        return say("Every call is sent and recorded anew, for the rest of this kernel")
    target = context.session.target(named)
    version = f"?v={target.version}" if target.version else ""
    replay.refresh(place_of(target.path + version))
    return say(f"Calls of {target} are sent and recorded anew, for the rest of this kernel")


def exchanges(count: int) -> str:
    """Return so many recorded exchanges, in words."""
    return f"{count:,} exchange{'s' * (count != 1)}"


def about(one: Recorded) -> str:
    """Return what a recorded exchange asked, in few words."""
    asked = one.asked
    messages = (asked.body or {}).get("messages")
    if isinstance(messages, list) and messages and isinstance(messages[-1], dict):
        return shorten(" ".join(text_of(messages[-1].get("content")).split()), _ASKED)
    return "what is deployed" if asked.method == "GET" else ""


def writing(write: Callable[[], T]) -> T:
    """Return what writing gives.

    Raises:
        ConfigurationError: The files cannot be written.
    """
    try:
        return write()
    except OSError as exc:
        raise ConfigurationError(f"the recordings cannot be written: {exc.strerror or exc}") from exc
