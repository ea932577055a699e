"""What the panel says to its views, as types: each section is a trait, the rest are messages.

Read by the type checker, and by ``.ci/wire.py``, which writes it as TypeScript; never loaded in a kernel.
"""

# Annotations are not postponed: as a text, NotRequired would not be seen.

from typing import NotRequired, TypedDict

from langtail_nb._panel.blocks import Tail
from langtail_nb._panel.columns import Column
from langtail_nb._panel.drafts import Draft, Typed
from langtail_nb._panel.earlier import Rows
from langtail_nb._panel.grid_wire import GridGiven, GridHead, GridPage, GridSeat, GridWhole
from langtail_nb._panel.history_wire import Listed, Page, Whole
from langtail_nb._panel.places import Places
from langtail_nb._panel.preview import Previewed
from langtail_nb._panel.rows import Parameter
from langtail_nb._panel.save_wire import SaveSection
from langtail_nb._panel.sections import Head, Preview, Template, Tool
from langtail_nb._panel.sweep_wire import SweepSection
from langtail_nb._panel.table import Table
from langtail_nb._panel.ticks_wire import Ticks
from langtail_nb._panel.undo import Labels
from langtail_nb._panel.variables import Variable
from langtail_nb._panel.variants import Comparison
from langtail_nb._panel.versions_wire import Versions


class Traits(TypedDict):
    """The sections of a panel: the traits of its widget."""

    head: Head
    places: Places
    parameters: list[Parameter]
    variables: list[Variable]
    rows: Table
    message: Typed
    extra: list[Draft]
    template: Template
    tools: list[Tool]
    preview: Preview
    past: list[Previewed]
    form: str
    line: str
    warnings: list[str]
    columns: list[Column]
    earlier: Rows
    compare: Comparison
    history: Listed
    undo: Labels
    busy: bool
    anyway: bool
    sweep: SweepSection
    grid: GridHead
    grid_seat: GridSeat
    thread: str
    save: SaveSection
    versions: Versions
    stored: list[Ticks]


class Piece(TypedDict):
    """What one answer grew by, or all of it: blocks that are finished, as HTML, and its tail."""

    id: str
    serial: int
    add: list[str]
    tail: Tail | None


class Opened(TypedDict):
    """An earlier comparison that was opened: its columns, and their answers from their start."""

    id: str
    columns: list[Column]
    full: list[Piece]


class Row(TypedDict):
    """A row of the earlier comparisons, for the views that have it open."""

    row: Opened


class Say(TypedDict):
    """A line for the status area."""

    say: str
    bad: NotRequired[bool]


class Heard(TypedDict):
    """An action was carried out, and there is nothing to say of it."""

    heard: str


class Grow(TypedDict):
    """An answer has grown."""

    grow: Piece


class Full(TypedDict):
    """Answers from their start."""

    full: list[Piece]


class Found(TypedDict):
    """A page of earlier calls."""

    found: Page


class WholeCall(TypedDict):
    """An earlier call in full."""

    whole: Whole


class Counted(TypedDict):
    """The tokens of the prompt, for the view that asked ``of`` it; None where nobody can tell."""

    counted: int | None
    of: str


class Picture(TypedDict):
    """The data of an image, by its name."""

    picture: str
    data: str


class Copy(TypedDict):
    """A text for the clipboard, of which kind it is, and what to say once it is there."""

    copy: str
    text: str
    told: str


class Insert(TypedDict):
    """The texts of the cells that do the same, and what to say once they are there."""

    insert: list[str]
    told: str


class GridRows(TypedDict):
    """A page of a sweep's rows."""

    grid_page: GridPage


class GridRowWhole(TypedDict):
    """A row of a sweep in full."""

    grid_row: GridWhole


class GridRowMarked(TypedDict):
    """An answer of a sweep was marked."""

    grid_marked: GridGiven


Said = (
    Say
    | Heard
    | Grow
    | Full
    | Row
    | Found
    | WholeCall
    | Counted
    | Picture
    | Copy
    | Insert
    | GridRows
    | GridRowWhole
    | GridRowMarked
)
