"""The conversations of one assistant."""

from __future__ import annotations

import threading
from weakref import WeakValueDictionary

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.conversation.conversation import Conversation
from langtail_nb._kernel.conversation.names import number_in
from langtail_nb._kernel.conversation.place import Place
from langtail_nb._kernel.conversation.position import Position
from langtail_nb._kernel.conversation.reading_back import recognised
from langtail_nb._kernel.conversation.thread import Thread
from langtail_nb._text.near import near
from langtail_nb._types.messages import Message


class Conversations:
    """The conversations of one assistant at one base URL, and the thread that is current among theirs.

    Attributes:
        all: In the order in which they were opened.
        is_bound: Whether the next call that makes a turn goes to the current thread, whichever cell makes it.
        here: The one that the current thread belongs to, or None.
        is_threadless: Whether answers come without a thread, as those of a prompt do.
        one_shot: Whether calls that name no thread stay apart.
    """

    def __init__(self) -> None:
        self.all: list[Conversation] = []
        self.here: Conversation | None = None
        self.is_bound = self.is_threadless = self.one_shot = False
        self._beginning: dict[str | None, Conversation] = {}
        self._guests: list[Thread] = []
        self._apart: WeakValueDictionary[str, Thread] = WeakValueDictionary()
        # Threads that calls go to just now; True for one whose number nobody has seen yet.
        self._under_way: dict[Thread, bool] = {}
        self._numbering = threading.Lock()

    @property
    def threads(self) -> list[Thread]:
        """All threads, those of a conversation together."""
        return [thread for conversation in self.all for thread in conversation.threads]

    @property
    def current(self) -> Thread | None:
        """The thread that calls go to which belong nowhere else."""
        return self.here.last_current if self.here is not None else None

    @property
    def busy(self) -> Thread | None:
        """A thread that a call goes to just now, or None."""
        return next(iter(list(self._under_way)), None)

    def of(self, thread: Thread) -> Conversation | None:
        """Return the conversation that a thread belongs to, or None for one that is not listed."""
        return next((one for one in self.all if thread in one.threads), None)

    def new(self, name: str | None = None) -> Thread:
        """Return a thread without turns, which opens a conversation and becomes current."""
        return self.select(Thread(self._next_number(), name))

    def select(self, thread: Thread) -> Thread:
        """Make ``thread`` current; one that was dropped is listed again."""
        self.settle(self.of(thread) or Conversation(thread.lock), thread)
        return thread

    def settle(self, conversation: Conversation, thread: Thread) -> None:
        """Make a thread current, in a conversation that is listed from now on; nothing is bound any more."""
        conversation.select(thread)
        if conversation not in self.all:
            self.all.append(conversation)
        self.here, self.is_bound = conversation, False
        self._beginning = {key: one for key, one in self._beginning.items() if one is not conversation}

    def bind(self) -> None:
        """Let the next call that makes a turn go to the current thread, and no later one."""
        self.is_bound = True

    def leave(self) -> None:
        """Let the next call begin a thread; those there are stay listed."""
        self.here, self.is_bound = None, True

    def named(self, name: str) -> Thread | None:
        """Return the thread of a number, else the newest with this name, label or id, or None."""
        number = number_in(name)
        own = [thread for thread in self.threads if thread not in self._guests]
        found = [thread for thread in own if thread.number == number]
        found = found or [thread for thread in self.threads if name in (thread.name, thread.id, thread.label)]
        return max(found, key=lambda thread: thread.number, default=None)

    def with_id(self, thread_id: str) -> Thread | None:
        """Return the thread with this id, one that stays apart included, or None."""
        listed = next((thread for thread in self.threads if thread.id == thread_id), None)
        return listed or self._apart.get(thread_id)

    def remember_apart(self, thread: Thread) -> None:
        """Know the id of a thread that stays apart, as long as somebody holds it."""
        if thread.id is not None:
            self._apart[thread.id] = thread

    def fork(self, thread: Thread, before: int) -> Thread:
        """Return a new current thread with the turns of ``thread`` before turn ``before``, from 1.

        Raises:
            ConfigurationError: There is no such turn.
        """
        if not 1 <= before <= len(thread.turns) + 1:
            raise ConfigurationError(f"{thread.label} has {thread.length}; there is no turn {before}")
        branch = thread.branch(self._next_number(), before - 1)
        self.settle(self.of(thread) or Conversation(thread.lock, [thread]), branch)
        return branch

    def adopt(
        self,
        thread_id: str,
        messages: list[Message],
        name: str | None = None,
        *,
        known: Thread | None = None,
        of: str = "",
    ) -> Thread:
        """Return the thread that the server holds with these messages, now current.

        One that this kernel has already keeps what it knows of its turns: which cell made each.

        Args:
            known: The thread, where another assistant or a call apart opened it.
            of: That assistant.
        """
        thread = self.with_id(thread_id) or known or Thread(0, id=thread_id)
        thread.turns = recognised(messages, thread.turns)
        thread.name = thread.name or name
        return self.select(self.admitted(thread, of))

    def admitted(self, thread: Thread, of: str = "") -> Thread:
        """Return a thread that is about to be listed, with a number.

        Args:
            of: The assistant whose number it has already, where that is another.
        """
        if not thread.number:
            thread.number = self._next_number()
        elif of and thread not in self.threads:
            thread.of = of
            self._guests.append(thread)
        return thread

    def drop(self, thread: Thread) -> None:
        """Forget a thread that the server does not hold; if it was current, none is."""
        conversation = self.of(thread)
        if conversation is None:
            return
        if self.current is thread:
            self.here, self.is_bound = None, False
        conversation.drop(thread)
        if not conversation.threads:
            self.all = [one for one in self.all if one is not conversation]

    def forget_unopened(self) -> None:
        """Forget the threads that no answer ever opened, and know that none will."""
        self.is_threadless = True
        for thread in self.threads:
            if thread.id is None and thread.newest is None:
                self.drop(thread)

    def holder(self, place: Place) -> Thread:
        """Return the thread that a turn is gone on from: a current one if it has it, else its own."""
        its = self.of(place.thread)
        currents = [self.current, its.last_current if its is not None else None]
        return next((one for one in currents if one is not None and place.turn in one.turns), place.thread)

    def home(self, position: Position, name: str | None) -> Conversation:
        """Return the conversation of a position; for one that is yet to be opened, the same until it is."""
        if position.thread is None:
            return self._beginning.setdefault(name, Conversation())
        return self.of(position.thread) or Conversation(position.thread.lock)

    def begin(self, position: Position, conversation: Conversation, name: str | None) -> Thread:
        """Return the thread of a call that is about to be sent: a branch or a new one is not listed yet."""
        with self._numbering:
            number, thread = self._next_number(), position.thread
            if thread is None:
                thread = Thread(number, name, lock=conversation.lock)
            elif position.forks:
                thread = thread.branch(number, position.behind)
            self._under_way[thread] = thread is not position.thread or not thread.number
            thread.number = thread.number or number
        return thread

    def end(self, thread: Thread) -> None:
        """Know that a call has ended; a thread of its own that it did not come to stays apart."""
        if self._under_way.pop(thread, False) and self.of(thread) is None:
            thread.number = 0

    def require(self, name: str | None) -> Thread:
        """Return the thread of this name, or the current one for None.

        Raises:
            ConfigurationError: There is none; lists near matches.
        """
        thread = self.current if name is None else self.named(name)
        if thread is None and name is None:
            raise ConfigurationError("there is no current thread yet; run a %%langtail cell first")
        if thread is None:
            hint = near(name or "", [t.label for t in self.threads])
            raise ConfigurationError(
                f"no thread {name!r} in this kernel{hint}; %langtail thread list --all shows earlier ones too"
            )
        return thread

    def _next_number(self) -> int:
        return max((thread.number for thread in (*self.threads, *self._under_way)), default=0) + 1
