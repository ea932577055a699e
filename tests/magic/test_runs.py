"""Earlier calls in a real kernel: listed, searched, and as rows for a frame."""

import pytest

from tests.servers import deployment

DEPLOYMENTS = {
    "support": deployment("Help about {{topic}}.", chatInput={"topic": "orders"}),
    "500": deployment("Never.", fault="500"),
}
TARGET = "acme/help/support/production"
ROWS = "[(r['source'], r['message'], r['state']) for r in lt.runs({})]"


@pytest.fixture(scope="module")
def server(echo_server):
    return echo_server


@pytest.fixture
def asked(kernel, store):
    """A kernel in which three calls were made, the last of which failed."""
    kernel.run("import langtail_nb as lt")
    kernel.run("%%langtail -t 0.9 -v topic=cats\nWhere is my parcel?", cell_id="a")
    kernel.run("reply = lt.ask('What does a refund cost?')", cell_id="b")
    assert kernel.run("%%langtail 500/production\nWhere?", cell_id="c").status == "error"
    return kernel


def listed(kernel, line):
    ran = kernel.run(f"%langtail runs {line}")
    assert ran.status == "ok", ran.errors
    return ran.text


def test_the_list_is_searched_and_says_how_many_there_are(asked):
    text = listed(asked, "1")
    assert "acme/help/support, the newest 1 of 2" in text
    assert "refund" in text
    assert "parcel" not in text
    text = listed(asked, "TEMPERATURE parcel")
    assert "parcel" in text
    assert "refund" not in text
    assert "No such call of acme/help/support is stored here" in listed(asked, "--failed")
    assert "parcel" in listed(asked, "--this-kernel 0.9")


def test_an_option_that_there_is_not_is_named(asked):
    (error,) = asked.run("%langtail runs --faild").errors
    assert "unknown '--faild' (did you mean '--failed'?)" in error


def test_earlier_calls_are_rows_with_the_words_of_the_field(asked):
    assert asked.value(ROWS.format("")) == (
        "[('ask', 'What does a refund cost?', 'done'), ('cell', 'Where is my parcel?', 'done')]"
    )
    row = "lt.runs(search='parcel')[0]"
    shown = f"[{row}[n] for n in ('target', 'variables', 'overrides', 'model', 'finish_reason', 'error')]"
    assert asked.value(shown) == (
        "['acme/help/support/production', {'topic': 'cats'}, {'temperature': 0.9}, 'echo', 'stop', None]"
    )
    names = "('at', 'prompt_tokens', 'latency_s', 'text')"
    kinds = asked.value(f"[type({row}[name]).__name__ for name in {names}]")
    assert kinds == "['datetime', 'int', 'float', 'str']"
    assert asked.value("lt.runs(search='refund')[0]['text'] == reply.text") == "True"


def test_rows_are_chosen_by_assistant_source_and_end(asked):
    for options, sources in {
        "source='ask'": ["ask"],
        "source=['cell', 'panel']": ["cell"],
        "failed=True": [],
        "'500/production', failed=True": ["cell"],
        "all_assistants=True": ["cell", "ask", "cell"],
        "this_kernel=True, limit=1": ["ask"],
        "search='cost what'": ["ask"],
    }.items():
        assert asked.value(f"[r['source'] for r in lt.runs({options})]") == repr(sources), options


def test_a_frame_takes_the_rows(asked):
    pytest.importorskip("pandas")
    asked.run("import pandas as pd")
    assert asked.value("pd.DataFrame(lt.runs()).shape == lt.runs().to_pandas().shape == (2, 23)") == "True"
    assert asked.value("len(lt.runs(search='nowhere').to_pandas().columns)") == "23"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("source='cel'", "(did you mean 'cell'?); there are cell, ask, panel, compare, map, sweep"),
        ("limit=0", "limit is a whole number above 0 or None, not 0"),
        ("search=3", "search is text, not 3"),
        ("'triage', all_assistants=True", "give a target or all_assistants=True, not both"),
    ],
)
def test_what_cannot_be_asked_for_is_one_line(kernel, options, told):
    kernel.run("import langtail_nb as lt")
    (error,) = kernel.run(f"lt.runs({options})").errors
    assert error.splitlines()[-1].endswith(told)
