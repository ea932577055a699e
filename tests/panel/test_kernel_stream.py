"""A panel's answers in real kernels: how they come, and that a busy kernel does not hold them up."""

import json
from contextlib import contextmanager
from pathlib import Path

import pytest

from langtail_nb._panel.blocks import Blocks
from tests.panel.front_end import PYTHONS, SETUP, front_end
from tests.wire import forever, piece, text, then, wire

PARAGRAPHS = "".join(
    f"Paragraph {number} of a **long** answer; it holds `code` and a few more words.\n\n"
    for number in range(520)
)
LISTING = (
    "```\n" + "".join(f"line {number} of a listing that is one block\n" for number in range(1000)) + "```\n"
)
ANSWERS = {
    "paragraphs": text(PARAGRAPHS, every_s=0.0005),
    "listing": text(LISTING, every_s=0.0005),
    "steady": text(PARAGRAPHS * 20, every_s=0.005),
    "short": text("One line."),
    "silent": forever,
    "stall": then(piece("Begun"), after=forever),
}
BLOCKED = {
    "asleep": "import os, time\nwhile not os.path.exists({flag!r}):\n    time.sleep(0.05)",
    "computing": "import os\nwhile not os.path.exists({flag!r}):\n    sum(range(10_000))",
}


@pytest.fixture(scope="module")
def server():
    with wire(ANSWERS) as running:
        yield running


@pytest.fixture(scope="module", params=PYTHONS, ids=lambda path: Path(path).parts[-3])
def front(request, server, tmp_path_factory):
    with front_end(request.param, home=tmp_path_factory.mktemp("front"), url=server.url) as started:
        assert started.run(SETUP).status == "ok"
        yield started
        assert started.errors() == []


def opened(front, slug, cell_id="panel"):
    """A panel whose deployment cannot be read, which keeps it from nothing here."""
    panel = front.opened(front.run(f"lt.panel('acme/help/{slug}/staging')", cell_id=cell_id))
    front.wait(lambda: panel["head"]["status"] == "unreadable", "deployment")
    return panel


@contextmanager
def blocked(front, tmp_path, how="asleep"):
    """The kernel's main thread is busy inside the block, whatever comes."""
    flag = tmp_path / "go-on"
    cell = front.send(BLOCKED[how].format(flag=str(flag)), cell_id="blocking")
    front.until(cell, lambda cell: cell.of("execute_input"))
    try:
        yield cell
        assert not cell.idle_at
    finally:
        flag.touch()
        assert front.finish(cell).status == "ok"


@pytest.mark.parametrize("slug", ["paragraphs", "listing"])
def test_forty_kilobytes_come_in_at_most_25_messages_a_second(front, slug):
    panel = opened(front, slug)
    column = front.run_panel(panel, "Go on")
    grown = panel.grown()
    took = grown[-1].at - grown[0].at
    whole = {"paragraphs": PARAGRAPHS, "listing": LISTING}[slug]
    size = sum(sent.bytes for sent in panel.custom)
    print(
        f"{len(grown)} messages in {took:.1f} s, {size:,} bytes for {len(whole):,}; "
        f"traits {len(panel.changes)}, {sum(c.bytes for c in panel.changes):,}"
    )

    assert column["state"] == "done"
    assert len(grown) <= 25 * took + 2
    # At most 170 KB a second of what is shown anew, and each finished block once.
    assert size <= 170_000 * took + 4 * len(whole)


def test_a_finished_block_is_sent_once_and_is_the_same_in_a_view_made_later(front):
    panel = opened(front, "paragraphs")
    front.run_panel(panel, "Go on")
    front.act(panel, "hello")
    front.wait(lambda: "full" in panel.custom[-1].content, "an answer to hello")
    (full,) = panel.custom[-1].content["full"]

    assert panel.blocks() == full["add"] == Blocks().finish(PARAGRAPHS).add
    assert len(panel.blocks()) == 520
    assert full["tail"] is None


def test_a_trait_holds_no_word_of_the_answer_while_it_comes(front):
    panel = opened(front, "paragraphs")
    front.run_panel(panel, "Go on")
    while_running = [
        c for c in panel.changes if "columns" in c.content and c.content["columns"][0]["state"] == "running"
    ]

    assert while_running
    assert "Paragraph" not in json.dumps([change.content for change in while_running])


