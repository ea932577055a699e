"""Saving what is set here: the file is read, what it is to say is shown, it is written, and answers."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.saving.deployable import LaidIn, laid_in
from langtail_nb._kernel.saving.difference import Difference, difference_of
from langtail_nb._kernel.saving.files import Held, folder_of, given_file, held, named_file, served_file
from langtail_nb._kernel.session import Session
from langtail_nb._project.fault import ProjectFileError
from langtail_nb._project.files import written_content
from langtail_nb._project.names import stem_of
from langtail_nb._project.replacing import ChangedMeanwhile, replace_unchanged
from langtail_nb._text.near import near
from langtail_nb._types.config import Config
from langtail_nb._types.target import Target

if TYPE_CHECKING:
    from langtail_nb._client.client import Client

JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Save:
    """A save that can be shown and carried out.

    Attributes:
        target: Whose settings are saved.
        folder: The project behind the calls, None where this kernel knows none.
        file: The file to write, as it was read.
        before: What the changes start from: the file, else what answers now.
        overrides: The parameters to save.
        variables: The variables that are to be defaults.
        made: What the file is to say.
    """

    target: Target
    folder: Path | None
    file: Held
    before: JSON
    overrides: Mapping[str, Any]
    variables: Mapping[str, str]
    made: LaidIn

    @property
    def shown(self) -> str:
        """The path of the file as it is told."""
        near_by = os.path.relpath(self.file.path)
        return str(self.file.path) if near_by.startswith("..") else near_by

    def difference(self) -> Difference:
        """Return what it changes."""
        return difference_of(self.before, self.made.content, "as it was")

    def of(self, overrides: Mapping[str, Any], variables: Mapping[str, str]) -> Save:
        """Return the same with other values, on the file as it was read."""
        made = laid_in(self.before, overrides, variables)
        return Save(self.target, self.folder, self.file, self.before, dict(overrides), dict(variables), made)

    def instead(self, content: JSON, overrides: Mapping[str, Any]) -> Save:
        """Return the save of another deployment's content, with values, to this file."""
        made = laid_in(content, overrides, {})
        return Save(self.target, self.folder, self.file, self.before, dict(overrides), {}, made)

    def write(self, session: Session) -> bool:
        """Write the file if that changes it, and return whether it did.

        What a client reads that is made from then on is of another edition of the folder.

        Raises:
            ConfigurationError: It cannot be written, or was changed since it was read; then it is left.
        """
        file = self.file
        try:
            data = written_content(file.path.name, self.made.content, file.raw).encode()
            if data == file.raw:
                return False
            replace_unchanged(file.path, data, file.raw)
        except ProjectFileError as exc:
            raise ConfigurationError(f"{file.path.name}: {exc}") from exc
        except ChangedMeanwhile:
            raise ConfigurationError(
                f"{self.shown} was changed by somebody else meanwhile; it is left as they wrote it, so "
                "look at it and save again"
            ) from None
        except OSError as exc:
            raise ConfigurationError(f"cannot write {file.path}: {exc.strerror or exc}") from exc
        session.edition += 1
        return True

    def take_effect(self, session: Session, client: Client) -> list[str]:
        """Have the kernel know what is deployed now, unset what that is, and return what to tell of it.

        Waits for the server. What was set to another value since the save was made stays set.
        """
        notes = self._left(session.settings.overrides(self.target))
        if self.folder is None or self.file.path.parent != self.folder:
            return notes
        # Not with the one from before: a recording would know the new state as that of the edition before.
        # The key is for that address alone.
        if client.base_url == session.base_url:
            client = session.client(client.caller.key)
        session.deployed.renew(client, self.target)
        answering = served_file(self.folder, self.target)
        if answering != self.file.path:
            still = f"{answering.name} still answers" if answering else "nothing answers"
            return [*notes, f"{still} for {self.target}; what is set here stays set"]
        if names := self._unset(session):
            notes.append(f"deployed now, so no longer set here: {', '.join(names)}")
        return notes

    def _left(self, standing: Mapping[str, Any]) -> list[str]:
        still = [name for name in self.made.left if name in standing]
        other = [name for name in self.made.left if name not in standing]
        told = [f"still set here, as no deployment holds it: {', '.join(still)}"] if still else []
        return [*told, *([f"left out, as no deployment holds it: {', '.join(other)}"] if other else [])]

    def _unset(self, session: Session) -> list[str]:
        settings, target = session.settings, self.target
        with settings.lock:
            standing, given = settings.overrides(target), settings.variables_of(target)
            names = [name for name in self.made.taken if standing.get(name) == self.overrides[name]]
            defaults = [name for name, text in self.variables.items() if given.get(name) == text]
            values: JSON = dict.fromkeys(names)
            if defaults:
                values["variables"] = {n: text for n, text in given.items() if n not in defaults}
            settings.assign_each(values, target=target)
        return [*names, *defaults]


def prepare(
    session: Session,
    target: Target,
    *,
    name: str | None = None,
    to: str | None = None,
    how: str = "%langtail save --to {}",
    deployed: Callable[[], Config],
) -> Save:
    """Return the save of an assistant, with nothing set yet.

    Args:
        name: ``SLUG``, ``SLUG@ENVIRONMENT`` or ``SLUG@ENVIRONMENT@VERSION``; None for what answers now.
        to: A file, in any folder.
        how: How a user names one, to say so where no folder is known.
        deployed: Gives what to start from where no file is there.

    Raises:
        ConfigurationError: There is no file to write to, or it cannot be read.
    """
    folder = folder_of(session)
    file = held(_path(session, target, folder, name, to, how))
    before = file.content
    if before is None:
        answering = served_file(folder, target) if folder is not None else None
        found = held(answering).content if answering is not None else None
        before = found or dict(deployed())
    return Save(target, folder, file, before, {}, {}, laid_in(before, {}, {}))


def defaults(session: Session, target: Target, names: Sequence[str]) -> dict[str, str]:
    """Return the variables of these names, as they are set here.

    Raises:
        ConfigurationError: One of them is not.
    """
    given = session.settings.variables_of(target)
    for name in names:
        if name not in given:
            hint = near(name, given) or "; set it first, %langtail set -v NAME=TEXT"
            raise ConfigurationError(f"the variable {name!r} is not set here{hint}")
    return {name: given[name] for name in names}


def why_nowhere(session: Session) -> str | None:
    """Return why there is no folder to save into; None where there is one."""
    if folder_of(session) is not None:
        return None
    if session.has_stand_in:
        return "the folder behind this server is not known here, or is the sample of the package"
    return "Langtail has no public way to deploy"


def _path(
    session: Session, target: Target, folder: Path | None, name: str | None, to: str | None, how: str
) -> Path:
    if to is not None:
        path = given_file(to)
        if name is not None and stem_of(path.name) != name:
            raise ConfigurationError(f"name the file once: {name} or {to}")
        return path
    if folder is not None:
        return _answering(folder, target) if name is None else named_file(folder, name)
    raise ConfigurationError(f"{why_nowhere(session)}: write {how.format(f'{name or target.assistant}.md')}")


def _answering(folder: Path, target: Target) -> Path:
    place = filter(None, [target.assistant, target.environment, target.version])
    return served_file(folder, target) or named_file(folder, "@".join(place))
