"""What a map or a sweep says of the recordings that its calls stand in."""

from __future__ import annotations

from langtail_nb._sweep.judge import Judge
from langtail_nb._sweep.planned import Planned
from langtail_nb._sweep.rows import MESSAGE


def about(plan: Planned) -> list[str]:
    """Return which columns will stand in files meant to be committed; nothing where none are written."""
    replay = plan.session.replay
    bases = [way.base for way in plan.ways if not way.base.is_private]
    if not replay.is_on or not bases:
        return []
    names = dict.fromkeys(name for one in bases for name in one.variables)
    names |= dict.fromkeys(name for row in plan.rows.variables for name in row)
    read = [name for one in plan.scores.values() if isinstance(one, Judge) for name in one.columns]
    columns = [*dict.fromkeys([*plan.rows.sent, *read])]
    return [replay.about_rows(_of_table(plan, columns), [name for name in names if name not in columns])]


def _of_table(plan: Planned, columns: list[str]) -> list[str]:
    """Return columns; none of messages that were given alone."""
    is_alone = {*plan.rows.data[0]} == {MESSAGE}
    return [] if is_alone else columns
