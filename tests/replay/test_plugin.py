"""The plugin of pytest: it does nothing unless asked, and then tests and notebooks play their calls."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import entry_points

import nbformat
import pytest

from langtail_nb._replay.last_run import last_run
from langtail_nb._replay.recording import Recording
from tests.places import ROOT, SOCKETS
from tests.servers import LONG_KEY, inherited

# Named where no installed package names it: twice would be once too often.
ITSELF = [] if entry_points(group="pytest11", name="langtail_nb") else ["-p", "langtail_nb._replay.plugin"]
TARGET = "acme/support/support/production"
_ASKS = f"""
import os
import pytest
import langtail_nb as lt

@pytest.mark.langtail_replay({{marker}})
def test_asks(langtail_replay):
    assert "Hi" in lt.ask("Hi", target="{TARGET}").text
    print("SEEN", langtail_replay.mode, len(langtail_replay.replayed), len(langtail_replay.recorded))

def test_is_left_alone():
    assert "LANGTAIL_NB_REPLAY" not in os.environ
"""


@pytest.fixture
def run(server, tmp_path):
    """Runs pytest in a folder of this test, with a key or none."""

    def run(*words, url=server.url, **variables):
        environment = {
            **inherited("CI", "PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT"),
            "PYTHONPATH": os.pathsep.join(map(str, (ROOT, SOCKETS))),
            "LANGTAIL_NB_HOME": str(tmp_path / ".langtail"),
            "LANGTAIL_API_KEY": LONG_KEY,
            "LANGTAIL_BASE_URL": url,
            **variables,
        }
        command = [sys.executable, "-m", "pytest", *ITSELF, "-p", "no:cacheprovider"]
        done = subprocess.run(
            [*command, "-s", "-c", "/dev/null", "--rootdir", str(tmp_path), *map(str, words)],
            env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    return run


NOWHERE = "http://127.0.0.1:9"


def test_a_marked_test_records_and_then_plays(run, tmp_path):
    path = tmp_path / "test_one.py"
    path.write_text(_ASKS.format(marker=""), encoding="utf-8")
    code, said = run(path)
    assert code == 0, said
    assert "SEEN auto 0 3" in said

    code, said = run(path, url=NOWHERE, CI="1")
    assert code == 0, said
    assert "SEEN only 3 0" in said


def test_the_option_sets_the_mode_of_a_session_and_a_line_says_what_was_played(run, tmp_path):
    path = tmp_path / "test_one.py"
    path.write_text(
        f'import langtail_nb as lt\ndef test_it():\n    lt.ask("Hi", target="{TARGET}")\n', encoding="utf-8"
    )
    code, said = run("--langtail-replay=record", path)
    assert code == 0, said
    assert "langtail replay record: 0 replayed, 3 recorded, 0 missing, 0 unused" in said
    code, said = run("--langtail-replay=only", path, url=NOWHERE)
    assert "langtail replay only: 3 replayed, 0 recorded, 0 missing, 0 unused" in said
    path.write_text(path.read_text().replace("Hi", "Ho"), encoding="utf-8")
    code, said = run("--langtail-replay=only", path, url=NOWHERE)

    assert code == 1
    assert "1 missing, 1 unused" in said


def test_a_test_may_demand_that_all_that_is_recorded_is_used(run, tmp_path):
    path = tmp_path / "test_one.py"
    path.write_text(_ASKS.format(marker='"auto"').replace('"Hi"', '"Hi there"'), encoding="utf-8")
    assert run(path)[0] == 0
    path.write_text(_ASKS.format(marker='"auto", unused="fail"'), encoding="utf-8")
    code, said = run(path)

    assert code == 1
    assert "1 recorded and not used: acme.support.support.production" in said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--langtail-replay=recrod"], r"replay is auto, record, only or off, not 'recrod' \(did you mean"),
        (["--langtail-replay", "test_one.py"], "before a path write --langtail-replay=MODE"),
    ],
)
def test_a_mode_that_is_none_is_named(run, tmp_path, words, told):
    code, said = run(*words)

    assert code == 4
    assert re.search(told, said)


def test_a_notebook_under_nbval_plays_in_its_kernel_without_a_key(run, tmp_path):
    path = tmp_path / "one.ipynb"
    book = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("%load_ext langtail_nb"),
            nbformat.v4.new_code_cell(f"%%langtail {TARGET}\nWhere is it?"),
            nbformat.v4.new_code_cell(f"%%langtail {TARGET}\nAnd now?"),
        ]
    )
    nbformat.write(book, path)
    nbval = ("--nbval-lax", "--nbval-current-env")
    code, said = run(*nbval, "--langtail-replay=auto", path)
    assert code == 0, said
    code, said = run(
        *nbval, "--langtail-replay=only", path, url="https://nowhere.invalid", LANGTAIL_API_KEY=""
    )

    assert code == 0, said
    assert "langtail replay only: 4 replayed, 0 recorded, 0 missing, 0 unused" in said
    assert last_run(tmp_path / ".langtail/replay").covers(path)


def test_a_whole_run_keeps_what_each_notebook_and_test_used(run, tmp_path):
    path, other = tmp_path / "test_one.py", tmp_path / "test_two.py"
    for file, question in ((path, "Hi"), (other, "Ho")):
        file.write_text(
            f'import langtail_nb as lt\ndef test_it():\n    lt.ask("{question}", target="{TARGET}")\n',
            encoding="utf-8",
        )
    assert run("--langtail-replay=record", path, other)[0] == 0
    known = last_run(tmp_path / ".langtail/replay")
    assert known.covers(path)
    assert known.covers(other)
    assert len(known.used) == len(Recording(tmp_path / ".langtail/replay").exchanges)

    assert run("--langtail-replay=only", f"{path}::test_it", url=NOWHERE)[0] == 0
    assert last_run(tmp_path / ".langtail/replay") == known
    assert run("--langtail-replay=only", path, url=NOWHERE)[0] == 0
    assert not last_run(tmp_path / ".langtail/replay").covers(other)


def test_it_lives_beside_other_plugins_that_answer_for_a_network(run, tmp_path):
    path = tmp_path / "test_one.py"
    path.write_text(
        _ASKS.format(marker="")
        + """
import httpx
import socket

def test_others_mock_as_ever(respx_mock):
    respx_mock.get("https://example.com/").respond(204)
    assert httpx.get("https://example.com/").status_code == 204

@pytest.mark.block_network
def test_nothing_is_sent(langtail_replay):
    with pytest.raises(RuntimeError, match="disabled"):
        socket.create_connection(("127.0.0.1", 9))
    assert lt.ask("Hi", target="acme/support/support/production").text
    assert langtail_replay.replayed

def test_another_mocks_too(httpx_mock):
    httpx_mock.add_response(status_code=204)
    assert httpx.get("https://example.com/").status_code == 204
""",
        encoding="utf-8",
    )
    code, said = run(path, "--record-mode=none")
    assert code == 0, said
    code, said = run(path, "--block-network", "--langtail-replay=only", "-k not alone", url=NOWHERE)
    assert code == 0, said
    assert "4 passed" in said


def test_it_loads_in_a_few_milliseconds_and_loads_nothing_of_the_package():
    code = (
        "import sys, pytest; before = set(sys.modules); import langtail_nb._replay.plugin; "
        "print(sorted(name for name in set(sys.modules) - before if name.startswith('langtail_nb.')))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    parts = {"_errors", "_environment", "_version", "_text", "_text.characters", "_sweep", "_sweep.faces"}

    assert set(re.findall(r"langtail_nb\.([\w.]+)", said)) <= {*parts, "_replay", "_replay.plugin"}
