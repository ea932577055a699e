"""The variables of the environment, as people write them down."""

from __future__ import annotations

import pytest

from langtail_nb._environment import MalformedVariable, for_a_child, given, python
from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.settings import Settings
from tests.shown import everything_shown

NAME = "LANGTAIL_ASSISTANT"
TARGET = "local/demo/bare/production"


@pytest.mark.parametrize("value", [TARGET, f" {TARGET} ", f"{TARGET}\r\n", f"\t{TARGET}"])
def test_white_space_around_a_value_means_nothing(value, monkeypatch):
    monkeypatch.setenv(NAME, value)

    assert given(NAME) == TARGET
    assert str(Settings().current_target()) == TARGET


@pytest.mark.parametrize("value", ["", "  ", "\n"])
def test_a_blank_variable_is_not_set(value, monkeypatch):
    monkeypatch.setenv(NAME, value)
    assert given(NAME) == ""

    monkeypatch.delenv(NAME)
    assert given(NAME) == ""


@pytest.mark.parametrize("value", ['"{}"', "'{}'", "`{}`", "“{}”", ' "{}"\n', '"{}', "{}'", "«{}»"])
def test_quotes_around_a_value_are_named_in_one_line(value, monkeypatch):
    """As docker's --env-file and %env keep them."""
    monkeypatch.setenv(NAME, value.format(TARGET))

    with pytest.raises(ConfigurationError, match=f"^{NAME} stands in quotes; set it without them") as caught:
        Settings().current_target()

    assert "\n" not in str(caught.value)


def test_quotes_and_apostrophes_inside_are_the_values(monkeypatch):
    monkeypatch.setenv(NAME, "a/b/it's/d")

    assert str(Settings().current_target()) == "a/b/it's/d"


@pytest.mark.parametrize("value", ["{0}\n{0}", "{0}\x00", "{0}\x1b[0m", "{0}\x7fx"])
def test_a_control_character_is_named_without_the_value(value):
    import os

    with pytest.MonkeyPatch.context() as patch:
        # The environment of a process holds no NUL; what a program puts in its place may.
        patch.setattr(os, "environ", {NAME: value.format("secret-4711")})
        with pytest.raises(
            MalformedVariable, match=f"^{NAME} holds a line break or another control"
        ) as caught:
            given(NAME)

    assert "4711" not in everything_shown(caught.value)


def test_a_child_looks_for_no_module_in_the_working_directory(monkeypatch, tmp_path):
    monkeypatch.setenv("LANGTAIL_API_KEY", "lt-secret-4711")
    monkeypatch.setenv("PYTHONPATH", f":{tmp_path}::.:/more")
    kept = for_a_child("LANGTAIL_API_KEY", MORE="1")

    assert "LANGTAIL_API_KEY" not in kept
    assert kept["PYTHONPATH"] == f"{tmp_path}:/more"
    assert kept["MORE"] == "1"
    assert "-P" in python("pip")
