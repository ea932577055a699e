"""What is written into a project is in the table of files, and nothing else."""

import os
import sys
from fnmatch import fnmatch

from langtail_nb._kernel.files import FILES
from tests.kernels import kernel

CELLS = """\
%load_ext langtail_nb
%langtail local --engine echo
%langtail replay auto
%langtail replay vary topic
%langtail run
"""


def test_a_kernel_that_does_all_of_it_writes_the_files_of_the_table_and_no_others(tmp_path):
    (tmp_path / "pyproject.toml").touch()
    with kernel(sys.executable, cwd=str(tmp_path)) as started:
        ran = started.run(CELLS)
        asked = started.ask("How long does delivery take?", cell_id="cell-2")
    assert (ran.errors, asked.errors) == ([], [])
    written = {
        os.path.relpath(os.path.join(folder, name), tmp_path)
        for folder, _, names in os.walk(tmp_path)
        for name in names
    } - {"pyproject.toml"}

    plain = {name.removesuffix("-wal").removesuffix("-shm") for name in written}
    assert {name for name in plain if not any(fnmatch(name, form) for form in FILES)} == set()
    # The last is written by pytest's plugin alone.
    assert {form for form in FILES if not any(fnmatch(name, form) for name in plain)} == {
        ".langtail/replay/.last-run"
    }
