"""Build the site twice, with warnings as errors, and look at what came out.

    python .ci/site.py [FOLDER]

Both builds must be the same to the last byte, whatever folder they are made in. Every link within the site
must lead to a page and a place that are there, and no page may load anything from elsewhere. With a FOLDER
the site stays there.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).parents[1]
# What a page shows or runs as soon as it is opened, and where its address stands.
_LOADED = {
    "script": ("src",), "link": ("href",), "img": ("src", "srcset"), "iframe": ("src",), "use": ("href",),
    "source": ("src", "srcset"), "video": ("src", "poster"), "audio": ("src",), "object": ("data",),
    "embed": ("src",),
}  # fmt: skip
_LOADED_BY_CSS = re.compile(r"(?:url\(\s*|@import\s*)[\"']?(?!data:)((?:https?:)?//[^\"')\s]+)")


@dataclass
class Page(HTMLParser):
    """What a page of the site has and asks for.

    Attributes:
        places: The ids within it.
        links: Where its links lead.
        loaded: What it loads.
    """

    places: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    @classmethod
    def of(cls, path: Path) -> Page:
        """Return a page of this file."""
        page = cls()
        page.feed(path.read_text(encoding="utf-8"))
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what one element has."""
        given = {name: value or "" for name, value in attrs}
        self.places.add(given.get("id", ""))
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        self.loaded += [given[name] for name in _LOADED.get(tag, ()) if given.get(name)]
        self.loaded += _LOADED_BY_CSS.findall(given.get("style", ""))


def build(folder: Path) -> Path:
    """Build the site from a copy of its sources in ``folder``, and return where it is.

    Raises:
        subprocess.CalledProcessError: Sphinx has a warning.
    """
    for part in ("docs", "notebooks"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("tutorials", "__pycache__"))
    for page in ROOT.glob("*.md"):  # a page of the site may include one of them
        shutil.copy2(page, folder)
    options = ["-W", "-n", "-q", "-b", "html", "-d", "doctrees"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # the package of this checkout
    command = [sys.executable, "-m", "sphinx", *options, "docs", "site"]
    subprocess.run(command, cwd=folder, env=environment, check=True)  # noqa: S603 - words of our own
    return folder / "site"


def differences(one: Path, other: Path) -> list[str]:
    """Return the files in which two sites differ."""
    names = {path.relative_to(site) for site in (one, other) for path in site.rglob("*") if path.is_file()}
    return sorted(str(name) for name in names if _bytes(one / name) != _bytes(other / name))


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def faults(site: Path) -> list[str]:
    """Return a line for each link that leads nowhere, and for whatever is loaded from elsewhere."""
    pages = {path: Page.of(path) for path in sorted(site.rglob("*.html"))}
    found = [line for path, page in pages.items() for line in _faults_of(path, page, pages, site)]
    for path in sorted(site.rglob("*.css")):
        text = path.read_text(encoding="utf-8")
        found += [f"{path.relative_to(site)} loads {url}" for url in _LOADED_BY_CSS.findall(text)]
    return found


def _faults_of(path: Path, page: Page, pages: dict[Path, Page], site: Path) -> Iterator[str]:
    name = path.relative_to(site)
    for url in page.loaded:
        parts = urlsplit(url)
        if parts.netloc or parts.scheme not in ("", "data"):
            yield f"{name} loads {url}"
        elif not parts.scheme and not (path.parent / unquote(parts.path)).exists():
            yield f"{name} loads {url}, which is not there"
    for link in page.links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        goal = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if not goal.exists():
            yield f"{name} links to {link}, which is not there"
        elif goal in pages and parts.fragment and unquote(parts.fragment) not in pages[goal].places:
            yield f"{name} links to {link}, a place that is not there"


def main(keep: Path | None) -> int:
    """Build, compare and look; return the exit code."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        first, second = build(Path(one).resolve()), build(Path(other).resolve())
        wrong = [f"{name} differs between two builds" for name in differences(first, second)]
        wrong += faults(first)
        if keep is not None:
            shutil.copytree(first, keep, dirs_exist_ok=True)
        pages = len(list(first.rglob("*.html")))
    print("\n".join(wrong) or f"{pages} pages, the same twice, every link leads somewhere")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
