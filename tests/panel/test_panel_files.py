"""The front end's files: small enough to be sent with every panel, and checked as types."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from servers import missing

from langtail_nb._panel.widget import shipped

FILES = ("panel.js", "panel.css")
FOLDER = Path(__file__).parents[2] / "langtail_nb" / "_panel"
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


def test_what_is_sent_is_under_sixty_kilobytes() -> None:
    assert sum(len(shipped(name).encode()) for name in FILES) < 60_000


def test_what_is_sent_loads_nothing_from_elsewhere() -> None:
    script, style = (shipped(name) for name in FILES)
    assert "import " not in script.partition("export default")[0]
    assert "@import" not in style
    assert "url(" not in style
    assert "innerHTML" not in script
    assert " // " not in script, "the rest of the line would be lost with the line's end"


def test_no_text_of_the_front_end_holds_what_is_slimmed() -> None:
    """Signs between spaces are taken for code; in a text they would lose their spaces."""
    script = re.sub(r"(?s)/\*.*?\*/|(?-s:// .*)", "", (FOLDER / "panel.js").read_text(encoding="utf-8"))
    lines = [line for line in script.splitlines() if "/`" not in line]  # a regular expression, no text
    texts = [text for line in lines for text in texts_in(line)]
    assert len(texts) > 300
    slimmed = re.compile(r" (=>?|[!=]==|&&|\|\||\?\??|[:+<>]) |\) \{|/\*|[;{,(]$")
    assert [text for text in texts if slimmed.search(text)] == []


def texts_in(line: str) -> list[str]:
    """The strings of a line, and of its templates what stands between the values, innermost first."""
    strings = re.compile(r'"(?:[^"\\]|\\.)*"')
    found, rest = strings.findall(line), strings.sub("", line)
    while inner := re.search(r"\$\{[^{}`]*\}|`[^`$]*`", rest):
        found += [inner[0]] if inner[0].startswith("`") else []
        rest = rest[: inner.start()] + rest[inner.end() :]
    return found


def test_the_types_of_the_front_end_hold(tmp_path: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        missing("npm")
    install = [npm, "install", "--no-package-lock", "--no-audit", "--no-fund", "typescript@7"]
    if subprocess.run(install, cwd=tmp_path, capture_output=True, timeout=LIMIT_S, check=False).returncode:
        missing("the npm package typescript")
    command = [str(tmp_path / "node_modules" / ".bin" / "tsc"), *CHECKS, str(FOLDER / "panel.js")]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=LIMIT_S, check=False)
    assert done.returncode == 0, done.stdout
