"""A panel plays what a panel recorded; a run that is not recorded shows one line."""

from __future__ import annotations

from tests.panel.panels import opened
from tests.replay.asking import NOWHERE, TARGET


def columns(session, message, **settings):
    session.settings.target = TARGET
    panel = opened(session, TARGET)
    panel.do("message", text=message)
    for name, value in settings.items():
        setattr(session.settings, name, value)
    shown = panel.run()
    return shown, panel.shown


def test_a_run_of_a_panel_is_played_with_its_figures(kernel):
    recorded, first = columns(kernel("record"), "Where is it?")
    played, second = columns(kernel("only", NOWHERE), "Where is it?")

    def lasting(shown):
        return [{name: value for name, value in one.items() if name != "serial"} for one in shown]

    assert lasting(played) == lasting(recorded)
    assert played[0]["state"] == "done"
    assert second["parameters"] == first["parameters"]


def test_a_local_model_that_stood_in_is_named_where_it_is_played(kernel, server):
    session = kernel("record")
    session.stand_ins.add(server.url)
    _, recorded = columns(session, "Where is it?")
    _, played = columns(kernel("only", NOWHERE), "Where is it?")

    assert recorded["head"]["local"] == "a local model stands in"
    assert played["head"] == recorded["head"]


def test_a_run_that_is_not_recorded_shows_one_line(kernel):
    columns(kernel("record"), "Where is it?")
    (column,), _ = columns(kernel("only", NOWHERE), "Where is my order?")

    assert column["state"] == "failed"
    assert ["\n" not in one for one in column["note"] if "not recorded" in one] == [True]
    assert "Nearest in the recording" not in str(column)
