"""``--sweep`` and ``--score`` in a cell of a real kernel: settings side by side or in a table, one value."""

import pytest

from tests.servers import deployment

DEPLOYMENTS = {"triage": deployment("On {{topic}}.")}
TARGET = "acme/help/triage/staging"
ROWS = "[{'q': 'a?', 'who': 'x'}, {'q': 'b?', 'who': 'y'}, {'q': 'c?', 'who': 'y'}]"


@pytest.fixture(scope="module")
def server(echo_server):
    return echo_server


@pytest.fixture
def asked(kernel, server):
    """Returns the bodies that the server was sent since; ``rows`` and ``lt`` are the kernel's."""
    assert kernel.run(f"import langtail_nb as lt\nrows = {ROWS}").status == "ok"
    mark = server.mark()
    return lambda: [entry["body"] for entry in server.requests(mark) if entry["provider"] is not None]


def plain_of(ran):
    """The text of a cell, without the lines on its way."""
    return ran.text


def test_settings_on_one_body_stand_side_by_side_with_deployed_first(kernel, asked):
    ran = kernel.run("%%langtail -v topic=y --sweep temperature=deployed,0.2,1 -o found\nHow long?")

    assert ran.status == "ok", ran.errors
    assert [body.get("temperature") for body in sorted(asked(), key=lambda b: b.get("temperature") or 0)] == [
        None,
        0.2,
        1,
    ]
    plain = plain_of(ran)
    assert plain.index("== deployed") < plain.index("== temperature 0.2") < plain.index("== temperature 1")
    assert kernel.value("found is _ and [one.label for one in found.settings]") == (
        "['deployed', 'temperature 0.2', 'temperature 1']"
    )


def test_the_same_cell_again_sends_nothing_and_shows_the_same(kernel, asked):
    cell = "%%langtail --sweep temperature=0.3,0.6\nOnce only"
    first = kernel.run(cell)
    sent = len(asked())

    second = kernel.run(cell)

    assert sent == len(asked()) == 3
    assert plain_of(first) == plain_of(second)


def test_several_sweeps_make_a_grid_and_the_cells_own_options_go_with_all_but_deployed(kernel, asked):
    ran = kernel.run("%%langtail --seed 7 --user u1 --sweep temperature=0.1,0.9 --sweep top_p:=[0.5]\nHi")

    assert ran.status == "ok", ran.errors
    sent = {(one.get("temperature"), one.get("top_p"), one.get("seed"), one["user"]) for one in asked()}
    assert sent == {(None, None, None, "u1"), (0.1, 0.5, 7, "u1"), (0.9, 0.5, 7, "u1")}
    assert "seed goes with every setting but deployed" in str(ran.outputs)


def test_values_by_name_are_called_by_it(kernel, asked):
    kernel.run("prompts = {'short': [{'role': 'system', 'content': 'Be brief.'}]}")
    ran = kernel.run("%%langtail --sweep template:=prompts -o named\nBy name")

    assert ran.status == "ok", ran.errors
    assert kernel.value("[one.label for one in named.settings]") == "['deployed', 'template short']"


def test_rows_with_repeats_and_scores_make_a_run_of_every_trial(kernel, asked):
    ran = kernel.run(
        "%%langtail --rows rows --sweep temperature=0.2 --repeats 2 --unit who "
        "--score lt.contains('a') --score mine:=(lambda answer,row:len(answer)>0) -o run\nWhat of {{q}}"
    )

    assert ran.status == "ok", ran.errors
    assert len(asked()) == 12
    assert kernel.value("(len(run.outcomes), run.repeats, run.rows.unit, list(run.scores))") == (
        "(12, 2, 'who', ['contains', 'mine'])"
    )
    assert kernel.value("run is _") == "True"


def test_rows_with_a_score_and_no_sweep_hold_the_cells_options_beside_deployed(kernel, asked):
    ran = kernel.run("%langtail run --rows rows --message q -t 0.4 --score lt.contains('a') -o one")

    assert ran.status == "ok", ran.errors
    assert kernel.value("[one.label for one in one.settings]") == "['deployed', 'temperature 0.4']"


def test_a_prefix_sends_the_conversation_ahead_of_every_call(kernel, asked):
    kernel.run("%%langtail --new-thread\nI am Ada.")

    kernel.run("%%langtail --prefix --sweep temperature=0.2\nWho am I?")
    kernel.run("%%langtail --rows [{'q':1}] --prefix\nWho {{q}}?")

    for body in asked()[1:]:
        assert body["messages"][0]["content"] == "I am Ada."
        assert "threadId" not in body


def test_a_dry_run_shows_the_plan_and_sends_nothing(kernel, asked):
    ran = kernel.run("%%langtail --sweep temperature=0,1 --repeats 3 --dry-run\nDry")

    assert "3 settings × 1 row × 3 repeats = 9 calls" in str(ran.outputs)
    assert "Nothing was sent." in str(ran.outputs)
    assert asked() == []


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        (
            "%%langtail --sweep temperature=0 --compare deployed\nx",
            "--compare and --sweep exclude each other",
        ),
        ("%%langtail --sweep temprature=0\nx", "--sweep: unknown parameter 'temprature' (did you mean"),
        ("%%langtail --sweep temperature=5\nx", "--sweep: temperature must be"),
        ("%%langtail --sweep temperature=0,,1\nx", "--sweep temperature has an empty value"),
        ("%%langtail --sweep temperature\nx", "write --sweep NAME=V1,V2,..."),
        ("%%langtail --sweep top_p=0 --sweep top_p=1\nx", "--sweep top_p is given twice"),
        ("%%langtail --repeats 2\nx", "--repeats belongs to --rows or --sweep"),
        ("%%langtail --score lt.length()\nx", "--score belongs to --rows or --sweep"),
        ("%%langtail --sweep top_p=0 --unit who\nx", "--unit belongs to --rows"),
        ("%%langtail --sweep top_p=0 --thread a\nx", "--thread and --sweep exclude each other"),
        ("%%langtail --sweep top_p=0 --repeats no\nx", "--repeats must be a whole number"),
        ("%%langtail --sweep top_p=0 --score right:=nothere\nx", "--score right:=nothere"),
        ("%%langtail --sweep top_p=0 --prefix nobody\nx", "no thread 'nobody'"),
        ("%%langtail --sweep top_p:=[n/200for(n)in(range(1,200))]\nx", "need a budget"),
    ],
)
def test_what_cannot_be_asked_is_one_line_and_nothing_is_sent(kernel, asked, cell, told):
    ran = kernel.run(cell)

    (line,) = ran.errors
    assert told in line
    assert asked() == []
