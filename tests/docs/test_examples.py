"""Every public name has an example in its docstring, and the example is true."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.docs.examples import DEPLOYMENTS, NAMES, docstring
from tests.places import ROOT
from tests.servers import LONG_KEY, echo, inherited


@pytest.fixture(scope="module")
def went_wrong(tmp_path_factory):
    """What went wrong with each name's example, from a process of its own."""
    folder = tmp_path_factory.mktemp("examples")
    with echo(DEPLOYMENTS, folder) as server:
        given = {
            "LANGTAIL_BASE_URL": server.url,
            "LANGTAIL_API_KEY": LONG_KEY,
            "LANGTAIL_ASSISTANT": "local/demo/support/production",
            "LANGTAIL_NB_HOME": str(folder / "home"),
            "IPYTHONDIR": str(folder / "ipython"),
            "PYTHONPATH": str(ROOT),
            "PYTHONIOENCODING": "utf-8",
        }
        ran = subprocess.run(
            [sys.executable, "-m", "tests.docs.examples"],
            env={**inherited(), **given},
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            timeout=240,
        )
    lines = [line for line in ran.stdout.splitlines() if line.startswith('["langtail_nb')]
    assert ran.returncode == 0, ran.stderr
    return dict(map(json.loads, lines))


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_has_an_example_that_is_true(name, went_wrong):
    assert went_wrong[name] is not None, f"{name} has no example in its docstring:\n{docstring(name)}"
    assert went_wrong[name] == ""
