"""Measures: what an answer took, and how long it is. More of them is neither better nor worse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.comparing.scored import WORDS
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.scoring.functions import score as of_function
from langtail_nb._sweep.scoring.score import OverRepeats, Score, ScoredRow
from langtail_nb._types.reply import Reply

_UNITS: Final[dict[str, Callable[[str], int]]] = {
    "words": lambda text: len(text.split()),
    "characters": len,
    "lines": lambda text: len(text.splitlines()),
}


def length(unit: Literal["words", "characters", "lines"] = "words") -> Score:
    """Return the measure of how long an answer is.

    Example:
        >>> scored = run.rescore(lt.length())
        >>> scored.to_pandas()["length"].tolist()
        [11.0, 10.0, 11.0, 10.0]
    """
    if unit not in _UNITS:
        raise ConfigurationError(f"length counts {', '.join(_UNITS)}, not {unit!r}")
    count = _UNITS[unit]
    return _measure("length", lambda reply: count(reply.text))


def tokens_out() -> Score:
    """Return the measure of how many tokens the model wrote; unscored where the provider did not say.

    Example:
        >>> scored = run.rescore(lt.tokens_out())
        >>> scored.to_pandas()["tokens_out"].tolist()
        [11.0, 10.0, 11.0, 10.0]
    """
    return _measure("tokens_out", lambda reply: reply.usage.completion_tokens)


def latency() -> Score:
    """Return the measure of the seconds from sending the attempt that succeeded to the end.

    Example:
        >>> plan = lt.sweep(
        ...     over=lt.grid(temperature=[1]), rows=rows, message="question",
        ...     score=lt.latency(),
        ... )
        >>> plan.calls
        4
    """
    return _measure("latency", lambda reply: reply.latency_s)


def first_token() -> Score:
    """Return the measure of the seconds to the first piece; unscored where all came at once.

    Example:
        >>> plan = lt.sweep(
        ...     over=lt.grid(temperature=[1]), rows=rows, message="question",
        ...     score=lt.first_token(),
        ... )
        >>> plan.calls
        4
    """
    return _measure("first_token", lambda reply: reply.first_token_s)


def cost(price_of: Callable[[Reply], float | None] | None = None) -> Score:
    """Return the measure of the dollars that an answer cost; unscored where the price is not known.

    Args:
        price_of: What an answer cost; a sweep puts its own in where None.

    Example:
        >>> plan = lt.sweep(
        ...     over=lt.grid(temperature=[1]), rows=rows, message="question",
        ...     score=[lt.contains("days"), lt.cost()],
        ... )
        >>> plan.calls
        4
    """
    return _measure("cost", price_of or (lambda reply: None))


def _measure(name: str, of_reply: Callable[[Reply], float | None]) -> Score:
    def of(output: str, row: ScoredRow, record: Outcome) -> float | None:
        assert record.reply is not None
        return of_reply(record.reply)

    return Score(name=name, of=of, span=None, words=WORDS[name])


def same() -> OverRepeats:
    """Return the score of how steady a setting is: the share of repeats with the commonest text.

    Example:
        >>> plan = lt.sweep(
        ...     over=lt.grid(temperature=[1]), rows=rows, message="question",
        ...     repeats=3, score=lt.same(),
        ... )
        >>> plan.calls
        12
    """

    def of(texts: Sequence[str], scores: Sequence[float]) -> float:
        return max(Counter(texts).values()) / len(texts)

    return OverRepeats(name="same", of=of)


def pass_all(score: Score | Callable[..., Any] | None = None) -> OverRepeats:
    """Return a score that passes where all repeats of a row pass.

    Args:
        score: What they are to pass, a function too; the first score of the sweep where None.

    Raises:
        ConfigurationError: It is neither, or no score of single answers.

    Example:
        >>> plan = lt.sweep(
        ...     over=lt.grid(temperature=[1]), rows=rows, message="question",
        ...     repeats=3, score=lt.pass_all(lt.contains("days")),
        ... )
        >>> plan.calls
        12
    """

    def of(texts: Sequence[str], scores: Sequence[float]) -> float:
        return float(all(one >= 1 for one in scores))

    return OverRepeats(name="pass_all", of=of, inner=_inner(score), is_bool=True)


def _inner(score: Any) -> Score | None:
    if score is None or isinstance(score, Score):
        return score
    if not callable(score):
        example = "such as lt.contains('days')"
        raise ConfigurationError(
            f"pass_all takes a score or a function of single answers, {example}, not {score!r}"
        )
    return of_function(score)
