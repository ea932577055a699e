"""The names of a project folder's files: whose deployment each holds, and in which form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from langtail_nb._project.fault import ProjectFileError

TEXT: Final = ".md"
JSON: Final = ".json"
FORMS: Final = (TEXT, JSON)
"""How the names of both forms end."""

_LONGEST_NAME_BYTES: Final = 255
_NEVER_IN_A_NAME: Final = frozenset('/\\:*?"<>|@')
_DEVICES: Final = {"CON", "PRN", "AUX", "NUL", *(f"{d}{n}" for d in ("COM", "LPT") for n in range(1, 10))}


class Place(NamedTuple):
    """Where a file is deployed; no environment means production and staging."""

    slug: str
    environment: str | None = None
    version: str | None = None


def stem_of(name: str) -> str:
    """Return a file's name without its form."""
    return next((name.removesuffix(form) for form in FORMS if name.endswith(form)), name)


def place_of(name: str) -> Place:
    """Return where a file of this name is deployed.

    Raises:
        ProjectFileError: It is no such name.
    """
    parts = stem_of(name).split("@")
    if len(parts) > 3 or not all(parts):
        form = name[len(stem_of(name)) :]
        raise ProjectFileError(
            f"the name must be SLUG{form}, SLUG@ENVIRONMENT{form} or SLUG@ENV@VERSION{form}"
        )
    return Place(*parts)


def file_name(slug: str, environment: str | None = None, version: str | None = None, form: str = JSON) -> str:
    """Return ``SLUG.json``, ``SLUG@ENVIRONMENT.json`` or ``SLUG@ENVIRONMENT@VERSION.json``, or with ``.md``.

    Raises:
        ProjectFileError: A part would leave the folder, or is no legal file name on some system.
    """
    parts = [part for part in (slug, environment, version) if part is not None]
    for part in parts:
        if problem := _problem(part):
            raise ProjectFileError(f"{part!r} cannot be in the name of a file: it {problem}")
    name = f"{'@'.join(parts)}{form}"
    if len(name.encode()) > _LONGEST_NAME_BYTES:
        raise ProjectFileError(f"{slug[:40]!r}… is too long for the name of a file")
    return name


def _problem(part: str) -> str:
    if not part:
        return "is empty"
    found = next((c for c in part if c in _NEVER_IN_A_NAME or not c.isprintable()), None)
    if found is not None:
        return f"holds {found!r}"
    if part[0] in ". " or part[-1] in ". ":
        return "begins or ends with a dot or a space"
    return "is the name of a device on Windows" if part.partition(".")[0].upper() in _DEVICES else ""


def twins(names: Iterable[str]) -> dict[str, str]:
    """Return each of the names whose other form is among them too, with the name of that form."""
    known = set(names)
    pairs = ((name, _other_form(name)) for name in known)
    return {name: other for name, other in pairs if other in known}


def clash(name: str, other: str) -> ProjectFileError:
    """Return what is wrong where two files, one of each form, hold what is deployed at one place."""
    first, second = sorted((name, other))
    return ProjectFileError(f"{first} and {second} both say what {stem_of(name)} is; keep one of them")


def _other_form(name: str) -> str:
    return stem_of(name) + (JSON if name.endswith(TEXT) else TEXT)
