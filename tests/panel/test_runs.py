"""Running from a panel: trials, stopping, comparing, keeping, history, receipt."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest

from langtail_nb._calls.call import take_turn
from langtail_nb._calls.manner import unseen
from langtail_nb._calls.trial import Trial, marks
from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel import runs
from langtail_nb._kernel.conversation.route import Route
from langtail_nb._kernel.session import Session
from langtail_nb._panel.blocks import Blocks
from langtail_nb._panel.receipt import Receipt
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request
from tests.panel.panels import Panel, opened
from tests.servers import Server, deployment

MakePanel = Callable[..., Panel]
TARGET = "acme/help/triage/staging"


def text_of(panel: Panel, column: str = "run") -> str:
    return next(trial.text for trial in panel.model.trials if trial.id == column)


# A run


def test_a_run_streams_finished_blocks_once_and_ends_with_its_facts(make_panel: MakePanel) -> None:
    panel = make_panel("acme/help/slow/production")
    panel.do("message", text="one\n\ntwo\n\nthree " * 5)
    [column] = panel.run()
    grown = panel.shown.grown("run")
    added = [html for message in grown for html in message["add"]]
    whole = Blocks()
    whole.finish(text_of(panel))
    assert added == whole.finished
    assert len(grown) > 2
    assert column["state"] == "done"
    assert any("tokens/s" in fact for fact in column["footer"])


def test_a_run_is_a_trial_that_leaves_no_turn_and_no_thread(
    panel: Panel, session: Session, triage: Server
) -> None:
    before = threads(triage)
    panel.do("message", text="Where?")
    panel.run()
    assert session.conversations(session.target(TARGET)).current is None
    panel.shown.until(lambda _: threads(triage) == before)


def test_a_run_sees_the_conversation_and_adds_nothing_to_it(
    panel: Panel, session: Session, triage: Server
) -> None:
    panel.do("message", text="First")
    panel.run()
    panel.keep()
    panel.do("message", text="Second")
    panel.run()
    thread = session.conversations(session.target(TARGET)).current
    assert thread is not None
    assert len(thread.turns) == 1
    assert "user: First" in text_of(panel)
    assert "assistant: #1" in text_of(panel)
    assert text_of(panel).endswith("user: Second")


def test_a_kept_answer_is_the_next_turn_and_says_so(panel: Panel, session: Session) -> None:
    panel.do("message", text="Where?")
    panel.run()
    panel.keep()
    [column] = panel.shown["columns"]
    assert column["kept"] == "kept: turn 1 of thread 1"
    assert panel.shown.said()[-1] == "Kept: turn 1 of thread 1. The next cell goes on from there."
    assert not column["can_keep"]
    [turn] = session.conversations(session.target(TARGET)).current.turns
    assert turn.sent == [{"role": "user", "content": "Where?"}]
    assert turn.received[0]["content"] == text_of(panel)
    said = panel.shown.said()
    panel.keep()
    assert panel.shown.said() == said, "of two quick clicks the second is none"


def test_no_answer_is_kept_while_a_cell_answers_on_the_thread(
    make_panel: MakePanel, session: Session
) -> None:
    target = "acme/help/slow/production"
    panel = make_panel(target)
    request = session.settings.request("From a cell " * 20, target=target)
    panel.do("message", text="From the panel")
    panel.run()
    cell = Thread(target=lambda: take_turn(session, request, route=Route(), manner=unseen(session)))
    cell.start()
    conversations = session.conversations(session.target(target))
    while conversations.busy is None:
        assert cell.is_alive()
    panel.keep()
    told = panel.shown.said()[-1]
    cell.join()
    assert told == "a cell is answering on thread 1; press Keep when it has ended"
    assert [len(thread.turns) for thread in conversations.threads] == [1]
    panel.keep()
    assert panel.shown.said()[-1].startswith("Kept: turn 1 of thread 2.")


def test_a_new_thread_begins_with_the_next_answer_that_is_kept(panel: Panel, session: Session) -> None:
    panel.do("message", text="First")
    panel.run()
    panel.keep()
    assert "thread 1, 1 turn" in panel.shown["thread"]
    panel.do("new_thread")
    assert panel.shown["thread"] == ""
    panel.do("message", text="Second")
    panel.run()
    assert "First" not in text_of(panel)
    panel.keep()
    conversations = session.conversations(session.target(TARGET))
    assert [thread.length for thread in conversations.threads] == ["1 turn", "1 turn"]
    assert conversations.current is conversations.threads[1]


def test_stop_keeps_the_text_that_had_come_and_closes_the_connection(
    make_panel: MakePanel, triage: Server
) -> None:
    panel, mark = make_panel("acme/help/slow/production"), triage.mark()
    panel.do("message", text="many words to say " * 20)
    panel.do("run")
    panel.shown.until(lambda shown: len(shown.grown("run")) > 2)
    panel.do("stop", column=None)
    panel.model.wait()
    panel.shown.until(lambda shown: not shown["busy"])
    [column] = panel.shown["columns"]
    assert column["state"] == "stopped"
    assert "stopped by you" in column["note"]
    assert 0 < len(text_of(panel)) < 300
    [invoke] = [entry for entry in triage.requests(mark) if entry["provider"]]
    assert invoke["closed_by_client_at"] is not None


def test_a_late_piece_of_an_earlier_run_carries_the_earlier_serial(make_panel: MakePanel) -> None:
    panel = make_panel("acme/help/slow/production")
    panel.do("message", text="many words to say " * 20)
    panel.do("run")
    panel.shown.until(lambda shown: len(shown.grown("run")) > 1)
    panel.do("run")
    panel.shown.until(lambda shown: len({m["serial"] for m in shown.grown("run")}) == 2)
    _, second = sorted({m["serial"] for m in panel.shown.grown("run")})
    assert panel.shown["columns"][0]["serial"] == second
    panel.do("stop")


def test_a_failed_run_says_why_in_its_column(make_panel: MakePanel) -> None:
    panel = make_panel("acme/help/500/production")
    [column] = panel.run()
    assert column["state"] == "failed"
    assert "500" in column["note"][0]
    assert not column["can_keep"]


def test_an_answer_that_breaks_off_keeps_its_text(make_panel: MakePanel) -> None:
    panel = make_panel("acme/help/drop/production")
    [column] = panel.run()
    assert column["state"] == "failed"
    assert text_of(panel) != ""


def test_tool_calls_are_shown_with_their_arguments(make_panel: MakePanel) -> None:
    [column] = make_panel("acme/help/tools/production").run()
    assert [call["name"] for call in column["calls"]] == ["get_weather"]
    assert column["note"] == [
        "wants get_weather",
        "press Keep, then give its result in a cell: %langtail tool get_weather RESULT",
    ]


def test_a_tool_call_that_is_kept_is_a_turn_that_waits_for_its_result(
    make_panel: MakePanel, session: Session
) -> None:
    panel = make_panel("acme/help/tools/production")
    panel.run()
    panel.keep()
    assert panel.shown.said()[-1] == (
        "Kept: turn 1 of thread 1. %langtail tool get_weather RESULT goes on from there."
    )
    thread = session.conversations(panel.model.target).current
    assert thread is not None
    assert [call.name for call in thread.turns[0].pending.calls] == ["get_weather"]


def test_a_view_that_comes_later_is_told_all_that_was_shown(panel: Panel) -> None:
    panel.do("message", text="Where?")
    panel.run()
    panel.do("hello")
    [whole] = panel.shown.newest("full")["full"]
    assert whole["id"] == "run"
    assert "".join(whole["add"]) == "".join(h for m in panel.shown.grown("run") for h in m["add"])


# Compare


def test_a_comparison_begins_with_the_deployed_settings(panel: Panel, triage: Server) -> None:
    panel.do("set", name="temperature", value=0.9)
    panel.do("message", text="Where?")
    columns = panel.run("compare")
    assert [column["title"] for column in columns] == ["deployed", "temperature 0.9"]
    sent = [entry["body"].get("temperature") for entry in triage.requests()[-8:] if entry["provider"]]
    assert sorted(sent[-2:], key=str) == [0.9, None]


def test_settings_are_put_beside_each_other_up_to_six_columns(panel: Panel) -> None:
    for number in range(1, 7):
        panel.do("set", name="seed", value=number)
        panel.do("compare_add")
    assert "at most 6 columns" in panel.shown.said()[-1]
    assert not panel.shown["compare"]["can_add"]
    assert len(panel.shown["compare"]["items"]) == 6
    assert panel.shown["warnings"][-1].startswith("These settings are not compared: 6 columns is the most")
    panel.do("message", text="Where?")
    columns = panel.run("compare")
    assert [column["title"] for column in columns] == ["deployed", *(f"seed {n}" for n in range(1, 6))]
    panel.do("compare_drop", id=panel.shown["compare"]["items"][1]["id"])
    assert panel.shown["compare"]["can_add"]
    assert panel.shown["compare"]["items"][-1]["title"] == "seed 6"
    assert not any("not compared" in line for line in panel.shown["warnings"])


def test_what_is_set_is_compared_beside_what_was_added(panel: Panel) -> None:
    panel.do("set", name="seed", value=1)
    panel.do("compare_add")
    assert not panel.shown["compare"]["can_add"], "they are there already"
    panel.do("set", name="seed", value=2)
    panel.do("message", text="Where?")
    columns = panel.run("compare")
    titles = ["deployed", "seed 1", "seed 2"]
    assert [column["title"] for column in columns] == titles
    assert [item["title"] for item in panel.shown["compare"]["items"]] == titles
    assert [item["detail"] for item in panel.shown["compare"]["items"]] == ["", "", "set now"]


def test_a_different_answer_is_shown_as_a_word_diff_of_the_first(panel: Panel) -> None:
    panel.do("template", messages=[{"role": "system", "text": "Answer about parcels."}])
    panel.do("message", text="Where?")
    columns = panel.run("compare")
    marks = columns[1]["diff"]
    assert any("returns" in text for sign, text in marks if sign == "-")
    assert any("parcels" in text for sign, text in marks if sign == "+")


def test_one_column_is_stopped_and_the_others_go_on(make_panel: MakePanel) -> None:
    panel = make_panel("acme/help/slow/production")
    panel.do("set", name="seed", value=3)
    panel.do("message", text="some words")
    panel.do("compare")
    panel.shown.until(lambda shown: bool(shown.grown("current")))
    panel.do("stop", column="current")
    panel.model.wait()
    panel.shown.until(lambda shown: not shown["busy"])
    assert [column["state"] for column in panel.shown["columns"]] == ["done", "stopped"]


# History


def test_every_run_is_a_row_and_can_be_restored(panel: Panel) -> None:
    panel.do("set", name="temperature", value=0.9)
    panel.do("variable", name="topic", value="cats")
    panel.do("message", text="Where?")
    panel.run()
    panel.shown.until(
        lambda shown: bool(shown["history"]["runs"]) and shown["history"]["runs"][0]["state"] == "done"
    )
    row = panel.shown["history"]["runs"][0]
    assert (row["source"], row["detail"], row["model"]) == ("panel", "temperature 0.9, topic=cats", "echo")
    panel.do("reset", name=None)
    panel.do("message", text="Other")
    panel.do("variable", name="topic", value=None)
    panel.do("restore", id=row["id"])
    request = panel.model.request()
    assert (request.message, request.parameters, request.variables) == (
        "Where?", {"temperature": 0.9}, {"topic": "cats"}
    )  # fmt: skip


def test_a_restored_run_says_which_fields_a_panel_has_no_place_for(panel: Panel, session: Session) -> None:
    request = session.settings.request("Where?", target=TARGET, extra={"prompt_cache_key": "k"})
    body = request.body(stream=True)
    stored = session.store.begin_turn(
        source="cell", base_url=session.base_url, target=TARGET, thread=None, request=body
    )
    panel.do("restore", id=stored.id)
    assert panel.shown["message"]["text"] == "Where?"
    assert panel.shown.said()[-1] == (
        "Restored the message and settings of this run without prompt_cache_key: a panel has no place for it."
    )


def test_an_earlier_answer_is_pinned_beside_the_others_and_costs_nothing(
    panel: Panel, triage: Server
) -> None:
    panel.do("message", text="Where?")
    panel.run()
    panel.shown.until(lambda shown: bool(shown["history"]["runs"]))
    panel.do("pin", id=panel.shown["history"]["runs"][0]["id"])
    panel.do("pin", id=panel.shown["history"]["runs"][0]["id"])
    assert panel.shown.said()[-2:] == [
        "It stands beside the answers, and in the next comparison.",
        "this answer is in the comparison already",
    ]
    mark = triage.mark()
    panel.do("set", name="seed", value=3)
    columns = panel.run("compare")
    assert [column["title"] for column in columns][-1].startswith("Earlier")
    assert columns[-1]["state"] == "done"
    assert columns[-1]["diff"] is not None
    assert columns[-1]["asked"] == ""
    assert sum(bool(entry["provider"]) for entry in triage.requests(mark)) == 2


def test_an_earlier_answer_to_another_question_says_so_and_is_not_judged(panel: Panel) -> None:
    panel.do("message", text="Which?")
    panel.run()
    panel.shown.until(lambda shown: bool(shown["history"]["runs"]))
    panel.do("pin", id=panel.shown["history"]["runs"][0]["id"])
    panel.do("message", text="Where?")
    ran: list[Trial] = []
    panel.model._ran = ran.extend
    columns = panel.run("compare")
    assert [column["asked"] for column in columns] == ["", "", "Which?"]
    assert (columns[-1]["marks"], columns[-1]["diff"]) == ([], None)
    assert [trial.question for trial in ran] == ["Where?", "Where?"]
    panel.do("message", text="Edited")
    assert [column["asked"] for column in panel.shown["columns"]] == ["Where?", "Where?", "Which?"]


def test_the_receipt_keeps_the_call_of_a_tool_and_how_an_answer_ended(make_panel: MakePanel) -> None:
    for name, told in {"tools": "get_weather(", "drop": "broke off", "slow": "topic=cats"}.items():
        panel = make_panel(f"acme/help/{name}/production")
        receipt = Receipt(panel.model.target)
        panel.do("variable", name="topic", value="cats")
        panel.do("message", text="Weather?")
        panel.run()
        receipt.add(panel.model.trials)
        for made in receipt.bundle().values():
            assert told in made


def test_an_earlier_answer_says_where_it_was_asked_and_with_which_variables(
    make_panel: MakePanel, session: Session
) -> None:
    elsewhere = session.settings.request(
        "Where?", target="acme/help/triage/production", variables={"topic": "cats"}
    )
    take_turn(session, elsewhere, route=Route(apart=True), manner=unseen(session))
    panel = make_panel()
    panel.do("pin", id=panel.shown["history"]["runs"][0]["id"])
    assert panel.shown["compare"]["items"][-1]["detail"] == "as deployed, topic=cats, in production"


def test_what_must_not_be_recorded_is_not_in_the_history(panel: Panel) -> None:
    panel.do("set", name="do_not_record", value=True)
    panel.do("message", text="secret words")
    panel.run()
    panel.shown.until(lambda shown: bool(shown["history"]["runs"]))
    assert panel.shown["history"]["runs"][0]["detail"] == "not recorded"
    assert panel.shown["history"]["runs"][0]["words"] == ""


def test_a_restored_run_does_not_bring_the_conversation_along_a_second_time(panel: Panel) -> None:
    panel.do("message", text="First")
    panel.run()
    panel.keep()
    panel.do("message", text="Second")
    panel.run()
    panel.shown.until(
        lambda shown: shown["history"]["runs"][0]["state"] == "done" and len(shown["history"]["runs"]) > 1
    )
    panel.do("restore", id=panel.shown["history"]["runs"][0]["id"])
    assert (panel.model.request().message, list(panel.model.request().messages)) == ("Second", [])


def test_what_must_not_be_recorded_is_not_recorded_in_the_column_of_the_deployed_settings(
    panel: Panel, session: Session
) -> None:
    panel.do("set", name="do_not_record", value=True)
    panel.do("set", name="temperature", value=0.9)
    panel.do("message", text="secret words")
    panel.run("compare")
    assert [trial.request.is_private for trial in panel.model.trials] == [True, True]
    assert [trial.request.parameters.get("temperature") for trial in panel.model.trials] == [None, 0.9]
    assert "secret words" not in str(session.store.recent("acme/help/triage"))


@pytest.mark.parametrize(("name", "state"), [("drop", "failed"), ("500", "failed")])
def test_an_earlier_answer_that_broke_off_is_pinned_as_what_it_is(
    make_panel: MakePanel, name: str, state: str
) -> None:
    panel = make_panel(f"acme/help/{name}/production")
    panel.do("message", text="Where?")
    [broken] = panel.run()
    panel.shown.until(
        lambda shown: bool(shown["history"]["runs"]) and shown["history"]["runs"][0]["state"] != "sent"
    )
    panel.do("pin", id=panel.shown["history"]["runs"][0]["id"])
    *_, column = panel.run("compare")
    assert (column["state"], column["marks"]) == (state, [])
    assert column["note"] == broken["note"]


def test_a_stopped_answer_is_pinned_as_stopped_and_one_that_runs_not_at_all(
    make_panel: MakePanel,
) -> None:
    panel = make_panel("acme/help/slow/production")
    panel.do("message", text="one two three " * 20)
    panel.do("run")
    panel.shown.until(lambda _: bool(panel.model.trials[0].text))
    panel.model.refresh()
    panel.do("pin", id=panel.shown["history"]["runs"][0]["id"])
    assert "has no answer yet" in panel.shown.said()[-1]
    panel.do("stop")
    panel.model.wait()
    panel.do("pin", id=panel.shown["history"]["runs"][0]["id"])
    [pinned] = panel.model._asking.variants.pinned
    assert (pinned.state, pinned.notes()) == ("stopped", ["stopped by you"])


def test_what_is_copied_to_elsewhere_is_what_a_run_sends_and_a_cell_stays_in_the_conversation(
    panel: Panel, session: Session
) -> None:
    panel.do("variable", name="topic", value="cats")
    panel.do("message", text="First")
    panel.run()
    panel.keep()
    panel.do("variable", name="topic", value=None)
    panel.do("message", text="Second")
    panel.run()
    [trial] = panel.model.trials
    assert json.loads(panel.model.copied("json")) == trial.request.body(stream=True)
    for kind in ("python", "curl", "link"):
        assert all(word in panel.model.copied(kind) for word in ("cats", "First", "Second")), kind
    assert "First" not in panel.model.copied("cell")


def test_a_run_that_was_replaced_is_told_of_as_well(session: Session, triage: Server) -> None:
    ran: list[list[Trial]] = []
    panel = opened(session, "acme/help/slow/production", ran=ran.append)
    panel.do("message", text="one two three " * 20)
    panel.do("run")
    panel.shown.until(lambda _: bool(panel.model.trials[0].text))
    panel.do("message", text="Another")
    panel.do("run")
    panel.model.wait()
    panel.shown.until(lambda _: len(ran) == 2)
    assert sorted(trial.state for run in ran for trial in run) == ["done", "stopped"]
    panel.model.close()


def test_variables_of_clicks_and_of_cells_at_once_are_all_there(panel: Panel, session: Session) -> None:
    """Clicks are heard on a thread of their own while a cell runs."""
    session.settings.target = TARGET
    clicks = Thread(target=lambda: [panel.do("variable", name=f"a{n}", value="1") for n in range(60)])
    clicks.start()
    for number in range(60):
        session.settings.update({}, {f"b{number}": "1"})
    clicks.join()
    assert len(session.settings.variables_of(session.target(TARGET))) == 120


def test_a_refused_value_that_was_put_right_elsewhere_does_not_come_up_again(
    panel: Panel, session: Session
) -> None:
    session.settings.target = TARGET
    panel.do("set", name="temperature", value=9)
    assert panel.shown.row("temperature")["problem"]
    session.settings.temperature = 0.5
    session.settings.temperature = None
    assert panel.shown.row("temperature")["problem"] is None


def test_the_error_of_an_observer_is_told_by_its_name(panel: Panel, session: Session) -> None:
    def fail(change: Any) -> None:
        raise ZeroDivisionError("mine")

    session.settings.target = TARGET
    session.settings.observe(fail, "temperature")
    panel.do("set", name="temperature", value=0.3)
    assert session.settings.temperature == 0.3
    assert panel.shown.said()[-1] == "set: ZeroDivisionError: mine"


def test_a_run_on_another_server_says_which(panel: Panel, session: Session) -> None:
    panel.do("message", text="Where?")
    panel.run()
    session.store.begin_turn(
        source="cell", base_url="https://other.example", target=TARGET, thread=None, request={"stream": True}
    )
    panel.model.refresh()
    assert [run["where"] for run in panel.shown["history"]["runs"]] == ["staging at other.example", "staging"]


def test_the_day_of_a_run_is_told_where_it_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    noon = time.mktime((2026, 11, 26, 12, 0, 0, 0, 0, -1))
    now = time.localtime
    monkeypatch.setattr(time, "localtime", lambda at=noon: now(at))
    monkeypatch.setattr(time, "time", lambda: noon)
    assert [runs.when(noon - hours * 3600) for hours in (2, 23)] == ["10:00", "25 Nov 13:00"]


# The receipt


def test_the_receipt_names_columns_and_the_turn_that_was_kept_though_it_came_first(panel: Panel) -> None:
    receipt = Receipt(panel.model.target)
    panel.do("set", name="temperature", value=0.9)
    panel.do("message", text="Where?")
    panel.run("compare")
    _, current = panel.model.trials
    receipt.keep(current.serial, "kept: turn 1 of thread 1")
    receipt.add(panel.model.trials)
    for made in receipt.bundle().values():
        places = [made.index(word) for word in ("deployed", "temperature 0.9", "kept: turn 1")]
        assert places == sorted(places)


def test_the_contents_of_a_run_that_must_not_be_recorded_are_not_in_the_receipt(panel: Panel) -> None:
    receipt = Receipt(panel.model.target)
    panel.do("set", name="do_not_record", value=True)
    panel.do("message", text="secret words")
    panel.run()
    receipt.add(panel.model.trials)
    for made in receipt.bundle().values():
        assert "secret" not in made
        assert "not recorded" in made
        assert "echo" in made


def test_the_receipt_holds_the_last_five_answers_escaped(panel: Panel) -> None:
    receipt = Receipt(panel.model.target)
    assert receipt.bundle() == {"text/plain": ""}
    for number in range(7):
        panel.do("message", text=f"<script>{number}</script> $x$")
        panel.run()
        receipt.add(panel.model.trials)
    made = receipt.bundle()
    assert made["text/html"].count("<div>") == 6
    assert made["text/html"].index("<div>") < made["text/html"].index("&lt;script&gt;6")
    assert "<script" not in made["text/html"]
    assert "$" not in made["text/html"].replace("<span>$</span>", "")
    assert "<script>6</script>" in made["text/plain"]
    assert "<script>1</script>" not in made["text/plain"]


def threads(server: Server) -> int:
    with server.http() as client:
        return len(client.get("/v2/threads").json()["data"])


def test_a_run_that_is_stopped_before_it_began_leaves_the_panel_idle(panel: Panel) -> None:
    panel.do("message", text="Where?")
    for _ in range(5):
        panel.do("run")
        panel.do("stop", column=None)
    panel.model.wait()
    panel.shown.until(lambda shown: not shown["busy"])
    assert panel.shown["columns"][0]["state"] in ("stopped", "done")
    assert panel.run()[0]["state"] == "done"


@pytest.mark.parametrize("message", [5, b"Where?", ["Where?"]])
def test_a_run_from_python_refuses_a_message_that_is_no_text(panel: Panel, message: Any) -> None:
    panel.do("message", text="Where?")
    with pytest.raises(ConfigurationError, match="must be text"):
        panel.model.ask(message)
    assert panel.model.trials == []


def test_the_second_of_two_quick_clicks_does_not_run_again(panel: Panel, triage: Server) -> None:
    panel.do("message", text="Where?")
    mark = triage.mark()
    panel.do("run", after=0)
    panel.do("run", after=0)
    panel.model.wait()
    assert len([r for r in triage.requests(mark) if r["provider"] is not None]) == 1
    panel.do("run", after=panel.shown["columns"][0]["serial"])
    panel.model.wait()
    assert len([r for r in triage.requests(mark) if r["provider"] is not None]) == 2


def test_nothing_is_run_while_a_control_shows_a_value_that_was_refused(panel: Panel) -> None:
    panel.do("message", text="Where?")
    panel.do("set", name="temperature", value=7)
    panel.do("run")
    assert panel.shown.said()[-1] == "nothing was sent: temperature must be from 0 to 2, not 7"
    assert panel.shown["columns"] == []
    panel.do("set", name="temperature", value=0.7)
    assert panel.run()[0]["state"] == "done"


def test_only_a_clear_lead_is_marked() -> None:
    def trial(name: str, latency_s: float, text: str) -> Trial:
        request = Request(TARGET)
        return Trial(name, name, "", request, state="done", reply=Reply(request, text, latency_s=latency_s))

    assert marks([trial("a", 1.0, "x" * 100), trial("b", 1.05, "x" * 95)]) == {}
    assert marks([trial("a", 1.0, "x" * 100), trial("b", 2.0, "x" * 50)]) == {"b": ["shortest"]}


def test_an_answer_of_a_prompt_cannot_be_kept(session: Session, make_server: Any, monkeypatch: Any) -> None:
    server = make_server({"slogan": {**deployment("Write a slogan."), "kind": "prompt"}})
    monkeypatch.setenv("LANGTAIL_BASE_URL", server.url)
    panel = opened(session, "acme/help/slogan/production")
    [column] = panel.run()
    assert column["state"] == "done"
    assert not column["can_keep"]
    panel.keep()
    assert "no answer here that could be kept" in panel.shown.said()[-1]
    panel.model.close()


def test_a_turn_kept_behind_later_ones_says_that_it_is_a_fork(panel: Panel, session: Session) -> None:
    panel.do("message", text="First")
    panel.run()
    panel.keep()
    panel.do("message", text="Tried")
    panel.run()
    thread = session.conversations(session.target(TARGET)).current
    thread.turns.append(thread.turns[0])
    panel.keep()
    assert panel.shown["columns"][0]["kept"] == "kept: turn 2 of thread 2, forked before turn 2"
