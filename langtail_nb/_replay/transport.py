"""The seam from a file: what is recorded is played, what is not is sent and recorded, or refused."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote

from langtail_nb._http.transport import Context, Exchange, Outgoing, Transport
from langtail_nb._replay.asked import Asked, asked_by, body_of, messages_before, thread_in, with_thread
from langtail_nb._replay.exchange_line import Answer, Recorded
from langtail_nb._replay.hiding import Hiding
from langtail_nb._replay.missing import missing
from langtail_nb._replay.mode import Mode
from langtail_nb._replay.played import Played
from langtail_nb._replay.recorder import Recorder
from langtail_nb._replay.recording import Recording
from langtail_nb._replay.refusing import Refusing
from langtail_nb._replay.run import Run

_ATTEMPTS_REMEMBERED: Final = 1000
_OF_A_STAND_IN: Final = ("a stand-in",)
_WITH_EDITION: Final = 3
_NOT_YET: Final = Answer(0, "", thread=False, ms=0)


class ReplayTransport:
    """Plays the exchanges of a recording and records others.

    Args:
        network: Carries what is sent; None where nothing can be.
        mode: ``off`` is not for this.
        hiding: Takes out what must stand in no recording.
        speed: How fast streams are played, 1 as they came; None as fast as can be.
        stand_in: Whether a model on the own machine answers.
        deployed_by: The project folder that it serves and its edition, empty for none of its own.
        refreshed: Returns whether what is recorded in a file is to be recorded anew.
        rows: Whether what comes from rows is kept: values of variables, and messages that are no turn's.
    """

    def __init__(
        self,
        recording: Recording,
        run: Run,
        mode: Mode,
        network: Transport | None,
        *,
        hiding: Hiding,
        speed: float | None = None,
        stand_in: bool = False,
        deployed_by: tuple[str, ...] = (),
        refreshed: Callable[[str], bool] = lambda place: False,
        rows: bool = True,
    ) -> None:
        self._recording, self._run, self._mode, self._network = recording, run, mode, network
        self._hiding, self._speed, self._stand_in = hiding, speed, stand_in
        # What one folder deploys is no answer for another, nor what it deploys later.
        self._deployed_by = (*_OF_A_STAND_IN, *deployed_by) if stand_in else ()
        self._refreshed, self._rows = refreshed, rows
        self._attempts: OrderedDict[int, tuple[Outgoing, Recorded]] = OrderedDict()

    async def aclose(self) -> None:
        """Let go of the network."""
        if self._network is not None:
            await self._network.aclose()

    def exchange(self, outgoing: Outgoing) -> Exchange:
        """Return the exchange for a request."""
        if self._is_about_a_thread(outgoing):
            return self._about_a_thread(outgoing)
        wanted = self._wanted(outgoing)
        found = (
            self._recording.find(wanted.key) or self._of_another_edition(wanted) or self._of_the_other(wanted)
        )
        if found is not None and not self._is_replaced(found):
            self._run.did("played", found.key)
            # In "only" a run that its budget ends has to end where it did.
            is_free = self._mode != "only"
            return Played(found.answer, self._thread_of(found, outgoing), self._speed, is_free=is_free)
        if self._mode == "only" or self._network is None:
            error = missing(wanted, self._recording, private=outgoing.context.private)
            # A missing look-up costs a note; what it is needed for fails by itself.
            return Refusing(error, None if _is_looked_up(wanted.asked) else wanted.key, self._run)
        return self._sent(outgoing, wanted, found)

    def _of_another_edition(self, wanted: Recorded) -> Recorded | None:
        """Return what a folder was recorded to deploy before, else later, as cells may run in any order."""
        edition = _edition(wanted.asked)
        if edition is None or (self._mode != "only" and self._network is not None):
            return None
        found = {
            number: one
            for one in self._recording.exchanges
            if (number := _edition(one.asked)) is not None and _is_of_one_folder(one.asked, wanted.asked)
        }
        earlier = [number for number in found if number <= edition]
        return found.get(max(earlier) if earlier else min(found, default=edition))

    def _of_the_other(self, wanted: Recorded) -> Recorded | None:
        """Return what a stand-in was recorded to have deployed, where Langtail was not, and the reverse."""
        if not _is_looked_up(wanted.asked):
            return None
        other = replace(wanted.asked, before=() if wanted.asked.before else _OF_A_STAND_IN)
        return self._recording.find(other.key(1, 0))

    def _is_replaced(self, found: Recorded) -> bool:
        """Return whether an exchange is sent all the same; what this run has recorded itself is there."""
        is_due = self._mode == "record" or (self._mode == "auto" and self._refreshed(found.asked.place))
        return is_due and self._network is not None

    def _wanted(self, outgoing: Outgoing) -> Recorded:
        """Return the exchange of a request as far as it is known before its answer; one for all attempts."""
        known = self._attempts.get(id(outgoing))
        if known is not None and known[0] is outgoing:
            return known[1]
        vary = self._recording.vary
        asked, context = asked_by(outgoing, vary), outgoing.context
        is_looked_up = _is_looked_up(asked)
        if is_looked_up:
            asked = replace(asked, before=self._deployed_by)
        nth = 0 if is_looked_up else self._number(asked, context)
        wanted = Recorded(
            asked.key(context.repeat, nth, vary),
            asked,
            _NOT_YET,
            conversation=context.conversation,
            turn=context.turn,
            repeat=context.repeat,
            nth=nth,
            stand_in=self._stand_in,
        )
        self._attempts[id(outgoing)] = outgoing, wanted
        while len(self._attempts) > _ATTEMPTS_REMEMBERED:
            self._attempts.popitem(last=False)
        return wanted

    def _number(self, asked: Asked, context: Context) -> int:
        return self._run.counting.number(asked.key(context.repeat, 0, self._recording.vary), context)

    def _sent(self, outgoing: Outgoing, wanted: Recorded, old: Recorded | None) -> Exchange:
        assert self._network is not None
        alias = _thread_in_body(outgoing)
        real = self._run.threads.get(alias, alias) if alias else None
        if alias and real is not None and self._is_recorded_only(alias):
            outgoing = _as_fork(outgoing)
            real = None
        elif alias and real != alias:
            outgoing = replace(outgoing, content=_with_thread(outgoing, real or ""))
        outgoing = self._as_called_there(outgoing)
        return Recorder(
            self._network.exchange(outgoing),
            wanted,
            self._recording,
            self._run,
            hiding=self._hiding,
            old=old,
            thread=alias or wanted.thread,
            opened=self._opened,
            private=outgoing.context.private,
            rows=self._rows,
        )

    def _as_called_there(self, outgoing: Outgoing) -> Outgoing:
        """Return a request whose path calls its thread as the server does."""
        alias = thread_in(outgoing.path)
        real = self._run.threads.get(alias or "")
        if real is None:
            return outgoing
        return replace(outgoing, path=with_thread(outgoing.path, quote(real, safe="")))

    def _opened(self, alias: str, real: str) -> None:
        self._run.threads[alias] = real

    def _is_recorded_only(self, alias: str) -> bool:
        return alias not in self._run.threads and self._recording.has_thread(alias)

    def _thread_of(self, found: Recorded, outgoing: Outgoing) -> str | None:
        if not found.answer.thread:
            return None
        return _thread_in_body(outgoing) or found.thread

    def _is_about_a_thread(self, outgoing: Outgoing) -> bool:
        """Return whether a request changes a thread, or deletes it: nothing that an answer depends on."""
        return thread_in(outgoing.path) is not None and outgoing.method != "GET"

    def _about_a_thread(self, outgoing: Outgoing) -> Exchange:
        alias = thread_in(outgoing.path) or ""
        if self._mode == "only" or self._network is None or self._is_recorded_only(alias):
            said: dict[str, Any] = {"deleted": True} if outgoing.method == "DELETE" else {"metadata": {}}
            said |= {"id": alias}
            return Played(Answer(200, "application/json", False, 0, body=said), None, None)
        return self._network.exchange(self._as_called_there(outgoing))


def _is_looked_up(asked: Asked) -> bool:
    """Return whether a request asks for what is deployed: the newest answer is the only one."""
    return asked.method == "GET" and thread_in(asked.path) is None


def _edition(asked: Asked) -> int | None:
    """Return the edition of the project folder that a look-up is about, None where it is about none."""
    if not _is_looked_up(asked) or len(asked.before) != _WITH_EDITION:
        return None
    number = asked.before[-1]
    return int(number) if number.isdecimal() and len(number) < 10 else None


def _is_of_one_folder(one: Asked, other: Asked) -> bool:
    return (one.path, one.before[:-1]) == (other.path, other.before[:-1])


def _thread_in_body(outgoing: Outgoing) -> str | None:
    thread_id = (body_of(outgoing.content) or {}).get("threadId")
    return thread_id if isinstance(thread_id, str) else None


def _with_thread(outgoing: Outgoing, thread_id: str) -> bytes:
    body = body_of(outgoing.content) or {}
    return _content({**body, "threadId": thread_id})


def _as_fork(outgoing: Outgoing) -> Outgoing:
    """Return a call that carries its conversation, of a thread that no server holds."""
    body = {name: value for name, value in (body_of(outgoing.content) or {}).items() if name != "threadId"}
    messages = [*messages_before(outgoing.context), *body.get("messages", [])]
    return replace(outgoing, content=_content({**body, **({"messages": messages} if messages else {})}))


def _content(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode()
