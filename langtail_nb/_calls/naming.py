"""What answers that stand side by side are called, and how far they are alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from langtail_nb._calls.trial import Trial, marks
from langtail_nb._kernel.runs import detail_of
from langtail_nb._line.template_cell import as_text
from langtail_nb._text.brief import shorten
from langtail_nb._text.diff import Mark, answer_diff, hunks, word_diff
from langtail_nb._types.config import Config, template_of
from langtail_nb._types.request import ABOUT_THE_CALL

DEPLOYED: Final = "deployed"
OWN: Final = "this cell"
_CHANGE: Final = "template: "
SAME: Final = "the same, word for word"
_LONGEST: Final = 80
_WORDS: Final = 30
_ROLE: Final = re.compile(r"^--- (\S+)$", re.MULTILINE)


def called(overrides: Mapping[str, Any], config: Config | None) -> str:
    """Return settings by what differs from the deployed ones: ``temperature 0.7``, ``template: +Be brief.``

    Args:
        config: What is deployed, or None where it is not known.
    """
    # What is said about the call goes with each of them.
    told = {name: value for name, value in overrides.items() if name not in ("template", *ABOUT_THE_CALL)}
    template = overrides.get("template")
    parts = [detail_of(told)] if told else []
    parts += [_template(template, config)] if template is not None else []
    return shorten(", ".join(parts), _LONGEST) or DEPLOYED


def apart(titles: Iterable[str]) -> list[str]:
    """Return titles of which no two are alike: settings may differ where no title has room to say it."""
    seen: dict[str, int] = {}
    found = []
    for title in titles:
        count = seen[title] = seen.get(title, 0) + 1
        once_more = "again" if title == DEPLOYED else f"number {count}"
        found.append(title if count == 1 else f"{title}, {once_more}")
    return found


def beside(title: str, detail: str) -> str:
    """Return what a detail says that the title above it does not."""
    if title.startswith(DEPLOYED) and detail == "as deployed":
        return ""
    said = {*title.removeprefix(f"{OWN}: ").split(", ")}
    if any(part.startswith(_CHANGE) for part in said):
        said.add("template")
    return ", ".join(part for part in detail.split(", ") if part not in said)


def differences(trials: Sequence[Trial]) -> list[list[Mark] | None]:
    """Return how each answer differs from the first; None where there is nothing to compare."""
    first, *others = trials
    return [None, *(_against(first, other) for other in others)]


def is_same(marks: list[Mark] | None) -> bool:
    """Return whether two answers that were compared say the same."""
    return marks is not None and all(sign == " " for sign, _ in marks)


def badges_of(trials: Sequence[Trial]) -> dict[str, list[str]]:
    """Return what can be said of each answer beside the others, by id, once all are there.

    That it is the first one again, by its words or as JSON by its values; or clearly the shortest.
    """
    if not trials or any(trial.state == "running" for trial in trials):
        return {trial.id: [] for trial in trials}
    shortest, found = marks(trials), differences(trials)
    return {
        trial.id: [*_sameness(trials[0], trial, one), *shortest.get(trial.id, [])]
        for trial, one in zip(trials, found, strict=True)
    }


def _sameness(first: Trial, other: Trial, marks: list[Mark] | None) -> list[str]:
    if not is_same(marks) or {first.state, other.state} != {"done"}:
        return []
    return [SAME if first.text == other.text else "the same values"]


def _against(first: Trial, other: Trial) -> list[Mark] | None:
    if other.question != first.question or not (first.text and other.text):
        return None
    return _difference(first.text, other.text)


@lru_cache(64)
def _difference(old: str, new: str) -> list[Mark]:
    # Asked for with every change of anything in a panel.
    marks = answer_diff(old, new)
    return marks if is_same(marks) else hunks(marks)


def _template(template: Any, config: Config | None) -> str:
    if config is None:
        return "template"
    changes = [mark for mark in _edited(as_text(template_of(config)), as_text(template)) if mark[0] != " "]
    if not changes:
        return "template as deployed"
    sign, text = next((mark for mark in changes if mark[0] == "+"), changes[0])
    words = " ".join(_ROLE.sub(r"\1:", text).split())
    more = " …" if len(changes) > (2 if {"+", "-"} == {one for one, _ in changes} else 1) else ""
    return f"{_CHANGE}{'+' if sign == '+' else '−'}{shorten(words, _WORDS)}{more}"


@lru_cache(16)
def _edited(old: str, new: str) -> list[Mark]:
    return word_diff(old, new)
