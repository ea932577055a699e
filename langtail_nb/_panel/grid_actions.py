"""What can be done with a sweep's answers in a view, as the messages that say so."""

from typing import Literal, TypedDict

from langtail_nb._panel.grid_marks import Key
from langtail_nb._panel.grid_wire import GridWanted


class GridFind(TypedDict):
    """A page of the rows is wanted."""

    do: Literal["grid_find"]
    wanted: GridWanted


class GridOpen(TypedDict):
    """A row is wanted in full, with the marks for a score."""

    do: Literal["grid_open"]
    row: int
    score: str


class GridClose(TypedDict):
    """A row that was open is closed."""

    do: Literal["grid_close"]
    row: int


class GridUse(TypedDict):
    """A setting's values are to be those that panel and cells ask with."""

    do: Literal["grid_use"]
    setting: int


class GridCellOf(TypedDict):
    """The cell that asks a row as a setting asked it is wanted."""

    do: Literal["grid_cell"]
    setting: int
    row: int


class GridMark(TypedDict):
    """A key was pressed on an answer: good, not, or neither; the key that gave a mark takes it back."""

    do: Literal["grid_mark"]
    setting: int
    row: int
    repeat: int
    score: str
    key: Key


GridAction = GridFind | GridOpen | GridClose | GridUse | GridCellOf | GridMark
