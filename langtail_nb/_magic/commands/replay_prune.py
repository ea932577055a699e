"""``%langtail replay prune``: recordings that nothing uses any more are shown, and then removed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._magic.commands.context import Context
from langtail_nb._magic.commands.replay_files import about, exchanges, writing
from langtail_nb._replay.exchange_line import Recorded
from langtail_nb._replay.last_run import last_run
from langtail_nb._replay.recording import Recording
from langtail_nb._replay.run import Run
from langtail_nb._replay.users import TooManyFiles, users
from langtail_nb._show.say import say, show, table

_SURE: Final = "--yes"
_MOST_NAMED: Final = 4
_RUN_ALL: Final = "run them all with pytest --nbval --langtail-replay=only"


def prune(context: Context) -> None:
    """Show what is recorded and was not used; with ``--yes`` remove it.

    A folder of recordings serves all that runs in its project. What this kernel's run did not use may be
    another notebook's, so nothing is removed before each of them has run as it is now.

    Raises:
        ConfigurationError: There was no run, or it was not whole; others may use what this one did not; or
            the files cannot be written.
    """
    words = context.words
    if words not in ([], [_SURE]):
        raise ConfigurationError(f"write %langtail replay prune [{_SURE}], not {context.rest.strip()!r}")
    replay = context.session.replay
    recording = replay.recording
    unused, others = _unused(recording, replay.run, _own_path(context.shell))
    if not unused:
        return say("Every recording was used; nothing is removed.")
    if words and others:
        raise ConfigurationError(f"nothing is removed: {_may_use(others)}; {_RUN_ALL}, then prune")
    if words:
        writing(lambda: recording.remove(one.key for one in unused))
        end = f"{exchanges(len(unused))} removed; git brings back what was committed"
    elif others:
        end = f"Not used in this run, but {_may_use(others)}; {_RUN_ALL}, then prune"
    else:
        end = f"{exchanges(len(unused))} not used; %langtail replay prune {_SURE} removes them"
    plain, markdown = table(["recording", "turn", "asked"], [_row(one) for one in unused])
    return show(f"{plain}\n{end}", f"{markdown}\n\n{end}")


def _unused(recording: Recording, run: Run, own: Path | None) -> tuple[list[Recorded], list[str]]:
    """Return what nothing is known to use, and who may use it all the same, by name.

    Raises:
        ConfigurationError: There was no run, or it was not whole.
    """
    if run.missing:
        raise ConfigurationError(
            f"nothing is removed: {exchanges(len(run.missing))} missing in this run, so it was not whole"
        )
    known = last_run(recording.folder)
    if not run.used and not known.used:
        raise ConfigurationError(
            "nothing is removed: run the notebook from its top first, with replay on; "
            "of several notebooks, run all with pytest"
        )
    there = _users_of(recording.folder)
    if own is None and len(there) == 1 and run.used:
        own = there[0]
    mine = {own} if run.used else set()
    others = [path for path in there if path not in mine]
    # Alone in its project a notebook needs nobody else's word.
    used = run.used | (known.used if others or not run.used else frozenset())
    unknown = [path.name for path in others if not known.covers(path)]
    return [one for one in recording.exchanges if one.key not in used], unknown


def _users_of(folder: Path) -> list[Path]:
    project = folder.absolute().parent.parent
    try:
        return users(project)
    except TooManyFiles:
        raise ConfigurationError(
            f"nothing is removed: {project} holds too many files to find the notebooks that may use them"
        ) from None


def _own_path(shell: Any) -> Path | None:
    """Return the notebook that this kernel runs, where its front end says that; most do not."""
    told = getattr(shell, "user_ns", {}).get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME")
    return Path(os.path.abspath(told)) if isinstance(told, str) and told.endswith(".ipynb") else None


def _may_use(others: Iterable[str]) -> str:
    names = list(others)
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more} may use them"


def _row(one: Recorded) -> list[object]:
    return [one.asked.place, one.turn or "", about(one)]
