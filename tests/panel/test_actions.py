"""What a view says was done: each action reaches its method, and one of another form is told in words."""

from __future__ import annotations

import inspect
from typing import Any, get_args, get_type_hints

import pytest

from langtail_nb._errors import ConfigurationError
from langtail_nb._panel.actions import Action
from langtail_nb._panel.payload import checked
from tests.panel.panels import Panel

KINDS = {get_args(get_type_hints(kind)["do"])[0]: kind for kind in get_args(Action)}
MESSAGE = {"of": "", "role": "user", "text": "Hi", "images": [], "editable": True}


def test_every_action_has_a_method_that_takes_its_members(panel: Panel) -> None:
    methods = panel.model._actions
    assert methods.keys() == KINDS.keys()
    for name, kind in KINDS.items():
        members = get_type_hints(kind).keys() - {"do"}
        for given in (members, kind.__required_keys__ - {"do"}):
            inspect.signature(methods[name]).bind(**dict.fromkeys(given))


@pytest.mark.parametrize(
    "action",
    [
        {"do": "hello"},
        {"do": "set", "name": "seed", "value": [1, {"a": None}]},
        {"do": "use", "name": "seed", "on": False},
        {"do": "reset", "name": None},
        {"do": "variable", "name": "topic", "value": None, "kind": "json"},
        {"do": "fill", "row": 1},
        {"do": "extra", "messages": [MESSAGE]},
        {"do": "template", "messages": None},
        {"do": "run"},
        {"do": "run", "after": 3},
        {"do": "stop", "column": None},
    ],
)
def test_an_action_of_a_view_is_taken_as_it_is(action: dict[str, Any]) -> None:
    assert checked(action) is action


@pytest.mark.parametrize("content", [{}, {"do": "dance"}, {"do": ["run"]}, {"do": None}])
def test_what_is_no_action_is_none(content: dict[str, Any]) -> None:
    assert checked(content) is None


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ({"do": "set", "name": "seed"}, "set: no value"),
        ({"do": "set", "name": 1, "value": 1}, "set: name has another form"),
        ({"do": "stop", "nothing": 1}, "stop: nothing is not known"),
        ({"do": "use", "name": "seed", "on": 1}, "use: on has another form"),
        ({"do": "run", "after": True}, "run: after has another form"),
        ({"do": "fill", "row": "1"}, "fill: row has another form"),
        ({"do": "fill", "row": None}, "fill: row has another form"),
        ({"do": "variable", "name": "a", "value": "b", "kind": "xml"}, "variable: kind has another form"),
        ({"do": "extra", "messages": [{**MESSAGE, "images": [1]}]}, "extra: messages has another form"),
        ({"do": "extra", "messages": None}, "extra: messages has another form"),
    ],
)
def test_another_form_is_named(action: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{told}; this panel may be of another version"):
        checked(action)


def test_another_form_is_told_in_the_panel_and_changes_nothing(
    panel: Panel, caplog: pytest.LogCaptureFixture
) -> None:
    panel.do("set", name="seed")
    assert [line.partition(";")[0] for line in panel.shown.said()] == ["set: no value"]
    assert panel.shown.row("seed")["value"] is None
    assert caplog.text == ""
