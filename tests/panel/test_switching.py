"""A panel whose server or assistant becomes another."""

from __future__ import annotations

from collections.abc import Callable

from langtail_nb._kernel.session import Session
from tests.panel.panels import Panel

MakePanel = Callable[..., Panel]


def test_a_panel_says_when_no_local_model_stands_in_any_more(make_panel: MakePanel, session: Session) -> None:
    session.stand_ins.add(session.base_url)
    panel = make_panel()
    assert panel.shown["head"]["local"] == "a local model stands in"
    session.stand_ins.clear()
    session.settings.base_url = "http://127.0.0.1:9"
    assert panel.shown["head"]["local"] == "no local model stands in any more"


def test_a_panel_that_never_had_a_local_model_says_nothing_of_one(panel: Panel) -> None:
    assert panel.shown["head"]["local"] is None
