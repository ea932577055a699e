"""What counts as a table, and what is said of what does not."""

import subprocess
import sys

import duckdb
import numpy
import pandas
import polars
import pyarrow
import pytest

from langtail_nb._errors import ConfigurationError
from langtail_nb._types.rows import rows_of, table_of

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
        polars.DataFrame(ROWS).lazy(),
        pyarrow.Table.from_pylist(ROWS),
        duckdb.sql("SELECT * FROM (VALUES ('cats', 1), ('dogs', 2)) AS t(topic, n) ORDER BY n"),
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


@pytest.mark.parametrize(
    "table",
    [
        pandas.DataFrame({"f": numpy.array([0.1], dtype="float32")}),
        polars.DataFrame({"f": [0.1]}, schema={"f": polars.Float32}),
        pyarrow.table({"f": pyarrow.array([0.1], pyarrow.float32())}),
        duckdb.sql("SELECT CAST(0.1 AS FLOAT) AS f"),
    ],
)
def test_a_short_float_has_no_more_digits_in_a_row_than_in_its_table(table):
    assert rows_of(table) == [{"f": 0.1}]


def test_the_index_of_a_frame_is_kept_and_other_tables_have_none():
    assert list(table_of(pandas.DataFrame(ROWS, index=["a", "b"])).index) == ["a", "b"]
    assert table_of(polars.DataFrame(ROWS)).index is None
    assert table_of(ROWS).index is None


def test_no_library_of_frames_is_imported_for_a_list_of_dicts():
    code = (
        "import sys; from langtail_nb._types.rows import rows_of; rows_of([{'a': 1}]); "
        "print({'narwhals', 'pandas', 'numpy'} & sys.modules.keys())"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "set()"
