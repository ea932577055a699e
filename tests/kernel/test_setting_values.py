"""What Python people hold, through the settings and their traits."""

import copy
import json
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.settings import Settings
from tests.values import VALUES, Colour, Place

TARGET = "acme/support/triage/staging"


@pytest.fixture
def settings() -> Settings:
    return Settings(target=TARGET)


@pytest.mark.parametrize("name", VALUES)
def test_a_variable_is_its_text_however_it_is_set(settings: Settings, name: str) -> None:
    value, text = VALUES[name].value, VALUES[name].text
    sent = {} if text is None else {"x": text}

    assert settings.request(variables={"x": value}).variables == sent
    settings.update({}, {"x": value})
    assert settings.variables == sent
    settings.variables = {"x": value}
    assert settings.variables == sent
    settings.variables = {}
    settings.variables["x"] = value
    assert settings.request().variables == sent


@pytest.mark.parametrize("name", VALUES)
def test_a_value_inside_of_a_trait_is_its_json(settings: Settings, name: str) -> None:
    settings.response_format = {"x": [VALUES[name].value]}
    assert settings.response_format is not None
    assert json.dumps(settings.response_format["x"]) == json.dumps([VALUES[name].plain])


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("temperature", np.float32(0.1), 0.1),
        ("seed", np.int64(3), 3),
        ("stop", pd.Series(["a", "b"]), ["a", "b"]),
        ("model", Colour.RED, "red"),
        ("do_not_record", np.bool_(True), True),
        ("timeout", np.float64(30), 30.0),
        ("retries", np.int64(0), 0),
        ("rerun", np.str_("append"), "append"),
        ("target", np.str_(TARGET), TARGET),
    ],
)
def test_a_trait_keeps_plain_values(settings: Settings, name: str, value: Any, kept: Any) -> None:
    setattr(settings, name, value)
    assert (getattr(settings, name), type(getattr(settings, name))) == (kept, type(kept))


@pytest.mark.parametrize("missing", [None, pd.NA, pd.NaT])
def test_what_is_missing_unsets_a_trait(settings: Settings, missing: Any) -> None:
    settings.temperature = 0.5
    settings.temperature = missing
    assert settings.temperature is None
    assert "temperature" not in settings.request(temperature=missing).parameters


def test_an_array_as_a_value_is_not_taken_for_the_word_deployed(settings: Settings) -> None:
    settings.stop = np.array(["deployed", "a"])
    assert settings.stop == ["deployed", "a"]


def test_variables_may_be_a_row(settings: Settings) -> None:
    settings.variables = pd.Series({"a": 1})
    settings.update({}, pd.Series({"b": 2}))
    assert settings.request(variables=pd.Series({"c": 3})).variables == {"a": "1", "b": "2", "c": "3"}
    with pytest.raises(ConfigurationError, match="variables must be a dict, not list"):
        settings.variables = [Place]  # type: ignore[assignment]


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_a_copy_has_values_of_its_own(settings: Settings, copied: Any) -> None:
    settings.temperature, settings.stop, settings.variables = 0.5, ["a"], {"x": "1"}
    told: list[Any] = []
    settings.observe(told.append)
    settings.watch(lambda: told.append("changed"))

    other = copied(settings)
    assert (other.target, other.temperature, other.variables) == (TARGET, 0.5, {"x": "1"})
    other.temperature, other.target = 1.5, None
    other.variables["x"] = "2"

    assert (settings.target, settings.temperature, settings.variables) == (TARGET, 0.5, {"x": "1"})
    assert told == []
    assert other.lock is not settings.lock
    with other.lock:
        other.observe(told.append, "seed")
        other.seed = 3
    assert len(told) == 1
