"""Where a call goes: the whole rule, and nothing else; it looks at conversations and changes none.

A cell that runs again without a thread option goes back to the conversation it was in. Of its branches the
one last current is taken. If it holds a turn of this cell, the run forks before that turn; else it goes on
right behind the turn that this cell's turn followed; else it is appended.
"""

from __future__ import annotations

from collections.abc import Iterable

from langtail_nb._kernel.conversation.conversation import Conversation
from langtail_nb._kernel.conversation.conversations import Conversations
from langtail_nb._kernel.conversation.place import Place
from langtail_nb._kernel.conversation.position import Position
from langtail_nb._kernel.conversation.route import Asking
from langtail_nb._kernel.conversation.thread import Thread
from langtail_nb._kernel.conversation.turn import Turn


def position(conversations: Conversations, asking: Asking) -> Position:
    """Return where a call goes."""
    route = asking.route
    if route.after is not None:
        return _answering(conversations, route.after)
    if route.new:
        return _emptied(_opened_before(conversations.all, asking))
    if route.name is not None:
        return before_own(conversations.named(route.name), asking)
    was = None if conversations.is_bound else _stood(conversations.all, asking)
    return before_own(conversations.current, asking) if was is None else _back(*was, asking)


def _answering(conversations: Conversations, place: Place) -> Position:
    """Return the position behind the turn whose tool calls are answered, in the branch that is current."""
    thread = conversations.holder(place)
    return Position(
        thread, thread.turns.index(place.turn) + 1 if place.turn in thread.turns else len(thread.turns)
    )


def _emptied(conversation: Conversation | None) -> Position:
    return Position() if conversation is None else Position(conversation.last_current)


def before_own(thread: Thread | None, asking: Asking) -> Position:
    """Return the position before this cell's turn on a thread, if it is there; else the thread's end."""
    if thread is None:
        return Position()
    turn = thread.turn_of(asking.execution) if asking.forks else None
    return Position(thread, len(thread.turns) if turn is None else turn - 1)


def _back(conversation: Conversation, turn: Turn, asking: Asking) -> Position:
    """Return the position in the conversation where this cell's turn was."""
    thread = conversation.last_current
    assert thread is not None
    if thread.turn_of(asking.execution) is not None:
        return before_own(thread, asking)
    if turn.follows is None:
        return Position(thread, 0)
    followed = thread.stand_in(turn.follows)
    return Position(thread, len(thread.turns) if followed is None else thread.turns.index(followed) + 1)


def _stood(conversations: Iterable[Conversation], asking: Asking) -> tuple[Conversation, Turn] | None:
    """Return the first turn that the newest earlier run of this cell made for this assistant, and where.

    None where there is none, and where this run has made a turn already: what follows goes on from there.
    """
    found = [
        (conversation, turn)
        for conversation in conversations
        for turn in conversation.turns()
        if turn.made_by is not None and turn.assistant == asking.assistant
    ]
    if any(turn.made_by == asking.execution for _, turn in found):
        return None
    return _first_of_newest([one for one in found if asking.repeats(one[1].made_by)])


def _opened_before(conversations: Iterable[Conversation], asking: Asking) -> Conversation | None:
    """Return the conversation that the newest earlier run of this cell opened.

    Of several the first; once a call of this run opened that anew, the next.
    """
    found = [(one, one.opened) for one in conversations if one.opened is not None]
    stood = _first_of_newest([one for one in found if asking.repeats(one[1].made_by)])
    return stood[0] if stood is not None else None


def _first_of_newest(found: list[tuple[Conversation, Turn]]) -> tuple[Conversation, Turn] | None:
    """Return the first turn of the run that made the newest of these."""
    if not found:
        return None
    newest = max(found, key=lambda one: one[1].order)[1].made_by
    return min((one for one in found if one[1].made_by == newest), key=lambda one: one[1].order)
