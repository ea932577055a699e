"""Stopping a panel's answer at any moment: it ends, and what has arrived is kept."""

import asyncio
import threading

import pytest

from langtail_nb._calls.runner import Runner
from langtail_nb._calls.trial import Trial
from langtail_nb._calls.trial_keeping import _without_cut_calls
from langtail_nb._kernel import loop
from langtail_nb._types.tool_results import waiting_in
from tests.panel.panels import opened
from tests.wire import event, forever, piece, text, then, wire

LIMIT_S = 20
HALF_A_CALL = {
    "index": 0,
    "id": "c1",
    "type": "function",
    "function": {"name": "pay", "arguments": '{"a": 1'},
}


@pytest.fixture
def held():
    """Holds the network thread until it is set."""
    held = threading.Event()
    loop.network_loop().call_soon_threadsafe(held.wait, LIMIT_S)
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
    loop.submit(_nothing()).result(LIMIT_S)
    go_on.set()
    panel.model.wait()
    panel.shown.until(lambda shown: not shown["busy"])

    assert panel.shown["columns"][0]["state"] == "done"
    assert session.store.recent("acme/help/triage")[0].state == "done"


def test_an_error_that_nobody_foresaw_ends_a_run(panel, monkeypatch, caplog):
    def broken(*values, **named):
        raise KeyError("a defect")

    monkeypatch.setattr("langtail_nb._client.answer_reader.AnswerReader.chunk_in", broken)
    columns = panel.run()

    assert columns[0]["state"] == "failed"
    assert (
        "broke off before its first word: reading it failed (KeyError('a defect'))" in columns[0]["note"][0]
    )
    assert "nobody foresaw" in caplog.text


def test_a_run_that_began_in_the_meantime_is_not_told_as_ended(make_panel, monkeypatch):
    """What follows the end of a run is done on another thread, which may come late."""
    ended, late = [], []
    panel = make_panel("acme/help/slow/staging", ran=lambda trials: ended.append([t.state for t in trials]))
    panel.do("message", text="Hello")
    aside = panel.model._aside
    monkeypatch.setattr(
        panel.model,
        "_aside",
        lambda job: late.append(job) if _says_the_end(panel, job) and not late else aside(job),
    )
    panel.do("run")
    panel.shown.until(lambda shown: late)
    panel.do("message", text="Hello again " * 20)
    panel.do("run")
    panel.shown.until(lambda shown: shown["columns"][0]["state"] == "running" and shown["busy"])
    late[0]()

    assert ended == [["done"]]


def _says_the_end(panel, job):
    return getattr(job, "func", None) == panel.model._all_ran


def test_a_view_made_while_an_answer_comes_shows_every_block_once(panel, monkeypatch):
    send, views = panel.model._answers._send, []

    def send_late(message):
        # A view says hello in between: what it is told holds the block, or is told after it.
        if "grow" in message:
            views.append(threading.Thread(target=panel.do, args=("hello",)))
            views[-1].start()
            views[-1].join(0.05)
        send(message)

    monkeypatch.setattr(panel.model._answers, "_send", send_late)
    panel.do("message", text="\n\n".join(f"Paragraph {number}" for number in range(200)))
    panel.run()
    for view in views:
        view.join(LIMIT_S)
    drawn = []
    for message in panel.shown.sent:
        for full in message.get("full", []):
            drawn = list(full["add"])
        drawn += message.get("grow", {}).get("add", [])

    assert drawn[-1] == "<p>Paragraph 199</p>\n"
    assert len(drawn) == len(set(drawn)) > 199


def test_a_view_that_opens_before_the_first_piece_leaves_it_whole(make_panel, monkeypatch):
    """The reply is there a moment before its first piece is told."""
    panel = make_panel("acme/help/slow/staging")
    answers = panel.model._answers
    grown = answers._runner._grown

    def hello_first(trial, ended):
        if not ended and trial not in answers._blocks:
            panel.do("hello")
        return grown(trial, ended)

    monkeypatch.setattr(answers._runner, "_grown", hello_first)
    panel.do("message", text="Some **bold** words and some more")
    panel.run()
    added = [html for message in panel.shown.sent for html in message.get("grow", {}).get("add", [])]

    assert "<p>system: Hello.<br />\nuser: Some <strong>bold</strong> words and some more</p>\n" in added


