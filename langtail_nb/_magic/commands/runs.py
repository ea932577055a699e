"""``%langtail runs``: earlier calls of the current assistant."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel import runs as _runs
from langtail_nb._magic.commands.context import Context
from langtail_nb._magic.commands.runs_prune import prune
from langtail_nb._show.say import show, table

_SHOWN = 20
_COLUMNS = {
    "run": "id", "at": "at", "by": "source", "where": "where", "asked": "asked", "sent": "detail",
    "model": "model", "tokens": "tokens", "cost": "cost", "took": "latency",
}  # fmt: skip


def runs(context: Context) -> None:
    """Show the newest calls of the current assistant, those of cells, panels and functions alike.

    Raises:
        ConfigurationError: More was given than how many to show.
    """
    session, words = context.session, context.words
    if words[:1] == ["prune"]:
        return prune(context.within())
    if len(words) > 1 or not all(map(is_number, words)):
        raise ConfigurationError(f"write %langtail runs [N] or runs prune [DAYS], not {' '.join(words)!r}")
    target = session.target()
    found = session.store.recent(target.identity, limit=int(words[0]) if words else _SHOWN)
    rows = [_row(run) for run in _runs.runs(found, session.base_url, session.cost_of)]
    if rows:
        return show(*table([*_COLUMNS, "answer"], rows, title=target.identity))
    return show(f"No call of {target.identity} is stored here yet", "No call is stored here yet")


def _row(run: _runs.Run) -> list[Any]:
    answer = run["words"] if run["state"] == "done" else f"{run['state']}: {run['words']}"
    return [*itemgetter(*_COLUMNS.values())(run), answer]


def is_number(word: str) -> bool:
    """Return whether a word is the number of a run."""
    # Python refuses to read thousands of digits.
    return word.isdecimal() and len(word) < 100 and int(word) > 0
