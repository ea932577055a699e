"""Which thread a call goes to, and where a re-run cell makes it fork."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from langtail_nb._errors import BadRequestError, NotFoundError, PermissionDeniedError
from langtail_nb._kernel import loop
from langtail_nb._kernel.conversations import Conversations, Place, Thread, Turn, in_turn, turns_from
from langtail_nb._kernel.execution import Execution
from langtail_nb._kernel.session import Session

if TYPE_CHECKING:
    from langtail_nb._client.client import Client

_NO_CELL_IDS: Final = (
    "no cell ids come from this front end: a re-run cell adds a turn; see %langtail thread fork"
)


@dataclass(frozen=True, slots=True)
class Route:
    """What the options say of the thread: a name, a new one, one that stays apart; else the current one.

    ``after`` is the turn whose tool calls are answered, which goes before all of these.
    """

    name: str | None = None
    new: bool = False
    apart: bool = False
    after: Place | None = None


def choose(session: Session, conversations: Conversations, route: Route) -> tuple[Thread, list[str]]:
    """Return the thread of a call and what is worth telling about the choice.

    Raises:
        LangtailError: The server could not say whether it knows the name as an id.
    """
    if route.after is not None:
        return conversations.holder(route.after), []
    if route.apart:
        return Thread(0), []
    with in_turn(conversations.lock):
        return _chosen(session, conversations, route)


def _chosen(session: Session, conversations: Conversations, route: Route) -> tuple[Thread, list[str]]:
    if route.new:
        return conversations.new(), []
    if route.name is None:
        return conversations.current or conversations.new(), []
    known = conversations.named(route.name)
    if known is not None:
        return conversations.select(known), []
    found = read_back(session.client(), route.name)
    if found is not None:
        return conversations.adopt(route.name, found), [f"{route.name} is the id of a thread the server knew"]
    return conversations.new(route.name), [f"{route.name!r} is a new thread"]


def expected(
    session: Session, conversations: Conversations, route: Route, execution: Execution
) -> Thread | None:
    """Return the thread that a call would go to, or None for a new one; nothing is asked or changed."""
    if route.apart or route.new:
        return None
    thread = conversations.current if route.name is None else conversations.named(route.name)
    turn = None if thread is None else _made_before(session, thread, execution)
    return thread if thread is None or turn is None else conversations.branch(thread, turn)


def read_back(client: Client, thread_id: str) -> list[Turn] | None:
    """Return the turns of a thread as the server holds it, or None where this key can reach no such id."""
    try:
        messages = loop.wait(client.threads.messages(thread_id))
    except (NotFoundError, PermissionDeniedError, BadRequestError):
        return None
    return turns_from([content for message in messages for content in message.contents])


def branch_of(
    session: Session, conversations: Conversations, thread: Thread, route: Route, execution: Execution
) -> tuple[Thread, list[str]]:
    """Return the thread to use and a sentence: a fork where something else follows already.

    That is where this cell's earlier turn is on the thread, and where tool calls are answered that are not
    the last thing on it.
    """
    if route.after is None:
        return _fork_if_rerun(session, conversations, thread, execution)
    if route.after.turn not in thread.turns[:-1]:
        return thread, []
    return _fork(conversations, thread, thread.turns.index(route.after.turn) + 2)


def _fork_if_rerun(
    session: Session, conversations: Conversations, thread: Thread, execution: Execution
) -> tuple[Thread, list[str]]:
    turn = _made_before(session, thread, execution)
    if turn is None:
        blind = execution.cell is None and execution.interactive and thread.turns
        told = blind and session.settings.rerun == "fork"
        return thread, session.tell_once(_NO_CELL_IDS) if told else []
    return _fork(conversations, thread, turn)


def _fork(conversations: Conversations, thread: Thread, turn: int) -> tuple[Thread, list[str]]:
    below = "; cells below still show the old branch" if turn < len(thread.turns) else ""
    return conversations.fork(thread, turn), [f"forked before turn {turn}{below}"]


def _made_before(session: Session, thread: Thread, execution: Execution) -> int | None:
    """Return the turn that an earlier run of this cell made, where a re-run forks; else None."""
    return None if session.settings.rerun == "append" else thread.turn_of(execution)


def awaiting(session: Session, execution: Execution) -> list[Place]:
    """Return the turns whose tool calls this run of a cell may answer, the likeliest first.

    First those that an earlier run of the same cell answered, then the last ones of the current threads.
    """
    lines = list(_lines(session))
    found = [(thread, turn) for thread, turns in lines for turn in _answered_before(turns, execution)]
    ends = [(thread, turn) for thread, turns in lines for turn in turns[-1:]]
    for _, turn in ends:
        if turn.pending.sent:  # nothing follows here: the thread was forked by hand behind the calls
            turn.pending.reopen()
    found += ends
    return [Place(session.base_url, thread, turn) for thread, turn in found if turn.pending.calls]


def _answered_before(turns: list[Turn], execution: Execution) -> list[Turn]:
    return [turn for turn in turns if turn.pending.was_given_by(execution)][:1]


def _lines(session: Session) -> Iterator[tuple[Thread, list[Turn]]]:
    newest = session.newest
    if newest is not None and newest.base_url == session.base_url and not _is_listed(newest):
        yield newest.thread, newest.thread.turns or _line_to(newest.turn)
    for conversations in session.all_conversations():
        if conversations.current is not None:
            yield conversations.current, conversations.current.turns


def _is_listed(place: Place) -> bool:
    return place.thread.number > 0 and bool(place.thread.turns)


def _line_to(turn: Turn | None) -> list[Turn]:
    """Return the turns of a prompt that led to this one, each answering the tool calls of the one before."""
    line: list[Turn] = []
    while turn is not None:
        line.insert(0, turn)
        turn = turn.answers
    return line
