"""``lt.map``: many questions, one setting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, SupportsFloat

from langtail_nb._calls.ask import refuse_slips
from langtail_nb._errors import ConfigurationError, Interrupted
from langtail_nb._kernel.budget import budget_of
from langtail_nb._kernel.session import Session, session
from langtail_nb._show.say import note, warn
from langtail_nb._sweep.plan import Plan
from langtail_nb._sweep.prefix import prefix_of
from langtail_nb._sweep.replies import Replies
from langtail_nb._sweep.rows import read_rows
from langtail_nb._sweep.setting import Setting
from langtail_nb._sweep.way import Way, check_threadless, known_variables
from langtail_nb._types.fields import FIELDS
from langtail_nb._types.json_value import Named
from langtail_nb._types.limits import check_timeout
from langtail_nb._types.plain_form import is_nothing
from langtail_nb._types.remarks import unknown_variables
from langtail_nb._types.request import Request, named_values


def map(
    messages: Any = None,
    *,
    target: str | None = None,
    rows: Any = None,
    message: Any = None,
    vars: Named | None = None,
    budget: Any = None,
    cache: str = "reuse",
    limit: int = 64,
    prefix: Any = None,
    as_deployed: bool = False,
    json: bool = False,
    extra: Named | None = None,
    timeout: SupportsFloat | None = None,
    executor: Any = None,
    **named: Any,
) -> Replies:
    """Return the answers to many messages, asked at once with the settings that a ``%%langtail`` cell has.

    It waits, shows how far it is, and can be interrupted. Each answer is stored before it is shown, so that
    the same again sends nothing. No history goes along, and no thread is kept.

    Args:
        messages: A message for each row: a list, or a column of a frame.
        target: As on a cell's line; the current one if not given.
        rows: A table: a list of dicts, a dict of lists, a frame of pandas, polars, pyarrow or DuckDB. Its
            columns that are variables of the assistant are sent, the others stay here.
        message: Beside ``rows``, the name of the column that is the message, or one text for all rows.
        vars: Template variables, for names that this function or a parameter has; values as for ``named``.
        budget: ``"500 calls"``, ``"2 USD"``, ``"10 min"`` or ``"up to 20 USD"``; needed above 100 calls.
        cache: ``reuse`` what is stored, ``refresh`` it, ``only`` what is stored, or ``off``.
        limit: Calls at once at most; the server may allow fewer.
        prefix: What goes ahead of each message: a thread's name, a reply, or messages.
        as_deployed: Leave out every override of the settings.
        json: Ask for JSON objects, unless a response format is set.
        extra: Other members of the body.
        timeout: Seconds of silence before giving up.
        executor: A ``Client`` of Dask, whose workers then send the calls, as for ``lt.sweep``.
        **named: Parameters such as ``temperature``; other names are template variables, for all rows or, as
            ``lt.column("topic")`` or a column of a frame, for each. One that is missing is not sent.

    Raises:
        ConfigurationError: A value is wrong, or the calls need a budget or are over it; nothing was sent.
        Interrupted: The user stopped it; its ``run`` holds the replies that are there.
        LangtailError: It paused, as the first calls failed alike or answers could not be kept.

    Example:
        >>> replies = lt.map(["How long does it take?", "Is that all?"], temperature=0)
        >>> [reply.usage.prompt_tokens for reply in replies]
        [9, 7]
    """
    if "api_key" in named:
        named.clear()  # a traceback would print it
        raise ConfigurationError("lt.map takes no key, and would send it as a variable: set LANGTAIL_API_KEY")
    parameters = {name: value for name, value in named.items() if name in FIELDS}
    others = {name: value for name, value in named.items() if name not in FIELDS}
    resolved = session.target(target)
    refuse_slips(resolved, others, by="vars")
    request = session.settings.request(
        target=resolved,
        messages=prefix_of(session, resolved, prefix),
        as_deployed=as_deployed,
        json=json,
        extra=extra,
        **parameters,
    )
    plan = plan_of(
        session,
        request,
        rows,
        message=_message(messages, rows, message),
        named={**others, **named_values(vars)},
        budget=budget,
        cache=cache,
        limit=limit,
        timeout=session.settings.timeout if timeout is None else check_timeout(timeout),
        executor=executor,
    )
    plan.told += _unknown(request, others)
    return replies_of(plan)


def plan_of(
    session: Session,
    request: Request,
    rows: Any,
    *,
    message: Any,
    named: Mapping[str, Any],
    budget: Any = None,
    cache: str = "reuse",
    limit: int = 64,
    timeout: float | None = None,
    executor: Any = None,
) -> Plan:
    """Return a plan for one setting and many rows; it sends nothing.

    Args:
        request: What goes with every row.
        rows: A table; None where ``message`` has one for each row.
        named: Variables that are given by themselves, for all rows or for each.

    Raises:
        ConfigurationError: The rows cannot be read, or hold what cannot be sent.
    """
    check_threadless(request.extra)
    left_out = [name for name, value in named.items() if is_nothing(value)]
    base = request.replace(variables={n: v for n, v in request.variables.items() if n not in left_out})
    given = {name: value for name, value in named.items() if name not in left_out}
    config = session.config_soon(request.target)
    way = Way(Setting("this setting"), base, config, session.place)
    known = known_variables([way]) if rows is not None else None
    sent = None if known is None else known - {*left_out}
    read = read_rows(rows, message=message, named=given, known=sent, labelled=True)
    return Plan(
        session, [way], read, source="map", budget=budget_of(budget), cache=cache, limit=limit,
        timeout=timeout, shuffled=False, told=_unread(request, rows, config is None),
        executor=executor,
    )  # fmt: skip


def replies_of(plan: Plan) -> Replies:
    """Return the answers of a plan for one setting, and tell what is worth knowing beside them.

    Raises:
        LangtailError: As :meth:`Plan.run` says.
        Interrupted: Likewise; its ``run`` holds the replies that are there.
    """
    try:
        run = plan.run()
    except Interrupted as exc:
        exc.run = Replies(exc.run) if exc.run is not None else None
        raise
    replies = Replies(run)
    same = len(plan.trials) - plan.calls
    each = "row sends the same as another and was" if same == 1 else "rows send the same as others and were"
    note(*([f"{same:,} {each} asked once"] if same else []), *run.notes)
    warn(*plan.rows.told(), *plan.told, *run.told, *([run.why_stopped] if run.why_stopped else []))
    return replies


def _message(messages: Any, rows: Any, message: Any) -> Any:
    if messages is not None and message is not None:
        raise ConfigurationError("messages were given twice: by themselves and as message=")
    if rows is not None and isinstance(messages, str):
        raise ConfigurationError(f"with rows=, a message is given by name: message={messages!r}")
    return message if messages is None else messages


def _unknown(request: Request, names: Iterable[str]) -> list[str]:
    """Return a sentence on each name that went as a variable, and that the assistant does not have."""
    config = session.config_soon(request.target)
    asked = request.replace(variables=dict.fromkeys(names, ""))
    return [] if config is None else list(unknown_variables(config, asked).values())


def _unread(request: Request, rows: Any, is_unread: bool) -> list[str]:
    if not is_unread:
        return []
    columns = "" if rows is None else '; no column is sent but those in vars={"NAME": lt.column("NAME")}'
    return [
        f"what is deployed as {request.target} could not be read, so answers are found again in this "
        f"kernel only{columns}"
    ]
