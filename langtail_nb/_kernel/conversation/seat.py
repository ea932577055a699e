"""The seat of a call: found, waited for, held while the call is on its way, taken with its turn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.conversation.conversation import Conversation
from langtail_nb._kernel.conversation.conversations import Conversations
from langtail_nb._kernel.conversation.in_turn import in_turn
from langtail_nb._kernel.conversation.names import check_new
from langtail_nb._kernel.conversation.position import Position
from langtail_nb._kernel.conversation.reading_back import read_back, recognised
from langtail_nb._kernel.conversation.recalling import recall
from langtail_nb._kernel.conversation.route import Asking
from langtail_nb._kernel.conversation.rule import before_own, position
from langtail_nb._kernel.conversation.thread import Thread
from langtail_nb._kernel.conversation.turn import Turn
from langtail_nb._kernel.interrupts import Interrupts
from langtail_nb._kernel.session import Session


@dataclass(slots=True)
class Seat:
    """Where a call goes. Of its conversation nothing changes before :meth:`take`.

    Attributes:
        thread: The thread it goes to; a branch or a new one is seen by nobody else before it is taken.
        notes: Sentences on the choice, true once it is taken.
        conversations: Those of the assistant; None for a thread that stays apart.
        conversation: The one among them that it belongs to, or will.
        opens: Whether the call opens it, or opens it anew.
        of: The other assistant that goes on with the thread, too, or nothing.
        is_recalled: Whether the variables of the thread's last turn are known.
    """

    thread: Thread
    notes: list[str] = field(default_factory=list)
    conversations: Conversations | None = None
    conversation: Conversation | None = None
    opens: bool = False
    of: str = ""
    is_recalled: bool = True

    def take(self, turn: Turn) -> int:
        """Add the turn that the call became; its thread is current from now on. Return its number, from 1."""
        thread = self.thread
        turn.follows = thread.turns[-1] if thread.turns else None
        turn.is_lost = thread.id is None
        thread.turns.append(turn)
        if self.conversations is not None and self.conversation is not None:
            self.conversations.settle(self.conversation, self.conversations.admitted(thread, self.of))
            self.conversation.opened = turn if self.opens else self.conversation.opened
        return len(thread.turns)


def expected(session: Session, asking: Asking) -> Thread | None:
    """Return the thread that a call would go to, or None for a new one; nothing is asked or changed."""
    if asking.route.apart:
        return None
    goal = position(session.conversations_of(asking.assistant), asking)
    return goal.thread.branch(0, goal.behind) if goal.thread is not None and goal.forks else goal.thread


@contextmanager
def seated(session: Session, asking: Asking, interrupts: Interrupts) -> Iterator[Seat]:
    """Find the seat of a call and hold it: other calls in its conversation wait.

    Raises:
        ConfigurationError: A new thread cannot be called so.
        LangtailError: The server could not say whether it knows the name as an id.
        Interrupted: The user stopped the cell before its turn came.
    """
    conversations = session.conversations_of(asking.assistant)
    if asking.route.apart:
        with _apart(conversations, asking, interrupts) as seat:
            yield seat
        return
    with _in_conversation(session, conversations, asking, interrupts) as (conversation, goal):
        seat = _seat(session, conversations, asking, interrupts, conversation, goal)
        try:
            yield seat
        finally:
            conversations.end(seat.thread)


@contextmanager
def _apart(conversations: Conversations, asking: Asking, interrupts: Interrupts) -> Iterator[Seat]:
    after = asking.route.after
    thread = Thread(0) if after is None else after.thread
    with in_turn(thread.lock, interrupts):
        place = len(thread.turns)
        if after is not None and after.turn in thread.turns[:-1]:
            place = thread.turns.index(after.turn) + 1
        notes = _notes(Position(thread, place), thread, is_told=True)
        seat = Seat(thread.branch(0, place) if place < len(thread.turns) else thread, notes)
        try:
            yield seat
        finally:
            conversations.remember_apart(seat.thread)


@contextmanager
def _in_conversation(
    session: Session, conversations: Conversations, asking: Asking, interrupts: Interrupts
) -> Iterator[tuple[Conversation, Position]]:
    """Hold the conversation that a call goes to.

    Another call may have changed which one that is while its end was waited for.
    """
    fresh = Conversation()
    while True:
        before = _home(session, conversations, asking, position(conversations, asking), fresh)
        with in_turn(before.lock, interrupts):
            goal = position(conversations, asking)
            home = _home(session, conversations, asking, goal, fresh)
            if home.lock is before.lock:
                yield home, goal
                return


def _home(
    session: Session, conversations: Conversations, asking: Asking, goal: Position, fresh: Conversation
) -> Conversation:
    name = asking.route.name
    if goal.thread is not None or not (asking.route.new or name):
        return conversations.home(goal, None)
    if name is None:
        return fresh
    known, _ = session.thread_with_id(name)
    return Conversation(known.lock) if known is not None else conversations.home(goal, name)


def _seat(
    session: Session,
    conversations: Conversations,
    asking: Asking,
    interrupts: Interrupts,
    conversation: Conversation,
    goal: Position,
) -> Seat:
    current, name = conversations.current, asking.route.name
    if goal.thread is None and name is not None:
        goal, name, notes, of = _by_name(session, asking, name, interrupts)
        is_recalled = goal.thread is None or recall(session, goal.thread)
        notes += _notes(goal, current, is_told=False)
    else:
        of, notes, is_recalled = "", _notes(goal, current, is_told=name is None), True
    opens = goal.thread is None or asking.route.new
    thread = conversations.begin(goal, conversation, name)
    return Seat(thread, notes, conversations, conversation, opens, of, is_recalled)


def _by_name(
    session: Session, asking: Asking, name: str, interrupts: Interrupts
) -> tuple[Position, str | None, list[str], str]:
    """Return the position on a thread that this assistant does not have yet, known elsewhere or new."""
    known, of = session.thread_with_id(name)
    messages = read_back(session.client(), name, interrupts)
    if messages is None and known is not None:
        raise ConfigurationError(f"the server does not hold {known.label} any more (id {name})")
    if messages is None:
        return Position(), check_new(name), [f"{name!r} is a new thread"], ""
    thread = known or Thread(0, id=name)
    thread.turns = recognised(messages, thread.turns)
    goal = before_own(thread, asking)
    told = f"{name} is the id of a thread the server knew"
    return goal, None, [told], "" if goal.forks else of


def _notes(goal: Position, current: Thread | None, *, is_told: bool) -> list[str]:
    """Return a sentence where the call forks, or leaves the current thread without having been told to."""
    thread, away = goal.thread, goal.thread is not current
    if thread is None or not (goal.forks or (away and is_told)):
        return []
    back = f"back in {thread.label}, " * away
    fork = f"forked before turn {goal.behind + 1}" * goal.forks
    left = f"; {current.label} is no longer current" if away and current is not None else ""
    below = "; cells below still show the old branch" * (goal.behind + 1 < len(thread.turns))
    return [f"{back}{fork}".removesuffix(", ") + left + below]
