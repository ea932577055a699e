"""``%langtail tool``: results of tool calls go in, the answer that follows comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from langtail_nb._calls.call import respond
from langtail_nb._calls.manner import Manner
from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.conversation.awaiting import awaiting
from langtail_nb._kernel.conversation.pending import Pending
from langtail_nb._kernel.conversation.place import Place
from langtail_nb._kernel.execution import Execution, execution_of
from langtail_nb._kernel.session import Session
from langtail_nb._line.namespace import Namespace
from langtail_nb._line.scanner import Scanner
from langtail_nb._magic.commands.context import Context
from langtail_nb._show.say import say, show, table
from langtail_nb._show.views import view_for
from langtail_nb._text.brief import shorten
from langtail_nb._types.messages import text_of
from langtail_nb._types.tool_results import content_of, handles, named, place_of, unknown


def tool(context: Context) -> None:
    """Carry out ``%langtail tool NAME RESULT``; without words, list the calls that wait.

    The last result that was waited for sends them all, and the answer is shown as that of a cell.

    Raises:
        ConfigurationError: No such call waits, or the result cannot be sent; nothing was sent.
        LangtailError: The call failed; what had arrived is shown and kept.
    """
    session, rest, shell = context.session, context.rest.strip(), context.shell
    execution = execution_of(shell)
    places = awaiting(session, execution)
    if not rest:
        _list(places)
        return
    name, *typed = rest.split(maxsplit=1)
    place = _find(places, name, session)
    if not typed:
        raise ConfigurationError(f'write %langtail tool {name} RESULT, and "" for an empty one')
    pending = place.turn.pending
    number = place_of(pending.calls, name)
    content = content_of(pending.calls[number], _value(name, typed[0], shell.user_ns))
    replaced = pending.give(number, content, execution)
    if pending.missing:
        say(_so_far(pending, name if replaced else None))
    else:
        _send(session, place, execution, shell)


def _so_far(pending: Pending, replaced: str | None) -> str:
    missing = pending.missing
    given, wait = len(pending.calls) - len(missing), "waits" if len(missing) == 1 else "wait"
    again = f", the one of {replaced} replaced" if replaced else ""
    return f"{given} of {len(pending.calls)} results{again}; {' and '.join(missing)} {wait}"


def _list(places: Sequence[Place]) -> None:
    turns = dict.fromkeys(place.turn for place in places if not place.turn.pending.sent)
    pending = [turn.pending for turn in turns]
    rows = [
        [name, shorten(call.arguments, 200), "waits" if one.result(n) is None else _brief(one.result(n))]
        for one in pending
        for n, (name, call) in enumerate(zip(handles(one.calls), one.calls, strict=True))
    ]
    if rows:
        title = "%langtail tool NAME RESULT gives a result"
        show(*table(["tool call", "arguments", "result"], rows, title=title))
    else:
        say("No tool call waits for a result.")


def _brief(content: object) -> str:
    return shorten(text_of(content)) or '""'


def _find(places: Sequence[Place], name: str, session: Session) -> Place:
    for place in places:
        if named(place.turn.pending.calls, name):
            return place
    if not places:
        raise ConfigurationError(f"no tool call waits for a result{_lost(session)}")
    raise unknown([call for place in places for call in place.turn.pending.calls], name)


def _lost(session: Session) -> str:
    """Say what to do where the results went out and their answer did not come back."""
    ends = [c.current.turns[-1] for c in session.all_conversations() if c.current and c.current.turns]
    lost = any(end.answers is not None and end.state != "done" for end in ends)
    return "; the results were sent, and %langtail run asks for the answer again" if lost else ""


def _value(name: str, text: str, namespace: Mapping[str, Any]) -> Any:
    if text.startswith(":="):
        return Namespace(namespace).value(text[2:], f"tool {name} {text}")
    if len(text) > 1 and text[0] in "'\"" and text.endswith(text[0]):
        scanner = Scanner(text)
        inside = scanner.text()
        return text if scanner.more() else inside
    return text


def _send(session: Session, place: Place, execution: Execution, shell: Any) -> None:
    manner = Manner(
        execution=execution,
        view=view_for(shell),
        shell=shell,
        timeout=session.settings.timeout,
        given=place.turn.given,
    )
    respond(session, place, place.turn.pending.messages(), manner=manner)
