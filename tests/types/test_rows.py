"""What counts as a table, and what is said of what does not."""

import numpy
import pandas
import polars
import pytest

from langtail_nb._errors import ConfigurationError
from langtail_nb._types.rows import rows_of

ROWS = [{"topic": "cats", "n": 1}, {"topic": "dogs", "n": 2}]


def test_a_list_of_dicts_and_a_dict_of_lists_are_the_same_rows():
    rows = [{"topic": "cats", "n": 1}, {"topic": "dogs", "n": 2}]
    assert rows_of(rows) == rows
    assert rows_of({"topic": ["cats", "dogs"], "n": (1, 2)}) == rows


@pytest.mark.parametrize(
    "table",
    [
        pandas.DataFrame(ROWS),
        polars.DataFrame(ROWS),
        list(pandas.DataFrame(ROWS).itertuples(index=False)),
        [row for _, row in pandas.DataFrame(ROWS).iterrows()],
        (row for row in ROWS),
    ],
)
def test_a_table_of_any_library_is_its_rows(table):
    assert rows_of(table) == ROWS


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"topic": 5}, "rows as a dict of lists: topic is of type int, not a list"),
        ({"topic": None}, "topic is of type NoneType, not a list"),
        ({"topic": (word for word in "ab")}, "topic is of type generator, not a list"),
        ({"topic": "abc"}, "topic is of type str, not a list"),
        ({"topic": {"a", "b"}}, "topic is of type set, not a list"),
        ({"topic": numpy.array(5)}, "topic is of type ndarray, not a list"),
        ({"topic": {"a": 1}}, "topic is of type dict, not a list"),
        ({"topic": [1], "n": [1, 2]}, "lists of one length; topic has 1, n has 2"),
        ([{"topic": 1}, 5], "row 2 must be a dict, not int"),
        ([{1: "x"}], "row 1 has a column named 1; names must be text"),
        (pandas.DataFrame([[1, 2]], columns=["a", "a"]), "a DataFrame with two columns named 'a'"),
        ("topic", "must be a list of dicts or a DataFrame, not str"),
    ],
)
def test_what_is_no_table_is_told_in_a_line(table, told):
    with pytest.raises(ConfigurationError) as raised:
        rows_of(table)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)
