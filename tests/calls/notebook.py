"""Cells on one kernel's state in this process, checked after each against a server that remembers."""

from __future__ import annotations

import contextlib
import io
import signal
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from langtail_nb._calls.call import take_turn
from langtail_nb._calls.manner import Manner
from langtail_nb._errors import LangtailError
from langtail_nb._kernel.conversation.route import Route
from langtail_nb._kernel.conversation.thread import Thread
from langtail_nb._kernel.conversation.turn import Turn
from langtail_nb._kernel.execution import Execution
from langtail_nb._kernel.session import Session
from langtail_nb._magic.commands.context import Context
from langtail_nb._magic.commands.table import run as command
from langtail_nb._show.compose import compose
from langtail_nb._show.views import Quiet
from langtail_nb._types.messages import Message
from langtail_nb._types.reply import Reply
from tests.remembering import STALLS, Remembering

TOLD = ("may hold", "may have seen", "nothing was sent")
PLAIN = Route()
NOTHING = contextlib.nullcontext()


@dataclass
class Shell:
    """As much of IPython's shell as a command asks for: which cell runs, and its names."""

    execution: Execution
    user_ns: dict[str, Any] = field(default_factory=dict)
    execution_count: int = 1

    def get_parent(self) -> dict[str, Any]:
        """The request of the cell."""
        cell = {"cellId": self.execution.cell} if self.execution.cell is not None else {}
        return {
            "header": {"msg_id": self.execution.request},
            "metadata": cell,
            "content": {"allow_stdin": True},
        }

    @property
    def displayhook(self) -> Shell:
        """Itself: a reply becomes a name."""
        return self

    def update_user_ns(self, reply: Reply) -> None:
        """Bind the cell's value."""
        self.user_ns["_"] = reply


class Page(Quiet):
    """Where answers are shown, as text."""

    def __init__(self, told: list[str]) -> None:
        self.told = told

    def finish(self, reply: Reply, footer: Sequence[str], *, elapsed_s: float) -> None:
        """Show the reply."""
        self.told += compose(reply, footer, elapsed_s=elapsed_s)


