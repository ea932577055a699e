"""What type checkers say of the public API: api.py marks the calls that they must refuse."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.servers import missing

ROOT = Path(__file__).parents[2]
LIMIT_S = 300


def check(*command, **environment):
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_mypy_takes_the_right_calls_and_refuses_the_wrong_ones():
    if find_spec("mypy") is None:
        missing("mypy")
    check("mypy", "tests/typing/api.py")


def test_pyright_agrees_in_its_strict_mode():
    if find_spec("pyright") is None:
        missing("pyright")
    # It asks the network for a newer one otherwise; what it needs comes with the package.
    check("pyright", "--pythonpath", sys.executable, PYRIGHT_PYTHON_IGNORE_WARNINGS="1")


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_a_call_that_is_no_longer_refused_is_an_error(checker, tmp_path):
    """The comments would say nothing if a checker left out those without effect."""
    if find_spec(checker) is None:
        missing(checker)
    (tmp_path / "api.py").write_text("x: int = 1  # type: ignore[assignment]\n")
    configured = {
        "mypy": ["mypy", "--config-file", str(ROOT / "pyproject.toml"), str(tmp_path / "api.py")],
        "pyright": ["pyright", "-p", str(tmp_path)],
    }
    settings = (ROOT / "pyproject.toml").read_text().replace("tests/typing/api.py", "api.py")
    (tmp_path / "pyproject.toml").write_text(settings)

    with pytest.raises(AssertionError, match=r"(?i)unused|unnecessary"):
        check(*configured[checker], PYRIGHT_PYTHON_IGNORE_WARNINGS="1")
