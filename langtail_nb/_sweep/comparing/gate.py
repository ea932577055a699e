"""``expect``: a gate that is green only where there is evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.comparing.choice import check_amount, is_within, of_score
from langtail_nb._sweep.comparing.findings import Evidence, Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Whether the settings pass.

    Attributes:
        faults: Why not, a line each; empty where they pass.
        told: What was seen of each setting and what drop could have been missed, a line each.
    """

    faults: tuple[str, ...]
    told: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether every setting passes."""
        return not self.faults


def expect(
    found: Evidence,
    score: str | None = None,
    *,
    margin: float | None = None,
    setting: int | None = None,
    replayed: bool = False,
) -> Gate:
    """Return whether settings are no worse than the first.

    Args:
        found: The evidence.
        score: In which score; the first where None.
        margin: Pass only what is shown to lose no more than this, in the score's own units.
        setting: The place of the only one to judge; None for all.
        replayed: Whether answers that were replayed count as evidence.

    Raises:
        ConfigurationError: There is no such score, it is a measure, or nothing is compared.
    """
    check_amount("margin", margin)
    scored, findings = of_score(found, score)
    if scored.is_measure:
        raise ConfigurationError(f"{scored.name!r} is a measure, of which more is not worse; name a score")
    judged = [one for one in findings if one.setting and setting in (None, one.setting)]
    if not judged:
        raise ConfigurationError("there is no setting to judge beside the one that it is compared with")
    faults = [line for one in judged for line in _faults(found, one, margin, replayed=replayed)]
    return Gate(faults=tuple(faults), told=tuple(_told(found, one) for one in judged))


def _faults(found: Evidence, one: Finding, margin: float | None, *, replayed: bool) -> Iterator[str]:
    setting, first = found.settings[one.setting], found.settings[0]
    named = f"{one.score}, {setting.label}"
    if not replayed and (setting.replayed or first.replayed):
        yield f"{named}: answers are replayed, which shows nothing new; replayed=True takes them"
    if one.word is None:
        yield f"{named}: no evidence: {one.why}"
    elif margin is None and one.word == "worse":
        yield f"{named}: worse than {first.label}, by {_ends(one)}"
    elif margin is not None and not is_within(found, one.score, one.setting, margin):
        yield f"{named}: not shown to be within {margin:g} of {first.label}: {_ends(one)}"


def _ends(one: Finding) -> str:
    assert one.difference is not None
    return f"{one.difference:+.2f} ({one.difference_low:+.2f} to {one.difference_high:+.2f})"


def _told(found: Evidence, one: Finding) -> str:
    label = found.settings[one.setting].label
    if one.difference is None or one.could_find is None:
        return f"{one.score}, {label}: {one.why}"
    seen = f"{one.score}, {label}: {one.word or 'no word'}, {_ends(one)} on {one.rows} rows"
    return f"{seen}; a drop under {one.could_find:.2f} would be missed more than 1 time in 5"
