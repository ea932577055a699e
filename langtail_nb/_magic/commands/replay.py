"""``%langtail replay``: whether calls are recorded or played, and what became of the recordings."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.replay import Replay
from langtail_nb._kernel.session import Session
from langtail_nb._magic.commands.context import Context
from langtail_nb._magic.commands.local import record_welcome
from langtail_nb._magic.commands.replay_check import check
from langtail_nb._magic.commands.replay_diff import diff
from langtail_nb._magic.commands.replay_files import exchanges, refresh, vary
from langtail_nb._magic.commands.replay_prune import prune
from langtail_nb._replay.mode import MODES, VARIABLE, Mode, is_vcrpys, mode_of
from langtail_nb._show.say import say, show, table
from langtail_nb._text.near import near

_USAGE: Final = "replay [auto|record|only|off] [--speed N] [--no-rows]"
_WHAT: Final[dict[Mode, str]] = {
    "auto": "what is recorded is played, the rest is sent and recorded",
    "record": "every call is sent, and recorded in the place of what was",
    "only": "what is recorded is played, and nothing is sent",
    "off": "calls are sent, and nothing is recorded",
}


def replay(context: Context) -> None:
    """Carry out ``%langtail replay WORDS``; without words, show what was played and recorded.

    Raises:
        ConfigurationError: The words name no mode or command, or a number is none.
        LangtailError: As the command says.
    """
    words = context.words
    if not words:
        return _status(context)
    command = COMMANDS.get(words[0])
    if command is not None:
        return command(context.within())
    _set(context.session, words)
    # What stands above is asked once more: a test with the variable set has it asked there, and plays it.
    return record_welcome(context.session)


def _set(session: Session, words: list[str]) -> None:
    """Set what the words say, all of it or nothing."""
    replay = session.replay
    rest, named, speed = iter(words), "", replay.speed
    for word in rest:
        if word == "--speed":
            speed = _speed(next(rest, ""))
        elif not named and not word.startswith("-"):
            named = word
        elif word != "--no-rows":
            raise ConfigurationError(
                f"unknown {word!r}{near(word, ['--speed', '--no-rows'])}; write %langtail {_USAGE}"
            )
    told = _told(replay, named)
    # Values are left out until a mode is set without that word.
    replay.speed, replay.rows = speed, "--no-rows" not in words and (replay.rows or bool(named))
    say(*told, *_more(replay), *_too_late(session))


def _too_late(session: Session) -> list[str]:
    """Return what is to be told of the calls that were made before replay was on."""
    if session.replay.mode not in ("auto", "record") or not (count := session.totals.take_unrecorded()):
        return []
    calls = "1 call was" if count == 1 else f"{count:,} calls were"
    where = "this line belongs above all cells that ask"
    return [f"{calls} made before replay was on, and not recorded: {where}; then run the notebook once more"]


def _mode(word: str) -> Mode:
    try:
        return mode_of(word)
    except ConfigurationError as exc:
        hint = near(word, [*MODES, *COMMANDS])
        raise ConfigurationError(
            f"replay has no mode and no command {word!r}{hint}; %langtail help replay lists them"
        ) from exc


def _told(replay: Replay, named: str) -> list[str]:
    mode = _mode(named) if named else replay.mode
    if named:
        replay.set_mode(mode)
    # The same whichever mode is in force, so that a notebook which says it is played to the byte.
    wins = f"; {VARIABLE}, where it is set, decides instead" if named else ""
    where = f"; {_folder(replay)} is meant to be committed" if mode in ("auto", "record") else ""
    vcrpys = f", which vcrpy calls {named}" if is_vcrpys(named) else ""
    return [f"replay is {mode}{vcrpys}: {_WHAT[mode]}{where}{wins}"]


def _more(replay: Replay) -> list[str]:
    speed = [f"streams are played at {replay.speed:g} times their speed"] if replay.speed else []
    return [
        *speed,
        *(
            []
            if replay.rows
            else ["of variables only the names are recorded, of messages of rows only hashes"]
        ),
    ]


def _speed(text: str) -> float | None:
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not 0 <= speed < math.inf:
        raise ConfigurationError(
            f"--speed takes how fast streams are played, 1 as they came, 0 at once, not {text!r}"
        )
    return speed or None


def _folder(replay: Replay) -> str:
    return "/".join(replay.recording.folder.parts[-2:])


def _status(context: Context) -> None:
    replay = context.session.replay
    recording, run = replay.recording, replay.run
    decides = f" ({replay.decided_by} decides)" if replay.decided_by else ""
    recorded = recording.exchanges
    places = {one.asked.place for one in recorded}
    unused = [one for one in recorded if one.key not in run.used]
    rows: list[list[Any]] = [
        ["mode", f"{replay.mode}{decides}: {_WHAT[replay.mode]}"],
        ["files", f"{len(places)} in {_folder(replay)}, {exchanges(len(recorded))}"],
        ["replayed", len(run.played - run.recorded)],
        ["recorded", len(run.recorded)],
        ["missing", len(run.missing)],
        ["unused", len(unused)],
    ]
    rows += [["vary", ", ".join(recording.vary)]] if recording.vary else []
    rows += [["refreshed", ", ".join(replay.refreshed)]] if replay.refreshed else []
    rows += [["", sentence] for sentence in (*recording.take_told(), *_more(replay))]
    show(*table(["", ""], rows))


COMMANDS: dict[str, Callable[[Context], None]] = {
    "vary": vary,
    "prune": prune,
    "refresh": refresh,
    "check": check,
    "diff": diff,
}
"""What may stand after ``replay`` beside a mode."""
