"""What Python people hold goes into a request alike, wherever it is put; what cannot is named in one line."""

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import Enum
from io import StringIO
from itertools import count
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from langtail_nb._errors import ConfigurationError
from langtail_nb._types.completion.tool_call import ToolCall
from langtail_nb._types.json_value import json_value
from langtail_nb._types.messages import check_messages
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request
from langtail_nb._types.tool_results import tool_messages
from tests.values import FRAME, VALUES, Colour, Place, Point, Ticket, Value

TARGET = "acme/help/support/production"
CALL = ToolCall("call_a", "look", "{}")


def body(**given: Any) -> dict[str, Any]:
    return Request(TARGET, **given).body(stream=True)


def result(value: Any) -> Any:
    return tool_messages([CALL], {"look": value})[0]["content"]


def message(**members: Any) -> dict[str, Any]:
    return {"role": "user", "content": "", **members}


# Where a value stands alone: as text, or not sent where it is missing.
ALONE: dict[str, Callable[[Any], Any]] = {
    "a variable": lambda value: Request(TARGET, variables={"x": value}).variables.get("x"),
    "a variable of a row": lambda value: Request(
        TARGET, variables=pd.Series({"x": value}, dtype=object)
    ).variables.get("x"),
}
# Where it stands inside of something: as JSON.
INSIDE: dict[str, Callable[[Any], Any]] = {
    "a list of a variable": lambda value: json.loads(body(variables={"x": [value]})["variables"]["x"])[0],
    "a dict of a variable": lambda one: json.loads(body(variables={"x": {1: one}})["variables"]["x"])["1"],
    "extra": lambda value: body(extra={"x": value})["x"],
    "a list of extra": lambda value: body(extra={"x": [value]})["x"][0],
    "response_format": lambda value: body(response_format={"x": value})["response_format"]["x"],
    "a tool": lambda value: body(
        tools=[{"function": {"name": "f", "description": "", "parameters": value}}]
    )["tools"][0]["function"]["parameters"],
    "a template": lambda value: body(template=[message(x=value)])["template"][0]["x"],
    "a message": lambda value: body(messages=[message(x=value)])["messages"][0]["x"],
    "a part of the message": lambda value: Request(TARGET, [{"x": value}]).all_messages[0]["content"][0]["x"],
    "a dict of a result": lambda value: json.loads(result({"x": value}))["x"],
    "what a function gives": lambda value: json.loads(result(lambda: [value]))[0],
}  # fmt: skip


@pytest.mark.parametrize("entry", ALONE)
@pytest.mark.parametrize("name", VALUES)
def test_a_value_alone_is_its_text(name: str, entry: str) -> None:
    assert ALONE[entry](VALUES[name].value) == VALUES[name].text


@pytest.mark.parametrize("entry", INSIDE)
@pytest.mark.parametrize("name", VALUES)
def test_a_value_inside_of_another_is_its_json(name: str, entry: str) -> None:
    assert json.dumps(INSIDE[entry](VALUES[name].value)) == json.dumps(VALUES[name].plain)


