"""What is kept of calls: each on disk before it is sent, and its answer before it is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from langtail_nb._kernel.disk.kept import Kept, new_turn
from langtail_nb._kernel.disk.store import Store
from langtail_nb._kernel.disk.store_error import StoreError
from langtail_nb._kernel.runs import extent_of, having, record
from langtail_nb._kernel.session import Session
from langtail_nb._types.remarks import remarks
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request


@dataclass(eq=False, slots=True)
class Entry:
    """One call in a ledger.

    Attributes:
        asked: The request without what came from its conversation.
        kept: What is known of it, and where that is on disk.
        inherited: The variables that came from its conversation; None for a call that is no turn of one.
        unnamed: Place, assistant, name and id of a thread, where the disk did not take them yet.
        notes: What is worth knowing of it, once it has ended, where nothing went wrong.
        cost: What its answer cost, an estimate in dollars; None before it has ended, or where nobody can say.
    """

    asked: Request
    kept: Kept
    inherited: Mapping[str, str] | None = None
    unnamed: tuple[str, str, str, str] | None = None
    notes: Sequence[str] = ()
    cost: float | None = None


class Ledger:
    """The calls of a cell, a function, a panel or a comparison: on disk, counted, the newest pointed to.

    An answer is worth more than its copy: the call goes on whatever the disk does. What it did not take is
    tried again with all that follows, and told under the answer where it is not there even then.

    Args:
        source: Who makes the calls, as the store calls it.
    """

    def __init__(self, session: Session, source: str) -> None:
        self._session, self._source = session, source

    def begin(
        self,
        asked: Request,
        *,
        thread: str | None = None,
        inherited: Mapping[str, str] | None = None,
        stream: bool = True,
    ) -> Entry:
        """Keep on disk that a call is about to be sent.

        Args:
            asked: The request without what comes from its conversation: restored in a panel, that would go
                ahead of itself.
            thread: The name of its thread.
            inherited: The variables that come from its conversation.
        """
        kept = new_turn(
            source=self._source,
            base_url=self._session.base_url,
            target=str(asked.target),
            thread=thread,
            request=None if asked.is_private else asked.body(stream=stream),
        )
        entry = Entry(asked, kept, inherited)
        if self._trouble(lambda store: store.keep(kept)):
            self._keep_soon(entry)
        return entry

    def opened(self, entry: Entry, thread_id: str | None, *, name: str | None) -> None:
        """Keep the thread id of a call, known before the first chunk, and what its thread is called."""
        entry.kept.open(thread_id)
        if name and thread_id:
            entry.unnamed = (self._session.place, entry.asked.target.identity, name, thread_id)
        # A disk that did not take the beginning is not waited for a second time.
        if not entry.kept.is_on_disk or self._trouble(lambda store: store.keep(entry.kept)):
            self._keep_soon(entry)
        else:
            self._name(entry)

    def note(self, entry: Entry, reply: Reply) -> None:
        """Keep an answer as far as it has come, about once a second; returns at once."""
        if reply.messages and not entry.asked.is_private:
            self._session.notes.put(entry, partial(self._note, entry, reply))

    def end(self, entry: Entry, reply: Reply, *, whole: Request | None, cell: str | None = None) -> list[str]:
        """Keep an answer, whole or not, count it, and tell under it what could not be kept, or read.

        Args:
            whole: See :meth:`point_to`.
            cell: Likewise.

        Returns:
            What is told of what went wrong, for those whose answers are not shown.
        """
        self.point_to(reply, whole=whole, cell=cell)
        if reply.sent:
            entry.cost = self._session.shown_cost_of(reply.model, reply.usage, at=entry.kept.base_url)
            is_lost = not self._session.replay.is_on and not entry.asked.is_private
            self._session.totals.add(reply, entry.cost, unrecorded=is_lost)
        if self._session.replay.is_on:
            # As it will be played: nobody waits for a second attempt then.
            reply.attempts, reply.wait_s = 1, 0.0
        self._session.notes.drop(entry)
        told = [*self._end(entry, reply), *self._session.project_notes()]
        entry.notes = self._about_replay(entry.asked)
        reply.warnings += [*told, *entry.notes]
        return told

    def point_to(self, reply: Reply, *, whole: Request | None, cell: str | None = None) -> None:
        """Make an answer the newest of the kernel, and of its cell.

        Args:
            whole: What it answers, with the variables of its conversation; None for results of tool calls,
                which leave standing what was asked before.
            cell: The id of the cell that it belongs to.
        """
        self._session.last = reply
        if cell:
            self._session.answers[cell] = reply
        if whole is not None:
            self._session.asked = whole

    def remark(self, reply: Reply, asked: Request, *, filled: frozenset[str] = frozenset()) -> None:
        """Tell under a whole answer what is worth knowing about its request.

        Args:
            filled: Names that were filled into the message, and need no variable of the assistant.
        """
        if reply.error is None:
            config = self._session.deployed.config(self._session.base_url, asked.target)
            reply.warnings += remarks(config, asked, filled=filled)

    def _end(self, entry: Entry, reply: Reply) -> list[str]:
        contents, state = None if entry.asked.is_private else _recorded(entry, reply), extent_of(reply)
        trouble = self._trouble(
            lambda store: store.end_turn(entry.kept, thread_id=reply.thread_id, reply=contents, state=state)
        )
        what = "this answer" if reply.messages else "this call"
        if trouble is None:
            trouble, what = self._name(entry), "the name of this thread"
        told = [*self._session.store.take_told(), *self._session.replay.take_told()]
        return told if trouble is None else [*told, f"{what} is not on disk: {trouble}"]

    def _about_replay(self, asked: Request) -> list[str]:
        """Return, once, what stands in the recordings."""
        return [] if asked.is_private else self._session.tell_of_replay(asked.variables)

    def _name(self, entry: Entry) -> str | None:
        """Keep what a thread is called, unless that was done; return why it could not be."""
        named = entry.unnamed
        if named is None:
            return None
        trouble = self._trouble(lambda store: store.name_thread(*named))
        if trouble is None:
            entry.unnamed = None
        return trouble

    def _note(self, entry: Entry, reply: Reply) -> None:
        contents = _recorded(entry, reply)
        self._trouble(lambda store: store.note_turn(entry.kept, contents))
        self._name(entry)

    def _keep_soon(self, entry: Entry) -> None:
        def job() -> None:
            self._trouble(lambda store: store.keep(entry.kept))
            self._name(entry)

        self._session.notes.put(entry, job)

    def _trouble(self, write: Callable[[Store], object]) -> str | None:
        """Write, and return why that could not be, or None."""
        try:
            write(self._session.store)
        except StoreError as exc:
            return str(exc)
        return None


def _recorded(entry: Entry, reply: Reply) -> dict[str, Any]:
    return record(reply) | having(entry.inherited)
