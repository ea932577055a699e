"""What can be done in a view of the panel, as the messages that say so; ``payload`` checks their form."""

# Annotations are not postponed: as a text, NotRequired would not be seen.

from typing import Any, Literal, NotRequired, TypedDict

from langtail_nb._panel.grid_actions import GridAction
from langtail_nb._panel.save_wire import SaveAction
from langtail_nb._panel.sweep_wire import SweepAction
from langtail_nb._panel.versions_wire import VersionsAction


class Hello(TypedDict):
    """A view opened: it wants what is not in a trait."""

    do: Literal["hello"]


class Switch(TypedDict):
    """The panel is to be on another assistant, environment or version, written as on a cell's line."""

    do: Literal["switch"]
    target: str


class Set(TypedDict):
    """A parameter's control was set to a value."""

    do: Literal["set"]
    name: str
    value: Any


class Use(TypedDict):
    """A parameter is to be sent, or to be as deployed again."""

    do: Literal["use"]
    name: str
    on: bool


class Reset(TypedDict):
    """One parameter is to be as deployed again; or all, and the variables."""

    do: Literal["reset"]
    name: str | None


class Variable(TypedDict):
    """A variable was typed, or taken out; or is to be edited as another kind."""

    do: Literal["variable"]
    name: str
    value: str | None
    kind: NotRequired[Literal["text", "json"]]


class Fill(TypedDict):
    """Message and variables are to be filled from a row of the table, counted from 0."""

    do: Literal["fill"]
    row: float


class MessageFrom(TypedDict):
    """The message is to come from another column of the table, or from none."""

    do: Literal["message_from"]
    column: str | None


class Message(TypedDict):
    """The message was typed."""

    do: Literal["message"]
    text: str


class Images(TypedDict):
    """Images were attached to the message, or taken away; these are the names of all."""

    do: Literal["images"]
    images: list[str]


class Edited(TypedDict):
    """A message as its editor holds it; ``of`` is the name of the one that it was."""

    of: NotRequired[str]
    role: str
    text: str
    images: NotRequired[list[str]]
    editable: NotRequired[bool]


class Extra(TypedDict):
    """The messages before the message were edited."""

    do: Literal["extra"]
    messages: list[Edited]


class Picture(TypedDict):
    """An image was attached; it is known by its name from now on."""

    do: Literal["picture"]
    name: str
    data: str


class Template(TypedDict):
    """The template was edited; or is to be as deployed again."""

    do: Literal["template"]
    messages: list[Edited] | None


class Undo(TypedDict):
    """The last edit is to be taken back."""

    do: Literal["undo"]


class Redo(TypedDict):
    """It is to be made again."""

    do: Literal["redo"]


class Find(TypedDict):
    """A page of the earlier calls is wanted, behind the one of the number ``before``."""

    do: Literal["find"]
    search: str
    whose: Literal["all", "kernel", "panel", "cells", "panels"]
    failed: bool
    before: int | None


class Whole(TypedDict):
    """An earlier call is wanted in full."""

    do: Literal["whole"]
    id: int


class Count(TypedDict):
    """How many tokens the prompt has is wanted; the answer says ``of`` again."""

    do: Literal["count"]
    of: str


class Restore(TypedDict):
    """The settings of an earlier call are to be put back."""

    do: Literal["restore"]
    id: int


class Pin(TypedDict):
    """An earlier answer is to be compared with."""

    do: Literal["pin"]
    id: int


class Run(TypedDict):
    """Run was pressed, by someone who saw answers up to the serial ``after``; and, if so, "Run anyway"."""

    do: Literal["run"]
    after: NotRequired[int]
    anyway: NotRequired[bool]


class Stop(TypedDict):
    """One column is to be stopped, or all."""

    do: Literal["stop"]
    column: NotRequired[str | None]


class Keep(TypedDict):
    """An answer is to be made part of the conversation."""

    do: Literal["keep"]
    column: str
    serial: int


class NewThread(TypedDict):
    """The conversation is to be left."""

    do: Literal["new_thread"]


class Compare(TypedDict):
    """Compare was pressed, as Run."""

    do: Literal["compare"]
    after: NotRequired[int]
    anyway: NotRequired[bool]


class CompareAdd(TypedDict):
    """The settings as they are now are to be compared, too."""

    do: Literal["compare_add"]


class CompareDrop(TypedDict):
    """A column is to be taken out of the comparison."""

    do: Literal["compare_drop"]
    id: str


class Refresh(TypedDict):
    """What is deployed is to be read anew."""

    do: Literal["refresh"]


class Copy(TypedDict):
    """The request is wanted as a text."""

    do: Literal["copy"]
    kind: str


class Insert(TypedDict):
    """The cell that does the same is wanted."""

    do: Literal["insert"]


class Form(TypedDict):
    """The request is to be shown in this form."""

    do: Literal["form"]
    kind: str


class Open(TypedDict):
    """A row of the earlier comparisons was opened."""

    do: Literal["open"]
    row: str


class TakeSettings(TypedDict):
    """The settings of an answer are to be those of the panel."""

    do: Literal["take_settings"]
    column: str
    serial: int


class TakeText(TypedDict):
    """The text of an answer is wanted for the clipboard."""

    do: Literal["take_text"]
    column: str
    serial: int


class TakeCell(TypedDict):
    """The cell that asks as an answer was asked is wanted."""

    do: Literal["take_cell"]
    column: str
    serial: int


Action = (
    Hello
    | Switch
    | Set
    | Use
    | Reset
    | Variable
    | Fill
    | MessageFrom
    | Message
    | Images
    | Extra
    | Picture
    | Template
    | Undo
    | Redo
    | Find
    | Whole
    | Count
    | Restore
    | Pin
    | Run
    | Stop
    | Keep
    | NewThread
    | Compare
    | CompareAdd
    | CompareDrop
    | Refresh
    | Copy
    | Insert
    | Form
    | Open
    | TakeSettings
    | TakeText
    | TakeCell
    | GridAction
    | SweepAction
    | SaveAction
    | VersionsAction
)
