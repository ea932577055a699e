"""One call that becomes a turn: which thread, what goes out, what is kept, what the footer says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from langtail_nb._calls import live
from langtail_nb._calls.ledger import Entry, Ledger
from langtail_nb._calls.manner import Manner, unseen
from langtail_nb._calls.stand_in import stand_in
from langtail_nb._errors import (
    APIStatusError,
    BadRequestError,
    ConfigurationError,
    LangtailError,
    NotFoundError,
    ReplayError,
    reworded,
)
from langtail_nb._http.transport import Context
from langtail_nb._kernel.conversation.past_recording import past_recording
from langtail_nb._kernel.conversation.place import Place
from langtail_nb._kernel.conversation.recalling import not_recalled
from langtail_nb._kernel.conversation.route import Asking, Route
from langtail_nb._kernel.conversation.seat import Seat, seated
from langtail_nb._kernel.conversation.thread import Thread
from langtail_nb._kernel.conversation.turn import Turn
from langtail_nb._kernel.execution import Execution
from langtail_nb._kernel.interrupts import Interrupts
from langtail_nb._kernel.runs import extent_of
from langtail_nb._kernel.session import Session
from langtail_nb._show.footer import facts, inherited, override, sent_to
from langtail_nb._types.messages import Message
from langtail_nb._types.reply import Reply, let_go_on
from langtail_nb._types.request import Request
from langtail_nb._types.target import Target
from langtail_nb._types.tool_results import continued, handles

_NO_CELL_IDS: Final = (
    "no cell ids come from this front end: a re-run cell adds a turn; see %langtail thread fork"
)
_GOES_ALONG: Final = (
    "this call for JSON took the turns before it along; `%langtail set --no-thread` asks each time anew"
)


def respond(session: Session, place: Place, messages: Sequence[Message], *, manner: Manner) -> Reply:
    """Send the results of a turn's tool calls, with what its own call was made with, and return what follows.

    On a thread only the results go; after a prompt, which has none, everything before goes along.

    Raises:
        ConfigurationError: The base URL is another by now.
        LangtailError: As :func:`take_turn` says.
    """
    if place.base_url != session.base_url:
        raise ConfigurationError(
            f"the tool calls came from {place.base_url}, and the base URL is {session.base_url} now"
        )
    thread, turn = place.thread, place.turn
    asked = turn.asked or _as_current(session, thread)
    history = [] if turn in thread.turns else [*turn.sent, *turn.received]
    request = continued(asked, [*history, *messages])
    return take_turn(session, request, route=Route(apart=not thread.number, after=place), manner=manner)


def _as_current(session: Session, thread: Thread) -> Request:
    """Return a request with what is set now, for a thread read back: its calls were made elsewhere."""
    target = session.target()
    if thread not in session.conversations(target).threads:
        raise ConfigurationError("make the assistant of that thread current first: %langtail use TARGET")
    return session.settings.request(target=target)


def take_turn(session: Session, request: Request, *, route: Route, manner: Manner) -> Reply:
    """Send one call on its thread, show the answer as it comes, and return it.

    Raises:
        LangtailError: The call failed; its ``reply`` holds what had arrived.
        Interrupted: The user stopped it; likewise.
    """
    session.spending.check()
    # Open from before the seat is found: an interrupt never comes between a thread and its turn.
    with Interrupts() as interrupts:
        session.look(request.target)
        asking = asking_of(session, request.target, route, manner.execution)
        with seated(session, asking, interrupts) as seat, past_recording(session, seat):
            reply = _call_on(seat, session, request, manner, route).send(interrupts)
    if interrupts.count:
        raise live.stopped_late(reply)
    return reply


def asking_of(session: Session, target: Target, route: Route, execution: Execution) -> Asking:
    """Return a call that looks for its place in the conversations of a target's assistant."""
    return Asking(route, target.identity, execution, forks=session.settings.rerun == "fork")


def _call_on(seat: Seat, session: Session, request: Request, manner: Manner, route: Route) -> Call:
    before = seat.thread.newest
    earlier = before.variables if before is not None else {}
    if not seat.is_recalled:
        seat.notes += not_recalled(session, request.target)
    return Call(
        session,
        request.replace(variables={**earlier, **request.variables}),
        seat,
        manner,
        Ledger(session, manner.source),
        before=before,
        after=route.after.turn if route.after is not None else None,
        inherited=tuple(name for name in earlier if name not in request.variables),
        overrides=[override(*sent) for sent in session.settings.sent_from(request, [*manner.given])],
    )


