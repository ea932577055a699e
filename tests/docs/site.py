"""The site, built once by whoever asks first, and what is described in it."""

from __future__ import annotations

import re
import runpy
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from tests.places import ROOT

_KEPT: list[tempfile.TemporaryDirectory[str]] = []
_DESCRIBED = re.compile(
    r'<dl class="(?:std|py) (\w+)"[^>]*>\s*<dt class="sig[^"]*" id="([^"]+)">(.*?)</dt>', re.S
)


@cache
def checker() -> SimpleNamespace:
    """``.ci/site.py`` as the gate runs it."""
    return SimpleNamespace(**runpy.run_path(str(ROOT / ".ci" / "site.py"), run_name="site"))


@cache
def site() -> Path:
    """The folder of the built pages; a warning of Sphinx fails whoever asks."""
    _KEPT.append(tempfile.TemporaryDirectory(prefix="site-"))
    built: Path = checker().build(Path(_KEPT[-1].name).resolve())
    return built


def described(kind: str) -> Counter[str]:
    """How often each thing of a kind is described in the reference, by the id of its place."""
    pages = (path.read_text(encoding="utf-8") for path in (site() / "reference").glob("*.html"))
    return Counter(place for page in pages for found, place, _ in _DESCRIBED.findall(page) if found == kind)


def signatures(kind: str) -> Counter[str]:
    """The same, by what stands there as text."""
    pages = (path.read_text(encoding="utf-8") for path in (site() / "reference").glob("*.html"))
    return Counter(
        " ".join(re.sub(r"<[^>]+>|¶", "", line).replace("&#64;", "@").split())
        for page in pages
        for found, _, line in _DESCRIBED.findall(page)
        if found == kind
    )
