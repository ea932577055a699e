"""``--rows``: one call for each row of a table, its answers in one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from langtail_nb._errors import ConfigurationError, Interrupted
from langtail_nb._kernel.session import Session
from langtail_nb._line import fill
from langtail_nb._line.options import Options
from langtail_nb._show.say import show
from langtail_nb._sweep import plan_text
from langtail_nb._sweep.map import plan_of, replies_of
from langtail_nb._sweep.plan import Plan
from langtail_nb._sweep.replies import Replies
from langtail_nb._text import markdown
from langtail_nb._text.near import near
from langtail_nb._types.json_value import text_of
from langtail_nb._types.rows import Row, table_of

_WITH_ROWS: Final = ("message", "budget", "cache")
_ALONE: Final = ("thread", "new_thread", "compare", "show", "images")
_SPELLED: Final = {"images": "--image"}


def check(options: Options) -> None:
    """Refuse options that mean nothing together.

    Raises:
        ConfigurationError: Some are given without ``--rows``, or beside it.
    """
    if options.rows is None:
        if given := [name for name in _WITH_ROWS if getattr(options, name) is not None]:
            raise ConfigurationError(f"--{given[0]} belongs to --rows; add --rows df")
        return
    for name in _ALONE:
        if getattr(options, name):
            spelled = _SPELLED.get(name, f"--{name.replace('_', '-')}")
            raise ConfigurationError(f"{spelled} and --rows exclude each other: every row is asked by itself")
    if options.message is not None and options.body is not None and options.body.strip():
        raise ConfigurationError(
            "--message takes the message from a column, and the cell has a body: leave out one of them"
        )


def ask(session: Session, shell: Any, options: Options) -> None:
    """Ask about each row and show the answers; no turn is added to a thread, and none is kept.

    Raises:
        ConfigurationError: The rows cannot be read, or need a budget; nothing was sent.
        Interrupted: The user stopped it; the answers that are there are bound and stored.
        LangtailError: It paused, as the first calls failed alike.
    """
    plan = _plan(session, shell, options)
    if options.dry_run:
        text = f"{plan_text.plain(plan)}\nNothing was sent."
        show(text, markdown.code(text, ""))
        return
    try:
        replies = replies_of(plan)
    except Interrupted as exc:
        if isinstance(exc.run, Replies):
            _bind(shell, options, exc.run)
        raise
    _bind(shell, options, replies)
    if not options.quiet:
        bundle = replies._repr_mimebundle_()
        show(bundle["text/plain"], bundle["text/markdown"])


def _plan(session: Session, shell: Any, options: Options) -> Plan:
    request = session.settings.request(
        target=session.target(options.target),
        messages=options.messages,
        as_deployed=options.as_deployed,
        json=options.json,
        extra=options.extra,
        **options.parameters,
    )
    data = table_of(options.rows).rows
    body = options.body if options.body is not None and options.body.strip() else None
    given = {name: text for name, text in options.variables.items() if text is not None}
    message: Any = options.message
    if body is not None:
        names = shell.user_ns if options.fill else {}
        message = [_filled(body, row, given, names) for row in data]
    elif message is not None:
        _check_column(message, data)
    return plan_of(
        session,
        request,
        options.rows,
        message=message,
        named=options.variables,
        budget=options.budget,
        cache=options.cache or "reuse",
        timeout=options.timeout or session.settings.timeout,
    )


def _filled(body: str, row: Row, given: Mapping[str, str], namespace: Mapping[str, Any]) -> str | None:
    """Return the body for a row: ``{{name}}`` is its column, else ``-v``; None where its value is missing."""
    names = fill.names_in(body)
    texts = {name: text_of(row[name], name) for name in names if name in row}
    known = {**given, **{name: text for name, text in texts.items() if text is not None}}
    if any(text is None and name not in known for name, text in texts.items()):
        return None
    if unknown := [name for name in names if name not in known and name not in namespace]:
        raise ConfigurationError(
            f"{{{{{unknown[0]}}}}} is no column of the rows{near(unknown[0], [*row, *known])}; "
            f"there are {', '.join(list(row)[:8])}"
        )
    return fill.fill(body, known, namespace)[0]


def _check_column(name: str, data: list[Row]) -> None:
    if data and not any(name in row for row in data):
        raise ConfigurationError(f"--message {name} is no column of the rows; there are {', '.join(data[0])}")


def _bind(shell: Any, options: Options, replies: Replies) -> None:
    shell.displayhook.update_user_ns(replies)
    if options.out:
        shell.user_ns[options.out] = replies
