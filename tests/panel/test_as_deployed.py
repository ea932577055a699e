"""What was typed back to what is deployed is no override, and what was pinned stays one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from langtail_nb._kernel.conversation.turn import Turn
from langtail_nb._kernel.session import Session
from tests.panel.panels import TARGET, Panel


def edited(panel: Panel, text: str) -> None:
    """Edit the first message of the template, as a view does."""
    first, *others = panel.shown["template"]["messages"]
    panel.do("template", messages=[{**first, "text": text}, *others])


def overrides(panel: Panel) -> dict[str, Any]:
    assert panel.shown["head"]["overrides"] == len(panel.model.request().parameters)
    return dict(panel.model.request().parameters)


def test_a_template_that_is_typed_back_is_as_deployed(panel: Panel) -> None:
    before = panel.shown["line"]
    edited(panel, "Answer about {{topic}}!")
    assert overrides(panel)
    edited(panel, "Answer about {{topic}}.")
    assert overrides(panel) == {}
    assert (panel.shown["template"]["own"], panel.shown["line"]) == (False, before)


def test_a_message_that_is_added_and_deleted_leaves_the_template_as_deployed(panel: Panel) -> None:
    drafts = panel.shown["template"]["messages"]
    panel.do("template", messages=[*drafts, {"role": "user", "text": "More"}])
    panel.do("template", messages=panel.shown["template"]["messages"][:-1])
    assert overrides(panel) == {}
    panel.do("template", messages=[{"role": d["role"], "text": d["text"]} for d in drafts])
    assert overrides(panel) == {}
    panel.do("template", messages=[])
    assert overrides(panel) == {"template": []}


def test_a_template_of_parts_that_is_typed_back_is_as_deployed(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = panel.model._edits.config
    assert config is not None
    parts = [{"role": "system", "content": [{"type": "text", "text": "Be kind."}]}]
    changed = {**config, "state": {**config["state"], "template": parts}}
    monkeypatch.setattr(panel.model._edits, "config", changed)
    panel.model.draw()
    for text in ("Be k", "", "Be kind."):
        edited(panel, text)
    assert overrides(panel) == {}


def test_a_number_that_is_typed_back_is_as_deployed(panel: Panel) -> None:
    panel.do("set", name="temperature", value=0.9)
    panel.do("set", name="temperature", value=0.5)
    assert panel.shown.row("temperature")["state"] == "inherited"
    panel.do("set", name="top_p", value=1.0)
    assert overrides(panel) == {}


def test_what_is_sent_on_purpose_stays_though_it_is_typed_away_and_back(panel: Panel) -> None:
    panel.do("use", name="temperature", on=True)
    for value in (0.5, 0.9, 0.5):
        panel.do("set", name="temperature", value=value)
    assert panel.shown.row("temperature")["state"] == "pinned"
    panel.do("use", name="temperature", on=False)
    panel.do("set", name="temperature", value=0.9)
    panel.do("set", name="temperature", value=0.5)
    assert overrides(panel) == {}


def test_what_a_cell_pinned_stays(panel: Panel, session: Session) -> None:
    session.settings.assign("temperature", 0.5, target=TARGET)
    panel.do("set", name="temperature", value=0.5)
    assert overrides(panel) == {"temperature": 0.5}


def test_json_that_is_typed_back_is_as_deployed(make_panel: Callable[..., Panel]) -> None:
    panel = make_panel("acme/help/locked/production")
    panel.do("set", name="stop", value=["END", "STOP"])
    panel.do("set", name="stop", value=["END"])
    assert overrides(panel) == {}
    panel.do("set", name="metadata", value='{"a": 1}')
    panel.do("set", name="metadata", value="")
    assert overrides(panel) == {}


def test_a_variable_that_is_typed_back_keeps_its_text_in_the_box_and_is_not_sent(panel: Panel) -> None:
    panel.do("variable", name="topic", value="cats")
    panel.do("variable", name="topic", value="returns")
    assert panel.model.request().variables == {}
    assert panel.shown.variable("topic")["value"] == "returns"
    assert panel.shown["head"]["variables"] == 0
    panel.do("variable", name="topic", value=None)
    assert panel.shown.variable("topic")["value"] is None


def test_a_default_that_stands_against_the_turn_before_is_sent(panel: Panel, session: Session) -> None:
    turn = Turn(None, [{"role": "user", "content": "Hi"}], variables={"topic": "cats"})
    session.conversations(panel.model.target).new().turns.append(turn)
    panel.do("variable", name="topic", value="returns")
    assert panel.model.request().variables == {"topic": "returns"}
