"""``--rows`` in a cell of a real kernel: one output, one value, nothing sent twice."""

from itertools import count

import pytest

from tests.servers import deployment

DEPLOYMENTS = {
    "triage": deployment("On {{topic}}."),
    "stall": deployment("Never.", fault="stall-before"),
    "slow": deployment("Slowly.", fault="slow"),
}
TARGET = "acme/help/triage/staging"
numbers = count()
ROWS = "[{'q': 'a?', 'topic': 'x', 'expected': 'secret'}, {'q': 'b?', 'topic': 'y', 'expected': 'secret'}]"


@pytest.fixture(scope="module")
def server(echo_server):
    return echo_server


@pytest.fixture
def asked(kernel, server):
    """Returns the calls that the server was sent since; ``rows`` are the kernel's."""
    assert kernel.run(f"rows = {ROWS}").status == "ok"
    mark = server.mark()
    return lambda: [entry for entry in server.requests(mark) if entry["provider"] is not None]


def test_the_body_is_asked_once_for_each_row_filled_from_it(kernel, asked):
    ran = kernel.run("%%langtail --rows rows -o found\nWhat of {{q}}")

    assert ran.status == "ok", ran.errors

    contents = sorted(one["body"]["messages"][-1]["content"] for one in asked())
    assert contents == ["What of a?", "What of b?"]
    assert "secret" not in str(asked())
    assert kernel.value("[reply.text for reply in found] == [reply.text for reply in _]") == "True"
    assert "2 of 2 rows answered" in str(ran.outputs)


def test_the_same_cell_again_sends_nothing(kernel, asked):
    cell = "%%langtail --rows rows\nAgain {{q}}"
    kernel.run(cell)
    sent = len(asked())

    kernel.run(cell)

    assert sent == len(asked()) == 2


def test_run_takes_the_message_from_a_column_and_needs_no_body(kernel, asked):
    kernel.run("%langtail run --rows rows --message q -o found")

    assert sorted(one["body"]["messages"][-1]["content"] for one in asked()) == ["a?", "b?"]
    assert kernel.value("len(found)") == "2"


def test_a_dry_run_shows_the_plan_and_sends_nothing(kernel, asked):
    ran = kernel.run("%%langtail --rows rows --dry-run\nDry {{q}}")

    assert "1 setting × 2 rows = 2 calls" in str(ran.outputs)
    assert "Nothing was sent." in str(ran.outputs)
    assert asked() == []


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("%%langtail --rows rows --message q\nWhat?", "leave out one of them"),
        ("%langtail run --message q", "--message belongs to --rows"),
        ("%%langtail --rows rows\nWhat of {{wrong}}", "{{wrong}} is no column of the rows"),
        ("%%langtail --rows rows --thread a\nWhat?", "--thread and --rows exclude each other"),
        ("%langtail run --rows rows --message w", "--message w is no column of the rows"),
        ("%%langtail --rows [] \nWhat?", "there are 0 rows"),
        ("%%langtail --rows 'abc'\nWhat?", "rows must be a list of dicts or a DataFrame"),
        ("%%langtail --rows rows --budget much\nWhat?", "budget takes"),
        ("%%langtail --rows [{'q':n}for(n)in(range(101))]\nWhat of {{q}}", "101 calls to send need a budget"),
    ],
)
def test_what_cannot_be_asked_is_one_line_and_nothing_is_sent(kernel, asked, cell, told):
    ran = kernel.run(cell)

    (line,) = ran.errors
    assert told in line
    assert asked() == []


def test_an_interrupt_is_prompt_and_what_was_there_is_bound(kernel, asked):
    ran = kernel.send("%%langtail stall --rows rows -o stopped\nWhat of {{q}}")
    kernel.until(ran, lambda one: bool(one.outputs), "the progress")
    kernel.interrupt()
    kernel.finish(ran)

    (line,) = ran.errors
    assert "stopped: 0 of 2 answers are there and stored; run it again" in line
    assert kernel.value("(len(stopped), stopped.failed)") == "(2, [0, 1])"
    assert kernel.run("%%langtail --rows rows\nAfter it {{q}}").status == "ok"


PLAN = "lt.sweep('slow', {{'temperature': {}}}, [{{'q': 'a?'}}, {{'q': 'b?'}}], message='q')"


def swept(kernel, cell):
    """What a cell does with a temperature that none has had, in a front end that shows what grows."""
    kernel.run("import os, langtail_nb as lt\nos.environ['LANGTAIL_NB_LIVE'] = '1'")
    ran = kernel.run(cell.format(next(numbers) / 100))
    assert ran.status == "ok", ran.errors
    return ran


@pytest.mark.parametrize(
    "cell",
    [
        f"{PLAN}.run()",
        f"run = {PLAN}.run()\nrun",
        f"run = {PLAN}.run()\ndisplay(run)",
        f"await {PLAN}",
        "%%langtail slow --rows rows --temperature {}\nSlow {{{{q}}}}",
        "%%langtail slow --sweep temperature=deployed,{}\nSlow?",
    ],
)
def test_where_a_report_follows_the_progress_gives_way_to_it(kernel, asked, cell):
    ran = swept(kernel, cell)
    progress, *reports = ran.outputs

    assert "answered" in ran.of("display_data")[0].data["text/plain"]
    assert progress["data"] == {"text/plain": ""}
    assert reports


@pytest.mark.parametrize(
    "cell", [f"{PLAN}.run();", f"run = {PLAN}.run()", f"run = {PLAN}.run()\nfor _ in []: pass"]
)
def test_where_nothing_follows_one_line_of_the_progress_stays(kernel, asked, cell):
    (progress,) = swept(kernel, cell).outputs

    assert "  4 of 4 answered" in progress["data"]["text/plain"]


def test_a_run_that_ends_after_its_cell_leaves_its_line(kernel, asked):
    kernel.run("import asyncio")
    ran = swept(kernel, f"async def later(): await {PLAN}\nasyncio.create_task(later())")
    later = kernel.run("await _;")

    messages = [one for cell in (ran, later) for one in cell.of("display_data", "update_display_data")]
    line = messages[-1].data["text/plain"]
    assert "  4 of 4 answered" in line
