"""What a map and a sweep say of recordings: which columns stand in files meant to be committed."""

import sys

import pytest

from tests.kernels import kernel as started
from tests.servers import LONG_KEY, deployment

TARGET = "acme/demo/short/production"
ROWS = [{"question": f"Where is {n}?", "town": f"Town{n}", "right": "Yes"} for n in (1, 1, 2)]
COMMITTED = ".langtail/replay/, meant to be committed"
MAP = "found = lt.map(rows=rows, message='question', tone='kind')"
SWEEP = (
    "run = lt.sweep(over=lt.grid(temperature=[0]), rows=rows, message='question',"
    " score={'right': lt.judge('acme/demo/short/production', 'Right?', columns=['right'])}).run()\n"
    "print(run)"
)
CELL = "%langtail run --rows rows --message question -q"


@pytest.fixture
def short(make_server):
    return make_server({"short": deployment("Say {{town}}, {{tone}}.")}).url


def ran(folder, url, mode, *cells):
    """What each cell tells in a fresh kernel: on outputs, and on stderr."""
    environment = {
        "LANGTAIL_BASE_URL": url,
        "LANGTAIL_API_KEY": LONG_KEY,
        "LANGTAIL_ASSISTANT": TARGET,
        "LANGTAIL_NB_HOME": str(folder / ".langtail"),
    }
    told = []
    first = f"import langtail_nb as lt\n%load_ext langtail_nb\n%langtail replay {mode}\nrows = {ROWS!r}"
    with started(sys.executable, env=environment, cwd=str(folder)) as kernel:
        for cell in (first, *cells):
            outputs = kernel.run(cell, cell_id=None, allow_stdin=False).outputs
            told.append([_text(outputs, on_stderr) for on_stderr in (False, True)])
    return told[1:]


def _text(outputs, on_stderr):
    found = [one for one in outputs if (one.get("name") == "stderr") is on_stderr]
    return "".join(str(one.get("text") or one.get("data", {}).get("text/plain") or one) for one in found)


def test_a_map_names_the_columns_that_are_sent_the_same_when_it_is_played(short, tmp_path):
    recorded = ran(tmp_path, short, "record", MAP)
    ((out, red),) = recorded

    assert "messages, columns of the rows (question, town), values of variables (tone) and answers" in out
    assert COMMITTED in out
    assert "1 row sends the same as another and was asked once" in out
    assert red == ""
    assert ran(tmp_path, "http://127.0.0.1:9", "only", MAP) == recorded


def test_a_sweep_names_the_columns_that_its_judges_read_too(short, tmp_path):
    ((out, _),) = ran(tmp_path, short, "auto", SWEEP)

    assert "messages, columns of the rows (question, town, right) and answers" in out
    assert COMMITTED in out


def test_without_rows_it_says_that_no_column_does(short, tmp_path):
    cells = ran(tmp_path, short, "auto --no-rows", MAP, SWEEP)

    for out, _ in cells:
        assert "replay is on: no column of the rows, but the answers stand in" in out
        assert "(question" not in out


def test_a_cell_says_it_and_what_is_private_or_stored_does_not(short, tmp_path):
    private = MAP.replace("tone", "do_not_record=True, tone")
    cell, again, unseen = ran(tmp_path, short, "auto", CELL, MAP.replace(", tone='kind'", ""), private)

    assert (COMMITTED in cell[0], cell[1]) == (True, "")
    assert COMMITTED not in "".join(again)
    assert COMMITTED not in "".join(unseen)


def test_a_function_tells_it_as_an_output_and_not_on_stderr(short, tmp_path):
    ((out, red),) = ran(tmp_path, short, "auto", "reply = lt.ask('Hi')")

    assert COMMITTED in out
    assert red == ""
