"""What is kept of calls, whoever makes them."""

import sqlite3
import time
from contextlib import closing, contextmanager

import pytest

from langtail_nb._calls.ledger import Ledger
from langtail_nb._kernel import runs
from langtail_nb._kernel.disk import database
from langtail_nb._kernel.session import Session
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request

REQUEST = Request("acme/help/triage/production", "Hi", temperature=0.5)
LIMIT_S = 10.0


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LANGTAIL_NB_HOME", str(tmp_path))
    monkeypatch.setenv("LANGTAIL_BASE_URL", "http://127.0.0.1:1")
    return tmp_path


@pytest.fixture
def session(home):
    return Session()


def rows(home):
    with closing(sqlite3.connect(home / "store.sqlite")) as database:
        return database.execute(
            "SELECT source, thread_id, thread, reply IS NULL, state FROM turns"
        ).fetchall()


def test_a_call_is_on_disk_before_it_is_sent_and_its_thread_before_its_answer(home, session):
    ledger = Ledger(session, "cell")
    entry = ledger.begin(REQUEST, thread="demo")
    assert rows(home) == [("cell", None, "demo", 1, "sent")]

    ledger.opened(entry, "thr_1", name="demo")
    assert rows(home) == [("cell", "thr_1", "demo", 1, "open")]
    assert [one.thread_id for one in session.store.threads(session.base_url, "acme/help/triage")] == ["thr_1"]

    ledger.end(entry, Reply(REQUEST, "Hello", sent=True), whole=REQUEST)
    assert rows(home) == [("cell", "thr_1", "demo", 0, "done")]


def test_an_answer_is_counted_where_something_was_sent_and_is_the_newest(session):
    ledger = Ledger(session, "panel")
    for sent in (True, False):
        reply = Reply(REQUEST, sent=sent)
        ledger.end(ledger.begin(REQUEST), reply, whole=REQUEST, cell="cell-1")

    assert session.totals.calls == 1
    assert session.last is reply
    assert session.answers == {"cell-1": reply}
    assert session.asked is REQUEST


def test_results_of_tool_calls_leave_standing_what_was_asked(session):
    session.asked = REQUEST
    ledger = Ledger(session, "cell")
    ledger.end(ledger.begin(REQUEST), Reply(REQUEST), whole=None)

    assert session.asked is REQUEST


def test_of_a_private_call_the_row_is_kept_and_not_its_contents(home, session):
    private = REQUEST.replace(do_not_record=True)
    ledger = Ledger(session, "compare")
    ledger.end(ledger.begin(private), Reply(private, "Hello", thread_id="thr_1"), whole=private)

    assert rows(home) == [("compare", "thr_1", None, 1, "done")]
    assert session.store.recent("acme/help/triage")[0].request is None


def ask(session, text="Hello", source="cell"):
    """One call from its beginning to its end."""
    ledger, reply = (
        Ledger(session, source),
        Reply(REQUEST, text, messages=({"role": "assistant", "content": text},)),
    )
    entry = ledger.begin(REQUEST)
    ledger.opened(entry, "thr_1", name="demo")
    ledger.end(entry, reply, whole=REQUEST)
    return reply


def test_what_the_disk_does_not_take_is_told_with_each_answer_until_it_does_and_when_it_does_not_again(
    home, session
):
    told = []
    for content in (None, b"no database" * 100, b"no database" * 100, None, b"no database" * 100):
        (home / "store.sqlite").unlink(missing_ok=True)
        if content:
            (home / "store.sqlite").write_bytes(content)
        told.append(ask(session).warnings)

    line = f"this answer is not on disk: cannot use {home}/store.sqlite: file is not a database"
    assert [[one.partition(" (")[0] for one in lines] for lines in told] == [[], [line], [line], [], [line]]
    assert session.last.text == "Hello"


def test_an_answer_is_kept_though_its_beginning_and_its_thread_could_not_be(home, session, monkeypatch):
    ask(session)
    monkeypatch.setattr(database, "_BUSY_S", 0.05)
    ledger, reply = Ledger(session, "cell"), Reply(REQUEST, "paid", sent=True, thread_id="thr_2")
    with locked(home):
        entry = ledger.begin(REQUEST, thread="late")
        ledger.opened(entry, "thr_2", name="late")
    ledger.end(entry, reply, whole=REQUEST)

    assert reply.warnings == []
    assert rows(home)[1:] == [("cell", "thr_2", "late", 0, "done")]
    assert "late" in [one.name for one in session.store.threads(session.base_url, "acme/help/triage")]


@contextmanager
def locked(home):
    """Hold the store as another process does that writes for long."""
    connection = sqlite3.connect(home / "store.sqlite", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def test_an_answer_on_its_way_is_on_disk_soon_and_nobody_waits_for_the_disk(home, session):
    ledger = Ledger(session, "panel")
    entry = ledger.begin(REQUEST)
    ledger.opened(entry, "thr_1", name=None)
    with locked(home):  # by this very thread: it would wait for itself
        for text in ("Hel", "Hello, wo"):
            message = {"role": "assistant", "content": text}
            ledger.note(entry, Reply(REQUEST, text, messages=(message,), partial=True, sent=True))
    until(lambda: rows(home)[0][3:] == (0, "partial"))
    [turn] = session.store.recent("acme/help/triage")

    assert runs.answer_of(turn) == "Hello, wo"
    assert "not finished" in str(runs.reply_of(turn, REQUEST).error)


def until(met):
    deadline = time.monotonic() + LIMIT_S
    while not met():
        assert time.monotonic() < deadline, f"not within {LIMIT_S} s"
        time.sleep(0.02)


def test_a_beginning_that_could_not_be_kept_is_kept_as_soon_as_it_can_be(home, session, monkeypatch):
    ask(session)
    monkeypatch.setattr(database, "_BUSY_S", 0.05)
    ledger = Ledger(session, "cell")
    with locked(home):
        ledger.opened(ledger.begin(REQUEST, thread="late"), "thr_2", name="late")
    until(lambda: rows(home)[1:] == [("cell", "thr_2", "late", 1, "open")])


def test_of_a_private_call_no_part_is_noted(home, session):
    private = REQUEST.replace(do_not_record=True)
    ledger = Ledger(session, "cell")
    entry = ledger.begin(private)
    ledger.note(
        entry, Reply(private, "Hel", messages=({"role": "assistant", "content": "Hel"},), partial=True)
    )

    assert session.notes.is_idle
    assert rows(home) == [("cell", None, None, 1, "sent")]


def test_an_answer_that_cannot_be_written_is_told_and_there(home, session):
    deep = []
    for _ in range(20_000):
        deep = [deep]
    reply = Reply(REQUEST, "Hello", messages=({"role": "assistant", "content": "Hello", "more": deep},))
    ledger = Ledger(session, "cell")
    ledger.end(ledger.begin(REQUEST), reply, whole=REQUEST)

    assert reply.warnings == ["this answer is not on disk: it is nested too deep to be written"]
    assert session.last is reply
