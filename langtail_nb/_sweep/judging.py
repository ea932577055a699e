"""What the judges of a plan will ask, and what of that is stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from langtail_nb._errors import LangtailError
from langtail_nb._kernel.runs import reply_of
from langtail_nb._sweep.aside import mark_of
from langtail_nb._sweep.judge import Judge
from langtail_nb._sweep.scoring.score import ScoredRow
from langtail_nb._sweep.steadiness import ASKING, TWICE
from langtail_nb._types.config import arguments_of

if TYPE_CHECKING:
    from langtail_nb._sweep.plan import Plan

_ONCE_MORE: Final = ASKING + 1


def calls(plan: Plan) -> int:
    """Return how many calls the judges make, stored ones included."""
    return sum(_of(one, plan.calls) for one in plan.scores.values())


def calls_to_send(plan: Plan) -> int:
    """Return how many of them are not stored, at most: what an answer says is known of stored ones only."""
    judges = [one for one in plan.scores.values() if isinstance(one, Judge)]
    if not judges or plan.cache == "only":
        return 0
    if plan.cache in ("off", "refresh"):
        return calls(plan)
    return sum(max(0, _of(one, plan.calls) - _stored(plan, one)) for one in judges)


def models(plan: Plan) -> Iterator[str]:
    """Yield the model of each judge, as far as it can be read."""
    for one in plan.scores.values():
        if isinstance(one, Judge):
            config = plan.session.config_soon(one.target)
            model = None if config is None else arguments_of(config).get("model")
            if model:
                yield str(model)


def told(plan: Plan) -> Iterator[str]:
    """Yield what each judge receives, a line each."""
    for name, one in plan.scores.items():
        if isinstance(one, Judge):
            columns = "".join(f", {column}" for column in one.columns)
            shown = f"{'two answers' if one.against is not None else 'the answer'}{columns}"
            yield f"{name}: {one.target} receives the question and {shown}, no setting and no model"


def _of(one: object, answers: int) -> int:
    each = int(getattr(one, "calls_per_answer", 0))
    is_asked_twice = isinstance(one, Judge) and one.against is None
    return each * answers + (min(TWICE, answers) if is_asked_twice else 0)


def _stored(plan: Plan, judge: Judge) -> int:
    """Return how many calls of a judge of single answers are stored, those that repeat one included."""
    if judge.against is not None:
        return _stored_pairs(plan, judge)
    texts = list(_texts(plan))
    keys = [_key(plan, judge, {"output": text}, row) for _, row, _, text in texts]
    again = [_key(plan, judge, {"output": text}, row, repeat=_ONCE_MORE) for _, row, _, text in texts]
    found = plan.store.find({*keys, *again})
    return sum(key in found for key in keys) + min(TWICE, sum(key in found for key in again))


def _stored_pairs(plan: Plan, judge: Judge) -> int:
    texts = {(setting, row, repeat): text for setting, row, repeat, text in _texts(plan)}
    keys, even = [], 0
    for (setting, row, repeat), mine in texts.items():
        theirs = texts.get((0, row, repeat))
        if setting == 0 or theirs is None or mine == theirs:
            # The first is held beside none, and equal texts are a tie without a call.
            even += 2 if setting == 0 or theirs is not None else 0
            continue
        for parts in ({"first": mine, "second": theirs}, {"first": theirs, "second": mine}):
            keys.append(_key(plan, judge, parts, row))
    found = plan.store.find({*keys})
    return even + sum(key in found for key in keys)


def _texts(plan: Plan) -> Iterator[tuple[int, int, int, str]]:
    """Yield the stored answers of a plan: setting, row, repeat, text."""
    stored = plan.stored_trials()
    with suppress(LangtailError):
        turns = plan.store.read([one.turn for one in stored.values()])
        for key, one in stored.items():
            turn, trial = turns.get(one.turn), plan.positions[key][0]
            if turn is not None and (turn.reply or {}).get("messages"):
                yield *trial, reply_of(turn, plan.request(trial)).text


def _key(plan: Plan, judge: Judge, parts: dict[str, str], row: int, *, repeat: int = 1) -> str:
    request = judge.request(parts, ScoredRow(plan.rows.data[row]))
    config = plan.session.config_soon(request.target)
    return mark_of(plan.session.place, config, request, repeat).key
