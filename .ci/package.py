"""Build what a release hands out, and try it as its reader gets it.

    python .ci/package.py version      # prints the version
    python .ci/package.py dist         # needs `build` and `twine`; writes the sdist and the wheel into dist/

Both are built twice and must have the same bytes, and so must the wheel that the sdist gives. Then the wheel
is installed where there is neither a compiler nor node, and used.
"""

from __future__ import annotations

import hashlib
import os
import runpy
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from email.parser import Parser
from pathlib import Path

ROOT = Path(__file__).parents[1]
MOST_BYTES = 3_000_000
NEEDED = {"Name": "langtail-nb", "License-Expression": "MIT", "Description-Content-Type": "text/markdown"}
USED = """
import langtail_nb as lt
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell()
shell.run_line_magic("load_ext", "langtail_nb")
assert shell.find_cell_magic("langtail")
assert lt.grid(temperature=[0, 1])
"""


def version() -> str:
    """Return the version that the package has."""
    return str(runpy.run_path(str(ROOT / "langtail_nb" / "_version.py"))["__version__"])


def made_at() -> str:
    """Return the time of the last commit, which stands in each archive in place of the time of building."""
    words = ["git", "log", "-1", "--format=%ct"]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def build(folder: Path) -> dict[str, bytes]:
    """Build sdist and wheel; return the bytes of each by its name."""
    for kind in ("--sdist", "--wheel"):
        subprocess.run(
            [sys.executable, "-m", "build", "--outdir", str(folder), kind, str(ROOT)],
            stdout=subprocess.DEVNULL, check=True,
        )  # fmt: skip
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def from_sdist(sdist: Path, folder: Path) -> bytes:
    """Return the wheel that the sdist gives."""
    unpacked = folder / "unpacked"
    shutil.unpack_archive(sdist, unpacked, filter="data")
    (source,) = unpacked.iterdir()
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder / "again"), str(source)],
        stdout=subprocess.DEVNULL, check=True,
    )  # fmt: skip
    (wheel,) = (folder / "again").iterdir()
    return wheel.read_bytes()


def check_metadata(wheel: Path) -> None:
    """Fail where the wheel says of itself what is not so, or holds what nobody needs."""
    with zipfile.ZipFile(wheel) as held:
        names = held.namelist()
        (path,) = [name for name in names if name.endswith(".dist-info/METADATA")]
        said = Parser().parsestr(held.read(path).decode())
    wrong = {name: said[name] for name, wanted in NEEDED.items() if said[name] != wanted}
    assert not wrong, wrong
    assert said["Version"] == version(), said["Version"]
    assert any(name.endswith("langtail_nb/py.typed") for name in names), "no py.typed"
    stray = [
        name
        for name in names
        if "node_modules" in name or name.endswith((".ts", ".pyc")) or "/tests/" in name
    ]
    assert not stray, stray[:5]
    assert wheel.stat().st_size < MOST_BYTES, f"{wheel.stat().st_size:,} bytes"


def use(wheel: Path, folder: Path) -> None:
    """Install the wheel in an environment of its own, without compiler and node, and use it."""
    venv.create(folder / "clean", with_pip=True)
    binaries = folder / "clean" / ("Scripts" if os.name == "nt" else "bin")
    alone = {"PATH": str(binaries), "HOME": str(folder), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    # What tells pip where packages come from is the machine's.
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.startswith("PIP_") or "proxy" in name.lower()
    }

    def run(*words: str) -> str:
        return subprocess.run(
            [str(binaries / words[0]), *words[1:]], env=kept | alone, cwd=folder, text=True, check=True,
            stdout=subprocess.PIPE,
        ).stdout  # fmt: skip

    run("python", "-m", "pip", "install", "-q", "--only-binary", ":all:", str(wheel))
    run("python", "-c", USED)
    print(run("langtail-nb", "--version").strip())
    samples = run("python", "-c", "import langtail_nb; print(langtail_nb.__path__[0])").strip()
    run("langtail-nb", "check", os.path.join(samples, "_local", "sample"))


def dist(target: Path) -> None:
    """Build twice, compare, check, use, and leave the files in the target."""
    os.environ["SOURCE_DATE_EPOCH"] = made_at()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first, second = build(folder / "one"), build(folder / "two")
        assert first == second, "two builds differ"
        (wheel,) = (folder / "one").glob("*.whl")
        (sdist,) = (folder / "one").glob("*.tar.gz")
        assert from_sdist(sdist, folder) == first[wheel.name], "the wheel of the sdist is another"
        subprocess.run(
            [sys.executable, "-m", "twine", "check", "--strict", str(wheel), str(sdist)], check=True
        )
        check_metadata(wheel)
        use(wheel, folder)
        target.mkdir(exist_ok=True)
        for filename, content in first.items():
            (target / filename).write_bytes(content)
            print(f"{filename}: {len(content):,} bytes, sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["version"]:
            print(version())
        case ["dist"]:
            dist(ROOT / "dist")
        case _:
            sys.exit("usage: package.py version | dist")