@pytest.mark.parametrize("name", VALUES)
def test_a_result_is_the_text_of_a_variable_and_null_where_it_is_missing(name: str) -> None:
    value: Value = VALUES[name]
    assert result(value.value) == ("null" if value.text is None else value.text)


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("temperature", np.float32(0.1), 0.1),
        ("temperature", Decimal("0.5"), 0.5),
        ("temperature", Decimal("0.12345678901234567890"), 0.12345678901234568),
        ("top_p", np.array(0.5), 0.5),
        ("max_tokens", np.int64(3), 3),
        ("max_tokens", np.float64(3.0), 3),
        ("seed", Decimal("3"), 3),
        ("seed", FRAME["n"][0], 1),
        ("model", Colour.RED, "red"),
        ("user", VALUES["UUID"].value, VALUES["UUID"].text),
        ("stop", pd.Series(["a", "b"]), ["a", "b"]),
        ("stop", np.array(["a", "b"]), ["a", "b"]),
        ("stop", {"b", "a"}, ["a", "b"]),
        ("stop", [Colour.RED, np.str_("b")], ["red", "b"]),
        ("stop", Colour.RED, ["red"]),
        ("reasoning_effort", Enum("Effort", {"LOW": "low"}).LOW, "low"),
        ("tool_choice", np.str_("auto"), "auto"),
        ("do_not_record", np.bool_(True), True),
        ("parallel_tool_calls", np.bool_(False), False),
        ("metadata", pd.Series({"run": 7, "of": date(2026, 1, 2)}), {"run": 7, "of": "2026-01-02"}),
        ("metadata", Point(1, "b"), {"x": 1, "y": "b"}),
        ("template", (message(content=np.str_("a")) for _ in range(2)), [message(content="a")] * 2),
        ("template", pd.DataFrame([message(content="a")]), [message(content="a")]),
        ("temperature", None, None),
        ("temperature", pd.NA, None),
    ],
)
def test_a_parameter_takes_what_python_people_hold(name: str, value: Any, sent: Any) -> None:
    assert json.dumps(Request(TARGET, **{name: value}).parameters.get(name)) == json.dumps(sent)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"temperature": float("nan")}, "temperature must be a number from 0 to 2, not nan"),
        ({"temperature": np.float32("nan")}, "temperature must be a number from 0 to 2, not a float32"),
        ({"temperature": np.array([1, 2])}, "temperature must be a number from 0 to 2, not a list"),
        ({"seed": np.bool_(True)}, "seed must be a whole number, not True"),
        ({"do_not_record": np.int64(1)}, "do_not_record must be True or False, not 1"),
        ({"model": object()}, "model must be text, not an object"),
        ({"stop": pd.Series(["a", None])}, "stop must be a text or a list of texts, none empty"),
        ({"metadata": {"x": pd.NA}}, "metadata 'x' must be text or a number, not None"),
        ({"metadata": {"x": {"y": b""}}}, "metadata['x']['y']: bytes cannot be sent as JSON; decode them"),
        ({"variables": 3}, "variables must be a dict, not int"),
        ({"variables": pd.Series([1, 2])}, "variables must be a dict, not Series"),
        ({"variables": {3: 1}}, "variable name 3 must be text"),
        ({"message": float("nan")}, "message must be text or a list of parts, not nan"),
        ({"messages": [message(x=[b""])]}, "messages[0]['x'][0]: bytes cannot be sent"),
        ({"extra": 3}, "extra must be a dict, not int"),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_told_as_what_it_is(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Request(TARGET, **given)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "row",
    [
        {"name": "Brno", "at": date(2026, 1, 2)},
        pd.Series({"name": "Brno", "at": pd.Timestamp("2026-01-02").date()}),
        Place("Brno", date(2026, 1, 2)),
        pd.DataFrame([Place("Brno", date(2026, 1, 2))]).itertuples(index=False).__next__(),
        {np.str_("name"): "Brno", Enum("Name", {"AT": "at"}).AT: date(2026, 1, 2)},
    ],
)
def test_variables_may_be_a_row_of_any_kind(row: Any) -> None:
    assert Request(TARGET, variables=row).variables == {"name": "Brno", "at": "2026-01-02"}


def test_the_message_may_be_a_text_of_any_kind() -> None:
    assert type(Request(TARGET, np.str_("Hi")).message) is str
    assert Request(TARGET, Colour.RED).message == "red"  # type: ignore[arg-type]
    assert Request(TARGET, Reply(Request(TARGET), text="said")).message == "said"  # type: ignore[arg-type]


def test_a_reply_is_its_text_inside_of_others_too() -> None:
    reply = Reply(Request(TARGET), text="said")
    assert Request(TARGET, variables={"a": reply, "b": [reply]}).variables == {"a": "said", "b": '["said"]'}


def test_what_can_be_read_once_is_read_once() -> None:
    assert Request(TARGET, variables={"x": (n for n in "ab")}).variables == {"x": '["a", "b"]'}
    assert result(map(str, [1, 2])) == '["1", "2"]'
    assert result(iter([{"type": "text", "text": "a"}])) == [{"type": "text", "text": "a"}]
    assert check_messages("messages", (message() for _ in range(2))) == [message()] * 2


class Cyclic:
    """What is found again inside of itself, by way of a dataclass and a generator."""

    def __init__(self) -> None:
        self.place = Place("here", date(2026, 1, 2))
        self.place.at = [self.place]  # type: ignore[assignment]


