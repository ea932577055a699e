"""Every notebook gives what it is committed with, to the byte, wherever and by whomever it is played."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest

from tests import places
from tests.gallery.elsewhere import YEAR_S, elsewhere, older_kernel, other_user
from tests.kernels import kernel
from tests.servers import LONG_KEY

NOTEBOOKS = sorted(places.NOTEBOOKS.glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
# Writes the notebook as it is after a run; it is the one way in which notebooks get their outputs.
EXECUTE = """
import runpy, sys
from pathlib import Path
gallery = runpy.run_path(sys.argv[1])
path = Path(sys.argv[2])
path.write_text(gallery["written"](gallery["executed"](path, path.parent)), encoding="utf-8", newline="\\n")
"""


@pytest.fixture(scope="module")
def ipykernel_6(tmp_path_factory):
    """A folder with ipykernel 6."""
    folder = older_kernel(Path(tempfile.mkdtemp(prefix="ipykernel-")))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@each_notebook
def test_nbval_finds_the_committed_outputs_again(path, tmp_path):
    """Strictly, with nothing sanitised, from an empty folder and with the network closed."""
    with elsewhere(tmp_path) as place:
        place.copy(path)
        command = ["-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", "."]
        ran = place.run(*command, "--nbval", "--nbval-current-env", "--langtail-replay=only", path.name)

    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert f"{len(code)} passed" in ran.stdout
    assert place.tried == ""


@each_notebook
def test_it_is_the_same_to_the_byte_as_another_user_in_a_year_with_the_older_kernel(path, ipykernel_6):
    # Not below pytest's own folder, into which no other user may go.
    folder = Path(tempfile.mkdtemp(prefix="gallery-"))
    folder.chmod(0o755)
    try:
        with elsewhere(folder, ahead_s=YEAR_S, user=other_user(), path=ipykernel_6) as place:
            copy = place.copy(path)
            ran = place.run("-c", EXECUTE, str(places.ROOT / ".ci" / "gallery.py"), str(copy))
            assert ran.returncode == 0, ran.stderr[-3000:]
            played, tried = copy.read_text(encoding="utf-8"), place.tried
    finally:
        shutil.rmtree(folder)

    assert played.splitlines() == path.read_text(encoding="utf-8").splitlines()
    assert tried == ""


def test_those_kernels_are_closed_and_ahead(tmp_path, ipykernel_6):
    """Else the tests above could not fail."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        elsewhere(tmp_path, ahead_s=YEAR_S, path=ipykernel_6) as place,
    ):
        port = listening.getsockname()[1]
        environment = {
            **place.environment,
            "LANGTAIL_NB_REPLAY": "off",
            "LANGTAIL_BASE_URL": f"http://127.0.0.1:{port}",
            "LANGTAIL_API_KEY": LONG_KEY,
        }
        with kernel(sys.executable, env=environment, cwd=str(tmp_path)) as started:
            assert started.value("__import__('ipykernel').__version__").startswith("'6.")
            direct = started.run(f"import socket; socket.create_connection(('127.0.0.1', {port}))")
            assert "the network is closed" in direct.errors[0]
            assert started.run("%load_ext langtail_nb").status == "ok"
            assert started.ask("Hi", "acme/support/triage/staging").status == "error"
            years = "datetime.date.today().year - int(subprocess.check_output(['date', '+%Y']))"
            assert started.run("import datetime, subprocess").status == "ok"
            assert started.value(years) in ("1", "2")

    assert place.tried.count(f"('127.0.0.1', {port})") >= 2
