"""A thread that was played or recorded, once replay is off: the server calls it otherwise, or has none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from langtail_nb._kernel.conversation.seat import Seat
from langtail_nb._kernel.session import Session


@contextmanager
def past_recording(session: Session, seat: Seat) -> Iterator[None]:
    """Let a call go to its thread as the server knows it; one that it does not have is sent as a fork is.

    Where no answer opens that, the thread stays what it was.
    """
    thread, known = seat.thread, seat.thread.id
    thread.id = session.replay.on_server(known) if known is not None else None
    if known is not None and thread.id is None:
        told = (
            f"{thread.label} was played from a recording; its turns went along, in a new thread on the server"
        )
        seat.notes.append(told)
    try:
        yield
    finally:
        thread.id = thread.id or known
