"""The files of a folder, each read and checked, and what is wrong between them."""

from __future__ import annotations

import ast
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from langtail_nb._cli.check.content import Finding, hosted_tools, problems_in
from langtail_nb._cli.check.places import JsonPlaces, Places, TextPlaces
from langtail_nb._local.project.served_deployment import ProjectError, parts_of
from langtail_nb._project.fault import ProjectFileError
from langtail_nb._project.files import deployment_names, read_content
from langtail_nb._project.names import TEXT, clash, place_of, stem_of, twins
from langtail_nb._project.text_form import read_text

_TOOLS = "tools.py"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a place, as editors and CI read it."""

    path: Path
    line: int | None
    column: int | None
    problem: str

    def __str__(self) -> str:
        numbers = [str(n) for n in (self.line, self.column) if n is not None]
        return f"{':'.join([str(self.path), *numbers])}: {' '.join(self.problem.split())}"


def check_folder(folder: Path) -> tuple[list[str], list[Fault]]:
    """Return the names of a folder's deployments and all that is wrong in it, by file and place.

    Raises:
        OSError: The folder cannot be read.
    """
    names = deployment_names(folder)
    functions, faults = _functions(folder / _TOOLS)
    faults += _name_faults(folder, names)
    for name in names:
        faults += _file_faults(folder / name, functions)
    faults.sort(key=lambda fault: (str(fault.path), fault.line or 0, fault.column or 0))
    return names, faults


def _functions(path: Path) -> tuple[set[str] | None, list[Fault]]:
    """Return the functions of ``tools.py``, which is read and never run; None where none can be read."""
    try:
        tree = ast.parse(path.read_bytes())
    except FileNotFoundError:
        return None, []
    except OSError as exc:
        return None, [Fault(path, None, None, f"cannot be read: {exc.strerror or exc}")]
    except (SyntaxError, ValueError) as exc:
        line = exc.lineno if isinstance(exc, SyntaxError) else None
        return None, [Fault(path, line, None, f"no Python: {exc.args[0]}")]
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found, []


def _name_faults(folder: Path, names: Sequence[str]) -> list[Fault]:
    found = [
        Fault(folder / name, None, None, str(clash(name, other))) for name, other in twins(names).items()
    ]
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(unicodedata.normalize("NFC", stem_of(name)).casefold(), name)
        if stem_of(other) != stem_of(name):
            told = f"{other} is there, and not every system tells the two names apart"
            found.append(Fault(folder / name, None, None, told))
    return found


def _file_faults(path: Path, functions: set[str] | None) -> list[Fault]:
    try:
        return list(_faults_in(path, path.read_bytes(), functions))
    except ProjectFileError as exc:
        return [Fault(path, exc.line, exc.column, exc.problem)]
    except OSError as exc:
        return [Fault(path, None, None, f"cannot be read: {exc.strerror or exc}")]


def _faults_in(path: Path, raw: bytes, functions: set[str] | None) -> Iterator[Fault]:
    place = place_of(path.name)
    if place.environment == "preview" and place.version is None:
        yield Fault(path, None, None, f"preview needs a version: {place.slug}@preview@VERSION{path.suffix}")
    content = read_content(path.name, raw)
    places = _places(path.name, raw)
    try:
        kind, _, config = parts_of(content)
    except ProjectError as exc:
        told = str(exc).removeprefix("file.")
        yield _fault(path, Finding(tuple(told.partition(":")[0].split(".")), told), places)
        return
    found = list(problems_in(config, kind))
    if functions is not None:
        found += hosted_tools(config, functions)
    for finding in found:
        yield _fault(path, finding, places)


def _places(name: str, raw: bytes) -> Places:
    return TextPlaces(read_text(raw)) if name.endswith(TEXT) else JsonPlaces(raw.decode("utf-8", "replace"))


def _fault(path: Path, finding: Finding, places: Places) -> Fault:
    line, column, prefix = places.of(finding)
    return Fault(path, line, column, prefix + finding.problem)
