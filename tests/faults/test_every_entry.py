"""Every fault of the local server through every entry: one way an answer ends, told and kept alike.

``expected.py`` says how each fault ends, ``entries.py`` who calls. What a notebook shows of each is tried in
a real kernel, by ``tests/magic/test_faults.py``. Bodies that the local server never writes are in
``tests/client``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import langtail_nb as lt
from langtail_nb._calls import ask
from langtail_nb._kernel import loop
from langtail_nb._kernel.session import Session
from langtail_nb._local.faults.faults import FAULTS
from langtail_nb._magic import cell
from tests.faults.entries import ENTRIES, Entry, Kernel, Outcome, by_invoke, by_stream
from tests.faults.expected import EXPECTED, IN_ONE_PIECE, Expected
from tests.servers import KEY, Server, deployment, echo

# So that nothing is waited for where waiting proves nothing.
NUMBERS = {"429": ":0", "503-retry-after": ":0", "slow": ":0.01"}
STALLS = {"stall", "stall-before"}
PATIENCE_S = 30.0
# A wait of a second before the second try: one fault of its kind is tried each time, the others thoroughly.
WAITED_FOR = {name for name, one in EXPECTED.items() if one.tried_again == "alone"} - {"502"}
FAILING = [name for name, one in EXPECTED.items() if one.ends != "done"]
WITH_THREADS = [
    pytest.param(one, id=one.name, marks=[] if one.name in ("cell", "client") else pytest.mark.thorough)
    for one in ENTRIES
    if one.has_threads
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """For each fault an assistant that has it in staging and is well in production, on the same threads."""
    plain = {name: deployment() for name in FAULTS}
    faulty = {f"{name}@staging": deployment(fault=f"{name}{NUMBERS.get(name, '')}") for name in FAULTS}
    with echo({**plain, **faulty}, tmp_path_factory.mktemp("faults")) as server:
        yield server


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InteractiveShell]:
    folder = str(tmp_path_factory.mktemp("ipython"))
    shell = InteractiveShell(ipython_dir=folder, config=Config(HistoryManager={"enabled": False}))
    lt.load_ipython_extension(shell)
    yield shell
    lt.unload_ipython_extension(shell)


@pytest.fixture
def kernel(
    server: Server,
    shell: InteractiveShell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Kernel]:
    """A kernel of each test, with a store of its own."""
    monkeypatch.setenv("LANGTAIL_API_KEY", KEY)
    monkeypatch.setenv("LANGTAIL_BASE_URL", server.url)
    monkeypatch.setenv("LANGTAIL_NB_HOME", str(tmp_path / "home"))
    session = Session()
    session.settings.timeout = PATIENCE_S
    monkeypatch.setattr(ask, "session", session)
    monkeypatch.setattr(cell, "session", session)
    yield Kernel(session, server, shell, lambda: "".join(capsys.readouterr()))
    if session._client is not None:
        loop.wait(session._client[1].aclose())


def expected_of(entry: Entry, fault: str) -> Expected:
    return (IN_ONE_PIECE if entry.in_one_piece else EXPECTED)[fault]


def target(fault: str, environment: str = "staging") -> str:
    return f"acme/help/{fault}/{environment}"


def called(kernel: Kernel, entry: Entry, fault: str, thread: str | None = None) -> Outcome:
    """What becomes of one call with a fault, which is patient but with what never comes."""
    kernel.session.settings.timeout = 0.3 if fault in STALLS else PATIENCE_S
    return entry.call(kernel, target(fault), thread)


def tries(kernel: Kernel, fault: str, mark: int) -> int:
    path = f"/{target(fault)}"
    return sum(one["method"] == "POST" and one["path"] == path for one in kernel.server.requests(mark))


PLAIN: dict[tuple[str, bool], Outcome] = {}


def plain(kernel: Kernel, entry: Entry, fault: str) -> Outcome:
    """What a client of one's own gets, which all others stand on; asked for once."""
    asked = fault, entry.in_one_piece
    if asked not in PLAIN:
        call = by_invoke if entry.in_one_piece else by_stream
        before, kernel.session.settings.retries = kernel.session.settings.retries, 0
        PLAIN[asked] = called(kernel, Entry("plain", call, None), fault)
        kernel.session.settings.retries = before
    return PLAIN[asked]