def deep(levels: int) -> Any:
    value: Any = "in the middle"
    for _ in range(levels):
        value = [value]
    return value


def around() -> Any:
    values: list[Any] = [1]
    values.append({"again": values})
    return values


def twice() -> Any:
    return pd.DataFrame([[1, 2]], columns=["a", "a"])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: [0, 1, {"when": socket.socket()}], "variable 'x'[2]['when']: a socket cannot be sent as"),
        (lambda: {3: {date(2026, 1, 2): object()}}, "variable 'x'[3]['2026-01-02']: an object cannot be"),
        (object, "variable 'x': an object cannot be sent as JSON"),
        (lambda: b"tea", "variable 'x': bytes cannot be sent as JSON; decode them to text"),
        (lambda: [bytearray()], "variable 'x'[0]: bytearray cannot be sent as JSON; decode them to text"),
        (lambda: np.array([b"tea"]), "variable 'x'[0]: bytes cannot be sent"),
        (lambda: float("-inf"), "variable 'x': -inf cannot be sent as JSON, which has finite numbers only"),
        (lambda: np.array([1, np.inf]), "variable 'x'[1]: inf cannot be sent"),
        (lambda: Decimal("Infinity"), "variable 'x': Infinity cannot be sent"),
        (lambda: 10**5000, "variable 'x': a number of thousands of digits cannot be sent"),
        (lambda: 1j, "variable 'x': a complex cannot be sent"),
        (lambda: np.complex64(1j), "variable 'x': a complex64 cannot be sent"),
        (lambda: print, "variable 'x': a builtin_function_or_method cannot be sent"),
        (lambda: Colour, "variable 'x': an EnumType cannot be sent"),
        (lambda: SimpleNamespace(a=1), "variable 'x': a SimpleNamespace cannot be sent"),
        (lambda: StringIO("a\nb"), "variable 'x': a StringIO cannot be sent"),
        (count, "variable 'x': a count of more than 1,000,000 items cannot be sent"),
        (lambda: range(10**12), "variable 'x': a range of more than 1,000,000 items cannot be sent"),
        (lambda: {("a", 1): 2}, "variable 'x': a tuple cannot be a key in JSON"),
        (lambda: [{1: "a", "1": "b"}], "variable 'x'[0] has two keys that JSON writes as '1'"),
        (twice, "variable 'x': a DataFrame with two columns named 'a' cannot be sent"),
        (lambda: pd.Series([1, 2], ["a", "a"]), "variable 'x': a Series with one name for two values"),
        (lambda: Ticket.model_construct(id=object()), "variable 'x': a Ticket cannot be sent as JSON: Un"),
        (around, "variable 'x' holds itself, which cannot be sent as JSON"),
        (lambda: Cyclic().place, "variable 'x' holds itself, which cannot be sent as JSON"),
        (lambda: deep(201), "variable 'x' is nested more than 200 deep, too deep to be sent as JSON"),
        (lambda: deep(100_000), "variable 'x' is nested more than 200 deep, too deep to be sent as JSON"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore:Pydantic serializer warnings")
def test_what_cannot_be_sent_is_one_line_with_the_place_and_the_type(
    make: Callable[[], Any], said: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Request(TARGET, variables={"x": make()})
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_what_is_as_deep_as_can_be_sent_can_be_copied_pickled_and_written() -> None:
    request = Request(TARGET, extra={"x": deep(199)})
    assert json.loads(json.dumps(request.body(stream=True)))["x"] == deep(199)


def test_a_name_that_a_class_makes_up_for_anything_is_not_taken_for_a_form() -> None:
    class Anything:
        def __getattr__(self, name: str) -> Any:
            return lambda *_: "made up"

    with pytest.raises(ConfigurationError, match="an Anything cannot be sent"):
        json_value("x", Anything())


def test_no_library_of_tables_is_imported_for_it() -> None:
    code = (
        "import sys, langtail_nb as lt; lt.Request('a/b/c/d', variables={'x': [1.5, {'a': None}]})\n"
        "print([m for m in ('numpy', 'pandas', 'polars', 'pyarrow', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
