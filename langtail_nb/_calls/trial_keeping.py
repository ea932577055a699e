"""What trials leave behind: rows in the ledger, and a turn where an answer is kept."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from langtail_nb._calls.ledger import Entry, Ledger
from langtail_nb._calls.trial import Trial
from langtail_nb._errors import ConfigurationError
from langtail_nb._http.transport import Context
from langtail_nb._kernel.conversation.thread import Thread
from langtail_nb._kernel.conversation.turn import Turn
from langtail_nb._kernel.execution import Execution
from langtail_nb._kernel.runs import detail_of
from langtail_nb._kernel.session import Session
from langtail_nb._show.compose import is_empty
from langtail_nb._types.messages import Message
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request
from langtail_nb._types.target import Target
from langtail_nb._types.tool_results import waiting_in

if TYPE_CHECKING:
    from langtail_nb._types.completion.tool_call import ToolCall


class _Stood(NamedTuple):
    """Where a trial began: its conversation and how many turns that had, and what was asked there.

    Attributes:
        asked: As it was asked.
        whole: With the variables of the conversation, too.
    """

    thread: Thread | None
    turns: int
    asked: Request
    whole: Request


class Keeping:
    """Trials between the conversation that they replay and the ledger that they go to.

    Args:
        source: Who makes them, as the store calls it.
        shown: Whether their footers are.

    Attributes:
        kept: What became of the answers that were kept, by the trial's serial.
        stored: The numbers of their calls in the store.
    """

    def __init__(self, session: Session, target: Target, source: str, *, shown: bool = True) -> None:
        self._session, self._target, self._shown = session, target, shown
        self._ledger = Ledger(session, source)
        self._entries: dict[Trial, Entry] = {}
        self._stood: WeakKeyDictionary[Trial, _Stood] = WeakKeyDictionary()
        self.kept: dict[int, str] = {}
        self.stored: list[int] = []

    def go_on_from(self, earlier: Keeping) -> None:
        """Know what another one knows of the trials it has made."""
        self._stood.update(earlier._stood)
        self.kept.update(earlier.kept)
        self.stored += earlier.stored

    def trial(self, id: str, title: str, request: Request, thread: Thread | None) -> Trial:
        """Return a trial of a request: behind a conversation as it is now, and on a thread of its own."""
        sent = self.behind(request, thread)
        context = Context(
            own_messages=len(request.all_messages),
            private=request.is_private,
            before=thread.earlier() if thread is not None else tuple,
        )
        trial = Trial(id, title, detail_of(request.parameters, request.variables), sent, context=context)
        turns = len(thread.turns) if thread is not None else 0
        self._stood[trial] = _Stood(thread, turns, request, request.replace(variables=sent.variables))
        return trial

    def behind(self, request: Request, thread: Thread | None) -> Request:
        """Return a request behind a conversation as it is now, with the variables of its last turn."""
        history = thread.history() if thread is not None else []
        # Variables belong to an assistant; a comparison may ask several.
        is_same = request.target.identity == self._target.identity
        before = thread.newest if is_same and thread is not None else None
        earlier = before.variables if before is not None else {}
        return request.replace(
            variables={**earlier, **request.variables}, messages=[*history, *request.messages]
        )

    def asked(self, trial: Trial) -> Request:
        """Return what a trial asked, without the conversation that it was asked behind."""
        return self._stood[trial].asked if trial in self._stood else trial.request

    def begin(self, trial: Trial) -> None:
        """Keep on disk that a trial is about to be sent."""
        entry = self._entries[trial] = self._ledger.begin(self._stood[trial].asked)
        self._count(entry)

    def note(self, trial: Trial, reply: Reply) -> None:
        """Keep a reply as far as it has come; returns at once."""
        if entry := self._entries.get(trial):
            self._ledger.note(entry, reply)

    def keep(self, trial: Trial, reply: Reply) -> list[str]:
        """Keep a reply, whole or not; return what is told under it of what could not be kept."""
        entry = self._entries.pop(trial)
        told = self._ledger.end(entry, reply, whole=self._stood[trial].whole)
        trial.cost = entry.cost
        self._count(entry)
        with suppress(ConfigurationError):  # the base URL may be none by now
            if self._shown and not is_empty(reply):
                trial.by = self._session.answered_by(trial.request, reply, in_full=trial.is_first)
                trial.sent_to = self._session.stranger()
        return told

    def _count(self, entry: Entry) -> None:
        """Know the number of a call, once it has one: the disk may have taken it late."""
        if entry.kept.id is not None and entry.kept.id not in self.stored:
            self.stored.append(entry.kept.id)

    def point_to(self, trial: Trial, *, cell: str | None) -> None:
        """Make a trial's answer the newest, whichever of several was the last to come, and its cell's."""
        if trial.reply is not None:
            self._ledger.point_to(trial.reply, whole=self._stood[trial].asked, cell=cell)

    def remark(self, trial: Trial) -> None:
        """Tell under a whole answer what is worth knowing about its request."""
        if trial.reply is not None:
            self._ledger.remark(trial.reply, self._stood[trial].whole)

    def make_turn(self, trial: Trial, execution: Execution) -> None:
        """Make a trial's answer the next turn of the conversation that it replayed.

        It is a fork: the server sees the history and this turn with the next call.

        Raises:
            ConfigurationError: There is no answer to keep, or it is a prompt's, which has no conversation; or
                a cell is about to add a turn of its own.
        """
        reply = trial.reply
        stood = self._stood.get(trial)
        if reply is None or stood is None or not trial.can_be_kept or trial.serial in self.kept:
            raise ConfigurationError("there is no answer here that could be kept")
        conversations = self._session.conversations(self._target)
        thread, turns = stood.thread, stood.turns
        turn = Turn(
            execution,
            sent=stood.asked.all_messages,
            received=list(reply.messages) if reply.error is None else _without_cut_calls(reply.messages),
            variables=dict(trial.request.variables),
        )
        if busy := conversations.busy:
            raise ConfigurationError(f"a cell is answering on {busy.label}; press Keep when it has ended")
        branch = conversations.fork(thread, turns + 1) if thread is not None else conversations.new()
        turn.follows = branch.turns[-1] if branch.turns else None
        branch.turns.append(turn)
        fork = f", forked before turn {turns + 1}" if thread is not None and len(thread.turns) > turns else ""
        self.kept[trial.serial] = f"kept: turn {len(branch.turns)} of {branch.label}{fork}"


def _without_cut_calls(messages: Sequence[Message]) -> list[Message]:
    """Return the messages of an answer that broke off, without the calls of tools that have no result."""
    kept = []
    for place, message in enumerate(messages):
        # Results follow their calls; a later step of the answer may use an id again.
        results = takewhile(lambda one: one.get("role") != "assistant", messages[place + 1 :])
        whole = _without_calls(message, waiting_in([message, *results]))
        kept += [whole] if whole is not None else []
    return kept


def _without_calls(message: Message, cut: Sequence[ToolCall]) -> Message | None:
    """Return a message without some of its calls; None if nothing is left of it."""
    if not cut:
        return message
    ids = {call.id for call in cut}
    calls = [call for call in message.get("tool_calls") or [] if isinstance(call, dict)]
    left = [call for call in calls if str(call.get("id") or "") not in ids]
    rest = {name: value for name, value in message.items() if name not in ("tool_calls", "function_call")}
    if left:
        return {**rest, "tool_calls": left}
    return rest if rest.get("content") else None
