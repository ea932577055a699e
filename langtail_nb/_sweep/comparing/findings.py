"""What evidence says: of a setting in a score, of a value of an axis, of a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from langtail_nb._sweep.comparing.comparisons import Comparison
from langtail_nb._sweep.comparing.marked import Agreement
from langtail_nb._sweep.comparing.noise import Noise
from langtail_nb._sweep.comparing.scored import History, Rule, Scored, Setting

UNDECIDED = "not distinguishable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One setting in one score.

    Attributes:
        setting: Its place, 0 for the one that the others are compared with.
        score: The score's name.
        mean: Over the trials that every sound setting has a score for; None without any.
        low: Where the mean's 95 % interval begins.
        high: Where it ends.
        difference: To the first, over the trials that both have; of a measure the ratio of totals.
        difference_low: Where its interval begins, at the level that was tested.
        difference_high: Where it ends.
        word: ``"better"``, ``"worse"``, ``"not distinguishable"``, of a measure ``"longer"`` and so on; None
            for the first, and where none may be said.
        why: Why no word may be said, else ``""``.
        rule: Which rule spoke; None where none did.
        since: How many units the word was earned on, where it was earlier than with those of now, else None.
        since_when: When that was, as it was handed in.
        p: Of the planned test; None where that was not made.
        level: What p was held against, and the chance of a miss of the difference's interval.
        could_find: The smallest difference that is found four times in five; of a measure as a ratio.
        rows: How many units the difference is of.
        won: Units on which the setting's mean is higher, of a measure too.
        lost: Units on which it is lower.
        tied: Units on which it is the same.
        left_out: Row numbers of trials that did not get through, here or in the first.
        missing: How many units are left out, in parts where only some of their trials are.
        unscored: Trials that got through and have no score.
        waiting: Units that wait to be asked.
        agreement: Of a judge with marks, where there are any.
        corrected: Whether the marks correct the difference.
    """

    setting: int
    score: str
    mean: float | None
    low: float | None
    high: float | None
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    word: str | None = None
    why: str = ""
    rule: Rule | None = None
    since: int | None = None
    since_when: str = ""
    p: float | None = None
    level: float | None = None
    could_find: float | None = None
    rows: int = 0
    won: int = 0
    lost: int = 0
    tied: int = 0
    left_out: tuple[int, ...] = ()
    missing: float = 0.0
    unscored: int = 0
    waiting: int = 0
    agreement: Agreement | None = None
    corrected: bool = False

    @property
    def is_decided(self) -> bool:
        """Whether the word says that there is a difference."""
        return self.word not in (None, UNDECIDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One value of an axis against the first value of that axis, averaged over the other axis.

    Attributes:
        axis: Its name.
        value: The value's label.
        first: That of the first value.
        difference: In the score, or of a measure as a ratio; None without any row.
        low: Where its interval begins, at the level that was tested.
        high: Where it ends.
        word: As of a finding.
        why: As of a finding.
        rows: How many units it is of.
    """

    axis: str
    value: str
    first: str
    difference: float | None
    low: float | None
    high: float | None
    word: str | None
    why: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What may be said of a sweep.

    Attributes:
        settings: As they were given, the first being the one that the others are compared with.
        findings: By score, one for each setting.
        effects: By score, where the cells of a grid are too many for words; else empty.
        noise: By score: the first setting against itself.
        advice: Plain sentences about what the words are worth.
        scored: What it was made of.
        history: How the sweep came to its rows.
        comparisons: By score, one for each setting that has rows in common with the first.
    """

    settings: tuple[Setting, ...]
    findings: Mapping[str, tuple[Finding, ...]]
    effects: Mapping[str, tuple[Effect, ...]]
    noise: Mapping[str, Noise | None]
    advice: tuple[str, ...]
    scored: Mapping[str, Scored] = field(repr=False)
    history: History = field(repr=False)
    comparisons: Mapping[str, Sequence[Comparison | None]] = field(repr=False)

    @property
    def compared(self) -> int:
        """How many settings are compared with the first."""
        return len(self.settings) - 1
