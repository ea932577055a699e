"""From the command to the first token of a real answer, as a newcomer waits for it.

    python benchmarks/quickstart.py [--runs 3] [--fresh]

Runs ``langtail-nb demo --headless`` and notes when the first text of the first answer, and the last line,
came out of it. With ``--fresh`` it first makes a virtual environment and installs this checkout into it, as
the README says, and prints what that took; pip's cache and the model are used where they are there already.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_MORE = ("   ...: ", "    ...: ")


@dataclass(frozen=True)
class Run:
    """Seconds from the command on."""

    first_token_s: float
    end_s: float


def run(python: str, folder: Path) -> Run:
    """Run the demo once in a folder."""
    began = time.perf_counter()
    command = [python, "-m", "langtail_nb", "demo", "--headless", "--folder", str(folder / "langtail-demo")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8", bufsize=1, cwd=folder
    ) as process:
        assert process.stdout is not None
        first = _first_token(process.stdout)
        process.stdout.read()
        code = process.wait()
    assert code == 0, f"the demo failed with {code}"
    return Run(first - began, time.perf_counter() - began)


def _first_token(out) -> float:  # type: ignore[no-untyped-def]
    """Return when the first character of the first answer came."""
    for line in out:
        if line.rstrip().endswith("]: %%langtail"):
            break
    assert out.readline().startswith(_MORE)
    assert out.read(1)
    return time.perf_counter()


def install(folder: Path) -> str:
    """Make a virtual environment with this checkout in it; return its Python."""
    began = time.perf_counter()
    venv.create(folder / "venv", with_pip=True)
    python = str(folder / "venv" / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "-e", f"{_ROOT}[demo]"], check=True)
    print(f"install, in a fresh environment: {time.perf_counter() - began:.0f} s")
    return python


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--fresh", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        python = install(Path(folder)) if options.fresh else sys.executable
        subprocess.run([python, "-m", "langtail_nb", "model"], check=True, stdout=subprocess.DEVNULL)
        runs = [run(python, Path(folder)) for _ in range(options.runs)]
    print(f"command to first token: {statistics.median(r.first_token_s for r in runs):.1f} s")
    print(f"command to the end of the quickstart: {statistics.median(r.end_s for r in runs):.1f} s")


if __name__ == "__main__":
    main()
