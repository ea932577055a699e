"""``--sweep`` and ``--score``: settings on one body side by side, or on rows in one table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from IPython.display import display

from langtail_nb._calls.trial import Trial as Shown
from langtail_nb._calls.trial import state_of
from langtail_nb._errors import Interrupted
from langtail_nb._kernel.session import Session
from langtail_nb._line import fill
from langtail_nb._line.naming import naming
from langtail_nb._line.options import Options
from langtail_nb._magic import beside
from langtail_nb._magic.row_messages import message_of
from langtail_nb._magic.rows import show_plan
from langtail_nb._show.say import in_notebook, note, show, warn
from langtail_nb._sweep.answers import reply_to
from langtail_nb._sweep.order import Trial
from langtail_nb._sweep.plan import Plan, Run
from langtail_nb._sweep.prefix import prefix_of
from langtail_nb._sweep.space import grid
from langtail_nb._sweep.sweep import sweep
from langtail_nb._types.deployed import DEPLOYED
from langtail_nb._types.fields import JSON_OBJECT
from langtail_nb._types.limits import MOST_COMPARED
from langtail_nb._types.request import ABOUT_THE_CALL


def ask(session: Session, shell: Any, options: Options) -> None:
    """Ask in all settings, show the answers or the table, and bind the run.

    Raises:
        ConfigurationError: Something cannot be asked, or needs a budget; nothing was sent.
        Interrupted: The user stopped it; the run so far is bound and stored.
        LangtailError: It paused, as the first calls failed alike.
    """
    plan = _plan(session, shell, options)
    if options.dry_run:
        show_plan(plan)
        return
    try:
        run = plan.run()
    except Interrupted as exc:
        if isinstance(exc.run, Run):
            _bind(shell, options, exc.run)
        raise
    _bind(shell, options, run)
    if not options.quiet:
        _show(session, options, run)


def _plan(session: Session, shell: Any, options: Options) -> Plan:
    target = session.target(options.target)
    own, about = _own(options)
    with naming("--sweep"):
        over: Any = grid(**options.sweep) if options.sweep else None
    if over is None and own:
        over, own = [own], {}
    return sweep(
        str(target),
        over,
        [{}] if options.rows is None else options.rows,
        message=_body(shell, options) if options.rows is None else message_of(shell, options),
        vars=options.variables,
        unit=options.unit,
        repeats=options.repeats or 1,
        score=[{one.name: one.value} if one.name else one.value for one in options.score] or None,
        base={**own, **about} or None,
        prefix=[*prefix_of(session, target, options.prefix), *options.messages] or None,
        cache=options.cache or "reuse",
        budget=options.budget,
        timeout=options.timeout,
    )


def _own(options: Options) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the cell itself overrides, and of this what tells of the call and goes with all."""
    given = {name: value for name, value in options.parameters.items() if value is not DEPLOYED}
    about = {name: value for name, value in given.items() if name in ABOUT_THE_CALL}
    own = {name: value for name, value in given.items() if name not in about}
    if options.json and "response_format" not in own:
        own["response_format"] = JSON_OBJECT
    return own | ({"extra": dict(options.extra)} if options.extra else {}), about


def _body(shell: Any, options: Options) -> list[Any] | None:
    """Return the one message of a cell without rows, as that of the only row."""
    body = options.body
    if options.fill and body is not None:
        given = {name: text for name, text in options.variables.items() if text is not None}
        body, _ = fill.fill(body, given, shell.user_ns)
    content = options.content(body)
    return None if content is None else [content]


def _bind(shell: Any, options: Options, run: Run) -> None:
    shell.displayhook.update_user_ns(run)
    if options.out:
        shell.user_ns[options.out] = run


def _show(session: Session, options: Options, run: Run) -> None:
    is_one = options.rows is None and run.repeats == 1 and not run.scores
    if is_one and len(run.settings) <= MOST_COMPARED:
        show(*beside.beside(_columns(session, run)))
        note(*run.plan.told, *run.notes)
        warn(*run.told, *([run.why_stopped] if run.why_stopped else []))
    elif in_notebook():
        display(run)
    else:
        print(run)


def _columns(session: Session, run: Run) -> Sequence[Shown]:
    """Return the answers of all settings to the one row, as they stand side by side."""
    shown = []
    for at, setting in enumerate(run.settings):
        reply = reply_to(run, Trial(at, 0, 1))
        shown.append(
            Shown(
                f"column-{at}",
                setting.label,
                "",
                run.plan.request(Trial(at, 0, 1)),
                state=state_of(reply.error),
                reply=reply,
                cost=session.cost_of(reply.model, reply.usage, at=session.base_url),
            )
        )
    return shown
