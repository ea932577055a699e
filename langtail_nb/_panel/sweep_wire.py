"""What the Rows tab shows, and what can be done in it."""

from typing import Literal, TypedDict

ScoreKind = Literal["none", "contains", "equals", "regex", "json"]


class Stop(TypedDict):
    """Stops on one parameter, as they were typed: ``0, 0.5, 1``; and what is wrong with them."""

    name: str
    text: str
    problem: str | None


class ScoreChoice(TypedDict):
    """The one score; ``text`` is the pattern or the name of a column."""

    kind: ScoreKind
    column: str
    pattern: str


class SweepPart(TypedDict):
    """A column of the table and what it is for."""

    name: str
    part: Literal["message", "sent", "for scores"]


class SweepAxis(TypedDict):
    """A parameter that stops can be typed for; ``deployed`` is what counts without any."""

    name: str
    label: str
    hint: str


class SweepSection(TypedDict):
    """The Rows tab: the table's beginning, what is varied, what it will cost, how far it is.

    ``plan`` is the number of the plan that ``button`` and ``told`` speak of, 0 where there is none;
    ``problem`` is why it does not run as it is.
    """

    count: int
    parts: list[SweepPart]
    preview: list[list[str]]
    message: str | None
    axes: list[SweepAxis]
    stops: list[Stop]
    repeats: int
    score: ScoreChoice
    budget: str
    hint: str
    settings: list[str]
    plan: int
    button: str
    told: str
    notes: list[str]
    problem: str | None
    running: bool
    done: int
    total: int
    progress: str
    waits: str


class SweepLook(TypedDict):
    """The Rows tab was turned to: it wants to know what a sweep costs."""

    do: Literal["sweep_look"]


class SweepStops(TypedDict):
    """Stops of a parameter were typed; None takes it out."""

    do: Literal["sweep_stops"]
    name: str
    text: str | None


class SweepRepeats(TypedDict):
    """How often each setting answers each row."""

    do: Literal["sweep_repeats"]
    repeats: int


class SweepScore(TypedDict):
    """What is to be measured."""

    do: Literal["sweep_score"]
    kind: ScoreKind
    column: str
    pattern: str


class SweepBudget(TypedDict):
    """What it may cost."""

    do: Literal["sweep_budget"]
    budget: str


class SweepPaste(TypedDict):
    """A table was pasted."""

    do: Literal["sweep_paste"]
    text: str


class SweepRun(TypedDict):
    """The button was pressed, by someone who saw the plan of this number."""

    do: Literal["sweep_run"]
    plan: int


class SweepStop(TypedDict):
    """What runs is to be stopped."""

    do: Literal["sweep_stop"]


SweepAction = (
    SweepLook | SweepStops | SweepRepeats | SweepScore | SweepBudget | SweepPaste | SweepRun | SweepStop
)
