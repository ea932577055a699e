"""Stopping a panel's answer at any moment: it ends, and what has arrived is kept."""

import threading

import pytest

from langtail_nb import _loop

LIMIT_S = 20


@pytest.fixture
def held():
    """Holds the network thread until it is set."""
    held = threading.Event()
    _loop.network_loop().call_soon_threadsafe(held.wait, LIMIT_S)
    yield held
    held.set()


def test_a_run_that_is_stopped_before_it_began_ends(panel, held):
    panel.do("message", text="Hello")
    panel.do("run")
    panel.do("stop")
    held.set()
    panel.model.wait()
    panel.shown.until(lambda shown: not shown["busy"])

    assert panel.shown["columns"][0]["state"] == "stopped"
    assert panel.run()[0]["state"] == "done"


def test_an_answer_that_is_being_kept_cannot_be_stopped_any_more(panel, session, monkeypatch):
    """It is whole; stopping it then would lose it."""
    begun, go_on, end_turn = threading.Event(), threading.Event(), session.store.end_turn

    def slowly(*values, **named):
        begun.set()
        assert go_on.wait(LIMIT_S)
        end_turn(*values, **named)

    monkeypatch.setattr(session.store, "end_turn", slowly)
    panel.do("message", text="Hello")
    panel.do("run")
    assert begun.wait(LIMIT_S)
    panel.do("stop")
    _loop.submit(_nothing()).result(LIMIT_S)
    go_on.set()
    panel.model.wait()
    panel.shown.until(lambda shown: not shown["busy"])

    assert panel.shown["columns"][0]["state"] == "done"
    assert session.store.recent("acme/help/triage")[0].state == "done"


def test_an_error_that_nobody_foresaw_ends_a_run(panel, monkeypatch, caplog):
    def broken(*values, **named):
        raise KeyError("a defect")

    monkeypatch.setattr("langtail_nb._http.stream.Stream._events", broken)
    columns = panel.run()

    assert columns[0]["state"] == "failed"
    assert columns[0]["note"] == ["KeyError: 'a defect'"]
    assert "nobody foresaw" in caplog.text


async def _nothing():
    pass
