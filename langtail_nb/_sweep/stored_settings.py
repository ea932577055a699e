"""Which settings have an answer to a request already, everything else being equal: in the store, or here.

What is stored is found by the hash of all that decides an answer. A store of many thousand trials knows few
settings, each of which is learned once; with these the hashes that may be there are made and looked up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from langtail_nb._kernel.disk.store import Store
from langtail_nb._kernel.disk.stored import StoredTurn
from langtail_nb._kernel.disk.trials import Trials
from langtail_nb._kernel.session import Session
from langtail_nb._sweep.identity import (
    differing,
    digest,
    effective,
    is_of_row,
    key_of,
    row_parts,
    setting_parts,
    short,
)
from langtail_nb._types.config import Config, arguments_of
from langtail_nb._types.fields import FIELDS
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request

_MOST_OWN: Final = 500
_NUMBERS: Final = {one.wire: one.name for one in FIELDS.values() if one.kind in ("number", "integer")}


class Answer(NamedTuple):
    """An answer that is there, and when it came; its contents are in a turn on disk, or in a reply here."""

    at: float
    turn: int | None = None
    reply: Reply | None = None


@dataclass(frozen=True)
class Found:
    """What is there beside a request.

    Attributes:
        here: The answer to the request itself, if there is one.
        values: By parameter the values at which there are others, and its own where there is one; in order.
    """

    here: Answer | None = None
    values: Mapping[str, list[float]] = field(default_factory=dict)


class _Setting(NamedTuple):
    parts: Mapping[str, str]
    values: Mapping[str, Any]


class StoredSettings:
    """Answers the question for one kernel; what it has learned of the store, it keeps."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, _Setting]] = {}
        self._seen: dict[str, int] = {}
        self._own: dict[str, Answer] = {}
        self._lock = Lock()

    def note(
        self, session: Session, request: Request, config: Config | None, reply: Reply, at: float
    ) -> None:
        """Know an answer of this kernel that is no trial of the store.

        Args:
            request: As it was sent, what came from its conversation included.
            config: What was deployed; None where that cannot be read.
        """
        if request.is_private or reply.error is not None:
            return
        parts = setting_parts(session.place, config, request)
        key = key_of(digest(parts), _sent(request), 1)
        with self._lock:
            known = self._known.setdefault(request.target.full, {})
            known[digest(parts)] = _Setting(parts, effective(config, request))
            self._own.pop(key, None)
            self._own[key] = Answer(at, reply=reply)
            while len(self._own) > _MOST_OWN:
                del self._own[next(iter(self._own))]

    def look(self, session: Session, request: Request, config: Config | None) -> Found:
        """Return what is there beside a request.

        Args:
            request: As it would be sent.
            config: What is deployed; None where that cannot be read.

        Raises:
            StoreError: The store cannot be read.
        """
        wanted, sent = setting_parts(session.place, config, request), _sent(request)
        own = key_of(digest(wanted), sent, 1)
        with self._lock:
            trials = Trials(session.store)
            self._learn(trials, request.target.full)
            beside = self._beside(wanted, config, request.target.full)
            keys = {key_of(hash, sent, 1): place for hash, place in beside.items()}
            there = self._answers(trials, {*keys, own})
        values: dict[str, set[float]] = {}
        for key, (name, value) in keys.items():
            if key in there:
                values.setdefault(name, set()).add(value)
        if own in there:
            # Only beside others: alone it would be where every control stands.
            for wire, value in _numbers(effective(config, request)).items():
                values.get(_NUMBERS[wire], set()).add(value)
        return Found(there.get(own), {name: sorted(found) for name, found in values.items()})

    def _beside(
        self, wanted: Mapping[str, str], config: Config | None, target: str
    ) -> dict[str, tuple[str, float]]:
        """Return the settings that differ in one number, by their hashes: in which, and what it is there."""
        deployed = _numbers(arguments_of(config)) if config is not None else {}
        found = {}
        for hash, setting in self._known.get(target, {}).items():
            names = differing(wanted, setting.parts)
            if len(names) != 1 or names[0] not in _NUMBERS or names[0] not in setting.parts:
                continue
            [wire] = names
            value = setting.values.get(wire, deployed.get(wire))
            # What was deployed then may not be what is deployed now.
            if _is_number(value) and short(value) == setting.parts[wire]:
                found[hash] = (_NUMBERS[wire], float(value))
        return found

    def _answers(self, trials: Trials, keys: set[str]) -> dict[str, Answer]:
        stored = {key: Answer(one.at, turn=one.turn) for key, one in trials.find(keys).items()}
        own = {key: self._own[key] for key in keys if key in self._own}
        newer = {key: one for key, one in own.items() if key not in stored or one.at >= stored[key].at}
        return stored | newer

    def _learn(self, trials: Trials, target: str) -> None:
        """Know the settings that came into the store since the last time."""
        newest = trials.newest()
        if newest < self._seen.get(target, 0):
            self._seen.pop(target)  # the store was begun anew
        rows = trials.settings(target, after=self._seen.get(target, 0))
        known = self._known.setdefault(target, {})
        fresh = [row for row in rows if row.setting not in known]
        turns = trials.read([row.turn for row in fresh])
        for row in fresh:
            parts = {name: one for name, one in row.parts.items() if not is_of_row(name)}
            body = turns[row.turn].request if row.turn in turns else None
            if body is not None and digest(parts) == row.setting:
                known[row.setting] = _Setting(parts, body)
        self._seen[target] = newest


_of_store: WeakKeyDictionary[Store, StoredSettings] = WeakKeyDictionary()


def stored_settings(session: Session) -> StoredSettings:
    """Return the one of a session."""
    return _of_store.setdefault(session.store, StoredSettings())


def turn_of(session: Session, answer: Answer) -> StoredTurn | None:
    """Return the turn on disk that an answer is in; None where it is here.

    Raises:
        StoreError: The store cannot be read.
    """
    return None if answer.turn is None else Trials(session.store).read([answer.turn]).get(answer.turn)


def _sent(request: Request) -> str:
    return digest(row_parts(request.message, request.variables))


def _numbers(members: Mapping[str, Any]) -> dict[str, float]:
    return {n: float(members[n]) for n in _NUMBERS if _is_number(members.get(n))}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
