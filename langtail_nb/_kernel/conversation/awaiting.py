"""Which tool calls a run of a cell may answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from langtail_nb._kernel.conversation.place import Place
from langtail_nb._kernel.conversation.thread import Thread
from langtail_nb._kernel.conversation.turn import Turn
from langtail_nb._kernel.execution import Execution
from langtail_nb._kernel.session import Session


def awaiting(session: Session, execution: Execution) -> list[Place]:
    """Return the turns whose tool calls this run of a cell may answer, the likeliest first.

    First the one that an earlier run of the same cell answered, or what stands for it in the branch of its
    conversation that was the last to be current; then the last ones of the current threads.
    """
    ends = [(thread, turn) for thread, turns in _lines(session) for turn in turns[-1:]]
    for _, turn in ends:
        if turn.pending.sent:  # nothing follows here: the thread was forked by hand behind the calls
            turn.pending.reopen()
    found = [*_answered_before(session, execution), *ends]
    return [Place(session.base_url, thread, turn) for thread, turn in found if turn.pending.calls]


def _answered_before(session: Session, execution: Execution) -> list[tuple[Thread, Turn]]:
    found = [
        (turn, thread)
        for thread, turns in _lines_to_go_back_to(session)
        for turn in turns
        if turn.pending.was_given_by(execution)
    ]
    if not found:
        return []
    newest, thread = max(found, key=lambda one: one[0].order)
    turn = thread.stand_in(newest) or (newest if not thread.turns else None)
    return [(thread, turn)] if turn is not None else []


def _lines_to_go_back_to(session: Session) -> Iterator[tuple[Thread, Iterable[Turn]]]:
    """Yield the branch last current of each conversation, with the turns of all its branches."""
    yield from _unlisted(session)
    all_of_them = session.all_conversations()
    bound = [conversations for conversations in all_of_them if conversations.is_bound]
    for conversations in bound or all_of_them:
        for conversation in [conversations.here] if bound else conversations.all:
            if conversation is not None and conversation.last_current is not None:
                yield conversation.last_current, conversation.turns()


def _lines(session: Session) -> Iterator[tuple[Thread, list[Turn]]]:
    yield from _unlisted(session)
    for conversations in session.all_conversations():
        if conversations.current is not None:
            yield conversations.current, conversations.current.turns


def _unlisted(session: Session) -> Iterator[tuple[Thread, list[Turn]]]:
    newest = session.newest
    if newest is not None and newest.base_url == session.base_url and not _is_listed(newest):
        yield newest.thread, newest.thread.turns or _line_to(newest.turn)


def _is_listed(place: Place) -> bool:
    return place.thread.number > 0 and bool(place.thread.turns)


def _line_to(turn: Turn | None) -> list[Turn]:
    """Return the turns of a prompt that led to this one, each answering the tool calls of the one before."""
    line: list[Turn] = []
    while turn is not None:
        line.insert(0, turn)
        turn = turn.answers
    return line