def contents(outcome: Outcome) -> dict[str, Any]:
    reply = outcome.reply
    return {
        "text": reply.text,
        "reasoning": reply.reasoning,
        "calls": [(call.name, call.arguments) for call in reply.tool_calls],
        "hosted": [(call.name, call.result) for call in reply.hosted_calls],
        "finish": (reply.finish_reason, reply.raw_finish_reason),
        "tokens": reply.usage.raw,
    }


def test_every_fault_has_its_end() -> None:
    assert [*EXPECTED] == [*FAULTS]
    assert [*IN_ONE_PIECE] == [*FAULTS]


def check(kernel: Kernel, entry: Entry, fault: str, *, retries: int) -> None:
    """One call with a fault: how it ends, what is raised, told and kept, and how often it was tried."""
    expected = expected_of(entry, fault)
    kernel.session.settings.retries = retries
    reference, mark = plain(kernel, entry, fault), kernel.server.mark()

    outcome = called(kernel, entry, fault)

    reply, words = outcome.reply, str(outcome.error or "")
    assert type(outcome.error) is (expected.error or type(None)), outcome.told
    assert (reply.error, reply.partial) == (outcome.error, expected.ends != "done")
    assert bool(reply.text) or expected.ends != "partial"
    assert expected.says in (words or reply.text)
    assert "\n" not in words
    assert contents(outcome) == contents(reference)
    assert words.startswith(str(reference.error or "")), "the same words in every entry"
    assert words in outcome.told
    wanted = expected.tries(retries=retries, on_thread=False)
    assert reply.attempts == wanted
    assert tries(kernel, fault, mark) == wanted * entry.calls
    if entry.source is not None:
        check_kept(kernel, entry, fault, outcome)


def check_kept(kernel: Kernel, entry: Entry, fault: str, outcome: Outcome) -> None:
    """What the store says of it, for each of the calls that were made at once."""
    rows = kernel.session.store.recent(f"acme/help/{fault}")
    assert [row.source for row in rows] == [entry.source] * entry.calls
    for row in rows:
        assert row.state == expected_of(entry, fault).ends
        assert row.reply is not None
        told = row.reply["error"]
        # What the conversation knows of the server is added when the answer is kept.
        assert (told or None) is None if outcome.error is None else str(outcome.error).startswith(told)
        assert row.reply["messages"] == [*outcome.reply.messages]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
@pytest.mark.parametrize("fault", EXPECTED)
def test_a_call_ends_alike_whoever_makes_it(kernel: Kernel, entry: Entry, fault: str) -> None:
    check(kernel, entry, fault, retries=0 if fault in WAITED_FOR else 1)


@pytest.mark.thorough
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
@pytest.mark.parametrize("fault", sorted(WAITED_FOR))
def test_what_may_pass_is_tried_again_whoever_makes_the_call(
    kernel: Kernel, entry: Entry, fault: str
) -> None:
    check(kernel, entry, fault, retries=1)


@pytest.mark.parametrize("entry", WITH_THREADS)
@pytest.mark.parametrize("fault", FAILING)
def test_on_a_thread_nothing_is_sent_twice_and_what_the_server_may_hold_is_told(
    kernel: Kernel, entry: Entry, fault: str
) -> None:
    expected, session = expected_of(entry, fault), kernel.session
    session.settings.retries = 1
    first = entry.call(kernel, target(fault, "production"), "demo" if entry.source else None)
    thread_id, mark = first.reply.thread_id, kernel.server.mark()
    assert thread_id is not None

    failed = called(kernel, entry, fault, "demo" if entry.source else thread_id)

    assert type(failed.error) is expected.error
    assert tries(kernel, fault, mark) == expected.tries(retries=1, on_thread=True)
    with kernel.server.http() as http:
        messages = http.get(f"/v2/threads/{thread_id}/messages").json()["data"]
    held = sum(message["content"]["role"] == "user" for message in messages)
    if entry.source is None:
        return
    [thread] = session.conversations(session.target(target(fault))).threads
    assert len(thread.turns) == (1 if expected.refused else 2)
    assert held <= len(thread.turns), "the kernel believes what the server does not hold, or the other way"
    assert ("demo on the server may hold your message" in str(failed.error)) is not expected.refused
    assert str(failed.error) in failed.told