class Notebook:
    """Cells on one kernel's state, and a server that says what it holds."""

    def __init__(self, server: Remembering, session: Session, assistants: tuple[str, ...]) -> None:
        self.server, self.session, self.assistants = server, session, assistants
        self.runs = 0
        self.log: list[str] = []
        self.told: list[str] = []
        self.replies: list[Reply] = []
        session.settings.target = f"acme/help/{assistants[0]}/production"

    # What a cell does.

    def ask(
        self,
        cell: str | None,
        route: Route = PLAIN,
        *,
        run: str = "",
        fault: str = "",
        assistant: int = 0,
        meanwhile: AbstractContextManager[object] = NOTHING,
    ) -> BaseException | None:
        """Run a cell; return its error."""
        self.log.append(f"{cell} {run} asks {self.assistants[assistant]} {route} with fault {fault!r}")
        timeout = 0.03 if fault in STALLS else None
        manner = Manner(self._execution(cell, run), Page(self.told), timeout=timeout)
        target = f"acme/help/{self.assistants[assistant]}/production"
        request = self.session.settings.request(f"question {self.runs}", target=target)

        def work() -> Reply:
            with meanwhile:
                return take_turn(self.session, request, route=route, manner=manner)

        return self.watched(work, fault)

    def type(self, line: str, cell: str | None = None, *, fault: str = "") -> BaseException | None:
        """Carry out ``%langtail LINE``; return its error."""
        self.log.append(f"{cell}: %langtail {line} with fault {fault!r}")
        name, _, rest = line.partition(" ")
        context = Context(self.session, name, rest, Shell(self._execution(cell)))
        self.session.settings.timeout = 0.03 if fault in STALLS else None
        return self.watched(lambda: command(context), fault)

    def restart(self) -> None:
        """Forget all but what is on disk, as a new kernel does."""
        self.log.append("restart")
        old = self.session
        self.session = Session(settings=old.settings, deployed=old.deployed, _client=old._client)
        self.replies.clear()

    def _execution(self, cell: str | None, run: str = "") -> Execution:
        self.runs += 1
        return Execution(cell, run or f"run {self.runs}", True)

    def watched(self, work: Any, fault: str) -> BaseException | None:
        self.server.fault = fault
        self.told.clear()
        before = self.state()
        error: BaseException | None = None
        shown = io.StringIO()
        try:
            with contextlib.redirect_stdout(shown):
                made = work()
            if isinstance(made, Reply):
                self._came(made)
        except (LangtailError, KeyboardInterrupt) as exc:
            error = exc
            if isinstance(getattr(exc, "reply", None), Reply):
                self._came(exc.reply)
            self.told.append(str(exc))
        finally:
            self.server.fault = ""
            self.told.append(shown.getvalue())
        self.check(before, error)
        return error

    def _came(self, reply: Reply) -> None:
        self.replies.append(reply)
        # Of ``respond`` the reply is all that the user has.
        self.told += [] if self.told else compose(reply, [])

    # What must be true.

    def state(self) -> tuple[Any, ...]:
        """All that a call may change."""
        threads = [(id(t), t.number, t.name, t.id, tuple(map(id, t.turns))) for t in self.threads()]
        conversations = list(self.session._threads.values())
        heres = [(id(one.current), one.is_bound) for one in conversations]
        held = {name: len(messages) for name, messages in self.server.threads.items()}
        return threads, heres, held

    def threads(self) -> list[Thread]:
        """Every thread that the kernel knows, those apart included."""
        conversations = list(self.session._threads.values())
        apart = [thread for one in conversations for thread in one._apart.values()]
        listed = [thread for one in conversations for thread in one.threads]
        return list({id(thread): thread for thread in (*listed, *apart)}.values())

    def check(self, before: tuple[Any, ...], error: BaseException | None) -> None:
        """Compare what is believed with what is held, after a call or command that began at ``before``."""
        try:
            self._one_object_for_one_id()
            for thread in self.threads():
                self._agrees(thread)
            self._is_told(before, error)
            self._nothing_is_held_up()
        except AssertionError as exc:
            raise AssertionError("\n".join([*self.log, *self.told, f"{error!r}", str(exc)])) from exc

    def _one_object_for_one_id(self) -> None:
        ids = [thread.id for thread in self.threads() if thread.id is not None]
        assert len(ids) == len(set(ids)), f"two threads with one id: {ids}"
        for one in self.session._threads.values():
            labels = [thread.label for thread in one.threads if not thread.name]
            assert len(labels) == len(set(labels)), f"two threads of one number: {labels}"

    def _agrees(self, thread: Thread) -> None:
        if thread.id is None or thread.id in self.server.gone:
            return
        held = self.server.threads[thread.id]
        believed = [_brief(turn) for turn in thread.turns]
        assert agree(thread.turns, held), f"{thread.label}: believed {believed}, held {held}"

    def _is_told(self, before: tuple[Any, ...], error: BaseException | None) -> None:
        threads, heres, held = before
        now, now_heres, now_held = self.state()
        turns = {turn for *_, made in threads for turn in made}
        fresh = [turn for thread in self.threads() for turn in thread.turns if id(turn) not in turns]
        text = " ".join(self.told)
        if any(turn.state != "done" and turn.made_by is not None for turn in fresh):
            assert error is not None
            assert any(words in text for words in TOLD), "a broken turn, and nothing is told"
        if error is not None and not fresh and not isinstance(error, LangtailError):
            assert (now, now_heres) == (threads, heres), "an interrupt changed what was current"
        if error is not None and not fresh:
            changed = {name for name in now_held if now_held[name] != held.get(name)}
            assert not changed or any(words in text for words in TOLD), (
                f"{changed} changed, and nothing is told"
            )
        made = {id(thread) for thread in self.threads()} - {one[0] for one in threads}
        for thread in self.threads():
            if id(thread) in made and thread.forked_from is not None and fresh and thread.turns[-1] in fresh:
                assert f"forked before turn {thread.before}" in text, "a fork that is not shown"

    def _nothing_is_held_up(self) -> None:
        for thread in self.threads():
            assert not thread.lock.locked(), "a thread that no call can come to any more"
        assert all(one.busy is None for one in self.session._threads.values())
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def _plain(message: Message) -> tuple[Any, ...]:
    calls = [call["id"] for call in message.get("tool_calls") or []]
    return message["role"], message.get("content"), *calls


def _after(turn: Turn, held: list[tuple[Any, ...]]) -> list[list[tuple[Any, ...]]]:
    """What may be left of a thread's messages behind a turn; nothing where they disagree."""
    sent, received = [*map(_plain, turn.sent)], [*map(_plain, turn.received)]
    if turn.is_lost:
        return [held]
    if turn.state == "done":
        both = [*sent, *received]
        return [held[len(both) :]] if held[: len(both)] == both else []
    if held[: len(sent)] != sent:
        return [held]
    rest = held[len(sent) :]
    answers = next((n for n, one in enumerate(rest) if one[0] == "user"), len(rest))
    return [held, *(rest[n:] for n in range(answers + 1))]


def _brief(turn: Turn) -> tuple[Any, ...]:
    return turn.state, turn.is_lost, [*map(_plain, turn.sent)], [*map(_plain, turn.received)]


def agree(turns: list[Turn], held: list[Message]) -> bool:
    rests = [[_plain(message) for message in held]]
    for turn in turns:
        rests = [rest for one in rests for rest in _after(turn, one)]
    return [] in rests
