"""``%langtail runs``: earlier calls of the current assistant."""

from __future__ import annotations

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel import runs as _runs
from langtail_nb._magic.commands.context import Context
from langtail_nb._show.say import show, table

_SHOWN = 20


def runs(context: Context) -> None:
    """Show the newest calls of the current assistant, those of cells, panels and functions alike.

    Raises:
        ConfigurationError: More was given than how many to show.
    """
    session, words = context.session, context.words
    if len(words) > 1 or not all(map(is_number, words)):
        raise ConfigurationError(f"write %langtail runs [N], not {' '.join(words)!r}")
    target = session.target()
    found = session.store.recent(target.identity, limit=int(words[0]) if words else _SHOWN)
    rows = [
        [
            run["id"],
            run["at"],
            run["source"],
            run["where"],
            run["asked"],
            run["detail"],
            run["model"],
            run["tokens"],
            run["latency"],
            run["words"] if run["state"] == "done" else f"{run['state']}: {run['words']}",
        ]
        for run in _runs.runs(found, session.base_url)
    ]
    if not rows:
        show(f"No call of {target.identity} is stored here yet", "No call is stored here yet")
        return
    head = ["run", "at", "by", "where", "asked", "sent", "model", "tokens", "took", "answer"]
    show(*table(head, rows, title=target.identity))


def is_number(word: str) -> bool:
    """Return whether a word is the number of a run."""
    # Python refuses to read thousands of digits.
    return word.isdecimal() and len(word) < 100 and int(word) > 0
