"""``%langtail replay vary``, ``prune`` and ``refresh``: what is done with recordings that are there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.replay import Replay
from langtail_nb._magic.commands.context import Context
from langtail_nb._replay.asked import place_of
from langtail_nb._replay.exchange_line import Recorded
from langtail_nb._replay.mode import VARIABLE
from langtail_nb._show.say import say, show, table
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
    changed = _writing(lambda: recording.leave_out(names))
    again = f"; {exchanges(changed)} found anew by the rest" if changed else ""
    return say(f"{', '.join(recording.vary)} may vary{again}; kept beside the recordings, in vary.txt")


def prune(context: Context) -> None:
    """Show what the last whole run did not use, and remove it.

    It is this kernel's run, and with it the last one under pytest: that may hold other notebooks.

    Raises:
        ConfigurationError: There was no run, or it was not whole; or the files cannot be written.
    """
    session = context.alone()
    replay = session.replay
    unused = _unused(replay)
    if not unused:
        return say("Every recording was used; nothing is removed.")
    plain, markdown = table(["recording", "turn", "asked"], [_row(one) for one in unused])
    _writing(lambda: replay.recording.remove(one.key for one in unused))
    end = f"{exchanges(len(unused))} removed; git brings back what was committed"
    return show(f"{plain}\n{end}", f"{markdown}\n\n{end}")


def _unused(replay: Replay) -> list[Recorded]:
    """Return what is not used: in all files after a run under pytest, else in those that this run used.

    Raises:
        ConfigurationError: There was no run, or it was not whole.
    """
    run, tested = replay.run, replay.recording.last_run
    if run.missing:
        raise ConfigurationError(
            f"nothing is removed: {exchanges(len(run.missing))} missing in this run, so it was not whole"
        )
    if not run.used and not tested:
        raise ConfigurationError(
            "nothing is removed: run the notebook from its top first, with replay on; "
            "of several notebooks, run all with pytest"
        )
    recorded, used = replay.recording.exchanges, run.used | tested
    places = {one.asked.place for one in recorded if tested or one.key in used}
    return [one for one in recorded if one.key not in used and one.asked.place in places]


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


def _row(one: Recorded) -> list[object]:
    return [one.asked.place, one.turn or "", about(one)]


def _writing(write: Callable[[], T]) -> T:
    try:
        return write()
    except OSError as exc:
        raise ConfigurationError(f"the recordings cannot be written: {exc.strerror or exc}") from exc
