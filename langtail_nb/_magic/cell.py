"""What a ``%%langtail`` cell does: its text becomes a request, its answer becomes its output and value."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from langtail_nb._calls.call import asking_of, take_turn
from langtail_nb._calls.manner import Manner
from langtail_nb._calls.trial_keeping import Keeping
from langtail_nb._errors import ConfigurationError, LangtailError
from langtail_nb._kernel.conversation.route import Route
from langtail_nb._kernel.conversation.seat import expected
from langtail_nb._kernel.conversation.thread import Thread
from langtail_nb._kernel.execution import Execution, execution_of
from langtail_nb._kernel.session import Session, session
from langtail_nb._line import fill, template_cell
from langtail_nb._line.options import Options
from langtail_nb._line.reading import parse
from langtail_nb._line.values import evaluate
from langtail_nb._magic import compare as _compare
from langtail_nb._magic import rows as _rows
from langtail_nb._magic import sweep as _sweep
from langtail_nb._magic.commands.context import Context
from langtail_nb._magic.commands.status import status
from langtail_nb._magic.commands.table import run
from langtail_nb._magic.template_report import report
from langtail_nb._magic.together import asks_many, check, is_sweep
from langtail_nb._show.say import show
from langtail_nb._show.views import view_for
from langtail_nb._text import markdown
from langtail_nb._types.answer_blocks import Show
from langtail_nb._types.request import Request


def ask(shell: Any, line: str, body: str | None) -> None:
    """Send one call and show its answer; a body of None is a call without a message.

    Raises:
        ConfigurationError: The line is wrong; nothing was sent.
        LangtailError: The call failed, or ``--json`` brought no JSON; what had arrived is shown and kept.
    """
    if body is not None:
        body = _as_typed(shell, "%%langtail", line, body)
    options = evaluate(parse(line, body), shell.user_ns)
    check(options)
    if asks_many(options):
        (_sweep if is_sweep(options) else _rows).ask(session, shell, options)
        return
    request, filled = request_of(session, options, shell.user_ns)
    if options.compare:
        compare(shell, options, request)
        return
    if options.dry_run:
        _dry_run(options, [("", _as_sent(options, request, execution_of(shell)))])
        return
    manner = _manner(shell, options, filled)
    reply = take_turn(session, request, route=route_of(session, options, request), manner=manner)
    if options.json:
        # Not valid JSON fails the cell with the reason; the answer itself is shown and kept by now.
        reply.json()


def _manner(shell: Any, options: Options, filled: frozenset[str] = frozenset()) -> Manner:
    return Manner(
        execution=execution_of(shell),
        view=view_for(shell, quiet=options.quiet, show=_shown(options), json_due=options.json),
        shell=shell,
        out=options.out,
        stream=not options.no_stream,
        timeout=options.timeout or session.settings.timeout,
        filled=filled,
        given=frozenset(options.parameters),
    )


def compare(shell: Any, options: Options, own: Request) -> None:
    """Ask in several ways at once and show the answers side by side; no turn is added to the thread.

    Raises:
        ConfigurationError: An item of the list names nothing; nothing was sent.
        LangtailError: The cell's own column failed; all that had arrived is shown and kept.
    """
    if options.show or options.no_stream:
        raise ConfigurationError("--compare shows answers as they come; leave out --show and --no-stream")
    manner = _manner(shell, options)
    thread = _thread_for(options, own, manner.execution)
    others: list[_compare.Column] = [
        (title, request_of(session, one, shell.user_ns)[0] if isinstance(one, Options) else one)
        for title, one in _compare.others(session, options, own, manner.execution)
    ]
    columns = _compare.in_order(session, own, others)
    if options.dry_run:
        keeping = Keeping(session, own.target, "compare")
        requests = [(title, one) for title, one in columns if isinstance(one, Request)]
        _dry_run(options, [(title, keeping.behind(one, thread)) for title, one in requests])
        return
    reply = _compare.run(session, own, columns, thread=thread, manner=manner)
    if isinstance(reply.error, LangtailError):
        raise reply.error
    if options.json:
        reply.json()


def request_of(
    session: Session, options: Options, namespace: dict[str, Any]
) -> tuple[Request, frozenset[str]]:
    """Return the request that options make, and the names that were filled into its message."""
    body, filled = options.body, frozenset[str]()
    if options.fill and body is not None:
        given = {name: text for name, text in options.variables.items() if text is not None}
        body, filled = fill.fill(body, given, namespace)
    request = session.settings.request(
        options.content(body),
        target=session.target(options.target),
        variables=options.variables,
        messages=options.messages,
        as_deployed=options.as_deployed,
        json=options.json,
        extra=options.extra,
        **options.parameters,
    )
    return request, filled


def route_of(session: Session, options: Options, request: Request) -> Route:
    """Return what the options say of the thread; where they say nothing, what is set for the assistant."""
    is_silent = options.thread is None and not options.new_thread
    apart = options.no_thread or (is_silent and session.conversations(request.target).one_shot)
    return Route(options.thread, new=options.new_thread, apart=apart)


def _thread_for(options: Options, request: Request, execution: Execution) -> Thread | None:
    route = route_of(session, options, request)
    return expected(session, asking_of(session, request.target, route, execution))


def _as_sent(options: Options, request: Request, execution: Execution) -> Request:
    """Return the request as it would go out: on its thread, with the history of a fork."""
    thread = _thread_for(options, request, execution)
    if thread is None:
        return request
    earlier = thread.newest.variables if thread.newest is not None else {}
    return request.replace(
        variables={**earlier, **request.variables},
        messages=[*thread.replay(), *request.messages],
        thread_id=thread.id,
    )


def _dry_run(options: Options, requests: Sequence[tuple[str, Request]]) -> None:
    """Show the exact requests, each under its title, and send nothing."""
    texts = [_posted(request, title, stream=not options.no_stream) for title, request in requests]
    plain = "\n\n".join(texts)
    show(
        f"{plain}\nNothing was sent.",
        "\n\n".join([*(markdown.code(text, "http") for text in texts), "Nothing was sent."]),
    )


def _posted(request: Request, title: str, *, stream: bool) -> str:
    version = f"?v={request.target.version}" if request.target.version else ""
    head = f"POST {session.shown_url}/{request.target.path}{version}"
    body = json.dumps(request.body(stream=stream), ensure_ascii=False, indent=2)
    return "\n".join([*([f"# {title}"] if title else []), head, body])


def set_template(shell: Any, line: str, body: str) -> None:
    """Set the template override of an assistant, by default the current one, and show what is worth knowing.

    Raises:
        ConfigurationError: The body cannot be read as messages; nothing is changed.
    """
    if len(line.split()) > 1 or line.startswith("-"):
        raise ConfigurationError(f"%%langtail_template takes an assistant at most, not {line.strip()!r}")
    target = session.target(line.strip() or None)
    messages = template_cell.read(_as_typed(shell, "%%langtail_template", line, body))
    session.settings.assign_each({"template": messages}, target=target)
    show(*report(messages, session.config_soon(target)))


def command(shell: Any, line: str) -> None:
    """Carry out ``%langtail LINE``.

    Raises:
        LangtailError: As the command says.
    """
    name, rest = (*line.strip().split(maxsplit=1), "", "")[:2]
    context = Context(session, name, rest, shell)
    if not name:
        status(context)
    elif name == "run":
        ask(shell, rest, None)
    else:
        run(context)


def _as_typed(shell: Any, magic: str, line: str, body: str) -> str:
    """Return the body as it was typed, where the cell that runs is known.

    IPython takes prompts out of a cell before its magic sees it: ``In [1]: `` at its start and, in 9.18,
    ``>>> `` on every line. In a message they are the user's text.
    """
    code = shell.get_parent().get("content", {}).get("code") if hasattr(shell, "get_parent") else None
    if code is None and shell.history_manager is not None:
        code = shell.history_manager.input_hist_raw[-1]
    first, newline, typed = (code or "").lstrip("\n").partition("\n")
    if not newline or first.split() != [magic, *line.split()]:
        return body
    return typed if typed.endswith("\n") else typed + "\n"


def _shown(options: Options) -> Show:
    match options.show:
        case "text" | "json" | "markdown":
            return options.show
        case _:
            return "json" if options.json else "markdown"
