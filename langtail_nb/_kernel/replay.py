"""Whether this kernel sends its calls, records them, or plays what was recorded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._http.secret import Secret
from langtail_nb._http.transport import Transport
from langtail_nb._kernel.disk.folder import FOLDER, belongs_to_us, folder
from langtail_nb._kernel.disk.project import here, upwards
from langtail_nb._replay.mode import VARIABLE, Mode, mode_given, mode_of
from langtail_nb._replay.recording import Recording
from langtail_nb._replay.run import Run
from langtail_nb._replay.transport import ReplayTransport

RECORDINGS: Final = "replay"
"""The folder of recordings beside the store; meant to be committed."""


class Replay:
    """The recordings of a kernel and what it does with them.

    Attributes:
        run: What was played, recorded and missed so far.
        speed: How fast streams are played, 1 as they came; None as fast as can be.
    """

    def __init__(self) -> None:
        self.run = Run()
        self.speed: float | None = None
        self._set: Mode | None = None
        self._recording: Recording | None = None

    @property
    def mode(self) -> Mode:
        """The mode in force.

        Raises:
            ConfigurationError: The variable names none.
        """
        return mode_given() or self._set or "off"

    @property
    def is_on(self) -> bool:
        """Whether anything is recorded or played."""
        return self.mode != "off"

    def set_mode(self, text: str) -> Mode:
        """Choose a mode and return the one that is in force from now on, the variable's where that is set.

        Raises:
            ConfigurationError: The text is none.
        """
        self._set = mode_of(text)
        return self.mode

    @property
    def is_forced(self) -> bool:
        """Whether the variable decides."""
        return mode_given() is not None

    @property
    def recording(self) -> Recording:
        """The recordings, of the nearest project that has any."""
        path = recordings_folder()
        if self._recording is None or self._recording.folder != path:
            self._recording = Recording(path, _refuse_others)
        return self._recording

    def transport(
        self, network: Callable[[], Transport], *, has_key: bool, secret: Secret, stand_in: bool
    ) -> Transport:
        """Return what carries a client's calls while replay is on.

        Args:
            network: Makes what carries those that are sent.
            has_key: Whether anything can be sent; without a key ``auto`` plays only.
            secret: The key, which must stand in no recording.
            stand_in: Whether a model on this machine answers.
        """
        mode = self.effective(has_key=has_key)
        return ReplayTransport(
            self.recording,
            self.run,
            mode,
            None if mode == "only" else network(),
            secret=secret,
            speed=self.speed,
            stand_in=stand_in,
        )

    def effective(self, *, has_key: bool) -> Mode:
        """Return the mode in force; without a key nothing is sent, so ``auto`` acts as ``only``."""
        return "only" if self.mode == "auto" and not has_key else self.mode


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
