"""What the panel and its views say to each other of saving."""

# Annotations are not postponed: as a text, NotRequired would not be seen.

from typing import Literal, TypedDict

from langtail_nb._kernel.saving.difference import Fact
from langtail_nb._text.diff import Mark


class Default(TypedDict):
    """A variable that is set, and whether its text is to be its default."""

    name: str
    on: bool


class SaveSection(TypedDict):
    """What saving would write, once it is open; or in ``nowhere`` why it cannot, and what to do instead.

    ``link`` is whether Langtail's playground can take it, ``some`` whether anything is set that could be
    saved, ``serial`` of what is shown, and ``left`` what stays set, as no file holds it.
    """

    open: bool
    busy: bool
    nowhere: str | None
    link: bool
    file: str
    serial: int
    some: bool
    differs: bool
    facts: list[Fact]
    words: list[Mark]
    left: list[str]
    variables: list[Default]


class SaveOpen(TypedDict):
    """What saving would write is to be shown; or not any more."""

    do: Literal["save_open"]
    on: bool


class SaveDefault(TypedDict):
    """A variable is to be saved as a default, or not."""

    do: Literal["save_default"]
    name: str
    on: bool


class SaveWrite(TypedDict):
    """What a view shows under this serial is to be written."""

    do: Literal["save_write"]
    serial: int


SaveAction = SaveOpen | SaveDefault | SaveWrite
