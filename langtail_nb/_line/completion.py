"""What Tab offers at the end of an unfinished line; pure, and never waits for anything."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from langtail_nb._errors import ConfigurationError
from langtail_nb._line.commands import COMMANDS
from langtail_nb._line.option import Option
from langtail_nb._line.options import OPTIONS, spellings
from langtail_nb._line.reading import read_value
from langtail_nb._line.scanner import Scanner
from langtail_nb._line.writing import spell
from langtail_nb._types.fields import FIELDS, SWEPT

ENGINES: Final = ("smollm2", "echo")
_MOST_FILES: Final = 200


class Known(Protocol):
    """What is known without asking a server; ``target`` is what the line names, if it names one."""

    def targets(self) -> Iterable[str]:
        """Return targets as they may be typed."""

    def threads(self, target: str | None) -> Iterable[str]:
        """Return names of threads."""

    def models(self, target: str | None) -> Iterable[str]:
        """Return models seen."""

    def variables(self, target: str | None) -> Iterable[str]:
        """Return variables of the assistant."""

    def names(self) -> Iterable[str]:
        """Return the names of the kernel's variables."""

    def calls(self) -> Iterable[str]:
        """Return what to call the tool calls that wait for a result."""

    def names_set(self) -> Iterable[str]:
        """Return parameters and variables that ``unset`` would take back."""

    def versions(self, target: str | None) -> Iterable[str]:
        """Return the deployed versions of the assistant."""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What may replace ``fragment``, the last characters before the cursor, and of what kind it is.

    Where nothing may, ``texts`` is empty: Python's names would not fit either.
    """

    fragment: str
    kind: str
    texts: tuple[str, ...]


def for_cell(line: str, known: Known) -> Suggestions | None:
    """Return what may continue a ``%%langtail`` line; None leaves the place to Python's completion."""
    return _for_options(line, known, "cell")


def for_command(line: str, known: Known) -> Suggestions | None:
    """Return what may continue a ``%langtail`` line; None leaves the place to Python's completion."""
    name, space, rest = line.lstrip().partition(" ")
    if not space:
        return _starting(name, "command", [word for word in COMMANDS if " " not in word])
    match name:
        case "run":
            return _for_options(rest, known, "cell")
        case "set":
            return _for_options(rest, known, "set")
    before, fragment = _last_word(rest)
    if name == "tool" and fragment.startswith(":="):
        return None
    return _starting(fragment, "argument", _arguments(name, before, fragment, known))


def _last_word(rest: str) -> tuple[list[str], str]:
    words = rest.split()
    return (words, "") if not rest or rest[-1].isspace() else (words[:-1], words[-1])


def _arguments(name: str, before: list[str], fragment: str, known: Known) -> Iterable[str]:
    match [name, *before]:
        case ["use" | "panel" | "show" | "variables"]:
            return known.targets()
        case ["help"]:
            return [word for word in COMMANDS if " " not in word]
        case ["tool"]:
            return known.calls()
        case ["unset", *_]:
            return [one for one in known.names_set() if one not in before]
        case ["replay", *_, "--speed"]:
            return ()
        case ["replay", "vary", *_]:
            return [one for one in known.variables(None) if one not in before]
        case ["replay", "refresh"]:
            return known.targets()
        case ["replay"]:
            words = [word.split()[1] for word in COMMANDS if word.startswith("replay ")]
            return [*COMMANDS["replay"].words, *words]
        case ["replay", "check" | "diff", *_]:
            return ()
        case ["thread"]:
            return [*(word.split()[1] for word in COMMANDS if word.startswith("thread ")), *_threads(known)]
        case ["thread", "resume" | "delete"]:
            return _threads(known)
        case ["thread", "export"] | ["local", *_, "--project"] | ["save", *_, "--to"]:
            return _files(fragment)
        case ["save", *_, "-v"]:
            return known.variables(None)
        case ["diff", "--template", *_]:
            return ["here", "deployed", *known.targets(), *_files(fragment)]
        case ["local", *_, "--engine"]:
            return ENGINES
    command = COMMANDS.get(" ".join([name, *before[:1]])) or COMMANDS.get(name)
    return [word for word in command.words if word not in before] if command is not None else ()


def _threads(known: Known, target: str | None = None) -> list[str]:
    return [spell(OPTIONS["thread"], name) for name in known.threads(target)]


def _for_options(line: str, known: Known, where: str) -> Suggestions | None:
    place = _place(line, where)
    if place.option is None:
        found = _starting(place.fragment, "option", _open_options(place, where))
        if not found.texts and _may_name_target(place, where):
            return _starting(place.fragment, "target", known.targets())
        return found
    return _for_value(place.option, place.fragment, known, place.target)


@dataclass
class _Place:
    """Where the line ends: in the value of ``option``, or where an option or a target may begin."""

    fragment: str = ""
    option: Option | None = None
    target: str | None = None
    given: tuple[str, ...] = ()


