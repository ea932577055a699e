"""What is kept of calls: each on disk before it is sent, and its answer before it is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from langtail_nb._kernel.folder import StoreError
from langtail_nb._kernel.runs import extent_of, record
from langtail_nb._kernel.session import Session
from langtail_nb._kernel.store import Kept, Store
from langtail_nb._types.remarks import remarks
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request

T = TypeVar("T")


@dataclass(frozen=True, eq=False, slots=True)
class Entry:
    """One call in a ledger.

    Attributes:
        asked: The request without what came from its conversation.
        kept: Where it is on disk; None where the disk did not take it.
    """

    asked: Request
    kept: Kept | None


class Ledger:
    """The calls of a cell, a function, a panel or a comparison: on disk, counted, the newest pointed to.

    An answer is worth more than its copy: what a full or read-only disk does not take is told under an
    answer, once in a kernel, and the call goes on.

    Args:
        source: Who makes the calls, as the store calls it.
    """

    def __init__(self, session: Session, source: str) -> None:
        self._session, self._source = session, source
        self._untold: list[str] = []

    def begin(self, asked: Request, *, thread: str | None = None, stream: bool = True) -> Entry:
        """Keep on disk that a call is about to be sent.

        Args:
            asked: The request without what comes from its conversation: restored in a panel, that would go
                ahead of itself.
            thread: The name of its thread.
        """
        body = None if asked.is_private else asked.body(stream=stream)

        def write(store: Store) -> Kept:
            return store.begin_turn(
                source=self._source,
                base_url=self._session.base_url,
                target=str(asked.target),
                thread=thread,
                request=body,
            )

        return Entry(asked, self._write(write))

    def opened(self, entry: Entry, thread_id: str | None, *, name: str | None) -> None:
        """Keep the thread id of a call, known before the first chunk, and what its thread is called."""
        kept = entry.kept
        if kept is not None:
            self._write(lambda store: store.open_turn(kept, thread_id))
        if name and thread_id:
            where = (self._session.place, entry.asked.target.identity)
            self._write(lambda store: store.name_thread(*where, name, thread_id))

    def end(self, entry: Entry, reply: Reply, *, whole: Request | None, cell: str | None = None) -> None:
        """Keep an answer, whole or not, count it, and tell under it what could not be kept.

        Args:
            whole: See :meth:`point_to`.
            cell: Likewise.
        """
        self.point_to(reply, whole=whole, cell=cell)
        if reply.sent:
            self._session.totals.add(reply)
        kept, contents = entry.kept, None if entry.asked.is_private else record(reply)
        if kept is not None:
            state = extent_of(reply)
            self._write(
                lambda store: store.end_turn(kept, thread_id=reply.thread_id, reply=contents, state=state)
            )
        untold, self._untold = self._untold, []
        reply.warnings += untold

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

    def _write(self, write: Callable[[Store], T]) -> T | None:
        try:
            return write(self._session.store)
        except StoreError as exc:
            self._untold += self._session.tell_once(str(exc))
            return None
