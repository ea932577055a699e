"""The ways in: who makes a call, and what each leaves behind.

One line more in ``ENTRIES``, and every fault is tried with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from IPython.core.interactiveshell import InteractiveShell

import langtail_nb as lt
from langtail_nb._kernel.session import Session
from langtail_nb._types.reply import Reply
from tests.panel.panels import opened
from tests.servers import Server

MESSAGE = "Where is my parcel?"


@dataclass
class Kernel:
    """A kernel that has done nothing yet, in this process.

    Attributes:
        read: Takes what was written to the terminal since it was last called.
    """

    session: Session
    server: Server
    shell: InteractiveShell
    read: Callable[[], str]


@dataclass
class Outcome:
    """How one call ended, for whoever made it.

    Attributes:
        reply: The one that was returned, or that the error holds.
        error: What the caller got or sees: raised, or told in a column.
        told: All that a person reads of it.
    """

    reply: Reply
    error: BaseException | None
    told: str


def by_cell(kernel: Kernel, target: str, thread: str | None, options: str = "") -> Outcome:
    named = f"--thread {thread}" if thread else ""
    kernel.read()
    ran = kernel.shell.run_cell(f"%%langtail {target} {options} {named}\n{MESSAGE}")
    reply, told = kernel.session.last, kernel.read()
    assert reply is not None, told
    return Outcome(reply, ran.error_in_exec, told)


def by_comparison(kernel: Kernel, target: str, thread: str | None) -> Outcome:
    return by_cell(kernel, target, thread, "--compare deployed")


def by_ask(kernel: Kernel, target: str, thread: str | None) -> Outcome:
    try:
        reply, error = lt.ask(MESSAGE, target=target, thread=thread), None
    except lt.LangtailError as exc:
        reply, error = exc.reply, exc
    return Outcome(reply, error, str(error or reply))


def by_panel(kernel: Kernel, target: str, thread: str | None) -> Outcome:
    panel = opened(kernel.session, target)
    try:
        panel.do("message", text=MESSAGE)
        [column] = panel.run()
        [trial] = panel.model.trials
    finally:
        panel.model.close()
        panel.model.wait()
    assert trial.reply is not None
    assert column["state"] == ("failed" if trial.reply.error else "done")
    return Outcome(
        trial.reply, trial.reply.error, "\n".join([trial.text, *column["note"], *column["footer"]])
    )


def by_invoke(kernel: Kernel, target: str, thread: str | None) -> Outcome:
    return asyncio.run(_by_client(kernel, target, thread, in_one_piece=True))


def by_stream(kernel: Kernel, target: str, thread: str | None) -> Outcome:
    return asyncio.run(_by_client(kernel, target, thread, in_one_piece=False))


async def _by_client(kernel: Kernel, target: str, thread: str | None, *, in_one_piece: bool) -> Outcome:
    request = lt.Request(target, MESSAGE, thread_id=thread)
    settings = kernel.session.settings
    async with lt.Client(retries=settings.retries, timeout=settings.timeout) as client:
        try:
            if in_one_piece:
                reply = await client.invoke(request)
            else:
                async with client.stream(request) as stream:
                    async for _ in stream:
                        pass
                reply = stream.reply
        except lt.LangtailError as exc:
            return Outcome(exc.reply, exc, str(exc))
    return Outcome(reply, None, reply.text)


@dataclass(frozen=True)
class Entry:
    """One way in.

    Attributes:
        call: Makes a call of a target with ``MESSAGE``, on a thread of this name; a client knows only its id.
        source: What the store calls it; None where nothing is kept, as with a client of one's own.
        calls: How many equal calls it makes at once.
        in_one_piece: Whether it asks for the answer whole, not as a stream.
        has_threads: Whether it can go on with a conversation.
    """

    name: str
    call: Callable[[Kernel, str, str | None], Outcome]
    source: str | None
    calls: int = 1
    in_one_piece: bool = False
    has_threads: bool = True


ENTRIES = [
    Entry("cell", by_cell, "cell"),
    Entry("cell, in one piece", partial(by_cell, options="--no-stream"), "cell", in_one_piece=True),
    Entry("ask", by_ask, "ask"),
    Entry("panel", by_panel, "panel", has_threads=False),
    Entry("comparison", by_comparison, "compare", calls=2, has_threads=False),
    Entry("client", by_stream, None),
    Entry("client, in one piece", by_invoke, None, in_one_piece=True),
]
