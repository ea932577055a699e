"""The front end's files: small enough to be sent with every panel, and checked as types."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from langtail_nb import _panel
from langtail_nb._panel.shipped import shipped
from tests.servers import missing

FILES = ("panel.js", "panel.css")
FOLDER = Path(_panel.__file__).parent
CHECKS = [
    "--allowJs",
    "--checkJs",
    "--strict",
    "--noEmit",
    "--target",
    "es2023",
    "--lib",
    "es2023,dom,dom.iterable",
    "--module",
    "esnext",
    "--moduleResolution",
    "bundler",
]
LIMIT_S = 120
STATEMENTS = """
import { readFileSync } from "fs";
import { parse } from "acorn";
const places = new Set(["start", "end", "raw"]);
const { body } = parse(readFileSync(0, "utf8"), { ecmaVersion: "latest", sourceType: "module" });
const plain = (key, value) => (places.has(key) ? undefined : value);
for (const one of body) console.log(JSON.stringify(one, plain));
"""


def test_what_is_sent_is_under_sixty_kilobytes() -> None:
    assert sum(len(shipped(name).encode()) for name in FILES) < 60_000


def test_what_is_sent_loads_nothing_from_elsewhere() -> None:
    script, style = (shipped(name) for name in FILES)
    assert "import " not in script.partition("export default")[0]
    assert "@import" not in style
    assert "url(" not in style
    assert "innerHTML" not in script
    assert " // " not in script, "the rest of the line would be lost with the line's end"


def test_what_is_sent_is_the_same_program(tmp_path: Path) -> None:
    """Signs between spaces are taken for code; in a text they would lose their spaces."""
    install(tmp_path, "acorn@8")
    whole = (FOLDER / "panel.js").read_text(encoding="utf-8")
    assert statements(shipped("panel.js"), tmp_path) == statements(whole, tmp_path)


def statements(script: str, folder: Path) -> list[str]:
    """Return the syntax trees of a script's statements, as JSON."""
    node = ["node", "--input-type=module", "--eval", STATEMENTS]
    done = subprocess.run(
        node, cwd=folder, input=script, capture_output=True, encoding="utf-8", timeout=LIMIT_S, check=True
    )
    return done.stdout.splitlines()


def test_the_types_of_the_front_end_hold(tmp_path: Path) -> None:
    install(tmp_path, "typescript@7")
    command = [str(tmp_path / "node_modules" / ".bin" / "tsc"), *CHECKS, str(FOLDER / "panel.js")]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=LIMIT_S, check=False)
    assert done.returncode == 0, done.stdout


def install(folder: Path, package: str) -> None:
    """Install a package of the npm registry into a folder."""
    npm = shutil.which("npm")
    if npm is None:
        missing("npm")
    command = [npm, "install", "--no-package-lock", "--no-audit", "--no-fund", package]
    if subprocess.run(command, cwd=folder, capture_output=True, timeout=LIMIT_S, check=False).returncode:
        missing(f"the npm package {package}")
