"""A template that does not parse goes out at the second press, and never at the first."""

from __future__ import annotations

from typing import Any

import pytest

from langtail_nb._kernel.session import Session
from tests.panel.panels import TARGET, Panel
from tests.servers import Server

BROKEN = "Greet {{name"


def break_it(panel: Panel, text: str = BROKEN) -> None:
    panel.do("template", messages=[{"role": "system", "text": text}])
    panel.do("message", text="Hello")


def sent(server: Server, mark: int) -> list[Any]:
    return [entry for entry in server.requests(mark) if entry["provider"] is not None]


@pytest.mark.parametrize("press", ["run", "compare"])
def test_the_first_press_sends_nothing_and_says_where_and_the_second_does(
    panel: Panel, triage: Server, press: str
) -> None:
    break_it(panel)
    mark = triage.mark()
    panel.do(press)
    assert panel.shown.said()[-1] == (
        "nothing was sent yet; press again to send template message 1 as it is written"
    )
    assert panel.shown["anyway"]
    assert not panel.shown["columns"]
    panel.run(press)
    assert len(sent(triage, mark)) == {"run": 1, "compare": 2}[press]
    panel.run("run")


def test_the_line_that_leads_to_the_fault_stands_in_place_of_the_warning(panel: Panel) -> None:
    warning = "Template message 1 does not parse (line 1): it goes as it is written, no variable filled in"
    break_it(panel)
    assert warning in panel.shown["warnings"]
    panel.do("run")
    assert panel.shown["anyway"]
    assert warning not in panel.shown["warnings"]
    break_it(panel, BROKEN + "s")
    assert warning in panel.shown["warnings"]


def test_the_second_of_two_quick_clicks_sends_nothing(panel: Panel) -> None:
    break_it(panel)
    for _ in range(2):
        panel.do("run", anyway=False)
        assert not panel.shown["columns"]
    panel.do("run", anyway=True)
    assert panel.shown["columns"]


def test_an_edit_of_the_template_asks_again(panel: Panel) -> None:
    break_it(panel)
    panel.do("run")
    break_it(panel, BROKEN + "s")
    assert not panel.shown["anyway"]
    break_it(panel)
    panel.do("run")
    assert panel.shown["anyway"]
    assert not panel.shown["columns"]
    panel.do("template", messages=None)
    assert not panel.shown["anyway"]
    assert panel.run()[0]["state"] == "done"


def test_another_message_does_not_ask_again(panel: Panel) -> None:
    break_it(panel)
    panel.do("run")
    panel.do("message", text="Hello again")
    assert panel.run()[0]["state"] == "done"


def test_settings_that_were_added_with_a_broken_template_ask_too(panel: Panel) -> None:
    break_it(panel)
    panel.do("compare_add")
    panel.do("template", messages=None)
    panel.do("compare")
    assert panel.shown.said()[-1].startswith("nothing was sent yet")
    assert len(panel.run("compare")) == 2


def test_a_program_is_not_asked(panel: Panel, session: Session) -> None:
    template = [{"role": "system", "content": BROKEN}]
    session.settings.assign("template", template, target=TARGET)
    assert panel.model.ask("Hello").state == "done"
