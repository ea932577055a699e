"""What no deployment, front end or user should send, and what comes between two steps: a panel lives on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from langtail_nb._calls.call import take_turn
from langtail_nb._calls.manner import unseen
from langtail_nb._client import key_lookup
from langtail_nb._client.api_key import ApiKey
from langtail_nb._errors import ConfigurationError, LangtailError
from langtail_nb._kernel.conversation.route import Route
from langtail_nb._kernel.session import Session
from langtail_nb._panel.deployment_reader import THREAD
from tests.kernels import LIMIT_S
from tests.panel.panels import Panel, opened
from tests.servers import Server
from tests.wire import Wire, event, piece, text, then, wire

MakePanel = Callable[..., Panel]
TARGET = "acme/help/triage/staging"
HALF = "half \ud83d"
USUAL = {"chatInput": {}, "state": {"type": "chat", "template": [], "args": {"model": "m"}}}
BROKEN_CALL = {"role": "assistant", "content": "x", "tool_calls": [{"id": "1", "type": "function"}, 5]}
ODD: dict[str, Any] = {
    "no-state": {"chatInput": {}, "state": None},
    "no-arguments": {"chatInput": {}, "state": {"template": [], "args": None}},
    "list-of-variables": {**USUAL, "chatInput": ["a"]},
    "model": {"state": {"args": {"model": {"a": 1}}}},
    "texts": {"state": {"template": ["x", {"role": "user", "content": ["y", {"text": 3}]}]}},
    "call": {"state": {"template": [BROKEN_CALL, {"role": "assistant", "tool_calls": 5}]}},
    "handler": {"state": {"tools": [{"type": "function", "function": {"name": "f", "handler": "x"}}]}},
    "function": {"state": {"tools": [{"type": "function", "function": "f"}, "g"]}},
    "tools": {"state": {"tools": 5}},
    "half": {"chatInput": {"topic": HALF}, "state": {"template": [{"role": "system", "content": HALF}]}},
}


@pytest.fixture(scope="module")
def odd() -> Iterator[Wire]:
    """A server of odd deployments, each with an ordinary answer, and of odd answers."""
    named = event(delta={"content": "hi"}).replace("by-hand", "by \\ud83d")
    answers = {**dict.fromkeys(ODD, then(piece("hi"), event(finish_reason="stop"), "data: [DONE]\n\n"))}
    answers["named"] = then(named, event(finish_reason="stop"), "data: [DONE]\n\n")
    answers["error"] = then('data: {"error": {"message": "cannot read \\ud83d of it"}}\n\n')
    answers["slow"] = text("one two three four five six", every_s=0.05)
    with wire(answers, {**ODD, "named": USUAL, "error": USUAL, "slow": USUAL}) as server:
        yield server


@pytest.fixture
def open_odd(
    odd: Wire, session: Session, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Panel]]:
    """Opens a panel on one of them."""
    monkeypatch.setenv("LANGTAIL_BASE_URL", odd.url)
    made: list[Panel] = []

    def make(name: str) -> Panel:
        made.append(opened(session, f"acme/help/{name}/production"))
        return made[-1]

    yield make
    for panel in made:
        panel.model.close()


@pytest.mark.parametrize("name", ODD)
def test_an_odd_deployment_is_shown_set_and_run(
    open_odd: Callable[[str], Panel], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    panel = open_odd(name)
    assert panel.shown["head"]["status"] == "known"
    panel.do("message", text="Hello")
    panel.do("set", name="temperature", value=0.4)
    assert panel.run()[0]["state"] == "done"
    panel.do("copy", kind="link")
    assert "could not be shown" not in caplog.text


@pytest.mark.parametrize("name", ["named", "error", "half"])
def test_half_a_character_from_elsewhere_ends_in_an_answer_that_can_be_sent(
    open_odd: Callable[[str], Panel], name: str
) -> None:
    panel = open_odd(name)
    panel.do("message", text=f"Hello {HALF}")
    panel.run()
    panel.shown.until(lambda shown: len(shown["history"]["runs"]) > 0)
    for value in [*panel.shown.sections.values(), *panel.shown.sent]:
        repr(value).encode()
        str(value).encode()
    assert not panel.shown["busy"]


def test_what_a_watcher_raises_is_no_fault_of_whoever_sets(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    session.settings.watch(lambda: 1 / 0)
    session.settings.temperature = 0.3
    assert session.settings.temperature == 0.3
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    "action",
    [
        {"do": "set"},
        {"do": "template", "messages": 5},
        {"do": "template", "messages": [5]},
        {"do": "reset", "name": [1]},
        {"do": "variable", "name": [1], "value": "x"},
        {"do": "stop", "nothing": 1},
        {"do": "picture", "data": [1]},
        {"do": "keep", "column": "run"},
        {"do": "set", "name": "foo", "value": 1},
    ],
)
def test_an_action_of_another_form_is_answered_and_the_panel_goes_on(
    panel: Panel, action: dict[str, Any]
) -> None:
    said = len(panel.shown.said())
    panel.model.do(action)
    assert len(panel.shown.said()) == said + 1
    panel.do("message", text="Hello")
    assert panel.run()[0]["state"] == "done"


def test_a_run_from_python_is_its_own_though_another_one_took_its_place(
    open_odd: Callable[[str], Panel],
) -> None:
    panel = open_odd("slow")
    got: list[Any] = []
    asking = threading.Thread(target=lambda: got.append(panel.model.ask("Mine")))
    asking.start()
    panel.shown.until(lambda _: bool(panel.model.trials) and bool(panel.model.trials[0].text))
    panel.do("message", text="Another")
    panel.do("stop")
    panel.do("run")
    asking.join(30)
    assert (got[0].request.message, got[0].state) == ("Mine", "stopped")


def test_an_answer_is_kept_only_when_it_is_whole_and_the_one_that_was_seen(
    open_odd: Callable[[str], Panel], session: Session
) -> None:
    panel = open_odd("slow")
    panel.do("message", text="Hello")
    panel.do("run")
    panel.shown.until(lambda _: bool(panel.model.trials[0].text))
    serial = panel.model.trials[0].serial
    panel.do("keep", column="run", serial=serial)
    assert panel.shown.said() == ["there is no answer here that could be kept"]
    panel.model.wait()
    panel.do("keep", column="run", serial=serial - 1)
    assert session.conversations(panel.model.target).current is None
    panel.keep()
    thread = session.conversations(panel.model.target).current
    assert thread is not None
    assert [message["content"] for message in thread.turns[0].received] == ["one two three four five six"]


def test_undo_leaves_what_a_cell_set_between_two_edits_of_one_thing(panel: Panel, session: Session) -> None:
    panel.do("set", name="temperature", value=0.6)
    session.settings.assign("top_p", 0.5, target=TARGET)
    panel.do("set", name="temperature", value=0.7)
    panel.do("undo")
    assert session.settings.overrides(TARGET) == {"temperature": 0.6, "top_p": 0.5}
    panel.do("undo")
    assert session.settings.overrides(TARGET) == {"top_p": 0.5}


def test_a_restored_run_sets_nothing_that_came_from_the_conversation(panel: Panel, session: Session) -> None:
    panel.do("variable", name="topic", value="cats")
    panel.do("message", text="First")
    panel.run()
    panel.keep()
    panel.do("reset", name=None)
    panel.do("message", text="Second")
    panel.run()
    panel.shown.until(
        lambda shown: shown["history"]["runs"][0]["state"] == "done" and len(shown["history"]["runs"]) > 1
    )
    assert "Be" in panel.model.trials[0].text
    assert "cats" in panel.model.trials[0].text
    panel.do("restore", id=panel.shown["history"]["runs"][0]["id"])
    assert session.settings.variables_of(TARGET) == {}


def test_the_link_of_an_emptied_template_has_none(panel: Panel) -> None:
    panel.do("template", messages=[])
    assert "Answer%20about" not in panel.model.copied("link")


def test_a_response_format_over_deployed_json_mode_can_be_reset(
    make_panel: MakePanel, session: Session
) -> None:
    target = "acme/help/locked/staging"
    panel = make_panel(target)
    assert panel.shown.row("response_format")["state"] == "locked"
    schema = {"type": "json_schema", "json_schema": {"name": "x"}}
    session.settings.assign("response_format", schema, target=target)
    assert panel.shown.row("response_format")["state"] == "overridden"
    panel.do("reset", name="response_format")
    assert panel.shown.row("response_format")["state"] == "locked"


def test_an_empty_object_is_sent_whichever_assistant_is_current(session: Session, triage: Server) -> None:
    session.settings.assign("metadata", {}, target=TARGET)
    elsewhere = session.settings.request("Hi", target=TARGET).parameters
    session.settings.target = TARGET
    assert session.settings.request("Hi").parameters == elsewhere == {"metadata": {}}
    assert session.settings.variables_of() == {}


def test_there_is_no_copy_of_a_kind_that_is_not_known(panel: Panel) -> None:
    with pytest.raises(ConfigurationError, match="there are cell, python, curl, json and link"):
        panel.model.copied("foo")


def test_the_key_of_the_first_look_is_asked_for_where_the_panel_opens(
    session: Session, triage: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    resolve = key_lookup.resolve

    def note(url: str) -> ApiKey:
        asked.append(threading.current_thread().name)
        return resolve(url)

    monkeypatch.setattr(key_lookup, "resolve", note)
    panel = opened(session)
    asked.clear()
    panel.do("hello")
    panel.shown.until(lambda shown: "history" in shown.sections)
    panel.model.wait()
    assert set(asked) == {threading.main_thread().name}
    panel.model.close()


def test_an_older_look_that_comes_late_is_no_change(panel: Panel) -> None:
    def looked(number: int, config: dict[str, Any], *, anew: bool = False) -> None:
        done: Future[dict[str, Any]] = Future()
        done.set_result(config)
        panel.model.looks._take(number, done, anew=anew)

    config = panel.model.looks.newest
    assert config is not None
    looked(8, {**config, "chatInput": {"new": ""}}, anew=True)
    looked(7, config)
    assert not panel.shown["head"]["changed"]
    assert panel.shown.variable("new")


def test_a_reload_that_fails_says_so(panel: Panel) -> None:
    done: Future[Any] = Future()
    done.set_exception(LangtailError("the server is gone"))
    panel.model.looks._take(9, done, anew=True)
    assert panel.shown.said()[-1] == "the server is gone"


def test_a_missing_assistant_is_told_with_the_one_that_may_be_meant(session: Session, triage: Server) -> None:
    panel = opened(session, "acme/help/triag/staging")
    assert "did you mean 'triage'?" in panel.shown["head"]["problem"]
    panel.model.close()


def test_a_view_that_opens_is_sent_the_images_that_are_shown_and_no_others(panel: Panel) -> None:
    urls = [f"data:image/png;base64,iVBORw0KGgo{letter}" for letter in "AB"]
    for number, url in enumerate(urls):
        panel.do("picture", name=f"p{number}", data=url)
    panel.do("extra", messages=[{"of": "", "role": "user", "text": "See", "images": ["p1"]}])
    panel.shown.sent.clear()
    panel.do("hello")
    assert [sent["data"] for sent in panel.shown.sent if "picture" in sent] == urls[1:]


def test_settings_changed_under_a_run_leave_no_thread_behind(
    session: Session, triage: Server, make_panel: MakePanel
) -> None:
    with triage.http() as client:
        before = len(client.get("/v2/threads").json()["data"])
    panel = make_panel("acme/help/slow/staging")
    panel.do("message", text="one two three four")
    panel.do("run")
    panel.shown.until(lambda _: bool(panel.model.trials[0].text))
    session.settings.retries = 3
    panel.do("refresh")
    panel.model.wait()

    def gone(_: object) -> bool:
        with triage.http() as client:
            return len(client.get("/v2/threads").json()["data"]) == before

    panel.shown.until(gone)


def test_all_threads_of_a_kernel_get_one_client(session: Session, triage: Server) -> None:
    together, found = threading.Barrier(4), []

    def ask() -> None:
        together.wait()
        found.append(session.client())

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert len(set(map(id, found))) == 1


def test_a_call_on_a_fork_is_stored_as_it_was_asked_without_its_conversation(
    session: Session, panel: Panel
) -> None:
    manner = unseen(session)
    for words in ("First", "Second"):
        request = session.settings.request(words, target=TARGET, variables={"topic": "cats"})
        take_turn(session, request, route=Route(), manner=manner)
    conversations = session.conversations(session.target(TARGET))
    assert conversations.current is not None
    conversations.fork(conversations.current, 2)
    again = session.settings.request("Second again", target=TARGET)
    assert "cats" in take_turn(session, again, route=Route(), manner=manner).text
    panel.model.refresh()
    panel.do("restore", id=panel.shown["history"]["runs"][0]["id"])
    assert [panel.shown["message"]["text"], panel.shown["extra"]] == ["Second again", []]
    assert session.settings.variables_of(TARGET) == {}


@pytest.mark.parametrize("target", [5, b"support", ["support"]])
def test_a_panel_on_what_is_no_text_is_refused_in_one_line(session: Session, target: Any) -> None:
    with pytest.raises(ConfigurationError, match="a target is text, such as 'support', not"):
        session.target(target)


def test_a_store_that_cannot_be_read_is_told_once(
    panel: Panel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "store.sqlite").write_text("no database " * 1_000)
    monkeypatch.setenv("LANGTAIL_NB_HOME", str(tmp_path / "bad"))
    for _ in range(3):
        panel.model.refresh()
    assert len(caplog.records) == 1
    assert "store.sqlite" in caplog.text


def test_a_store_that_is_broken_a_second_time_is_told_a_second_time(
    panel: Panel, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = tmp_path / "home" / "store.sqlite"
    panel.do("message", text="Hello")
    panel.run()
    whole = store.read_bytes()
    for content in (b"no database " * 1_000, whole, b"no database " * 1_000):
        # Whoever still has it open would write back what it held.
        for thread in threading.enumerate():
            if thread.name == THREAD:
                thread.join(LIMIT_S)
        store.write_bytes(content)
        panel.model.refresh()
        panel.model.refresh()

    assert ["store.sqlite" in record.getMessage() for record in caplog.records] == [True, True]
