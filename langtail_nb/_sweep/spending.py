"""What a plan will cost in calls, money and time, and whether that needs a budget or is over it."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from typing import TYPE_CHECKING, Final

from langtail_nb._kernel.budget import FREE, Budget, price_line
from langtail_nb._sweep import judging, price
from langtail_nb._sweep.durations import duration
from langtail_nb._sweep.way import Way
from langtail_nb._types.config import arguments_of

if TYPE_CHECKING:
    from langtail_nb._sweep.plan import Plan

_TYPICAL: Final = (1000, 300)


def seconds(plan: Plan) -> float | None:
    """Return how long the calls of a plan will take, from those that are stored; None without any."""
    known = [one.latency_s for one in plan.stored_trials().values() if one.latency_s is not None]
    if not known or not plan.to_send:
        return None
    return statistics.fmean(known) * math.ceil(plan.to_send / min(plan.limit, plan.to_send))


def estimate(plan: Plan) -> price.Estimate | None:
    """Return what the calls will cost, from those that are stored; None where that is not known."""
    costs = {at: _costs(plan, at) for at in range(len(plan.ways))}
    return price.estimate(costs, Counter(trial.setting for trial in plan.unsent()))


def refusal(plan: Plan) -> str | None:
    """Return why a plan does not run as it is, in a line that says what to type; None where it does."""
    if not plan.to_send:
        return refusal_of_judges(plan)
    count = plan.to_send + plan.judge_calls_to_send
    return _over_run(plan, plan.budget, count) or _over_kernel(plan, count)


def _over_kernel(plan: Plan, count: int) -> str | None:
    expected = estimate(plan)
    usd = None if expected is None else expected.middle
    return plan.session.spending.refusal(count, usd=usd, seconds=seconds(plan))


def _over_run(plan: Plan, budget: Budget | None, count: int) -> str | None:
    if budget is None:
        return needs_budget(count) if count > FREE else None
    match budget.kind:
        case "calls":
            return _over_calls(count, budget)
        case "seconds":
            return _over_time(plan, budget)
    return _over_money(plan, budget)


def refusal_of_judges(plan: Plan) -> str | None:
    """Return the same of a plan whose answers are all there, so that judges alone are asked."""
    count, budget = plan.judge_calls_to_send, plan.budget
    if budget is None:
        return needs_budget(count) if count > FREE else None
    return _over_calls(count, budget) if budget.kind == "calls" else None


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


def _over_time(plan: Plan, budget: Budget) -> str | None:
    needed = seconds(plan)
    if budget.is_ceiling or needed is None or needed <= budget.amount:
        return None
    more = duration(needed * 1.5)
    return (
        f"about {duration(needed)} are over the budget of {budget.text}: "
        f'budget="{more}", or budget="up to {budget.text}"'
    )


def _over_money(plan: Plan, budget: Budget) -> str | None:
    for model in [*filter(None, map(_model, plan.ways)), *judging.models(plan)]:
        if price.firm_cost_of(model, price.tokens(*_TYPICAL)) is None:
            return f"a budget in USD needs the price of {model}: {price_line(model)}"
    expected = estimate(plan)
    if budget.is_ceiling or (expected is not None and expected.middle <= budget.amount):
        return None
    if expected is None:
        return f'what it costs is not known yet: plan.pilot() asks a few, or budget="up to {budget.text}"'
    more = price.money(expected.high)
    return f'{expected} is over the budget of {budget.text}: budget="{more}", or budget="up to {budget.text}"'


def _model(way: Way) -> str | None:
    model = way.base.parameters.get("model") or arguments_of(way.config or {}).get("model")
    return str(model) if model else None


def _costs(plan: Plan, setting: int) -> list[float]:
    costs = [
        price.cost_of(one.model, price.tokens(one.prompt_tokens, one.completion_tokens))
        for one in plan.known(setting)
    ]
    return [cost for cost in costs if cost is not None]