@pytest.mark.parametrize("how", BLOCKED)
def test_a_run_goes_on_while_a_cell_blocks_the_kernel(front, tmp_path, server, how):
    panel = opened(front, "steady")
    front.act(panel, "message", text="Go on")
    front.act(panel, "run")
    front.wait(panel.grown, "the first words")
    with blocked(front, tmp_path, how):
        before, blocks = len(panel.grown()), len(panel.blocks())
        front.wait(lambda: len(panel.grown()) > before + 5 and len(panel.blocks()) > blocks, "more")
    front.act(panel, "stop", column=None)

    assert front.until_ended(panel)["state"] == "stopped"


@pytest.mark.parametrize("how", BLOCKED)
def test_stop_is_heard_while_a_cell_blocks_a_kernel_with_subshells(front, tmp_path, server, how):
    """Elsewhere it is heard when the cell has ended."""
    panel = opened(front, "steady")
    closed = len(server.closed)
    front.act(panel, "message", text="Go on")
    front.act(panel, "run")
    front.wait(panel.grown, "the first words")
    # What a cell changes is published from the main shell, where ipykernel 7.4 would then look for the click.
    front.run("lt.settings.seed = 1; lt.settings.seed = None", cell_id="set")
    with blocked(front, tmp_path, how):
        front.act(panel, "stop", column=None)
        if front.subshell is not None:
            server.until_closed(closed + 1)
            assert front.until_ended(panel)["state"] == "stopped"
    server.until_closed(closed + 1)

    assert front.until_ended(panel)["state"] == "stopped"
    assert panel.blocks()


def test_a_panel_runs_and_stops_while_a_cell_blocks_a_kernel_with_subshells(front, tmp_path, server):
    if front.subshell is None:
        pytest.skip("this kernel has no subshells")
    panel = opened(front, "steady")
    closed = len(server.closed)
    with blocked(front, tmp_path):
        front.act(panel, "message", text="Go on")
        front.act(panel, "run")
        front.wait(panel.grown, "the first words")
        front.act(panel, "stop", column="run")
        server.until_closed(closed + 1)
        front.until_ended(panel)
        front.wait(lambda: "Paragraph 0" in str(front.receipts()[-1]["content"]), "the receipt")

    assert panel.column["state"] == "stopped"


@pytest.mark.parametrize("slug", ["silent", "stall"])
def test_a_run_that_hears_nothing_more_can_be_stopped(front, server, slug):
    panel = opened(front, slug)
    asked, closed = len(server.requests), len(server.closed)
    front.act(panel, "message", text="Go on")
    front.act(panel, "run")
    server.until_asked(asked + 1)
    front.act(panel, "stop", column=None)
    server.until_closed(closed + 1)

    assert front.until_ended(panel)["state"] == "stopped"


def test_a_run_in_place_of_another_stops_it_and_has_a_serial_of_its_own(front, server):
    panel = opened(front, "steady")
    closed = len(server.closed)
    front.act(panel, "message", text="Go on")
    front.act(panel, "run")
    front.wait(panel.grown, "the first words")
    first = panel.column["serial"]
    front.act(panel, "run")
    server.until_closed(closed + 1)
    front.wait(lambda: panel.grown()[-1].content["grow"]["serial"] > first, "the second answer")

    assert panel.column["serial"] > first
    front.act(panel, "stop", column=None)
    front.until_ended(panel, first)


def test_run_and_stop_at_once_leave_nothing_running(front, server):
    panel = opened(front, "steady")
    front.act(panel, "message", text="Go on")
    for _ in range(20):
        front.act(panel, "run")
        front.act(panel, "stop", column=None)
    front.act(panel, "hello")
    front.wait(lambda: any("full" in sent.content for sent in panel.custom), "an answer to hello")

    assert front.until_ended(panel)["state"] == "stopped"


def test_an_interrupt_stops_a_run_that_a_cell_waits_for(front, server):
    panel = opened(front, "steady")
    asked, closed = len(server.requests), len(server.closed)
    cell = front.send("_.run('Go on')", cell_id="waiting")
    server.until_asked(asked + 1)
    front.wait(panel.grown, "the first words")
    front.interrupt()
    front.finish(cell)
    server.until_closed(closed + 1)

    assert (cell.status, cell.errors) == (
        "error", ["Interrupted: stopped; a trial adds nothing to the conversation"]
    )  # fmt: skip
    assert panel.column["state"] == "stopped"
    front.forgive(cell)


def test_closing_a_panel_stops_its_run(front, server):
    panel = opened(front, "steady")
    closed = len(server.closed)
    front.act(panel, "message", text="Go on")
    front.act(panel, "run")
    front.wait(panel.grown, "the first words")
    opened(front, "short")
    server.until_closed(closed + 1)

    assert panel.is_closed
