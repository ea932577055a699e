"""What the judges of a plan will ask, and what of that is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final

from langtail_nb._errors import LangtailError
from langtail_nb._kernel.disk.trials import StoredTrial
from langtail_nb._kernel.runs import reply_of
from langtail_nb._sweep.aside import mark_of
from langtail_nb._sweep.judge import Judge
from langtail_nb._sweep.planned import Asked, Planned
from langtail_nb._sweep.scoring.score import ScoredRow
from langtail_nb._sweep.steadiness import ASKING, TWICE
from langtail_nb._types.config import arguments_of

_ONCE_MORE: Final = ASKING + 1


def asked(plan: Planned) -> Mapping[str, Asked]:
    """Return what each judge of a plan asks, by the name of its score, as of the plan's last look."""
    if plan.judged is None:
        plan.judged = {name: _asked(plan, one) for name, one in plan.scores.items() if isinstance(one, Judge)}
    return plan.judged


def calls(plan: Planned) -> int:
    """Return how many calls the judges of a plan take, stored ones included."""
    return sum(one.calls for one in asked(plan).values())


def to_send(plan: Planned) -> int:
    """Return how many of them would be sent, at most."""
    return sum(one.to_send for one in asked(plan).values())


def _asked(plan: Planned, judge: Judge) -> Asked:
    calls = judge.calls_per_answer * plan.calls
    calls += min(TWICE, plan.calls) if judge.against is None else 0
    if plan.cache in ("off", "refresh"):
        return Asked(calls, calls, ())
    count, known = _stored_pairs(plan, judge) if judge.against is not None else _stored(plan, judge)
    return Asked(calls, 0 if plan.cache == "only" else max(0, calls - count), known)


def models(plan: Planned) -> Iterator[str]:
    """Yield the model of each judge, as far as it can be read."""
    for one in plan.scores.values():
        if isinstance(one, Judge):
            config = plan.session.config_soon(one.addressed)
            model = None if config is None else arguments_of(config).get("model")
            if model:
                yield str(model)


def told(plan: Planned) -> Iterator[str]:
    """Yield how much each judge asks and what it receives, a line each."""
    for name, one in plan.scores.items():
        if isinstance(one, Judge):
            columns = "".join(f", {column}" for column in one.columns)
            shown = f"{'two answers' if one.against is not None else 'the answer'}{columns}"
            counted = f"{asked(plan)[name].calls:,} calls at most"
            receives = f"{one.addressed} receives the question and {shown}, no setting and no model"
            yield f"{name}: {counted}; {receives}"


def _stored(plan: Planned, judge: Judge) -> tuple[int, tuple[tuple[int, StoredTrial], ...]]:
    """Return how many calls of a judge of single answers are stored, repeated ones included, and which."""
    texts = list(_texts(plan))
    keys = [(_key(plan, judge, {"output": text}, row), row) for _, row, _, text in texts]
    again = [_key(plan, judge, {"output": text}, row, repeat=_ONCE_MORE) for _, row, _, text in texts]
    found = plan.store.find({*(key for key, _ in keys), *again})
    known = {key: (row, found[key]) for key, row in keys if key in found}
    count = sum(key in found for key, _ in keys) + min(TWICE, sum(key in found for key in again))
    return count, tuple(known.values())


def _stored_pairs(plan: Planned, judge: Judge) -> tuple[int, tuple[tuple[int, StoredTrial], ...]]:
    """Return the same of a judge of two answers, those that need no call counted as well."""
    texts = {(setting, row, repeat): text for setting, row, repeat, text in _texts(plan)}
    keys: list[tuple[str, int]] = []
    even = 0
    for (setting, row, repeat), mine in texts.items():
        theirs = texts.get((0, row, repeat))
        if setting == 0 or theirs is None or mine == theirs:
            # The first is held beside none, and equal texts are a tie without a call.
            even += 2 if setting == 0 or theirs is not None else 0
            continue
        for parts in ({"first": mine, "second": theirs}, {"first": theirs, "second": mine}):
            keys.append((_key(plan, judge, parts, row), row))
    found = plan.store.find({key for key, _ in keys})
    known = {key: (row, found[key]) for key, row in keys if key in found}
    return even + sum(key in found for key, _ in keys), tuple(known.values())


def _texts(plan: Planned) -> Iterator[tuple[int, int, int, str]]:
    """Yield the stored answers of a plan: setting, row, repeat, text."""
    stored = plan.stored_trials()
    with suppress(LangtailError):
        turns = plan.store.read([one.turn for one in stored.values()])
        for key, one in stored.items():
            turn, trial = turns.get(one.turn), plan.positions[key][0]
            if turn is not None and (turn.reply or {}).get("messages"):
                yield *trial, reply_of(turn, plan.request(trial)).text


def _key(plan: Planned, judge: Judge, parts: dict[str, str], row: int, *, repeat: int = 1) -> str:
    request = judge.request(parts, ScoredRow(plan.rows.data[row]))
    config = plan.session.config_soon(request.target)
    return mark_of(plan.session.place, config, request, repeat).key
