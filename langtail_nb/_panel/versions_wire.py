"""What the panel and its views say to each other of how two deployments differ."""

# Annotations are not postponed: as a text, NotRequired would not be seen.

from typing import Literal, TypedDict

from langtail_nb._kernel.saving.difference import Fact
from langtail_nb._text.diff import Mark


class Choice(TypedDict):
    """A deployment that can be compared with another, or ``here``, what is set in this kernel."""

    name: str
    label: str


class Versions(TypedDict):
    """How two deployments differ, once that is open; ``problem`` is why they cannot be read."""

    open: bool
    busy: bool
    choices: list[Choice]
    first: str
    second: str
    problem: str | None
    facts: list[Fact]
    words: list[Mark]


class VersionsOpen(TypedDict):
    """How two versions differ is to be shown; or not any more."""

    do: Literal["versions_open"]
    on: bool


class VersionsPick(TypedDict):
    """Two other deployments are to be compared."""

    do: Literal["versions_pick"]
    first: str
    second: str


VersionsAction = VersionsOpen | VersionsPick
