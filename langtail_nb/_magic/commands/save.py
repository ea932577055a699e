"""``%langtail save``: what is set here becomes the file of the assistant."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.session import Session
from langtail_nb._line import copies
from langtail_nb._magic.commands.context import Context
from langtail_nb._magic.deployable import LaidIn, difference_of, laid_in
from langtail_nb._magic.project_place import Held, folder_of, given_file, held, named_file, served_file
from langtail_nb._project.fault import ProjectFileError
from langtail_nb._project.files import written_content
from langtail_nb._project.replacing import ChangedMeanwhile, replace_unchanged
from langtail_nb._show.say import show
from langtail_nb._text import markdown
from langtail_nb._text.near import near
from langtail_nb._types.target import Target

JSON = dict[str, Any]

_USAGE: Final = "save [SLUG[@ENVIRONMENT]] [-v NAME] [--to FILE]"


@dataclass
class _Asked:
    """What stands after the command."""

    name: str | None = None
    to: str | None = None
    variables: list[str] = field(default_factory=list)


def save(context: Context) -> None:
    """Write what is set here into a project file, show what that changes, and drop what is deployed then.

    Raises:
        ConfigurationError: Wrong words, no file to write to, or one that was changed meanwhile.
    """
    session, asked = context.session, _asked(context.words)
    target, folder = session.target(), folder_of(session)
    file = held(_path(session, target, folder, asked))
    before = _before(session, target, folder, file)
    made = laid_in(before, session.settings.overrides(target), _defaults(session, target, asked.variables))
    is_written = _write(file, made.content)
    head = f"{'Saved' if is_written else 'Nothing to save in'} {_short(file.path)}"
    plain, shown = difference_of(before, made.content, "as it was")
    notes = _after(session, target, folder, file.path, asked, made)
    show("\n".join([head, plain, *notes]), "\n\n".join([markdown.inline(head), shown, *map(_linked, notes)]))


def _asked(words: Sequence[str]) -> _Asked:
    asked, rest = _Asked(), iter(words)
    for word in rest:
        if word in ("--to", "-v", "--var"):
            value = next(rest, None)
            if value is None:
                raise ConfigurationError(f"{word} needs a value; write %langtail {_USAGE}")
            if word == "--to":
                asked.to = value
            else:
                asked.variables.append(value)
        elif word.startswith("-") or asked.name is not None:
            raise ConfigurationError(
                f"unknown {word!r}{near(word, ['--to', '-v'])}; write %langtail {_USAGE}"
            )
        else:
            asked.name = word
    if asked.name is not None and asked.to is not None:
        raise ConfigurationError("name the file once: either SLUG or --to FILE")
    return asked


def _path(session: Session, target: Target, folder: Path | None, asked: _Asked) -> Path:
    if asked.to is not None:
        return given_file(asked.to)
    if folder is not None:
        return named_file(folder, asked.name) if asked.name else _current(folder, target)
    why = "Langtail has no public way to deploy"
    if session.base_url in session.stand_ins:
        why = "the folder behind this server is not known here, or is the sample of the package"
    raise ConfigurationError(f"{why}: write %langtail save --to {asked.name or target.assistant}.md")


def _current(folder: Path, target: Target) -> Path:
    return served_file(folder, target) or named_file(folder, f"{target.assistant}@{target.environment}")


def _before(session: Session, target: Target, folder: Path | None, file: Held) -> JSON:
    """Return what to start from: the file, else the one that answers now, else what is deployed."""
    if file.content is not None:
        return file.content
    answering = served_file(folder, target) if folder is not None else None
    found = held(answering).content if answering is not None else None
    return found or dict(session.deployed.wait(session.client(), target))


def _defaults(session: Session, target: Target, names: Sequence[str]) -> dict[str, str]:
    given = session.settings.variables_of(target)
    for name in names:
        if name not in given:
            hint = near(name, given) or "; set it first, %langtail set -v NAME=TEXT"
            raise ConfigurationError(f"the variable {name!r} is not set here{hint}")
    return {name: given[name] for name in names}


def _write(file: Held, content: JSON) -> bool:
    """Write the file if that changes it, and return whether it did."""
    try:
        data = written_content(file.path.name, content, file.raw).encode()
        if data == file.raw:
            return False
        replace_unchanged(file.path, data, file.raw)
    except ProjectFileError as exc:
        raise ConfigurationError(f"{file.path.name}: {exc}") from exc
    except ChangedMeanwhile:
        raise ConfigurationError(
            f"{_short(file.path)} was changed by somebody else meanwhile; it is left as they wrote it, so "
            "look at it and save again"
        ) from None
    except OSError as exc:
        raise ConfigurationError(f"cannot write {file.path}: {exc.strerror or exc}") from exc
    return True


def _after(
    session: Session, target: Target, folder: Path | None, path: Path, asked: _Asked, made: LaidIn
) -> list[str]:
    """Drop what is deployed now, and return what else is worth telling."""
    notes = [f"still set here, as no deployment holds it: {', '.join(made.left)}"] if made.left else []
    if folder is None or path.parent != folder:
        if session.base_url not in session.stand_ins:
            config = session.deployed.wait(session.client(), target)
            link = copies.playground_link(config, session.settings.request(target=target))
            notes.append(f"to deploy it, open it in Langtail's playground: {link}")
        return notes
    answering = served_file(folder, target)
    if answering != path:
        said = (
            f"{answering.name} still answers for {target}" if answering else f"nothing answers for {target}"
        )
        return [*notes, f"{said}; what is set here stays set"]
    if names := [*made.taken, *asked.variables]:
        session.settings.unset(*names)
        notes.append(f"deployed now, so no longer set here: {', '.join(names)}")
    session.deployed.wait(session.client(), target)
    return notes


def _linked(note: str) -> str:
    text, mark, link = note.partition("https://")
    return f"{markdown.inline(text)}[playground]({mark}{link})" if mark else markdown.inline(note)


def _short(path: Path) -> str:
    near_by = os.path.relpath(path)
    return str(path) if near_by.startswith("..") else near_by
