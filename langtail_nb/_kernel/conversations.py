"""Which conversation a cell belongs to.

A thread here is the kernel's view of one on the server: its id, once the first answer gave one, and the
turns that cells made. A fork is a thread whose earlier turns the server has not seen yet: they go along,
as messages, with its first call.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Literal

from langtail_nb._errors import ConfigurationError, Interrupted
from langtail_nb._kernel.execution import Execution
from langtail_nb._kernel.pending import Pending
from langtail_nb._text.near import near
from langtail_nb._types.messages import Message
from langtail_nb._types.request import Request

State = Literal["done", "partial", "failed"]


@dataclass(slots=True, eq=False)
class Turn:
    """One exchange: what was sent in it and what came back.

    Attributes:
        made_by: The run of the cell that made it, or None for a turn read back from the server.
        sent: The messages of the request, without replayed history.
        received: The messages of the answer that the server is taken to hold; empty for a broken turn.
        variables: The template's variables of this turn, the defaults of the next.
        asked: The request as its cell said it, or None for a turn read back from the server.
        given: Names of the parameters that the call itself gave.
        answers: The turn whose tool calls this one answers, or None.
        pending: The tool calls of the answer that wait for their results.
    """

    made_by: Execution | None
    sent: list[Message]
    received: list[Message] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    state: State = "done"
    asked: Request | None = None
    given: frozenset[str] = frozenset()
    answers: Turn | None = field(default=None, repr=False)
    pending: Pending = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.pending = Pending.of(self.received)

    def with_answer(self, received: list[Message]) -> Turn:
        """Take what the server holds as the answer, and return the turn itself."""
        if received != self.received:
            self.received, self.pending = received, Pending.of(received)
        return self


@dataclass(slots=True, eq=False)
class Place:
    """A turn on a thread: where the call that answers its tool calls belongs.

    A prompt's turn stands on no thread; the one here then has no turns.
    """

    base_url: str
    thread: Thread
    turn: Turn


@dataclass(slots=True, eq=False)
class Thread:
    """One conversation. ``number`` counts the threads of this kernel, from 1; 0 for one that stays apart.

    Attributes:
        id: The server's id, or None until the first answer.
        forked_from: The thread whose first turns this one repeats, or None.
    """

    number: int
    name: str | None = None
    id: str | None = None
    turns: list[Turn] = field(default_factory=list)
    forked_from: Thread | None = field(default=None, repr=False)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def label(self) -> str:
        """Its name, or ``thread 3``."""
        return self.name or (f"thread {self.number}" if self.number else "a thread apart")

    @property
    def length(self) -> str:
        """How many turns it has, in words: ``1 turn``, ``3 turns``."""
        return f"{len(self.turns)} turn{'s' * (len(self.turns) != 1)}"

    def history(self) -> list[Message]:
        """Return all messages of the turns so far."""
        return [message for turn in self.turns for message in (*turn.sent, *turn.received)]

    def replay(self) -> list[Message]:
        """Return the messages that the server has not seen yet: the history of a fork without an id."""
        return [] if self.id is not None else self.history()

    def turn_of(self, execution: Execution) -> int | None:
        """Return the turn, from 1, that an earlier run of the same cell made here, or None."""
        made = (turn.made_by for turn in self.turns)
        return next((n for n, by in enumerate(made, 1) if execution.repeats(by)), None)


@contextmanager
def in_turn(lock: threading.Lock) -> Iterator[None]:
    """Hold a lock, waited for so that an interrupt ends the wait.

    Raises:
        Interrupted: The user stopped the cell before its turn came.
    """
    try:
        # Short waits: a lock wait without a limit cannot be interrupted on Windows.
        while not lock.acquire(timeout=0.2):
            pass
    except KeyboardInterrupt as exc:
        raise Interrupted(
            "stopped while waiting for an earlier call on this thread; nothing was sent"
        ) from exc
    try:
        yield
    finally:
        lock.release()


class Conversations:
    """The threads of one assistant at one base URL, and the current one among them.

    ``lock`` is held while a call finds its thread, so that two calls never open one name twice.
    """

    def __init__(self) -> None:
        self.threads: list[Thread] = []
        self.current: Thread | None = None
        self.lock = threading.Lock()

    def new(self, name: str | None = None) -> Thread:
        """Return a thread without turns, which becomes current and the holder of its name."""
        return self.select(Thread(self._next_number(), name))

    def select(self, thread: Thread) -> Thread:
        """Make ``thread`` current; one that was dropped is listed again."""
        if thread not in self.threads:
            self.threads.append(thread)
        self.current = thread
        return thread

    def leave(self) -> None:
        """Let the next call begin a thread; those there are stay listed."""
        self.current = None

    def named(self, name: str) -> Thread | None:
        """Return the newest thread with this name, label or id, or None."""
        return next((t for t in reversed(self.threads) if name in (t.name, t.id, t.label)), None)

    def fork(self, thread: Thread, before: int) -> Thread:
        """Return a new current thread with the turns of ``thread`` before turn ``before``, from 1.

        A branch of a thread that stays apart stays apart.

        Raises:
            ConfigurationError: There is no such turn.
        """
        branch = self.branch(thread, before)
        return self.select(branch) if branch.number else branch

    def branch(self, thread: Thread, before: int) -> Thread:
        """Return what :meth:`fork` would make current; nothing changes.

        Raises:
            ConfigurationError: There is no such turn.
        """
        if not 1 <= before <= len(thread.turns) + 1:
            raise ConfigurationError(f"{thread.label} has {thread.length}; there is no turn {before}")
        number = self._next_number() if thread.number else 0
        return Thread(number, thread.name, turns=thread.turns[: before - 1], forked_from=thread)

    def adopt(self, thread_id: str, turns: list[Turn], name: str | None = None) -> Thread:
        """Return the thread that the server holds with these turns, now current.

        One that this kernel has already keeps what it knows of its turns: which cell made each.
        """
        known = next((t for t in self.threads if t.id == thread_id), None)
        if known is None:
            return self.select(Thread(self._next_number(), name, thread_id, turns))
        known.turns = _recognised(turns, known.turns)
        known.name = known.name or name
        return self.select(known)

    def drop(self, thread: Thread, *, back_to: Thread | None = None) -> None:
        """Forget a thread that the server does not hold; if it was current, ``back_to`` is, where listed."""
        self.threads = [t for t in self.threads if t is not thread]
        if self.current is thread:
            self.current = back_to if back_to in self.threads else None

    def holder(self, place: Place) -> Thread:
        """Return the thread that a turn is gone on from: the current one if it has it, else its own."""
        current = self.current
        return current if current is not None and place.turn in current.turns else place.thread

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
                f"no thread {name!r} in this kernel{hint}; %langtail thread list --all shows all"
            )
        return thread

    def visible(self, *, every: bool) -> list[Thread]:
        """Return the threads, newest last; without ``every`` only those not replaced by a fork of theirs."""
        replaced = [] if every else [t.forked_from for t in self.threads]
        return [t for t in self.threads if t is self.current or t not in replaced]

    def _next_number(self) -> int:
        return max((t.number for t in self.threads), default=0) + 1


def _recognised(turns: list[Turn], before: list[Turn]) -> list[Turn]:
    """Return ``turns``, each replaced by what was known of it before, as far as both begin alike."""
    alike = takewhile(lambda pair: pair[0].sent == pair[1].sent, zip(turns, before, strict=False))
    known = [old.with_answer(new.received) for new, old in alike]
    return known + turns[len(known) :]


def turns_from(messages: list[Message]) -> list[Turn]:
    """Return messages read back from the server, split into turns, each starting with what a user sent."""
    parts: list[tuple[list[Message], list[Message]]] = []
    for message in messages:
        answers = message.get("role") in ("assistant", "function") or "handled_tool_result" in message
        if answers and parts:
            parts[-1][1].append(message)
        elif parts and not parts[-1][1]:
            parts[-1][0].append(message)
        else:
            parts.append(([message], []))
    return [Turn(None, sent, received) for sent, received in parts]
