"""What Python people hold, through the options of a line and ``--fill``."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from langtail_nb._errors import ConfigurationError
from langtail_nb._line.fill import fill
from langtail_nb._line.options import Options
from langtail_nb._line.reading import parse
from langtail_nb._line.values import evaluate
from tests.values import VALUES, Colour, Place, Point


def read(line: str, **namespace: Any) -> Options:
    return evaluate(parse(line), namespace)


ALONE: dict[str, Callable[[Any], Any]] = {
    "-v x:=EXPR": lambda value: read("-v x:=value", value=value).variables["x"],
    "-v x": lambda value: read("-v x", x=value).variables["x"],
    "--vars EXPR": lambda value: read("--vars {'x':value}", value=value).variables["x"],
    "--vars of a Series": lambda value: read("--vars row", row=pd.Series([value], ["x"])).variables["x"],
}
INSIDE: dict[str, Callable[[Any], Any]] = {
    "--field x:=EXPR": lambda value: read("--field x:=value", value=value).extra["x"],
    "--response-format": lambda value: read("--response-format x", x={"x": value}).parameters[
        "response_format"
    ]["x"],
    "--messages": lambda value: read(
        "--messages x", x=[{"role": "user", "content": "", "x": value}]
    ).messages[0]["x"],
}


@pytest.mark.parametrize("entry", ALONE)
@pytest.mark.parametrize("name", VALUES)
def test_a_variable_of_the_line_is_its_text(name: str, entry: str) -> None:
    assert ALONE[entry](VALUES[name].value) == VALUES[name].text


@pytest.mark.parametrize("entry", INSIDE)
@pytest.mark.parametrize("name", VALUES)
def test_a_value_of_an_option_is_its_json(name: str, entry: str) -> None:
    assert json.dumps(INSIDE[entry](VALUES[name].value)) == json.dumps(VALUES[name].plain)


@pytest.mark.parametrize("name", VALUES)
def test_a_hole_is_filled_with_the_text_and_nothing_is_sent_for_what_is_missing(name: str) -> None:
    value = VALUES[name]
    if value.text is None:
        with pytest.raises(ConfigurationError, match="has no value; the variable 'x' is "):
            fill("{{x}}", {}, {"x": value.value})
    else:
        assert fill("{{x}}", {}, {"x": value.value})[0] == value.text


@pytest.mark.parametrize(
    ("line", "value", "read_as"),
    [
        ("-t :=x", np.float32(0.1), {"temperature": 0.1}),
        ("-t :=x", Decimal("0.5"), {"temperature": 0.5}),
        ("--seed :=x", np.int64(3), {"seed": 3}),
        ("-m :=x", Colour.RED, {"model": "red"}),
        ("--stop :=x --stop b", pd.Series(["a"]), {"stop": ["a", "b"]}),
        (
            "--metadata :=x",
            Place("Brno", date(2026, 1, 2)),
            {"metadata": {"name": "Brno", "at": "2026-01-02"}},
        ),
        ("--metadata run:=x", np.int64(7), {"metadata": {"run": 7}}),
        ("--field do_not_record:=x", np.bool_(True), {"do_not_record": True}),
        ("--field :=x", Point(1, date(2026, 1, 2)), {}),
    ],
)
def test_an_option_takes_what_python_people_hold(line: str, value: Any, read_as: dict[str, Any]) -> None:
    assert read(line, x=value).parameters == read_as


def test_timeout_threads_and_images_do_too() -> None:
    assert read("--timeout :=x", x=np.int64(30)).timeout == 30
    assert read("--timeout :=x", x=Decimal("0.5")).timeout == 0.5
    assert read("--thread :=x", x=Colour.RED).thread == "red"
    assert len(read("--image :=x", x=pd.Series(["https://a/b.png", "https://a/c.png"])).images) == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("-v x:=[0,{'when':value}]", "-v x[1]['when']: an object cannot be sent as JSON"),
        ("--vars {'x':[value]}", "--vars x[0]: an object cannot be sent as JSON"),
        ("--vars [1]", "--vars must be a dict, not list"),
        ("--field x:=[value]", "--field x[0]: an object cannot be sent as JSON"),
        ("--metadata :={'x':[value]}", "--metadata['x'][0]: an object cannot be sent as JSON"),
        ("--messages [{'role':'user','content':[value]}]", "--messages[0]['content'][0]: an object cannot"),
        ("--image :=pixels", "a path, a URL, bytes, a PIL image or a matplotlib figure, not ndarray"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_begins_with_the_option_as_typed(line: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(line, value=object(), pixels=np.zeros((2, 2)))
    assert said in str(caught.value)
    assert str(caught.value).startswith(line.split()[0])
