"""What is kept of calls, whoever makes them."""

import sqlite3

import pytest

from langtail_nb._calls.ledger import Ledger
from langtail_nb._kernel.folder import StoreError
from langtail_nb._kernel.session import Session
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request

REQUEST = Request("acme/help/triage/production", "Hi", temperature=0.5)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LANGTAIL_NB_HOME", str(tmp_path))
    monkeypatch.setenv("LANGTAIL_BASE_URL", "http://127.0.0.1:1")
    return tmp_path


@pytest.fixture
def session(home):
    return Session()


def rows(home):
    with sqlite3.connect(home / "store.sqlite") as database:
        found = database.execute(
            "SELECT source, thread_id, thread, reply IS NULL, state FROM turns"
        ).fetchall()
    database.close()
    return found


def refuse(*values, **named):
    raise StoreError("the disk is full")


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


def test_what_the_disk_does_not_take_is_told_once_in_a_kernel_and_the_answer_is_there(session, monkeypatch):
    for name in ("begin_turn", "end_turn"):
        monkeypatch.setattr(session.store, name, refuse)
    replies = [Reply(REQUEST, "Hello"), Reply(REQUEST, "Hello again")]
    for source, reply in zip(("cell", "panel"), replies, strict=True):
        ledger = Ledger(session, source)
        ledger.end(ledger.begin(REQUEST), reply, whole=REQUEST)

    assert [reply.warnings for reply in replies] == [["the disk is full"], []]
    assert session.last is replies[1]
