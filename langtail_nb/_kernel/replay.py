"""Whether this kernel sends its calls, records them, or plays what was recorded."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._http.transport import Transport
from langtail_nb._kernel import project_settings
from langtail_nb._kernel.disk.folder import FOLDER, belongs_to_us, folder
from langtail_nb._kernel.disk.project import here, upwards
from langtail_nb._replay.asked import place_of
from langtail_nb._replay.hiding import Hiding
from langtail_nb._replay.mode import VARIABLE, Mode, mode_given, mode_of
from langtail_nb._replay.recording import Recording
from langtail_nb._replay.run import JOURNAL, Run
from langtail_nb._replay.transport import ReplayTransport
from langtail_nb._types.target import Target

RECORDINGS: Final = "replay"
"""The folder of recordings beside the store; meant to be committed."""

_COMMITTED: Final = f"{FOLDER}/{RECORDINGS}/, meant to be committed; what is played from there is not sent"


class Replay:
    """The recordings of a kernel and what it does with them.

    Attributes:
        speed: How fast streams are played, 1 as they came; None as fast as can be.
        rows: Whether what comes from rows is recorded: values of variables, and messages that are no turn's.
    """

    def __init__(self) -> None:
        self._run, self._journal = Run(), os.environ.get(JOURNAL)
        self.speed: float | None = None
        self.rows = True
        self._refreshed: set[str] = set()
        self._set: Mode | None = None
        self._recording: Recording | None = None

    @property
    def mode(self) -> Mode:
        """The mode in force.

        Raises:
            ConfigurationError: The variable names none.
        """
        return mode_given() or self._set or project_settings.current().replay or "off"

    @property
    def is_on(self) -> bool:
        """Whether anything is recorded or played."""
        return self.mode != "off"

    @property
    def run(self) -> Run:
        """What was played, recorded and missed so far: in this kernel, or in a test of pytest's in it."""
        if self._journal != os.environ.get(JOURNAL):
            self._run, self._journal = Run(), os.environ.get(JOURNAL)
        return self._run

    @property
    def state(self) -> tuple[object, ...]:
        """All that decides how calls are carried; while it stays the same a client may."""
        return (self.mode, self.speed, self.rows, recordings_folder(), id(self.run)) if self.is_on else ()

    def set_mode(self, text: str) -> Mode:
        """Choose a mode and return the one that is in force from now on, the variable's where that is set.

        Raises:
            ConfigurationError: The text is none.
        """
        self._set = mode_of(text)
        return self.mode

    def refresh(self, place: str) -> None:
        """Record what is in the file of a target anew, for the rest of this kernel."""
        self._refreshed.add(place)
        if self.mode == "off":
            self._set = "auto"

    @property
    def refreshed(self) -> list[str]:
        """The files that are recorded anew."""
        return sorted(self._refreshed)

    @property
    def is_forced(self) -> bool:
        """Whether the variable decides."""
        return mode_given() is not None

    @property
    def decided_by(self) -> str:
        """What decides, where that is not this kernel: the variable, or the project's file; else ``""``."""
        if self.is_forced:
            return VARIABLE
        is_projects = self._set is None and project_settings.current().replay is not None
        return project_settings.FILE if is_projects else ""

    @property
    def plays(self) -> bool:
        """Whether a call that is made may be played, and so is not sent."""
        return self.mode in ("auto", "only")

    @property
    def recording(self) -> Recording:
        """The recordings, of the nearest project that has any."""
        path = recordings_folder()
        if self._recording is None or self._recording.folder != path:
            self._recording = Recording(path, _refuse_others)
        return self._recording

    def transport(
        self,
        network: Callable[[], Transport],
        *,
        has_key: bool,
        hiding: Hiding,
        stand_in: bool,
        deployed_by: tuple[str, ...] = (),
    ) -> Transport:
        """Return what carries a client's calls while replay is on.

        Args:
            network: Makes what carries those that are sent.
            has_key: Whether anything can be sent; without a key ``auto`` plays only.
            hiding: Takes out what must stand in no recording.
            stand_in: Whether a model on this machine answers.
            deployed_by: The project folder that it serves and its edition, empty for none of its own.
        """
        mode = self.effective(has_key=has_key)
        self.run.uses(self.recording.folder.absolute())
        return ReplayTransport(
            self.recording,
            self.run,
            mode,
            None if mode == "only" else network(),
            hiding=hiding,
            speed=self.speed,
            stand_in=stand_in,
            deployed_by=deployed_by,
            refreshed=self._refreshed.__contains__,
            rows=self.rows,
        )

    def stood_in(self, target: Target) -> bool:
        """Return whether a model on somebody's own machine answered what is recorded of a target."""
        if self.mode == "record":
            return False
        place = place_of(target.path)
        return any(one.stand_in and one.asked.place == place for one in self.recording.exchanges)

    def on_server(self, thread_id: str) -> str | None:
        """Return what the server calls a thread, for a call that is sent past the recordings.

        None for one that was played: the server has none. While replay is on its transport sees to that, and
        the kernel calls each thread as the recording does.
        """
        if self.is_on or self._recording is None:
            return thread_id
        real = self.run.threads.get(thread_id)
        return real or (None if self._recording.has_thread(thread_id) else thread_id)

    def take_told(self) -> list[str]:
        """Return what is to be told of the recordings since the last time."""
        return self.recording.take_told() if self._recording is not None and self.is_on else []

    def about(self, names: Collection[str]) -> str:
        """Return where a kernel's calls are recorded and what stands there, in a sentence.

        It is the same whether they are played or recorded, so that a notebook is, too; and true of both.

        Args:
            names: Of the variables of a call.
        """
        values = "values of variables" if self.rows else "names of variables"
        what = f", {values} ({', '.join(names)})" if names else ""
        return f"replay is on: messages{what} and answers stand in {_COMMITTED}"

    def about_rows(self, columns: Collection[str], names: Collection[str]) -> str:
        """Return the same of a map or a sweep: which columns of its rows stand in files to be committed.

        Args:
            columns: Those that are sent.
            names: Of the variables that are sent beside them.
        """
        if not self.rows:
            return f"replay is on: no column of the rows, but the answers stand in {_COMMITTED}"
        what = ["messages", *([f"columns of the rows ({', '.join(columns)})"] if columns else [])]
        what += [f"values of variables ({', '.join(names)})"] if names else []
        return f"replay is on: {', '.join(what)} and answers stand in {_COMMITTED}"

    def effective(self, *, has_key: bool) -> Mode:
        """Return the mode in force; without a key nothing is sent, so ``auto`` acts as ``only``."""
        mode = self.mode
        return "only" if mode == "auto" and not has_key else mode


def recordings_folder() -> Path:
    """Return the folder of recordings: the nearest that there is, whoever owns it, else the one to make."""
    found = (place / FOLDER / RECORDINGS for place in upwards(here()))
    own = folder() / RECORDINGS
    return own if own.is_dir() else next((path for path in found if path.is_dir()), own)


def _refuse_others(path: Path) -> None:
    there = next(one for one in (path, *path.parents) if one.exists())
    if not belongs_to_us(there):
        raise ConfigurationError(
            f"nothing can be recorded in {path}: it belongs to another user; {VARIABLE}=only plays it"
        )
