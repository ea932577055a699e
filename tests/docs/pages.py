"""The pages of the documentation as tests see them: their blocks, what each is for, and what they quote."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests import places

FOLDERS = ("how-to", "explanation", "coming-from")
PAGES = [
    places.DOCS / "start.md",
    *(page for name in FOLDERS for page in sorted((places.DOCS / name).glob("*.md"))),
]

# What may stand behind a block's language:
#   live       not run: it needs Langtail itself, a key, a network or another server
#   by-hand    not run: it asks, installs, opens a window or never ends
#   fails      run, and must fail
#   anew       run in a new kernel
#   said       not run: every line of it was printed by what ran before, "…" standing for anything
#   NAME.EXT   not run: written to the file of this name
NOT_RUN = ("live", "by-hand")
WORDS = (*NOT_RUN, "fails", "anew", "said")
CELLS = ("python", "ipython")
SHELL = "bash"

_FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """One fenced block of a page.

    Attributes:
        words: What stands behind its language.
        line: Where it begins, from 1.
    """

    language: str
    words: tuple[str, ...]
    text: str
    line: int

    @property
    def file(self) -> str | None:
        """The file it is the content of, if any."""
        return next((word for word in self.words if word not in WORDS), None)

    @property
    def runs(self) -> bool:
        """Whether it is a cell or a command that can run here."""
        return self.language in (*CELLS, SHELL) and self.file is None and not {*self.words} & {*NOT_RUN}


def name_of(page: Path) -> str:
    """The page's path below ``docs``, as a test's id."""
    return page.relative_to(places.DOCS).as_posix()


def blocks_of(page: Path) -> list[Block]:
    """The blocks of a page in order; those of a directive are none of them."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(found[1], tuple(found[2].split()), found[3], text.count("\n", 0, found.start()) + 1)
        for found in _FENCE.finditer(text)
    ]


def spans_of(page: Path) -> list[str]:
    """What stands between backquotes in the page's text, bars of tables unescaped."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    return [span.replace("\\|", "|") for span in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)]


def messages_of(page: Path) -> list[str]:
    """What the tables "you see | ..." of a page quote, without what stands for a value."""
    text = page.read_text(encoding="utf-8")
    tables = re.findall(r"^\| you see \|[^\n]*\n\|[^\n]*\n((?:\|[^\n]*\n?)+)", text, re.M)
    firsts = [row.split(" | ")[0] for table in tables for row in table.splitlines()]
    spans = [span for first in firsts for span in re.findall(r"`([^`]+)`", first)]
    return [piece.strip() for span in spans for piece in span.split("…") if piece.strip()]


@cache
def package_texts() -> str:
    """Every text that the package's code holds, and the code of its front end."""
    texts = [text for path in sorted(places.PACKAGE.rglob("*.py")) for text in _texts(path)]
    front_end = sorted((places.PACKAGE / "_panel" / "frontend" / "src").rglob("*.ts"))
    return "\n".join([*texts, *(path.read_text(encoding="utf-8") for path in front_end)])


def _texts(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
