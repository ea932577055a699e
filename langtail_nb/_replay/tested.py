"""What a run of pytest, or one test of it, does with recordings: in this process and in kernels it starts."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._replay.exchange_line import Recorded
from langtail_nb._replay.last_run import note_run
from langtail_nb._replay.mode import VARIABLE, Mode, mode_given, mode_of
from langtail_nb._replay.recording import Recording
from langtail_nb._replay.run import JOURNAL

_MOST_NAMED: Final = 5


class Tested:
    """A mode in force, and the journal of what is done in it.

    Attributes:
        mode: The mode in force.
        is_strict: Whether nothing that is recorded may stay unused.
    """

    def __init__(self, mode: Mode, *, is_strict: bool = False) -> None:
        self.mode, self.is_strict = mode, is_strict
        self._before = {name: os.environ.get(name) for name in (VARIABLE, JOURNAL)}
        handle, self._journal = tempfile.mkstemp(prefix="langtail-replay-", suffix=".txt")
        os.close(handle)
        os.environ |= {VARIABLE: mode, JOURNAL: self._journal}

    def end(self) -> None:
        """Give back the variables as they were; an outer journal learns what stood in this one."""
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        outer = self._before[JOURNAL]
        if outer is not None:
            with open(outer, "a", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in self._lines)
        Path(self._journal).unlink(missing_ok=True)

    @property
    def path(self) -> Path | None:
        """The folder of the recordings; None before the first call."""
        return next(iter(self._folders), None)

    @property
    def replayed(self) -> tuple[str, ...]:
        """The exchanges that were played, by key, in order."""
        return self._keys("played")

    @property
    def recorded(self) -> tuple[str, ...]:
        """Those that were recorded."""
        return self._keys("recorded")

    @property
    def missing(self) -> tuple[str, ...]:
        """Those that were asked for and are not recorded."""
        return self._keys("missing")

    @property
    def unused(self) -> tuple[str, ...]:
        """Those that are recorded and were neither played nor recorded here."""
        return tuple(one.key for one in self._unused())

    def about_unused(self) -> str:
        """Return what was not used, to be read."""
        unused = self._unused()
        named = ", ".join(f"{one.asked.place} {one.key}" for one in unused[:_MOST_NAMED])
        more = f" and {len(unused) - _MOST_NAMED} more" if len(unused) > _MOST_NAMED else ""
        return (
            f"{len(unused)} recorded and not used: {named}{more}; %langtail replay prune --yes removes them"
        )

    def summary(self) -> str:
        """Return in a line what was done."""
        counts = {"replayed": self.replayed, "recorded": self.recorded, "missing": self.missing}
        told = [f"{len(set(keys))} {name}" for name, keys in (counts | {"unused": self.unused}).items()]
        return f"langtail replay {self.mode}: {', '.join(told)}"

    def keep(self, *, whole: bool) -> None:
        """Note beside the recordings which were used, with those of earlier runs unless this was all."""
        if not self.missing:
            for folder in self._folders:
                note_run(folder, {*self.replayed, *self.recorded}, ran=self._ran, whole=whole)

    def _unused(self) -> list[Recorded]:
        used = {*self.replayed, *self.recorded}
        return [one for path in self._folders for one in Recording(path).exchanges if one.key not in used]

    def _keys(self, what: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(rest for did, rest in self._split if did == what))

    @property
    def _folders(self) -> list[Path]:
        return [Path(rest) for rest in dict.fromkeys(rest for did, rest in self._split if did == "folder")]

    @property
    def _ran(self) -> list[Path]:
        return [Path(path) for path in self._keys("ran")]

    @property
    def _split(self) -> list[tuple[str, str]]:
        return [(did, rest) for did, _, rest in (line.partition(" ") for line in self._lines)]

    @property
    def _lines(self) -> list[str]:
        return Path(self._journal).read_text(encoding="utf-8").splitlines()


def begin(option: str | None, ini: str) -> Tested:
    """Return what a session does: by its option, else by the variable, else by its ini value.

    Raises:
        pytest.UsageError: The word is no mode.
    """
    import pytest

    try:
        return Tested(mode_of(option) if option else mode_given() or (mode_of(ini) if ini else usual()))
    except ConfigurationError as exc:
        hint = "; before a path write --langtail-replay=MODE" if option else ""
        raise pytest.UsageError(f"--langtail-replay: {exc}{hint}") from exc


def begin_test(given: Sequence[Any], named: Mapping[str, Any]) -> Tested:
    """Return what a test does: by the variable, as a whole run sets it, else by its marker.

    Args:
        given: The arguments of the marker.
        named: Likewise.

    Raises:
        ConfigurationError: They are none of a marker's.
    """
    words = {**dict(zip(("mode",), given, strict=False)), **named}
    mode, unused = words.get("mode"), words.get("unused", "ignore")
    if len(given) > 1 or words.keys() - {"mode", "unused"} or unused not in ("ignore", "fail"):
        raise ConfigurationError('write @pytest.mark.langtail_replay("only", unused="fail")')
    asked = mode_of(str(mode)) if mode is not None else None
    return Tested(mode_given() or asked or usual(), is_strict=unused == "fail")


def usual() -> Mode:
    """Return the mode where none is named."""
    return "only" if os.environ.get("CI") else "auto"
