"""A panel that is filled from a table, row by row: the message, and the variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from langtail_nb._types.rows import rows_of
from tests.panel.panels import Panel

MakePanel = Callable[..., Panel]
TABLE = [
    {"question": "Where?", "topic": "cats", "expected": "here"},
    {"question": "When?", "topic": "dogs", "expected": "now"},
    {"question": None, "topic": None, "expected": "never"},
]


def text(panel: Panel) -> str:
    return str(panel.shown["message"]["text"])


def test_a_row_fills_message_and_variables_and_says_what_is_not_sent(make_panel: MakePanel) -> None:
    panel = make_panel(table=TABLE)
    assert panel.shown["rows"] == {
        "count": 3,
        "at": None,
        "columns": ["question", "topic", "expected"],
        "message": "question",
        "told": "expected: no variable, not sent",
    }
    panel.do("fill", row=1)
    assert (panel.model.request().message, panel.model.request().variables) == ("When?", {"topic": "dogs"})
    panel.do("fill", row=2)
    assert (panel.model.request().message, panel.model.request().variables) == (None, {})


def test_what_was_typed_comes_back_with_undo(make_panel: MakePanel) -> None:
    panel = make_panel(table=TABLE)
    panel.do("message", text="Mine")
    panel.do("variable", name="style", value="short")
    panel.do("fill", row=0)
    panel.do("fill", row=1)
    assert (text(panel), panel.shown["rows"]["at"]) == ("When?", 1)
    panel.do("undo")
    assert (text(panel), panel.shown["rows"]["at"]) == ("Mine", None)
    assert panel.model.request().variables == {"style": "short"}
    panel.do("redo")
    assert (text(panel), panel.shown["rows"]["at"]) == ("When?", 1)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["text", "input", "question", "message"], "message"),
        (["text", "input", "question"], "question"),
        (["text", "input"], "input"),
        (["id", "text"], "text"),
        (["id", "topic"], None),
    ],
)
def test_the_message_comes_from_the_column_that_is_named_like_one(
    make_panel: MakePanel, columns: list[str], message: str | None
) -> None:
    panel = make_panel(table=[dict.fromkeys(columns, "x")])
    assert panel.shown["rows"]["message"] == message


def test_a_column_that_is_a_variable_of_the_assistant_is_not_the_message_unless_chosen(
    make_panel: MakePanel,
) -> None:
    panel = make_panel(table=[{"message": "Hello", "text": "World"}])
    panel.do("template", messages=[{"role": "system", "text": "Answer {{message}}."}])
    assert panel.shown["rows"]["message"] == "text"
    panel.do("fill", row=0)
    assert (text(panel), panel.model.request().variables) == ("World", {"message": "Hello"})
    panel.do("message_from", column="message")
    assert (text(panel), panel.model.request().variables) == ("Hello", {"message": "Hello"})


def test_another_column_fills_the_row_that_stands_and_none_leaves_the_message_alone(
    make_panel: MakePanel,
) -> None:
    panel = make_panel(table=TABLE)
    panel.do("message_from", column="expected")
    assert text(panel) == ""
    panel.do("fill", row=0)
    panel.do("message_from", column="question")
    assert text(panel) == "Where?"
    panel.do("message_from", column=None)
    panel.do("fill", row=1)
    assert (text(panel), panel.model.request().variables) == ("Where?", {"topic": "dogs"})
    assert panel.shown["rows"]["told"] == "question, expected: no variables, not sent"
    panel.do("message_from", column="questoin")
    assert panel.shown.said()[-1] == "the table has no column 'questoin' (did you mean 'question'?)"


def test_all_that_is_reset_leaves_no_row_standing(make_panel: MakePanel) -> None:
    panel = make_panel(table=TABLE)
    panel.do("fill", row=1)
    panel.do("reset", name=None)
    assert panel.shown["rows"]["at"] is None


def test_a_table_of_many_columns_is_told_in_one_line(make_panel: MakePanel) -> None:
    panel = make_panel(table=[{f"c{n}": n for n in range(40)}])
    assert panel.shown["rows"]["told"] == "c0, c1, c2, c3, c4 and 35 more: no variables, not sent"


@pytest.mark.parametrize("kind", ["dicts", "lists", "pandas", "polars"])
def test_every_kind_of_table_fills_the_message(make_panel: MakePanel, kind: str) -> None:
    columns: dict[str, Any] = {"question": ["Where?", 7], "topic": ["cats", "dogs"]}
    if kind == "dicts":
        table: Any = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    elif kind == "lists":
        table = columns
    else:
        module = pytest.importorskip(kind)
        table = module.DataFrame({**columns, "question": ["Where?", "7"]})
    panel = make_panel(table=rows_of(table))
    panel.do("fill", row=1)
    assert (panel.model.request().message, panel.model.request().variables) == ("7", {"topic": "dogs"})


def test_a_row_fills_the_message_though_what_is_deployed_is_not_known(make_panel: MakePanel) -> None:
    panel = make_panel("acme/help/nobody/staging", table=TABLE)
    panel.do("fill", row=0)
    assert panel.model.request().message == "Where?"
    assert panel.model.request().variables == {"topic": "cats", "expected": "here"}
    assert panel.shown["rows"]["told"] == ""
