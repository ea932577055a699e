"""What is stored of a plan, taken into a run: nothing is sent for it."""

from __future__ import annotations

from langtail_nb._kernel.runs import reply_of, was_replayed
from langtail_nb._sweep.order import Trial
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.planned import Planned
from langtail_nb._sweep.results import Results


def take_stored(plan: Planned, run: Results) -> list[Trial]:
    """Add the stored outcomes of a plan to its run, and return the trials whose answers are gone by now."""
    stored = plan.stored_trials()
    turns = plan.store.read([one.turn for one in stored.values()])
    gone = []
    for key, one in stored.items():
        first = plan.positions[key][0]
        if first in run.outcomes:
            continue
        turn = turns.get(one.turn)
        if turn is None or not (turn.reply or {}).get("messages"):
            gone.append(first)
            continue
        reply = reply_of(turn, plan.request(first))
        for trial in plan.positions[key]:
            run.outcomes[trial] = Outcome(
                *trial, reply, None, one.at, one.waited_s, True, replayed=was_replayed(turn.reply)
            )
    return gone
