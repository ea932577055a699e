"""Which thread a call goes to, and where a re-run cell makes it fork."""

from __future__ import annotations

from typing import Final

from langtail_nb._kernel.conversation.conversations import Conversations
from langtail_nb._kernel.conversation.in_turn import in_turn
from langtail_nb._kernel.conversation.reading_back import read_back
from langtail_nb._kernel.conversation.route import Route
from langtail_nb._kernel.conversation.thread import Thread
from langtail_nb._kernel.execution import Execution
from langtail_nb._kernel.session import Session

_NO_CELL_IDS: Final = (
    "no cell ids come from this front end: a re-run cell adds a turn; see %langtail thread fork"
)


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
