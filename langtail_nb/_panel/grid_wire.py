"""What a view and Python say to each other of a sweep's answers, rows × settings."""

from __future__ import annotations

from typing import Literal, TypedDict

from langtail_nb._panel.grid_marks import Said
from langtail_nb._text.diff import Mark

Shown = Literal["all", "differ", "won", "lost", "unscored"]
"""Which rows are listed: all, those in which an answer differs from the first setting's, those in which a
setting scored more or less than the first, those with an answer that has no score."""
Result = Literal["won", "lost", "tied", "unscored", ""]


class GridSetting(TypedDict):
    """A column: what the setting is called, in a line what is known of it so far, and the word for it."""

    setting: int
    label: str
    told: str
    word: str


class GridMarked(TypedDict):
    """How many answers a person marked for this score; ``can`` is whether they can be marked for it."""

    score: str
    told: str
    can: bool


class GridHead(TypedDict):
    """What stands above the rows; ``serial`` goes up with what is there, for a view to ask anew."""

    serial: int
    rows: int
    settings: list[GridSetting]
    scores: list[str]
    marked: list[GridMarked]
    told: list[str]


class GridWanted(TypedDict):
    """Which rows a view asks for: ``setting`` is the one that differs, won or lost, None for any."""

    search: str
    shown: Shown
    setting: int | None
    score: str
    sort: Literal["difference", "row"]
    page: int


class GridSeat(TypedDict):
    """Where somebody stands in a grid: the rows asked for, None before any, and those that are open."""

    wanted: GridWanted | None
    open: list[int]


class GridCell(TypedDict):
    """One setting's answer to a row, its beginning; ``share`` is how much of pass or fail has passed."""

    text: str
    state: Literal["there", "same", "failed", "none"]
    score: str
    share: float | None
    result: Result
    mark: str


class GridRow(TypedDict):
    """A row in the list; its number is from 0."""

    row: int
    asked: str
    beside: list[str]
    cells: list[GridCell]


class GridPage(TypedDict):
    """A page as it was asked for; ``total`` counts the rows of all pages."""

    wanted: GridWanted
    total: int
    pages: int
    rows: list[GridRow]


class GridScore(TypedDict):
    """What a score says of one answer, and why; ``text`` is ``unscored`` where it says nothing."""

    name: str
    text: str
    reason: str


class GridAnswer(TypedDict):
    """One answer in full; ``diff`` is against the first setting's of the same repeat, None for that.

    ``mark`` is what a person said of it, None where that cannot be said.
    """

    repeat: int
    text: str
    diff: list[Mark] | None
    problem: str | None
    facts: list[str]
    scores: list[GridScore]
    mark: Said | None


class GridColumn(TypedDict):
    """One setting's answers to a row, a repeat each."""

    setting: int
    label: str
    answers: list[GridAnswer]


class GridField(TypedDict):
    """A column of the table with its value in a row."""

    name: str
    value: str
    part: str


class GridWhole(TypedDict):
    """A row in full; its marks are those for one score."""

    row: int
    score: str
    asked: str
    fields: list[GridField]
    columns: list[GridColumn]


class GridGiven(TypedDict):
    """An answer was marked, or that was taken back."""

    score: str
    row: int
    setting: int
    repeat: int
    mark: Said
    told: str
