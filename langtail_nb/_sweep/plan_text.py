"""A plan as text, and the same as HTML in which nothing can run."""

from __future__ import annotations

import time
from html import escape
from typing import Final

from langtail_nb._kernel.budget import FREE, price_line
from langtail_nb._sweep import judging, price, spending
from langtail_nb._sweep.durations import duration
from langtail_nb._sweep.planned import Planned
from langtail_nb._sweep.report.findable import findable, impossible
from langtail_nb._text.characters import visible

_NAMED: Final = 12


def plain(plan: Planned) -> str:
    """Return a plan as text."""
    return "\n".join([_head(plan), *(f"  {line}" for line in _lines(plan))])


def html(plan: Planned) -> str:
    """Return the same as HTML."""
    # Front ends give letters of one width to code, and not to what is only preformatted.
    return f"<pre><code>{escape(visible(plain(plan)))}</code></pre>"


def _head(plan: Planned) -> str:
    settings, rows = len(plan.ways), len(plan.rows)
    sizes = [_count(settings, "setting"), _count(rows, "row")]
    sizes += [_count(plan.repeats, "repeat")] if plan.repeats > 1 else []
    judge = f"; {judging.calls(plan):,} more for {_judges(plan)}" if judging.calls(plan) else ""
    target = plan.ways[0].base.target
    return f"{target} · {' × '.join(sizes)} = {_count(plan.calls, 'call')}{judge}"


def _lines(plan: Planned) -> list[str]:
    never = impossible(plan)
    lines = [*([f"can find  {never}"] if never else []), _sends(plan)]
    if len(plan.ways) > 1:
        labels = [one.label for one in plan.settings]
        more = f" · and {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
        lines.append(f"settings  {' · '.join(labels[:_NAMED])}{more}")
    lines.append(f"rows      {_rows(plan)}")
    lines += [f"scores    {', '.join(plan.scores)}"] if plan.scores else []
    lines += [f"can find  {line}" for line in findable(plan)] if not never else []
    lines += [f"judge     {line}" for line in judging.told(plan)]
    lines += [f"note      {line}" for line in [*plan.rows.told(), *plan.told]]
    lines.append(f"budget    {_budget(plan)}")
    return lines


def _sends(plan: Planned) -> str:
    judges = judging.to_send(plan)
    more = f", and up to {judges:,} of {_judges(plan)}" if judges else ""
    parts = [f"{plan.stored:,} are stored{_ages(plan)}, {plan.to_send:,} to send{more}"]
    if plan.cache != "reuse":
        parts[0] += f' (cache="{plan.cache}")'
    seconds = spending.seconds(plan)
    parts += [f"about {duration(seconds)}"] if seconds is not None else []
    parts += [_price(plan)] if plan.to_send or judges else []
    return " · ".join(parts)


def _price(plan: Planned) -> str:
    if plan.is_free:
        return "a local model, which costs nothing"
    estimate = spending.estimate(plan)
    if estimate is not None:
        return f"{estimate}{_of_judges(plan)}"
    if not plan.to_send:
        return "price unknown: nothing was judged yet"
    if model := spending.unpriced_model(plan):
        return f"price unknown: {price_line(model)}"
    return "price unknown: plan.pilot() asks a few, kept"


def _of_judges(plan: Planned) -> str:
    alone = spending.estimate(plan, answers=False) if plan.to_send else None
    share = f", {price.money(alone.middle)} of it for {_judges(plan)}" if alone is not None else ""
    unpriced = spending.unpriced_judges(plan)
    return f"{share}, the calls of {_and(tuple(unpriced))} not counted" if unpriced else share


def _judges(plan: Planned) -> str:
    return "the judge" if len(judging.asked(plan)) == 1 else f"{len(judging.asked(plan))} judges"


def _ages(plan: Planned) -> str:
    times = [one.at for one in plan.stored_trials().values()]
    told = plan.ages(times)
    if not told:
        return ""
    limit = duration(plan.max_age_s)
    old = f"; older than {limit}" if time.time() - min(times) > plan.max_age_s else ""
    return f" ({told} old{old})"


def _rows(plan: Planned) -> str:
    rows = plan.rows
    parts = [f"{len(rows):,}"]
    if rows.sent:
        parts.append(f"{_and(rows.sent)} {'is' if len(rows.sent) == 1 else 'are'} sent")
    if rows.kept:
        parts.append(f"{_and(rows.kept)} {'stays' if len(rows.kept) == 1 else 'stay'} here")
    if (units := len({*rows.units})) < len(rows):
        named = f"{units:,} {rows.unit}" if rows.unit else f"{units:,} that differ"
        parts.append(f"{named}: {units:,} count")
    same = len(plan.trials) - plan.calls
    parts += [f"{same:,} calls would be the same as others and are made once"] if same else []
    return " · ".join(parts)


def _budget(plan: Planned) -> str:
    if line := spending.refusal(plan):
        return line
    if plan.budget is not None:
        return plan.budget.text
    return f"none needed up to {FREE} calls"


def _and(names: tuple[str, ...]) -> str:
    shown = list(names[:_NAMED]) + ([f"{len(names) - _NAMED} more"] if len(names) > _NAMED else [])
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"
