"""Files on disks of their own: small ones that fill up, ones that cannot be written, and where they begin."""

import os
import shutil
import subprocess
import sys

import pytest

from langtail_nb._kernel.disk.project import upwards
from langtail_nb._kernel.disk.store import Store
from langtail_nb._kernel.disk.store_error import StoreError
from tests.kernels import kernel as start_kernel
from tests.servers import LONG_KEY
from tests.wire import text, wire

CALLS = 12
FULL = "is not on disk: cannot use "


@pytest.fixture
def disk(tmp_path):
    """A disk of 256 KB."""
    path = tmp_path / "disk"
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs", str(path)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a disk")
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


def begin():
    return Store().begin_turn(source="cell", base_url="u", target="a/b/c/d", thread=None, request={})


def test_without_a_root_nothing_is_looked_for_where_a_disk_begins(disk):
    place = disk / "one" / "two"
    assert upwards(place) == [place, place.parent]

    (disk / ".git").mkdir()
    assert upwards(place) == [place, place.parent, disk]


def test_a_disk_that_cannot_be_written_is_one_line(disk, monkeypatch):
    monkeypatch.setenv("LANGTAIL_NB_HOME", str(disk))
    begin()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)

    with pytest.raises(StoreError, match=r"cannot (use|keep files in) ") as caught:
        begin()
    assert "\n" not in str(caught.value)
    with pytest.raises(StoreError, match=r"cannot use "):
        Store().recent("a/b/c")
    with pytest.raises(StoreError, match=r"cannot use "):
        Store().prune(0)


def test_each_cell_says_that_the_disk_is_full_and_none_when_it_is_not_any_more(disk, tmp_path):
    with wire({"long": text("words " * 5000, size=1000)}) as server:
        env = {
            "LANGTAIL_BASE_URL": server.url,
            "LANGTAIL_API_KEY": LONG_KEY,
            "LANGTAIL_ASSISTANT": "acme/help/long/production",
            "LANGTAIL_NB_HOME": str(disk),
        }
        with start_kernel(sys.executable, env=env, cwd=str(tmp_path)) as kernel:
            kernel.run("%load_ext langtail_nb")
            first = kernel.ask("Hi")
            (disk / "filler").write_bytes(bytes(free(disk)))
            cells = [kernel.ask("Hi", "-q" if number % 2 else "") for number in range(CALLS)]
            (disk / "filler").unlink()
            last = kernel.ask("Hi")
            listed = kernel.run("%langtail runs")

    assert [ran.status for ran in (first, *cells, last)] == ["ok"] * (CALLS + 2)
    assert [FULL in str(ran.outputs) for ran in (first, *cells, last)] == [False, *[True] * CALLS, False]
    assert listed.text.count(" cell ") == 2


def free(disk):
    found = os.statvfs(disk)
    return found.f_bavail * found.f_frsize