async def _nothing():
    pass


def test_half_a_call_of_a_tool_is_not_kept_with_the_text_before_it(session, monkeypatch):
    """Providers refuse a conversation that holds it."""
    half = then(piece("Let me look. "), event(delta={"tool_calls": [HALF_A_CALL]}), after=forever)
    with wire({"half": half}, {"half": {}}) as server:
        monkeypatch.setenv("LANGTAIL_BASE_URL", server.url)
        panel = opened(session, "acme/help/half/production")
        panel.do("message", text="Pay")
        panel.do("run")
        panel.shown.until(
            lambda shown: panel.model.trials[0].reply and panel.model.trials[0].reply.tool_calls
        )
        panel.do("stop")
        panel.model.wait()
        panel.shown.until(lambda shown: not shown["busy"])
        panel.keep()
        conversation = session.conversations(panel.model.target).current
        panel.model.close()

    assert panel.shown.said()[-1] == "Kept: turn 1 of thread 1. The next cell goes on from there."
    assert conversation.history()[-1] == {"role": "assistant", "content": "Let me look. "}
    assert not conversation.turns[-1].pending.calls


def test_answers_are_not_held_up_by_a_server_that_does_not_delete_their_threads(session, monkeypatch):
    kept = []
    with wire({"quick": text("Done."), "threads": forever}) as server:
        monkeypatch.setenv("LANGTAIL_BASE_URL", server.url)
        request = session.settings.request("Hi", target="acme/help/quick/production")
        trial = Trial("one", "One", "", request)
        runner = Runner(lambda trial, reply: kept.append(reply.text))
        loop.wait(asyncio.wait_for(runner.run(session.client(), [trial], timeout=None), LIMIT_S))

    assert (trial.state, kept) == ("done", ["Done."])


def test_calls_without_a_result_are_taken_out_of_every_message_of_an_answer_that_broke_off():
    def call(id):
        return {"id": id, "type": "function", "function": {"name": "find", "arguments": "{}"}}

    result = {"role": "tool", "tool_call_id": "a", "content": "found"}
    both = {"role": "assistant", "content": None, "tool_calls": [call("a"), call("b")]}
    text = {"role": "assistant", "content": "So"}
    older = {"role": "assistant", "content": None, "function_call": {"name": "pay", "arguments": "{"}}

    kept = _without_cut_calls([both, result, text])
    assert kept == [{**both, "tool_calls": [call("a")]}, result, text]
    assert waiting_in(kept) == ()
    assert _without_cut_calls([text, older]) == [text]
    assert _without_cut_calls([]) == []
    whole = [{**both, "tool_calls": [call("a")]}, result, text]
    assert _without_cut_calls(whole) == whole
    again = [*whole, {"role": "assistant", "content": None, "tool_calls": [call("a")]}]
    assert _without_cut_calls(again) == whole, "an id may come again"


def test_an_error_in_keeping_is_raised_though_the_thread_cannot_be_deleted(session, monkeypatch):
    def broken(trial, reply):
        raise ValueError("a defect")

    with wire({"quick": text("Done."), "threads": forever}) as server:
        monkeypatch.setenv("LANGTAIL_BASE_URL", server.url)
        trial = Trial("one", "One", "", session.settings.request("Hi", target="acme/help/quick/production"))
        with pytest.raises(ValueError, match="a defect"):
            loop.wait(asyncio.wait_for(Runner(broken).run(session.client(), [trial], timeout=None), LIMIT_S))


def test_an_answer_is_kept_on_disk_though_the_base_url_became_none(panel, session, held, monkeypatch):
    panel.do("message", text="Hello")
    panel.do("run")
    url = session.base_url
    monkeypatch.setenv("LANGTAIL_BASE_URL", "no address")
    held.set()
    panel.model.wait()
    monkeypatch.setenv("LANGTAIL_BASE_URL", url)

    assert session.store.recent("acme/help/triage")[0].state == "done"
