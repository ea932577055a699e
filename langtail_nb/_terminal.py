"""Lines for a terminal, whoever wrote the words in them."""

from __future__ import annotations

import sys


def tell(line: str) -> None:
    """Print one line on stderr; what a terminal would obey in place of showing is replaced."""
    print(_shown(line), file=sys.stderr, flush=True)


def report(line: str) -> None:
    """Print one line of a command's result on stdout, as :func:`tell` does."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(_shown(line).encode(encoding, "replace").decode(encoding), flush=True)


def _shown(line: str) -> str:
    flat = " ".join(line.split()) if "\n" in line or "\r" in line else line
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in flat)
