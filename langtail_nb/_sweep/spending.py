"""What a plan will cost in calls, money and time, and whether that needs a budget or is over it."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Final

from langtail_nb._errors import LangtailError
from langtail_nb._kernel.budget import FREE, Budget, price_line
from langtail_nb._kernel.disk.trials import StoredTrial
from langtail_nb._sweep import judging, price
from langtail_nb._sweep.durations import duration
from langtail_nb._sweep.planned import Planned
from langtail_nb._sweep.way import Way
from langtail_nb._types.config import arguments_of

_TYPICAL: Final = (1000, 300)


def seconds(plan: Planned, *, answers: bool = True) -> float | None:
    """Return how long the calls of a plan will take, from those that are stored; None without any.

    Args:
        answers: Whether the calls for answers count; without, those of judges alone.
    """
    work = [(one.to_send, [trial for _, trial in one.known]) for one in judging.asked(plan).values()]
    work += [(plan.to_send, [*plan.stored_trials().values()])] if answers else []
    timed = [(count, [one for one in known if one.latency_s is not None]) for count, known in work]
    if answers and plan.to_send and not timed[-1][1]:
        return None
    found = [(count, known) for count, known in timed if count and known]
    is_in_line = plan.is_free and not plan.session.replay.is_on
    return (_in_line(found) if is_in_line else _at_once(plan, found)) if found else None


def _in_line(work: Sequence[tuple[int, Sequence[StoredTrial]]]) -> float:
    """Return the same of a local stand-in: what waits in its line counts as its latency, and as no work."""
    return sum(count * _busy_s(known) / len(known) for count, known in work)


def _busy_s(known: Iterable[StoredTrial]) -> float:
    """Return how long at least one of these calls was on its way."""
    busy, until = 0.0, -math.inf
    for start, end in sorted((one.at - (one.latency_s or 0.0), one.at) for one in known):
        busy += max(0.0, end - max(start, until))
        until = max(until, end)
    return busy


def _at_once(plan: Planned, work: Sequence[tuple[int, Sequence[StoredTrial]]]) -> float:
    """Return the same of a server that answers as many at once as the limiter has learned so far."""
    count = sum(calls for calls, _ in work)
    took = sum(calls * statistics.fmean(one.latency_s or 0.0 for one in known) for calls, known in work)
    return took / count * _rounds(plan, count)


def _rounds(plan: Planned, count: int) -> int:
    most = min(plan.limit, count)
    # What is played says nothing about a server, and is to be told alike each time.
    if not plan.session.replay.is_on:
        with suppress(LangtailError):
            if (limiter := plan.session.client().caller.limiter) is not None:
                return limiter.rounds(count, most=most)
    return math.ceil(count / most)


def estimate(plan: Planned, *, answers: bool = True) -> price.Estimate | None:
    """Return what the calls will cost, from those that are stored; None where that is not known.

    Judges count as far as their price is known; :func:`unpriced` names the others.

    Args:
        answers: Whether the calls for answers count; without, those of judges alone.
    """
    costs: dict[price.Asking, dict[int, float]] = {}
    to_send: Counter[price.Asking] = Counter()
    if answers:
        costs |= {at: _costs(_by_row(plan, at)) for at in range(len(plan.ways))}
        to_send.update(trial.setting for trial in plan.unsent())
    beside = {name: _costs(one.known) for name, one in judging.asked(plan).items() if one.to_send}
    to_send.update({name: judging.asked(plan)[name].to_send for name, known in beside.items() if known})
    costs.update(beside)
    return price.estimate(costs, to_send) if to_send else None


def unpriced_judges(plan: Planned) -> list[str]:
    """Return the judges that are still to be asked, and of whose calls nobody knows the price yet."""
    return [name for name, one in judging.asked(plan).items() if one.to_send and not _costs(one.known)]


def unpriced_model(plan: Planned) -> str | None:
    """Return a model whose answers are stored and that has no price; None where there is none."""
    models = {one.model for one in plan.stored_trials().values() if one.model}
    return next((one for one in sorted(models) if price.cost_of(one, price.tokens(*_TYPICAL)) is None), None)


def refusal(plan: Planned) -> str | None:
    """Return why a plan does not run as it is, in a line that says what to type; None where it does."""
    if not plan.to_send:
        return refusal_of_judges(plan)
    count = plan.to_send + judging.to_send(plan)
    return _over_run(plan, plan.budget, count, answers=True) or _over_kernel(plan, count)


def _over_kernel(plan: Planned, count: int) -> str | None:
    expected = estimate(plan)
    usd = None if expected is None else expected.middle
    return plan.session.spending.refusal(count, usd=usd, seconds=seconds(plan))


def _over_run(plan: Planned, budget: Budget | None, count: int, *, answers: bool) -> str | None:
    if budget is None:
        return needs_budget(count) if count > FREE else None
    match budget.kind:
        case "calls":
            return _over_calls(count, budget)
        case "seconds":
            return _over_time(seconds(plan, answers=answers), budget)
    return _over_money(plan, budget, answers=answers)


def refusal_of_judges(plan: Planned) -> str | None:
    """Return the same of a plan whose answers are all there, so that judges alone are asked."""
    count = judging.to_send(plan)
    return _over_run(plan, plan.budget, count, answers=False) if count else None


def needs_budget(count: int) -> str:
    """Return the line that refuses so many calls without a budget."""
    return (
        f'{count:,} calls to send need a budget: budget="{count} calls", '
        'or a sum such as "2 USD", or a time such as "10 min"'
    )


def _over_calls(count: int, budget: Budget) -> str | None:
    if budget.is_ceiling or count <= budget.amount:
        return None
    most = f"{budget.amount:.0f} calls"
    return (
        f'{count:,} calls to send are over the budget of {budget.text}: budget="{count} calls", '
        f'or budget="up to {most}"'
    )


def _over_time(needed: float | None, budget: Budget) -> str | None:
    if budget.is_ceiling or needed is None or needed <= budget.amount:
        return None
    more = duration(needed * 1.5)
    return (
        f"about {duration(needed)} are over the budget of {budget.text}: "
        f'budget="{more}", or budget="up to {budget.text}"'
    )


def _over_money(plan: Planned, budget: Budget, *, answers: bool) -> str | None:
    for model in [*filter(None, map(_model, plan.ways)), *judging.models(plan)]:
        if price.firm_cost_of(model, price.tokens(*_TYPICAL)) is None:
            return f"a budget in USD needs the price of {model}: {price_line(model)}"
    expected = estimate(plan, answers=answers)
    if budget.is_ceiling or (expected is not None and expected.middle <= budget.amount):
        return None
    if expected is None and not answers:
        return None  # nothing was judged yet, and a pilot asks for answers: the budget stops it in time
    if expected is None:
        return f'what it costs is not known yet: plan.pilot() asks a few, or budget="up to {budget.text}"'
    more = price.money(expected.high)
    return f'{expected} is over the budget of {budget.text}: budget="{more}", or budget="up to {budget.text}"'


def _model(way: Way) -> str | None:
    model = way.base.parameters.get("model") or arguments_of(way.config or {}).get("model")
    return str(model) if model else None


def _by_row(plan: Planned, setting: int) -> Iterator[tuple[int, StoredTrial]]:
    return ((plan.positions[one.key][0].row, one) for one in plan.known(setting))


def _costs(known: Iterable[tuple[int, StoredTrial]]) -> dict[int, float]:
    """Return what an answer cost in the mean, by its row."""
    found: dict[int, list[float]] = {}
    for row, one in known:
        cost = price.cost_of(one.model, price.tokens(one.prompt_tokens, one.completion_tokens))
        if cost is not None:
            found.setdefault(row, []).append(cost)
    return {row: statistics.fmean(costs) for row, costs in found.items()}
