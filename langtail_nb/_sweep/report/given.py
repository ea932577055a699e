"""What the user gave as ``score=``, as scores by name that know the rows and what judges take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.session import Session
from langtail_nb._sweep.judge import Judge
from langtail_nb._sweep.planned import Planned
from langtail_nb._sweep.scores import AnyScore, scores_of
from langtail_nb._sweep.scoring import measures, patterns, texts
from langtail_nb._sweep.setting import Setting, named
from langtail_nb._text.near import near
from langtail_nb._types.config import variables_of

_BY_NAME: Final[Mapping[str, Callable[[], Any]]] = {
    "json_valid": patterns.json_valid, "finish": texts.finish, "same": measures.same,
    "pass_all": measures.pass_all, "length": measures.length, "tokens_out": measures.tokens_out,
    "latency": measures.latency, "first_token": measures.first_token, "cost": measures.cost,
}  # fmt: skip


def scores_given(
    session: Session, score: Any, columns: Sequence[str], settings: Sequence[Setting]
) -> dict[str, AnyScore]:
    """Return scores by name: those of a dict, else what each is called itself.

    Args:
        score: A score, the name of one that needs nothing more, a function, a list of these or a dict of them
            by what they are to be called; None for none.
        columns: Those of the rows.
        settings: Those of the sweep, which a judge may hold answers beside.

    Raises:
        ConfigurationError: One is no score, reads no column of the rows, or names no setting.
    """
    found = scores_of(_named(score), columns)
    for name, one in found.items():
        if isinstance(one, Judge):
            found[name] = _informed(session, name, one)
            _place_of(one, name, settings)
    return found


def beside(plan: Planned) -> dict[str, int]:
    """Return for each pairwise judge the place of the setting that it holds answers beside."""
    return {
        name: _place_of(one, name, plan.settings)
        for name, one in plan.scores.items()
        if isinstance(one, Judge) and one.against is not None
    }


def _named(score: Any) -> dict[str, Any]:
    if score is None:
        return {}
    if isinstance(score, Mapping):
        return {str(name): _one(one) for name, one in score.items()}
    several = score if isinstance(score, list | tuple) else [score]
    named: dict[str, Any] = {}
    for given in several:
        if isinstance(given, Mapping):
            named |= _named(given)
            continue
        one = _one(given)
        name = str(getattr(one, "name", None) or getattr(one, "__name__", "score"))
        name = "score" if name == "<lambda>" else name
        count = sum(other == name or other.startswith(f"{name} (") for other in named)
        named[f"{name} ({count + 1})" if count else name] = one
    return named


def _one(score: Any) -> Any:
    if not isinstance(score, str):
        return score
    if score not in _BY_NAME:
        hint = near(score, _BY_NAME) or f"; there are {', '.join(_BY_NAME)}, or lt.contains({score!r})"
        raise ConfigurationError(f"no score is named {score!r}{hint}")
    return _BY_NAME[score]()


def _informed(session: Session, name: str, judge: Judge) -> Judge:
    """Return a judge with its whole target, and the variables that it takes as far as they can be read."""
    try:
        target = session.target(judge.target) if isinstance(judge.target, str) else judge.target
    except ConfigurationError as exc:
        raise ConfigurationError(f"score {name!r}: {exc}") from exc
    config = session.config_soon(target)
    return replace(judge, target=target, takes=frozenset(() if config is None else variables_of(config)))


def _place_of(judge: Judge, name: str, settings: Sequence[Setting]) -> int:
    """Return the place of the setting that a judge holds answers beside, 0 where it judges each alone."""
    if judge.against is None or judge.against == "deployed":
        return 0
    if (place := named(settings, judge.against)) is not None:
        return place
    labels = ", ".join(one.label for one in settings[:8])
    raise ConfigurationError(
        f"score {name!r}: against names no setting: {judge.against!r}; there are {labels}"
    )
