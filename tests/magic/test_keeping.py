"""What is kept of a cell's call, and what is told where it cannot be, in a real kernel."""

import sqlite3
import stat
import sys
from contextlib import closing

import pytest

from tests.kernels import kernel as start_kernel
from tests.servers import LONG_KEY, deployment

TARGET = "acme/help/support/production"
DEPLOYMENTS = {
    "support": deployment("Help."),
    "broken": deployment("Never.", fault="500"),
    "drop": deployment("Broken off.", fault="drop:2"),
}
UNKEPT = "is not on disk: cannot use "


@pytest.fixture(scope="module")
def server(echo_server):
    return echo_server


def spoil(store):
    store.parent.mkdir(exist_ok=True)
    store.write_bytes(b"no database" * 100)


def answered(ran):
    assert ran.status == "ok", ran.errors
    return ran


# How a call is made, and what its cell shows beside what must be told.
WAYS = {
    "a cell": "%%langtail\nHi",
    "quiet": "%%langtail -q\nHi",
    "side by side": "%%langtail --compare deployed\nHi",
    "side by side, quiet": "%%langtail -q --compare deployed\nHi",
    "lt.ask": "_ = lt.ask('Hi')",
    "without a text": "%%langtail broken\nHi",
    "without a text, quiet": "%%langtail -q broken\nHi",
    "a part": "%%langtail drop\nHi",
    "read along": "%env LANGTAIL_NB_LIVE=text\nget_ipython().run_cell_magic('langtail', 'broken', 'Hi')",
}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_not_on_disk_is_told_in_every_cell_that_it_concerns(kernel, store, way):
    spoil(store)
    for _ in range(2):
        said = str(kernel.run(WAYS[way]).outputs)
        assert said.count(UNKEPT) >= 1, said
    store.unlink()
    assert UNKEPT not in str(kernel.run(WAYS[way]).outputs)
    spoil(store)
    assert UNKEPT in str(kernel.run(WAYS[way]).outputs)
    kernel.run("import os; os.environ.pop('LANGTAIL_NB_LIVE', None)")


def test_a_cell_that_is_quiet_shows_nothing_where_all_is_kept(kernel, store):
    assert answered(kernel.ask("Hi", "-q")).outputs == []


def test_a_panels_answer_says_so_too(kernel, store):
    answered(kernel.run("panel = lt.panel()"))
    spoil(store)
    kernel.run("_ = panel.run('Hi')")
    shown = kernel.value("[one['note'] for one in panel.columns]")

    assert UNKEPT in shown


def test_a_cell_answers_in_a_working_directory_that_was_deleted(server, tmp_path):
    env = {"LANGTAIL_BASE_URL": server.url, "LANGTAIL_API_KEY": LONG_KEY, "LANGTAIL_ASSISTANT": TARGET}
    gone = tmp_path / "gone"
    gone.mkdir()
    with start_kernel(sys.executable, env=env, cwd=str(gone)) as kernel:
        kernel.run("%load_ext langtail_nb\nimport langtail_nb as lt, os, shutil; shutil.rmtree(os.getcwd())")
        (output,) = answered(kernel.ask("Hi")).outputs
        status = answered(kernel.run("%langtail")).text
        listed = kernel.run("%langtail runs")
        panel = answered(kernel.run("panel = lt.panel(); print(panel.run('There?').text)")).text
        kernel.run(f"%cd -q {tmp_path}")
        again = answered(kernel.ask("Again"))

    assert "user: Hi" in output["data"]["text/plain"]
    assert "is not on disk: the working directory is gone" in output["data"]["text/markdown"]
    assert "nothing: the working directory is gone" in status
    assert ["working directory is gone" in error for error in listed.errors] == [True]
    assert "user: There?" in panel
    assert "not on disk" not in str(again.outputs)
    assert (tmp_path / ".langtail" / "store.sqlite").exists()


def test_half_a_character_in_a_panels_target_does_not_break_later_cells(kernel, store):
    refused = kernel.run("lt.panel('acme/help/\\ud83d/production')")
    later = kernel.run("print('fine')")

    assert ["holds half a character" in error for error in refused.errors] == [True]
    assert later.text == "fine\n"
    assert answered(kernel.ask("Hi")).errors == []


def test_odd_rows_break_no_list_no_panel_and_no_cell(kernel, store):
    for _ in range(3):
        answered(kernel.ask("Hi"))
    with closing(sqlite3.connect(store)) as database, database:
        database.execute("UPDATE turns SET reply = ?, at = 'then' WHERE id = 1", ("[" * 90_000,))
        database.execute("UPDATE turns SET request = ?, at = 1e300 WHERE id = 2", ('{"messages": [7, {}]}',))
        database.execute(
            "INSERT INTO threads SELECT base_url, 'acme/help/support', 'old', 't-1', 1e300 FROM turns LIMIT 1"
        )

    assert answered(kernel.run("%langtail runs")).text.count("cell") == 3
    assert answered(kernel.run("%langtail diff 2 3")).errors == []
    assert "old" in answered(kernel.run("%langtail thread list --all")).text
    assert "user: Hi" in answered(kernel.run("panel = lt.panel(); print(panel.run('Hi').text)")).text


def test_status_names_the_folder_in_use(kernel, store):
    assert f"kept in      {store.parent}" in answered(kernel.run("%langtail")).text


@pytest.mark.parametrize("line", ["", "-q"])
def test_a_folder_that_others_may_write_to_is_made_private_and_told_once(kernel, store, line):
    answered(kernel.ask("Hi"))
    store.parent.chmod(0o775)
    told = [str(answered(kernel.ask("Hi", line)).outputs).count("it is private now") for _ in range(2)]

    assert (told[0] > 0, told[1]) == (True, 0)
    assert stat.S_IMODE(store.parent.stat().st_mode) == 0o700
