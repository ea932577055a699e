"""The variables of turns that are read back from the server, which knows none: as they were kept on disk."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Final

from langtail_nb._kernel.conversation.thread import Thread
from langtail_nb._kernel.conversation.turn import Turn
from langtail_nb._kernel.disk.query import Query
from langtail_nb._kernel.disk.store_error import StoreError
from langtail_nb._kernel.disk.stored import StoredTurn
from langtail_nb._kernel.runs import inherited_in
from langtail_nb._kernel.session import Session
from langtail_nb._types.config import variables_of
from langtail_nb._types.target import Target

_NOT_KNOWN: Final = "the variables of its last turn are not known here; -v NAME=VALUE gives them"


def recall(session: Session, thread: Thread) -> bool:
    """Let a thread that was read back know the variables of its turns, which go along with the next.

    Returns:
        Whether those of its last turn are known.
    """
    return recalled(thread.turns, _kept_of(session, thread.id))


def not_recalled(session: Session, target: Target) -> list[str]:
    """Return what is told where a last turn's variables are not known; nothing if its assistant has none."""
    config = session.config_soon(target)
    override = session.settings.overrides(target).get("template")
    is_without = config is not None and not variables_of(config, override)
    return [] if is_without else [_NOT_KNOWN]


def recalled(turns: Sequence[Turn], kept: Sequence[StoredTurn]) -> bool:
    """Put the variables of stored calls into the turns read back; return whether those of the last are known.

    A turn that was made elsewhere is taken to have those of the turn before it.

    Args:
        kept: The calls of their thread, newest first.
    """
    found = _matched(turns, kept)
    variables: dict[str, str] = {}
    is_known = True
    for turn in turns:
        call = found.get(turn)
        before = inherited_in(call) if call is not None else None
        if turn.made_by is not None:
            variables, is_known = turn.variables, True
            continue
        if call is None or call.request is None:
            is_known = False
        else:
            is_known = is_known or before is not None
            variables = (variables if before is None else before) | dict(call.request.get("variables") or {})
        turn.variables = variables
    return is_known


def _matched(turns: Sequence[Turn], kept: Sequence[StoredTurn]) -> dict[Turn, StoredTurn]:
    """Return the call that each turn was, from the last turn back, as far as they are known.

    A call that was refused may have asked the same: one that got the answer goes first.
    """
    found, behind = {}, 0
    for turn in reversed(turns):
        asked = [at for at, call in islice(enumerate(kept), behind, None) if _asks(call, turn)]
        got = [at for at in asked if (kept[at].reply or {}).get("messages") == turn.received]
        if asked:
            at = (got or asked)[0]
            found[turn], behind = kept[at], at + 1
    return found


def _asks(call: StoredTurn, turn: Turn) -> bool:
    """Return whether a call sent what a turn holds, or its last part, where one before went unanswered."""
    sent = (call.request or {}).get("messages") or []
    return bool(sent) and turn.sent[-len(sent) :] == sent


def _kept_of(session: Session, thread_id: str | None) -> list[StoredTurn]:
    try:
        return session.store.find(Query(thread_id=thread_id)) if thread_id is not None else []
    except StoreError:
        return []  # a conversation goes on whatever the disk does
