"""Which tool calls a run of a cell may answer."""

from __future__ import annotations

from collections.abc import Iterator

from langtail_nb._kernel.conversation.place import Place
from langtail_nb._kernel.conversation.thread import Thread
from langtail_nb._kernel.conversation.turn import Turn
from langtail_nb._kernel.execution import Execution
from langtail_nb._kernel.session import Session


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
