"""``%langtail runs``: earlier calls of the current assistant."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import compress
from operator import itemgetter
from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel import runs as _runs
from langtail_nb._kernel.disk.query import Query
from langtail_nb._kernel.finding import wanted
from langtail_nb._kernel.session import Session
from langtail_nb._magic.commands.context import Context
from langtail_nb._magic.commands.runs_prune import prune
from langtail_nb._show.say import show, table
from langtail_nb._text.brief import shorten
from langtail_nb._text.near import near

_SHOWN = 20
_ASKED = 40
_ANSWER = 80
_USAGE = "%langtail runs [N] [--failed] [--this-kernel] [WORDS], or runs prune [DAYS]"
_FAILED, _THIS_KERNEL = _ONLY = ("--failed", "--this-kernel")
_COLUMNS = {
    "run": "id", "at": "at", "by": "source", "where": "where", "asked": "asked", "sent": "detail",
    "model": "model", "tokens": "tokens", "cost": "cost", "took": "latency",
}  # fmt: skip


def runs(context: Context) -> None:
    """Show the newest calls of the current assistant, those of cells, panels and functions alike.

    The first word may say how many; those that follow stand in each call that is shown.

    Raises:
        ConfigurationError: There is no such option, or no target.
    """
    session, words = context.session, list(context.words)
    if words[:1] == ["prune"]:
        return prune(context.within())
    most = int(words.pop(0)) if words and is_number(words[0]) else _SHOWN
    assistant = session.target().identity
    query = _query(session, assistant, words)
    found = session.store.find(query, limit=most)
    # While replay is on no clock is shown.
    columns = {head: name for head, name in _COLUMNS.items() if head != "at" or not session.replay.is_on}
    rows = [_row(run, columns) for run in _runs.runs(found, session.base_url, session.shown_cost_of)]
    if rows:
        title = _title(assistant, len(rows), query, session)
        return show(*table(*_without_empty([*columns, "answer"], rows), title=title))
    if words:
        return show(f"No such call of {assistant} is stored here", "No such call is stored here")
    return show(f"No call of {assistant} is stored here yet", "No call is stored here yet")


def _without_empty(heads: list[str], rows: list[list[Any]]) -> tuple[list[str], list[list[Any]]]:
    """Return a table without the columns in which nothing stands, such as costs that nobody knows."""
    filled = [any(row[place] not in (None, "") for row in rows) for place in range(len(heads))]
    return list(compress(heads, filled)), [list(compress(row, filled)) for row in rows]


def _query(session: Session, assistant: str, words: list[str]) -> Query:
    search = [word for word in words if word not in _ONLY]
    if unknown := next((word for word in search if word.startswith("--")), None):
        raise ConfigurationError(f"unknown {unknown!r}{near(unknown, _ONLY)}; write {_USAGE}")
    return wanted(
        session.store,
        assistant=assistant,
        search=" ".join(search),
        failed=True if _FAILED in words else None,
        this_kernel=_THIS_KERNEL in words,
    )


def _title(assistant: str, shown: int, query: Query, session: Session) -> str:
    count = session.store.count(query)
    return assistant if count <= shown else f"{assistant}, the newest {shown:,} of {count:,}"


def _row(run: _runs.Run, columns: Mapping[str, str]) -> list[Any]:
    answer = run["words"] if run["state"] == "done" else f"{run['state']}: {run['words']}"
    shown = {**run, "asked": shorten(run["asked"], _ASKED)}
    return [*itemgetter(*columns.values())(shown), shorten(answer, _ANSWER)]


def is_number(word: str) -> bool:
    """Return whether a word is the number of a run."""
    # Python refuses to read thousands of digits.
    return word.isdecimal() and len(word) < 100 and int(word) > 0
