"""``--rows``: one call for each row of a table, its answers in one table."""

from __future__ import annotations

from typing import Any

from langtail_nb._errors import Interrupted
from langtail_nb._kernel.session import Session
from langtail_nb._line.options import Options
from langtail_nb._magic.row_messages import message_of
from langtail_nb._show.say import show
from langtail_nb._sweep import plan_text
from langtail_nb._sweep.map import plan_of, replies_of
from langtail_nb._sweep.plan import Plan
from langtail_nb._sweep.prefix import prefix_of
from langtail_nb._sweep.replies import Replies


def ask(session: Session, shell: Any, options: Options) -> None:
    """Ask about each row and show the answers; no turn is added to a thread, and none is kept.

    Raises:
        ConfigurationError: The rows cannot be read, or need a budget; nothing was sent.
        Interrupted: The user stopped it; the answers that are there are bound and stored.
        LangtailError: It paused, as the first calls failed alike.
    """
    plan = _plan(session, shell, options)
    if options.dry_run:
        show_plan(plan)
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
    target = session.target(options.target)
    request = session.settings.request(
        target=target,
        messages=[*prefix_of(session, target, options.prefix), *options.messages],
        as_deployed=options.as_deployed,
        json=options.json,
        extra=options.extra,
        **options.parameters,
    )
    return plan_of(
        session,
        request,
        options.rows,
        message=message_of(shell, options),
        named=options.variables,
        budget=options.budget,
        cache=options.cache or "reuse",
        timeout=options.timeout or session.settings.timeout,
    )


def show_plan(plan: Plan) -> None:
    """Show what would be sent, and that nothing was."""
    told = plan, "Nothing was sent."
    show(plan_text.plain(*told), plan_text.html(*told), kind="text/html")


def _bind(shell: Any, options: Options, replies: Replies) -> None:
    shell.displayhook.update_user_ns(replies)
    if options.out:
        shell.user_ns[options.out] = replies