@dataclass
class Call:
    """One call: made before sending, told what happens, asked for the footer at the end.

    Attributes:
        request: As written, completed by the previous turn's variables; without history and thread.
        seat: Where it goes.
        inherited: Names of variables that come from the thread's previous turn.
        overrides: What was sent and from where, for the footer.
        before: The last turn of the thread, or None.
        after: The turn whose tool calls it answers, or None.
        turn: The turn it became, from 1; 0 until then, and for one that is no turn.
    """

    session: Session
    request: Request
    seat: Seat
    manner: Manner
    ledger: Ledger
    inherited: tuple[str, ...] = ()
    overrides: list[str] = field(default_factory=list)
    before: Turn | None = None
    after: Turn | None = None
    turn: int = 0
    _entry: Entry = field(init=False)

    @property
    def thread(self) -> Thread:
        """The thread it goes to."""
        return self.seat.thread

    def send(self, interrupts: Interrupts) -> Reply:
        """Send it, show the answer as it comes, and return it.

        Raises:
            LangtailError: It failed; the error says what this call knows of the reason and of what is left.
            Interrupted: The user stopped it.
        """
        manner, thread = self.manner, self.thread
        self._entry = self._begun()
        messages = [*thread.replay(), *self.request.messages]
        try:
            return live.converse(
                self.session.client(),
                self.request.replace(messages=messages, thread_id=thread.id),
                view=manner.view,
                owner=self,
                stream=manner.stream,
                timeout=manner.timeout,
                context=self._context(),
                interrupts=interrupts,
                timed=not self.session.replay.is_on,
            )
        except LangtailError as exc:
            failed = exc
        if isinstance(failed, ReplayError) and self.thread.number:
            self._go_on_as_recorded(failed)
        failed = self._explained(failed)
        raise failed from failed.__cause__

    def _begun(self) -> Entry:
        given = self.request.variables
        own = {name: value for name, value in given.items() if name not in self.inherited}
        return self.ledger.begin(
            self.request.replace(variables=own),
            thread=self.thread.name,
            inherited={name: given[name] for name in self.inherited},
            stream=self.manner.stream,
        )

    def _context(self) -> Context:
        number = self.thread.number
        return Context(
            conversation=f"{self.request.target.identity} {number}" if number else None,
            turn=len(self.thread.turns) + 1 if number else None,
            own_messages=len(self.request.all_messages),
            private=self.request.is_private,
            before=self.thread.earlier(),
            cell=self.manner.execution.cell,
            run=self.manner.execution.request,
        )

    def _go_on_as_recorded(self, error: ReplayError) -> None:
        if error.stand_in is not None:
            self.thread.id = self.thread.id or error.stand_in.thread
        self.seat.take(stand_in(error, self.request, self.manner.execution))

    def opened(self, thread_id: str | None) -> None:
        """Keep the thread id, known before the first chunk."""
        asked, self.thread.id = self.thread.id, self.thread.id or thread_id
        if thread_id not in (None, self.thread.id):
            self.seat.notes.append(f"the server answered in another thread, {thread_id}, not in {asked}")
        if thread_id is not None:
            self.session.conversations(self.request.target).is_threadless = False
        self.ledger.opened(self._entry, thread_id, name=self.thread.name)

    def grown(self, reply: Reply) -> None:
        """Keep what has arrived so far, about to be shown."""
        self.ledger.note(self._entry, reply)

    def keep(self, reply: Reply) -> None:
        """Keep the answer, whole or not, before it is shown."""
        # The user's name for the reply is bound even if keeping it elsewhere fails.
        try:
            self._keep(reply)
        finally:
            self.manner.bind(reply)

    def _keep(self, reply: Reply) -> None:
        self._add_turn(reply)
        reply.warnings += self._about_thread()
        whole = self.request if self.after is None else None
        unkept = self.ledger.end(self._entry, reply, whole=whole, cell=self.manner.execution.cell)
        self.manner.tell_unseen(unkept, self._entry.notes)
        if reply.error is None and (left := self._unanswered()):
            told = f"{' and '.join(left)} went without a result"
            reply.warnings.append(f"{told}; `%langtail thread fork` takes this turn back")
        if self.after is None:
            self.ledger.remark(reply, self.request, filled=self.manner.filled)

    def _about_thread(self) -> list[str]:
        """Return what is worth telling of the thread; nothing where the call became no turn of it."""
        name, execution = self.thread.name, self.manner.execution
        if not self.turn:
            return [f"a prompt has no thread; {name!r} was not begun"] if name and self._is_of_prompt else []
        notes = [*self.seat.notes, *(self.session.tell_once(_GOES_ALONG) if self._drags_along else [])]
        is_blind = execution.cell is None and execution.interactive and self.turn > 1 and self.thread.number
        if is_blind and self.session.settings.rerun == "fork" and self.after is None:
            return [*notes, *self.session.tell_once(_NO_CELL_IDS)]
        return notes

    @property
    def _drags_along(self) -> bool:
        """Whether it asks for JSON behind turns that nobody asked for: most such calls are one-shot."""
        wants_json = "response_format" in self.request.parameters and self.after is None
        return wants_json and self.turn > 1 and self.thread.number > 0 and self.thread.name is None

    @property
    def _is_of_prompt(self) -> bool:
        return self.session.conversations(self.request.target).is_threadless

    def footer(self, reply: Reply) -> list[str]:
        """Return what the quiet line under the answer says; only whom it went to where no answer came."""
        is_told = reply.sent and self.manner.view.shows_footer
        stranger = self.session.stranger() if is_told else None
        told = [sent_to(stranger)] if stranger else []
        if reply.error is not None and not reply.messages:
            return told
        by = self.session.answered_by(self.request, reply) if self.manner.view.shows_footer else None
        turn = [f"{self.thread.label}, turn {self.turn}"] if self.turn else []
        said = facts(reply, by=by, cost=self._entry.cost)
        return [*self.overrides, *turn, *inherited(self.inherited), *said, *told]

    def held(self, reply: Reply) -> str:
        """Return what the server may hold of a call that was stopped or broke, in plain words."""
        if not reply.sent:
            return "nothing was sent"
        if self.thread.id is not None:
            return f"{self.thread.label} on the server may hold your message without this answer"
        if self._is_of_prompt or reply.messages:
            return "the server may have seen your message; no thread was begun here"
        return "the server may hold your message, in a thread that is not known here"

    def _explained(self, error: LangtailError) -> LangtailError:
        """Return the error with what this call knows of its reason, or of what is left of it."""
        match error:
            case NotFoundError():
                return reworded(error, self.session.with_places(str(error), self.request.target))
            case BadRequestError() if calls := self._unanswered():
                still = f"still wait{'s' * (len(calls) == 1)} for a result"
                return reworded(error, f"{error}; {' and '.join(calls)} {still}; %langtail tool gives it")
            case _ if self.turn and error.reply is not None:
                return reworded(error, f"{error}; {self.held(error.reply)}")
        return error

    def _unanswered(self) -> list[str]:
        """Return which tool calls before this call were passed over.

        Most models refuse a conversation that goes on without their results.
        """
        calls = self.before.pending.calls if self.before is not None and self.after is None else ()
        given = any(message.get("role") in ("tool", "function") for message in self.request.messages)
        return [] if given else list(handles(calls))

    def _add_turn(self, reply: Reply) -> None:
        turn = Turn(
            self.manner.execution,
            sent=self.request.all_messages,
            received=list(reply.messages) if reply.error is None else [],
            variables=dict(self.request.variables),
            state=extent_of(reply),
            asked=self.request,
            given=self.manner.given,
            answers=self.after,
        )
        if self.thread.id is None and (reply.error is None or reply.messages):
            self.session.conversations(self.request.target).forget_unopened()
        elif may_be_held(reply) and not (self.thread.id is None and self._is_of_prompt):
            # In a branch these turns stand on the server from now on, sent ahead of this one.
            self.turn = self.seat.take(turn)
        if reply.error is None:
            self._let_go_on(reply, turn)
        if self.after is not None and (self.turn or reply.error is None):
            self.after.pending.sent = True

    def _let_go_on(self, reply: Reply, turn: Turn) -> None:
        """Let the reply, which knows nothing of sessions, send the results of its tool calls."""
        session = self.session
        place = session.newest = Place(session.base_url, self.thread, turn)
        let_go_on(
            reply,
            lambda messages: respond(session, place, messages, manner=unseen(session, given=turn.given)),
        )


def may_be_held(reply: Reply) -> bool:
    """Return whether the server may hold what a call sent: it went out, and was not refused.

    A 5xx may have come after the message was kept, and so may a 200 that is no answer; a redirection led to
    somebody else.
    """
    error = reply.error
    return reply.sent and not (isinstance(error, APIStatusError) and 300 <= error.status_code < 500)
