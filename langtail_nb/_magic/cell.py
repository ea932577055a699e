"""What a ``%%langtail`` cell does: its text becomes a request, its answer becomes its output and value."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from langtail_nb._calls.call import take_turn
from langtail_nb._calls.keeping import Keeping
from langtail_nb._calls.manner import Manner
from langtail_nb._errors import ConfigurationError, LangtailError
from langtail_nb._kernel.branching import Route, expected
from langtail_nb._kernel.execution import Execution, execution_of
from langtail_nb._kernel.session import Session, session
from langtail_nb._line import fill, template_cell
from langtail_nb._line.call import Call
from langtail_nb._line.reading import parse
from langtail_nb._line.values import evaluate
from langtail_nb._magic import compare as _compare
from langtail_nb._magic.commands.dispatch import Context, run, status
from langtail_nb._magic.template_report import report
from langtail_nb._show.compose import Show
from langtail_nb._show.say import show
from langtail_nb._show.views import view_for
from langtail_nb._text import markdown
from langtail_nb._types.request import Request


def ask(shell: Any, line: str, body: str | None) -> None:
    """Send one call and show its answer; a body of None is a call without a message.

    Raises:
        ConfigurationError: The line is wrong; nothing was sent.
        LangtailError: The call failed, or ``--json`` brought no JSON; what had arrived is shown and kept.
    """
    if body is not None:
        body = _as_typed(shell, "%%langtail", line, body)
    call = evaluate(parse(line, body), shell.user_ns)
    request, filled = request_of(session, call, shell.user_ns)
    if call.compare:
        compare(shell, call, request)
        return
    if call.dry_run:
        _dry_run(call, [("", _as_sent(call, request, execution_of(shell)))])
        return
    manner = _manner(shell, call, filled)
    reply = take_turn(session, request, route=route_of(call), manner=manner)
    if call.json:
        # Not valid JSON fails the cell with the reason; the answer itself is shown and kept by now.
        reply.json()


def compare(shell: Any, call: Call, own: Request) -> None:
    """Ask in several ways at once and show the answers side by side; no turn is added to the thread.

    Raises:
        ConfigurationError: An item of the list names nothing; nothing was sent.
        LangtailError: The cell's own column failed; all that had arrived is shown and kept.
    """
    if call.show or call.no_stream:
        raise ConfigurationError("--compare shows answers as they come; leave out --show and --no-stream")
    manner = _manner(shell, call)
    thread = expected(session, session.conversations(own.target), route_of(call), manner.execution)
    columns: list[_compare.Column] = [("this cell", own)]
    for title, one in _compare.others(session, call, own, manner.execution):
        asked = request_of(session, one, shell.user_ns)[0] if isinstance(one, Call) else one
        columns.append((title, asked))
    if call.dry_run:
        keeping = Keeping(session, own.target, "compare")
        requests = [(title, one) for title, one in columns if isinstance(one, Request)]
        _dry_run(call, [(title, keeping.behind(one, thread)) for title, one in requests])
        return
    reply = _compare.run(session, columns, thread=thread, manner=manner)
    if isinstance(reply.error, LangtailError):
        raise reply.error
    if call.json:
        reply.json()


def request_of(session: Session, call: Call, namespace: dict[str, Any]) -> tuple[Request, frozenset[str]]:
    """Return the request of a call, and the names that were filled into its message."""
    body, filled = call.body, frozenset[str]()
    if call.fill and body is not None:
        given = {name: text for name, text in call.variables.items() if text is not None}
        body, filled = fill.fill(body, given, namespace)
    request = session.settings.request(
        call.content(body),
        target=session.target(call.target),
        variables=call.variables,
        messages=call.messages,
        as_deployed=call.as_deployed,
        json=call.json,
        extra=call.extra,
        **call.parameters,
    )
    return request, filled


def route_of(call: Call) -> Route:
    """Return what the options say of the thread."""
    return Route(call.thread, new=call.new_thread, apart=call.no_thread)


def _as_sent(call: Call, request: Request, execution: Execution) -> Request:
    """Return the request as it would go out: on its thread, with the history of a fork."""
    thread = expected(session, session.conversations(request.target), route_of(call), execution)
    if thread is None:
        return request
    earlier = thread.turns[-1].variables if thread.turns else {}
    return request.replace(
        variables={**earlier, **request.variables},
        messages=[*thread.replay(), *request.messages],
        thread_id=thread.id,
    )


def _dry_run(call: Call, requests: Sequence[tuple[str, Request]]) -> None:
    """Show the exact requests, each under its title, and send nothing."""
    texts = [_posted(request, title, stream=not call.no_stream) for title, request in requests]
    plain = "\n\n".join(texts)
    show(
        f"{plain}\nNothing was sent.",
        "\n\n".join([*(markdown.code(text, "http") for text in texts), "Nothing was sent."]),
    )


def _posted(request: Request, title: str, *, stream: bool) -> str:
    version = f"?v={request.target.version}" if request.target.version else ""
    head = f"POST {session.base_url}/{request.target.path}{version}"
    body = json.dumps(request.body(stream=stream), ensure_ascii=False, indent=2)
    return "\n".join([*([f"# {title}"] if title else []), head, body])


def set_template(shell: Any, line: str, body: str) -> None:
    """Set the template override of the current assistant and show what is worth knowing about it.

    Raises:
        ConfigurationError: The body cannot be read as messages; nothing is changed.
    """
    if line.strip():
        raise ConfigurationError(f"%%langtail_template takes no options, not {line.strip()!r}")
    target = session.target()
    messages = template_cell.read(_as_typed(shell, "%%langtail_template", line, body))
    session.settings.template = messages
    show(*report(messages, session.config_soon(target)))


def command(shell: Any, line: str) -> None:
    """Carry out ``%langtail LINE``.

    Raises:
        LangtailError: As the command says.
    """
    name, rest = (*line.strip().split(maxsplit=1), "", "")[:2]
    if not name:
        status(session)
    elif name == "run":
        ask(shell, rest, None)
    else:
        run(Context(session, rest, shell), name)


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


def _shown(call: Call) -> Show:
    match call.show:
        case "text" | "json" | "markdown":
            return call.show
        case _:
            return "json" if call.json else "markdown"


def _manner(shell: Any, call: Call, filled: frozenset[str] = frozenset()) -> Manner:
    return Manner(
        execution=execution_of(shell),
        view=view_for(shell, quiet=call.quiet, show=_shown(call)),
        shell=shell,
        out=call.out,
        stream=not call.no_stream,
        timeout=call.timeout or session.settings.timeout,
        filled=filled,
        given=frozenset(call.parameters),
    )
