"""What a panel needs, what it keeps to itself, and its end with the kernel."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.kernels import LIMIT_S
from tests.panel.front_end import PYTHONS, SETUP, VIEW, front_end
from tests.wire import text, wire

KEY = "lt-7f3e9a1c5b2d8e604f1a"
each_python = pytest.mark.parametrize("python", PYTHONS, ids=lambda path: Path(path).parts[-3])
LOADED = "[n for n in ('ipywidgets', 'anywidget', 'markdown_it') if n in __import__('sys').modules]"
WITHOUT = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {name!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
"""


@pytest.fixture
def endless():
    answer = text("Some words that go on. " * 100_000, every_s=0.005)
    with wire({"triage": answer}) as running:
        yield running


@each_python
def test_only_a_panel_loads_widgets_and_only_its_first_answer_loads_markdown(python, panel_server, tmp_path):
    with front_end(python, home=tmp_path / "home", url=panel_server.url) as front:
        front.run(SETUP)
        front.run("%langtail", cell_id="status")
        front.run("%%langtail\nHi", cell_id="ask")
        before = front.value(LOADED)
        panel = front.opened(front.run("lt.panel()"))
        opened = front.value(LOADED)
        front.run_panel(panel, "Hi")

        assert before == "[]"
        assert opened == "['ipywidgets', 'anywidget']"
        assert front.value(LOADED) == "['ipywidgets', 'anywidget', 'markdown_it']"


@each_python
@pytest.mark.parametrize("name", ["anywidget", "markdown_it"])
def test_a_missing_package_is_named_in_one_line(python, name, panel_server, tmp_path):
    with front_end(python, home=tmp_path / "home", url=panel_server.url) as front:
        front.run(SETUP)
        front.run(WITHOUT.format(name=name))
        failed = front.run("lt.panel()")
        package = name.replace("markdown_it", "markdown-it-py")

        assert failed.errors == [
            f"ConfigurationError: the panel needs {package}: python -m pip install {package}"
        ]


@each_python
def test_the_key_is_nowhere(python, panel_server, tmp_path):
    home = tmp_path / "home"
    with front_end(python, home=home, url=panel_server.url, env={"LANGTAIL_API_KEY": KEY}) as front:
        front.run("import logging; logging.basicConfig(level=logging.DEBUG, filename='debug.log')")
        front.run(SETUP)
        panel = front.opened(front.run("lt.panel()"))
        front.wait(lambda: panel["head"]["status"] == "known", "deployment")
        front.run_panel(panel, "A question")
        front.act(panel, "compare")
        front.wait(lambda: len(panel["columns"]) == 2 and not panel["busy"], "the comparison")
        for kind in ("cell", "python", "curl", "json", "link"):
            front.act(panel, "copy", kind=kind)
        front.act(panel, "keep", column="deployed", serial=panel["columns"][0]["serial"])
        front.act(panel, "insert")
        front.wait(lambda: any("insert" in sent.content for sent in panel.custom), "the cell to insert")
        failing = front.opened(front.run("lt.panel('acme/help/500/staging')", cell_id="failing"))
        assert front.run_panel(failing, "A question")["state"] == "failed"
        shown = front.published()

    assert len([sent for sent in panel.custom if "copy" in sent.content]) == 5
    assert KEY not in shown
    files = [path for path in home.rglob("*") if path.is_file()]
    assert {"debug.log", "store.sqlite"} <= {path.name for path in files}
    for path in files:
        assert KEY.encode() not in path.read_bytes(), path


def begin(front, server):
    """Open a panel on the endless answer, run it, and wait for its first words."""
    panel = front.opened(front.run("lt.panel()"))
    asked = len(server.requests)
    front.act(panel, "message", text="Go on")
    front.act(panel, "run")
    server.until_asked(asked + 1)
    front.wait(panel.grown, "the first words")
    return panel


@each_python
def test_a_kernel_that_is_shut_down_closes_the_connection_and_keeps_what_had_come(python, endless, tmp_path):
    home = tmp_path / "home"
    with front_end(python, home=home, url=endless.url) as front:
        front.run(SETUP)
        panel = begin(front, endless)
        front.client.shutdown()
        ended = front.manager.provisioner.process.wait(LIMIT_S)
        endless.until_closed()
        shown = front.errors()

    with closing(sqlite3.connect(home / "kept" / "store.sqlite")) as store:
        rows = store.execute("SELECT state, reply FROM turns").fetchall()
    assert (ended, shown) == (0, [])
    assert [row[0] for row in rows] == ["partial"]
    assert json.loads(rows[0][1])["messages"][0]["content"].startswith("Some words that go on.")
    assert panel.grown()


@each_python
def test_a_restarted_kernel_has_a_panel_without_a_past(python, endless, tmp_path):
    with front_end(python, home=tmp_path / "home", url=endless.url) as front:
        front.run(SETUP)
        old = begin(front, endless)
        front.manager.restart_kernel()
        front.client.wait_for_ready(timeout=LIMIT_S)
        endless.until_closed()
        front.make_subshell()
        front.run(SETUP)
        ran = front.run("lt.panel()")
        panel = front.opened(ran)
        receipt = next(out for out in ran.outputs if VIEW not in out["data"])
        # What a view of the old panel still says reaches nobody.
        front.act(old, "run")
        again = begin(front, endless)

        assert panel.is_closed
        assert receipt["data"] == {"text/plain": ""}
        assert panel["columns"] == []
        assert again.column["state"] == "running"