def _place(line: str, where: str) -> _Place:
    scanner, options, place = Scanner(line, partial=True), spellings(where), _Place()
    while scanner.more():
        start = scanner.at
        if not scanner.next_is("-"):
            text = scanner.text()
            if scanner.at == len(line):
                place.fragment = line[start:]
                return place
            place.target = text
            continue
        option = options.get(scanner.word())
        if scanner.at == len(line):
            place.fragment = line[start:]
            return place
        if option is None:
            continue
        place.given = (*place.given, option.name)
        if option.reads != "nothing" and _value_is_last(scanner, option, place):
            return place
    return place


def _value_is_last(scanner: Scanner, option: Option, place: _Place) -> bool:
    scanner.more()
    start = scanner.at
    # Half typed, so maybe not allowed yet; the scanner has passed it all the same.
    with suppress(ConfigurationError):
        read_value(scanner, option, "")
    if scanner.at < len(scanner.line):
        return False
    place.option, place.fragment = option, scanner.line[start:]
    return True


def _open_options(place: _Place, where: str) -> Iterator[str]:
    if place.fragment and not place.fragment.startswith("-"):
        return
    for spelled, option in spellings(where).items():
        if option.name not in place.given or option.repeated:
            yield spelled


def _may_name_target(place: _Place, where: str) -> bool:
    return where == "cell" and place.target is None


def _for_value(option: Option, fragment: str, known: Known, target: str | None) -> Suggestions | None:
    if fragment.startswith(":="):
        return None
    if option.reads == "expr":
        # IPython completes attributes and calls here, but no bare name after a space.
        found = _starting(fragment, "instance", known.names())
        return found if found.texts else None
    if option.reads == "score":
        return None  # Python's: lt.regex(
    if option.name == "sweep":
        return _for_axis(fragment, known, target)
    if option.reads == "variable":
        return _for_variable(fragment, known, target)
    if option.name == "extra":
        return _starting(fragment, "field", [f"{f.name}:=" for f in FIELDS.values() if not f.options])
    if option.name == "images":
        return _starting(fragment, "path", _files(fragment))
    if option.name == "compare":
        return _for_list(fragment, known, target)
    values = {"model": known.models, "thread": known.threads, "prefix": known.threads}.get(
        option.name, lambda _: option.choices
    )(target)
    words = [spell(option, value) for value in values]
    return _starting(fragment, "value", [*words, "deployed"] if option.field is not None else words)


def _for_list(fragment: str, known: Known, target: str | None) -> Suggestions:
    """Return what may be the last item of a list of settings to compare with, none twice."""
    *before, last = fragment.split(",")
    targets = list(known.targets())
    near = [one for one in targets if one.startswith("/")]
    near += [f"@{version}" for version in known.versions(target)]
    items = ["deployed", "previous", *near, *targets]
    return _starting(last, "value", [item for item in items if item not in before])


def _for_axis(fragment: str, known: Known, target: str | None) -> Suggestions | None:
    """Return names that can be varied, then the values of one, none of them twice."""
    name, separator, values = fragment.partition("=")
    if not separator:
        return _starting(fragment, "field", [f"{one}=" for one in SWEPT])
    if name.endswith(":"):
        return None
    *before, last = values.split(",")
    match name:
        case "model":
            texts = list(known.models(target))
        case "version":
            texts = list(known.versions(target))
        case "target" | "assistant" | "environment":
            texts = _targets(name, known)
        case _:
            texts = list(FIELDS[name].choices) if name in FIELDS else []
    return _starting(last, "value", [one for one in ["deployed", *texts] if one not in before])


def _targets(name: str, known: Known) -> list[str]:
    """Return the deployments, or their assistants or environments alone."""
    targets = list(known.targets())
    if name == "target":
        return targets
    parts = [one.removeprefix("/").split("/") for one in targets if one.count("/") == 1]
    place = 0 if name == "assistant" else -1
    return [one[place] for one in parts if len(one) == 2 or name == "environment"]


def _for_variable(fragment: str, known: Known, target: str | None) -> Suggestions | None:
    name, separator, value = fragment.partition("=")
    if separator and value.startswith("@") and not name.endswith(":"):
        return _starting(value[1:], "path", _files(value[1:]))
    if separator:
        return None if name.endswith(":") else Suggestions(value, "value", ())
    kernel = known.names() if fragment else ()
    return _starting(fragment, "variable", [*(f"{name}=" for name in known.variables(target)), *kernel])


def _files(fragment: str) -> Iterator[str]:
    """Yield paths that begin with ``fragment``; folders end in a slash."""
    folder, slash, start = fragment.rpartition("/")
    place = Path(f"{folder}{slash}" or ".").expanduser()
    try:
        with os.scandir(place) as entries:
            found = sorted((e.name, e.is_dir()) for e in entries if e.name.startswith(start))
    except OSError:
        return
    for name, is_folder in found[:_MOST_FILES]:
        if start or not name.startswith("."):
            yield f"{folder}{slash}{name}{'/' if is_folder else ''}"


def _starting(fragment: str, kind: str, texts: Iterable[str]) -> Suggestions:
    return Suggestions(
        fragment, kind, tuple(dict.fromkeys(text for text in texts if text.startswith(fragment)))
    )
