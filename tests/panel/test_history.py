"""The earlier calls of a panel: counted, searched, turned over by pages, opened whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from langtail_nb._calls.call import take_turn
from langtail_nb._calls.manner import unseen
from langtail_nb._kernel.conversation.route import Route
from langtail_nb._kernel.disk.store import Store
from langtail_nb._kernel.session import Session
from tests.panel.panels import Panel

MakePanel = Callable[..., Panel]
TARGET = "acme/help/triage/staging"


def keep(store: Store, question: str, answer: str = "Yes.", *, source: str = "cell", **body: Any) -> None:
    request = {"messages": [{"role": "user", "content": question}], **body}
    turn = store.begin_turn(source=source, base_url="u", target=TARGET, thread=None, request=request)
    reply = {"messages": [{"role": "assistant", "content": answer}]}
    store.end_turn(turn, thread_id=None, reply=reply, state="done")


def told(panel: Panel, action: str, key: str, **given: Any) -> dict[str, Any]:
    """Do something, and return what the views are told of it."""
    count = len(panel.shown.sent)
    panel.do(action, **given)
    panel.shown.until(lambda shown: any(key in message for message in shown.sent[count:]))
    found: dict[str, Any] = next(message[key] for message in panel.shown.sent[count:] if key in message)
    return found


def found(panel: Panel, search: str = "", whose: str = "all", **more: Any) -> dict[str, Any]:
    asked = {"search": search, "whose": whose, "failed": False, "before": None, **more}
    page = told(panel, "find", "found", **asked)
    assert page["wanted"] == asked
    return page


def asked_in(page: dict[str, Any]) -> list[str]:
    return [run["asked"] for run in page["runs"]]


def test_fifty_are_listed_and_all_are_counted(make_panel: MakePanel, session: Session) -> None:
    for number in range(112):
        keep(session.store, f"Question {number}")
    panel = make_panel()
    assert panel.shown["history"]["total"] == 112
    pages = [panel.shown["history"]]
    while len(pages[-1]["runs"]) == 50:
        pages.append(found(panel, before=pages[-1]["runs"][-1]["id"]))
        assert pages[-1]["total"] == 112
    assert [name for page in pages for name in asked_in(page)] == [
        f"Question {n}" for n in range(111, -1, -1)
    ]


def test_a_search_counts_what_it_finds(make_panel: MakePanel, session: Session) -> None:
    for number in range(60):
        keep(
            session.store, f"Question {number}", "About returns." if number % 10 == 0 else "No.", seed=number
        )
    panel = make_panel()
    page = found(panel, "RETURNS")
    assert (page["total"], asked_in(page)) == (6, [f"Question {n}" for n in range(50, -1, -10)])
    assert asked_in(found(panel, "seed 57")) == ["Question 57"]
    assert found(panel, "' OR 1 --")["total"] == 0


def test_runs_are_told_apart_by_notebook_panel_and_cell(make_panel: MakePanel, session: Session) -> None:
    keep(Store(), "Of an earlier kernel")
    panel, other = make_panel(), make_panel()
    cell = session.settings.request("Of a cell", target=TARGET)
    take_turn(session, cell, route=Route(), manner=unseen(session))
    for one, text in ((panel, "Of this panel"), (other, "Of another panel")):
        one.do("message", text=text)
        one.run()
    assert asked_in(found(panel, whose="kernel")) == ["Of another panel", "Of this panel", "Of a cell"]
    assert asked_in(found(panel, whose="panel")) == ["Of this panel"]
    assert asked_in(found(panel, whose="panels")) == ["Of another panel", "Of this panel"]
    assert asked_in(found(panel, whose="cells")) == ["Of a cell", "Of an earlier kernel"]


def test_those_that_failed_are_listed_alone(make_panel: MakePanel) -> None:
    panel = make_panel("acme/help/500/production")
    panel.do("message", text="Failed")
    panel.run()
    assert asked_in(found(panel, failed=True)) == ["Failed"]
    fine = make_panel()
    fine.do("message", text="Fine")
    fine.run()
    assert asked_in(found(fine, failed=True)) == []


def test_a_run_is_opened_with_all_that_was_asked_and_answered(panel: Panel) -> None:
    long = "many words to say " * 40
    panel.do("extra", messages=[{"role": "assistant", "text": "I am here."}])
    panel.do("variable", name="topic", value="cats and dogs " * 5)
    panel.do("set", name="temperature", value=0.9)
    panel.do("message", text=long)
    panel.run()
    panel.shown.until(lambda shown: bool(shown["history"]["runs"]))
    id = panel.shown["history"]["runs"][0]["id"]
    whole = told(panel, "whole", "whole", id=id)
    assert [(one["role"], one["text"]) for one in whole["asked"]] == [
        ("assistant", "I am here."),
        ("user", long),
    ]
    assert long.strip() in "".join(whole["answer"])
    assert whole["settings"] == ["topic=" + "cats and dogs " * 5, "temperature 0.9"]
    assert whole["problem"] is None


def test_no_html_of_a_model_is_in_an_opened_run(make_panel: MakePanel, session: Session) -> None:
    keep(session.store, "<b>bold</b>", "<script>alert(1)</script>")
    panel = make_panel()
    whole = told(panel, "whole", "whole", id=panel.shown["history"]["runs"][0]["id"])
    assert "<script>" not in "".join(whole["answer"])
    assert "alert(1)" in "".join(whole["answer"])


def test_a_run_that_is_gone_says_so(panel: Panel) -> None:
    assert told(panel, "whole", "say", id=999) == "this run is not stored any more"
