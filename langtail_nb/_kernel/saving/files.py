"""Which file of a project folder answers for a target, and what it holds."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.session import Session
from langtail_nb._local.project.project import Project
from langtail_nb._local.project.served_deployment import ProjectError, parts_of
from langtail_nb._local.protocol.assumed import PREVIEW
from langtail_nb._local.protocol.refusals import Refusal
from langtail_nb._project.fault import ProjectFileError
from langtail_nb._project.files import read_content
from langtail_nb._project.names import FORMS, TEXT, Place, clash, file_name, place_of, stem_of
from langtail_nb._types.target import Target

JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """A file as it is now: None for bytes and content where it is not there yet."""

    path: Path
    raw: bytes | None
    content: JSON | None


def folder_of(session: Session) -> Path | None:
    """Return the project folder behind the calls of this kernel, if it started that server itself."""
    own = session.own_server
    return own.folder if own is not None and session.settings.base_url == own.server.url else None


def served_file(folder: Path, target: Target) -> Path | None:
    """Return the file that answers for a target, None where there is none.

    Raises:
        ConfigurationError: The folder cannot be served as it is; names the file.
    """
    try:
        project = Project.load(folder)
        found = project.find(target.assistant, target.environment, target.version)
    except ProjectError as exc:
        raise ConfigurationError(f"{exc}; mend it first") from exc
    except Refusal:
        return None
    return next(folder / name for name, served in project.by_file.items() if served is found)


def named_file(folder: Path, name: str) -> Path:
    """Return the file of a folder for ``SLUG``, ``SLUG@ENVIRONMENT`` or ``SLUG@ENVIRONMENT@VERSION``.

    In the form that is there, else as text.

    Raises:
        ConfigurationError: It is no such name.
    """
    stem = stem_of(file_name(*_place(name)))
    there = [folder / f"{stem}{form}" for form in FORMS if (folder / f"{stem}{form}").exists()]
    return there[0] if there else folder / f"{stem}{TEXT}"


def _place(name: str) -> Place:
    if "/" in name:
        raise ConfigurationError(f"{name!r} is no file of the project; write SLUG or SLUG@ENVIRONMENT")
    try:
        place = place_of(name)
    except ProjectFileError as exc:
        raise ConfigurationError(f"{name!r}: {exc}") from exc
    try:
        file_name(*place)
    except ProjectFileError as exc:
        raise ConfigurationError(str(exc)) from exc
    if place.environment == PREVIEW and place.version is None:
        raise ConfigurationError(f"{name!r}: preview needs a version, as in {name}@VERSION")
    return place


def given_file(name: str) -> Path:
    """Return the file that a user names, as with ``--to``.

    Raises:
        ConfigurationError: It can be no project file, or its other form is there.
    """
    path = Path(os.path.abspath(os.path.expanduser(name)))
    if path.is_dir():
        raise ConfigurationError(f"{name} is a folder; name a file in it")
    try:
        place_of(path.name)
    except ProjectFileError as exc:
        raise ConfigurationError(f"{name}: {exc}") from exc
    if path.suffix not in FORMS:
        raise ConfigurationError(f"{name}: the name must end in {' or '.join(FORMS)}")
    other = path.with_name(stem_of(path.name) + next(form for form in FORMS if form != path.suffix))
    if other.exists():
        raise ConfigurationError(f"{name}: {clash(path.name, other.name)}")
    return path


def held(path: Path) -> Held:
    """Return a file as it is now.

    Raises:
        ConfigurationError: It cannot be read, or is no deployment.
    """
    try:
        raw = path.read_bytes()
        content = read_content(path.name, raw)
        parts_of(content)
    except FileNotFoundError:
        return Held(path, None, None)
    except OSError as exc:
        raise ConfigurationError(f"cannot read {path}: {exc.strerror or exc}") from exc
    except (ProjectFileError, ProjectError) as exc:
        raise ConfigurationError(f"{path}: {exc}") from exc
    return Held(path, raw, content)
