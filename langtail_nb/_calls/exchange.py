"""One call on its way: which thread, what goes out, what is kept, what the footer says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from IPython.core.getipython import get_ipython

from langtail_nb._calls import live
from langtail_nb._calls.ledger import Entry, Ledger
from langtail_nb._errors import (
    APIStatusError,
    BadRequestError,
    ConfigurationError,
    LangtailError,
    NotFoundError,
)
from langtail_nb._kernel.branching import Route, branch_of, choose
from langtail_nb._kernel.conversations import Place, Thread, Turn, in_turn
from langtail_nb._kernel.execution import Execution, execution_of
from langtail_nb._kernel.runs import state_of
from langtail_nb._kernel.session import Session
from langtail_nb._show.footer import facts, inherited, override
from langtail_nb._types.messages import Message
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request
from langtail_nb._types.tool_results import continued, handles


@dataclass(frozen=True)
class Manner:
    """How one call is made and shown, apart from what it asks.

    Attributes:
        execution: The run of the cell that makes the call.
        view: Where the answer is shown.
        bind: Called with the reply, whole or not, before it is shown.
        filled: Names that were filled into the message, and need no variable of the assistant.
        given: Names of the parameters that the call itself gave.
    """

    execution: Execution
    view: live.View
    source: str = "cell"
    stream: bool = True
    timeout: float | None = None
    filled: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    bind: Callable[[Reply], None] = lambda reply: None


def unseen(session: Session, *, given: frozenset[str] = frozenset(), timeout: float | None = None) -> Manner:
    """Return the manner of a call from Python: it waits, can be interrupted, and shows nothing."""
    shell = get_ipython()
    return Manner(
        execution=execution_of(shell),
        view=live.view_for(shell, quiet=True),
        source="ask",
        given=given,
        timeout=session.settings.timeout if timeout is None else timeout,
    )


def respond(session: Session, place: Place, messages: Sequence[Message], *, manner: Manner) -> Reply:
    """Send the results of a turn's tool calls, with what its own call was made with, and return what follows.

    On a thread only the results go; after a prompt, which has none, everything before goes along.

    Raises:
        ConfigurationError: The base URL is another by now.
        LangtailError: As :func:`run` says.
    """
    if place.base_url != session.base_url:
        raise ConfigurationError(
            f"the tool calls came from {place.base_url}, and the base URL is {session.base_url} now"
        )
    thread, turn = place.thread, place.turn
    asked = turn.asked or _as_current(session, thread)
    history = [] if turn in thread.turns else [*turn.sent, *turn.received]
    request = continued(asked, [*history, *messages])
    return run(session, request, route=Route(apart=not thread.number, after=place), manner=manner)


def _as_current(session: Session, thread: Thread) -> Request:
    """Return a request with what is set now, for a thread read back: its calls were made elsewhere."""
    target = session.target()
    if thread not in session.conversations(target).threads:
        raise ConfigurationError("make the assistant of that thread current first: %langtail use TARGET")
    return session.settings.request(target=target)


def run(session: Session, request: Request, *, route: Route, manner: Manner) -> Reply:
    """Send one call on its thread, show the answer as it comes, and return it.

    Raises:
        LangtailError: The call failed; its ``reply`` holds what had arrived.
        Interrupted: The user stopped it; likewise.
    """
    session.deployed.look(session.client(), request.target)
    session.deployed.look_at_listing(session.client())
    conversations = session.conversations(request.target)
    before, known = conversations.current, list(conversations.threads)
    thread, notes = choose(session, conversations, route)
    with in_turn(thread.lock):
        if thread.number:
            # The call it waited for may have failed, and dropped the thread.
            conversations.select(thread)
        branch, fork_notes = branch_of(session, conversations, thread, route, manner.execution)
        exchange = _exchange(session, request, branch, manner)
        exchange.after = route.after.turn if route.after is not None else None
        exchange.about_thread += [*notes, *fork_notes]
        try:
            return _send(exchange, manner)
        finally:
            if not exchange.turn and branch not in known:
                conversations.drop(branch, back_to=before)


def _exchange(session: Session, request: Request, thread: Thread, manner: Manner) -> Exchange:
    before = thread.turns[-1] if thread.turns else None
    earlier = before.variables if before is not None else {}
    return Exchange(
        session,
        request.replace(variables={**earlier, **request.variables}),
        thread,
        manner,
        before=before,
        inherited=tuple(name for name in earlier if name not in request.variables),
        overrides=[override(*sent) for sent in session.settings.sent_from(request, [*manner.given])],
    )


def _send(exchange: Exchange, manner: Manner) -> Reply:
    def keep(reply: Reply) -> None:
        # The caller's name for the reply is bound even if keeping it elsewhere fails.
        try:
            exchange.keep(reply)
        finally:
            manner.bind(reply)

    exchange.begin()
    try:
        return live.converse(
            exchange.session.client(),
            exchange.outgoing(),
            view=manner.view,
            opened=exchange.opened,
            keep=keep,
            footer=exchange.footer,
            held=exchange.held,
            stream=manner.stream,
            timeout=manner.timeout,
        )
    except NotFoundError as exc:
        exc.args = (exchange.session.with_places(str(exc), exchange.request.target),)
        raise
    except BadRequestError as exc:
        if calls := exchange.unanswered():
            still = f"still wait{'s' * (len(calls) == 1)} for a result"
            exc.args = (f"{exc}; {' and '.join(calls)} {still}; %langtail tool gives it",)
        raise
    except LangtailError as exc:
        if exchange.turn:
            exc.args = (f"{exc}; {exchange.held(exc.reply)}",)
        raise


@dataclass
class Exchange:
    """One call: made before sending, told what happens, asked for the footer at the end.

    Attributes:
        request: As written, completed by the previous turn's variables; without history and thread.
        inherited: Names of variables that come from the thread's previous turn.
        about_thread: Sentences on the choice of the thread, for a call that has one.
        overrides: What was sent and from where, for the footer.
        before: The last turn of the thread, or None.
        after: The turn whose tool calls it answers, or None.
        turn: The turn it became, from 1; 0 until then, and for one that is no turn.
    """

    session: Session
    request: Request
    thread: Thread
    manner: Manner
    inherited: tuple[str, ...] = ()
    about_thread: list[str] = field(default_factory=list)
    overrides: list[str] = field(default_factory=list)
    before: Turn | None = None
    after: Turn | None = None
    turn: int = 0
    _ledger: Ledger = field(init=False)
    _entry: Entry = field(init=False)

    def __post_init__(self) -> None:
        self._ledger = Ledger(self.session, self.manner.source)

    def outgoing(self) -> Request:
        """Return the request as it goes out: on its thread, behind the history of a fork."""
        history = self.thread.replay()
        return self.request.replace(messages=[*history, *self.request.messages], thread_id=self.thread.id)

    def begin(self) -> None:
        """Keep on disk that the call is about to be sent."""
        own = {n: value for n, value in self.request.variables.items() if n not in self.inherited}
        asked = self.request.replace(variables=own)
        self._entry = self._ledger.begin(asked, thread=self.thread.name, stream=self.manner.stream)

    def opened(self, thread_id: str | None) -> None:
        """Keep the thread id, known before the first chunk."""
        self.thread.id = self.thread.id or thread_id
        self._ledger.opened(self._entry, thread_id, name=self.thread.name)

    def keep(self, reply: Reply) -> None:
        """Keep the answer, whole or not, before it is shown."""
        reply.warnings += self.about_thread if self.thread.id else self._threadless()
        self._add_turn(reply)
        whole = self.request if self.after is None else None
        self._ledger.end(self._entry, reply, whole=whole, cell=self.manner.execution.cell)
        if reply.error is None and (left := self.unanswered()):
            told = f"{' and '.join(left)} went without a result"
            reply.warnings.append(f"{told}; `%langtail thread fork` takes this turn back")
        if self.after is None:
            self._ledger.remark(reply, self.request, filled=self.manner.filled)

    def footer(self, reply: Reply) -> list[str]:
        """Return what the quiet line under the answer says; nothing where no answer came."""
        if reply.error is not None and not reply.messages:
            return []
        items = facts(reply, stands_in_for=self.session.stands_in_for(self.request))
        if self.turn:
            items.append(f"{self.thread.label}, turn {self.turn}")
        items += self.overrides
        items += inherited(self.inherited)
        return items

    def held(self, reply: Reply) -> str:
        """Return what the server may hold of a call that was stopped or broke, in plain words."""
        if not reply.sent:
            return "nothing was sent"
        if self.thread.id is None:
            return "the server may have seen your message; no thread was begun here"
        return f"{self.thread.label} on the server may hold your message without this answer"

    def unanswered(self) -> list[str]:
        """Return which tool calls before this call were passed over.

        Most models refuse a conversation that goes on without their results.
        """
        calls = self.before.pending.calls if self.before is not None and self.after is None else ()
        given = any(message.get("role") in ("tool", "function") for message in self.request.messages)
        return [] if given else list(handles(calls))

    def _threadless(self) -> list[str]:
        name = self.thread.name
        return [f"a prompt has no thread; {name!r} was not begun"] if name else []

    def _add_turn(self, reply: Reply) -> None:
        turn = Turn(
            self.manner.execution,
            sent=self.request.all_messages,
            received=list(reply.messages) if reply.error is None else [],
            variables=dict(self.request.variables),
            state=state_of(reply),
            asked=self.request,
            given=self.manner.given,
            answers=self.after,
        )
        refused = isinstance(reply.error, APIStatusError) and reply.error.status_code < 500
        if reply.sent and not refused and self.thread.id is not None:
            # In a branch these turns stand on the server from now on, sent ahead of this one.
            self.thread.turns.append(turn)
            self.turn = len(self.thread.turns)
        if reply.error is None:
            self._let_go_on(reply, turn)
        if self.after is not None and (self.turn or reply.error is None):
            self.after.pending.sent = True

    def _let_go_on(self, reply: Reply, turn: Turn) -> None:
        """Let the reply, which knows nothing of sessions, send the results of its tool calls."""
        session = self.session
        place = session.newest = Place(session.base_url, self.thread, turn)
        reply._go_on = lambda messages: respond(
            session, place, messages, manner=unseen(session, given=turn.given)
        )
