"""``[tool.langtail-nb]`` in the project's ``pyproject.toml``: what a project says where nobody else does.

Such a file comes with a clone, so nothing of it is trusted: no key is read from it, to its base URL goes only
a key that was stored for that origin, and whatever is wrong with it is a note, never an error.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from langtail_nb._client.base_url import base_url_of
from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.budget import Budget, budget_of
from langtail_nb._kernel.disk.folder import belongs_to_us
from langtail_nb._kernel.disk.project import upwards
from langtail_nb._kernel.price import check_model, check_price
from langtail_nb._replay.mode import Mode, mode_of
from langtail_nb._text.brief import shorten
from langtail_nb._text.near import near
from langtail_nb._types.fields import RERUN, Rerunning
from langtail_nb._types.target import Target

FILE: Final = "pyproject.toml"
TABLE: Final = "langtail-nb"

_MOST_BYTES: Final = 1_000_000
_MOST_NOTES: Final = 10
# Whether a file that cannot be read as a whole has anything to say to us.
_MENTIONED: Final = re.compile(rb"^\s*\[?\s*tool\s*\.\s*[\"']?langtail", re.MULTILINE | re.IGNORECASE)
_SECRETS: Final = {
    "key",
    "keys",
    "apikey",
    "token",
    "secret",
    "password",
    "passwd",
    "credential",
    "credentials",
}


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """What a project says; None where it says nothing.

    Attributes:
        path: The file; None where no file has the table.
        budget: What a kernel may spend at most; it tightens what is set there, and never loosens it.
        prices: Dollars per million tokens in and out, by model.
        replay: Whether its notebooks record their calls, or play them.
        notes: What is wrong with it, a sentence each.
    """

    path: Path | None = None
    assistant: Target | None = None
    base_url: str | None = None
    rerun: Rerunning | None = None
    budget: Budget | None = None
    prices: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    replay: Mode | None = None
    notes: tuple[str, ...] = ()


_NOTHING: Final = ProjectSettings()
_Signature = tuple[int, int, int]
_read_files: dict[str, tuple[_Signature, ProjectSettings]] = {}


def current() -> ProjectSettings:
    """Return what the project around the working directory says now; a changed file is read again.

    It is the nearest ``pyproject.toml`` with the table, from the working directory up to the project's root.
    """
    try:
        files = _files(os.getcwd(), os.path.expanduser("~"), int(time.monotonic()))
    except OSError:  # the working directory is gone
        return _NOTHING
    found = map(_settings_in, files)
    return next((one for one in found if one.path is not None), _NOTHING)


def current_budget() -> tuple[Budget, str] | None:
    """Return what the project lets a kernel spend, and the file that says so; None where none does."""
    project = current()
    return None if project.budget is None else (project.budget, str(project.path))


@lru_cache(1)
def _files(place: str, home: str, second: int) -> list[str]:
    # Asked for several times a call; looking for the root each time would take longer than all else here.
    return [os.path.join(folder, FILE) for folder in upwards(Path(place))]


def _settings_in(path: str) -> ProjectSettings:
    try:
        signature = _signature(path)
    except OSError:
        return _NOTHING
    known = _read_files.get(path)
    if known is None or known[0] != signature:
        known = _read_files[path] = (signature, _read(Path(path)))
    return known[1]


def _signature(path: str) -> _Signature:
    found = os.stat(path)
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(path: Path) -> ProjectSettings:
    if not os.path.isfile(path):
        return _NOTHING
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError:
        return _NOTHING
    if len(content) > _MOST_BYTES:
        return _unread(path, content, f"is larger than {_MOST_BYTES:,} bytes")
    try:
        tables = _parsed(content)
    except (ValueError, RecursionError) as exc:
        return _unread(path, content, f"is no TOML: {shorten(str(exc) or type(exc).__name__, 120)}")
    return _from_tool(path, tables.get("tool"))


def _parsed(content: bytes) -> dict[str, Any]:
    import tomllib  # not before there is a file to read

    return tomllib.loads(content.decode("utf-8-sig"))


def _unread(path: Path, content: bytes, why: str) -> ProjectSettings:
    """Return a note on a file that cannot be read, if it has anything to say to us."""
    if not _MENTIONED.search(content):
        return _NOTHING
    return ProjectSettings(path, notes=(f"{path} {why}; its settings are not used",))


def _from_tool(path: Path, tool: Any) -> ProjectSettings:
    tables = tool if isinstance(tool, dict) else {}
    if TABLE not in tables:
        alike = [name for name in tables if name.lower().replace("_", "-") in (TABLE, "langtail")]
        told = (f"{path}: [tool.{name}] is not read; did you mean [tool.{TABLE}]?" for name in alike)
        return ProjectSettings(path, notes=tuple(told)) if alike else _NOTHING
    if not belongs_to_us(path):
        return ProjectSettings(path, notes=(f"{path} belongs to another user; its settings are not used",))
    if not isinstance(tables[TABLE], dict):
        return ProjectSettings(path, notes=(f"{path}: {TABLE} must be a table, [tool.{TABLE}]",))
    return _from_table(path, tables[TABLE])


def _from_table(path: Path, table: Mapping[str, Any]) -> ProjectSettings:
    values: dict[str, Any] = {}
    notes: list[str] = []
    for written, value in table.items():
        name = written.replace("-", "_")
        if wrong := _wrong_name(written, name, PROJECT_SETTINGS):
            notes.append(wrong)
            continue
        try:
            values[name] = PROJECT_SETTINGS[name].check(value, notes)
        except ConfigurationError as exc:
            notes.append(str(exc))
    most = [*notes[:_MOST_NOTES], *([f"{len(notes) - _MOST_NOTES} more"] if len(notes) > _MOST_NOTES else [])]
    told = tuple(f"{path}, [tool.{TABLE}]: {note}" for note in most)
    return replace(ProjectSettings(path, notes=told), **values)


def _wrong_name(written: str, name: str, known: Mapping[str, Any]) -> str:
    """Return why a name is not taken; never with its value, which may be a key in the wrong place."""
    if is_secret(name):
        return (
            f"{shorten(written, 40)!r} is refused, as no key stands in a file that others see: take it out, "
            "and set LANGTAIL_API_KEY or type %langtail login"
        )
    if name in known:
        return ""
    return f"unknown {shorten(written, 40)!r}{near(name, known)}; it takes {', '.join(known)}"


def is_secret(name: str) -> bool:
    """Return whether something of this name is a key, a token or a password."""
    words = re.split(r"[^a-z]+", re.sub("([a-z])([A-Z])", r"\1_\2", name).lower())
    return not _SECRETS.isdisjoint(words)


def _assistant(value: Any, notes: list[str]) -> Target:
    try:
        return Target.parse(_text("assistant", value))
    except ConfigurationError as exc:
        raise ConfigurationError(f"assistant: {exc}") from exc


def _base_url(value: Any, notes: list[str]) -> str | None:
    text = _text("base_url", value)
    return base_url_of(text) if text.strip() else None


def _rerun(value: Any, notes: list[str]) -> str:
    word = _text("rerun", value)
    if word not in RERUN:
        raise ConfigurationError(
            f"rerun must be {' or '.join(RERUN)}, not {shorten(word, 40)!r}{near(word, RERUN)}"
        )
    return word


def _budget(value: Any, notes: list[str]) -> Budget | None:
    return budget_of(value)


def _prices(value: Any, notes: list[str]) -> dict[str, tuple[float, float]]:
    if not isinstance(value, dict):
        raise ConfigurationError(f'prices must be a table, [tool.{TABLE}.prices], "my-model" = [0.15, 0.60]')
    found: dict[str, tuple[float, float]] = {}
    for model, price in value.items():
        if is_secret(model):
            notes.append(_wrong_name(model, model, {}))
            continue
        try:
            name = check_model(model)
            found[name] = check_price(name, price, form='"my-model" = [0.15, 0.60]')
        except ConfigurationError as exc:
            notes.append(str(exc))
    return found


def _replay(value: Any, notes: list[str]) -> Mode:
    return mode_of(_text("replay", value))


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ConfigurationError(f"{name} must be text, not {shorten(repr(value), 40)}")
    return value


class ProjectSetting(NamedTuple):
    """One setting of a project: what it says, and a check that returns the value as it is kept, or raises."""

    help: str
    check: Callable[[Any, list[str]], Any]


PROJECT_SETTINGS: Final[Mapping[str, ProjectSetting]] = {
    "assistant": ProjectSetting(
        "the assistant that is asked first, workspace/project/assistant/environment", _assistant
    ),
    "base_url": ProjectSetting("where the API is; only a key that was stored for it goes there", _base_url),
    "rerun": ProjectSetting("what a re-run cell does to its thread: fork or append", _rerun),
    "budget": ProjectSetting('what a kernel may spend at most, such as "500 calls"', _budget),
    "prices": ProjectSetting("a table: dollars per million tokens in and out, by model", _prices),
    "replay": ProjectSetting(
        "whether notebooks record their calls or play them: auto, record, only, off", _replay
    ),
}
"""What a project may say, by the name of its setting."""
