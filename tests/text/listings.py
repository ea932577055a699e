"""Forty listings in ten languages that are hard to carry, and the places in which they may stand."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Listing:
    """Code, and the language it is in."""

    language: str
    code: str


def _read() -> list[Listing]:
    source = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")
    parts = re.split(r"^=== (\S+)\n", source, flags=re.MULTILINE)[1:]
    return [
        Listing(name, code.removesuffix("\n")) for name, code in zip(parts[::2], parts[1::2], strict=True)
    ]


LISTINGS = _read()


def fenced(listing: Listing, marks: str = "~~~~") -> str:
    """Return a listing in a fence, as models write one."""
    return f"{marks}{listing.language}\n{listing.code}\n{marks}"


def under(prefix: str, text: str) -> str:
    """Return a text with a prefix before each line but the first; before a blank one without its space."""
    return text.replace("\n", f"\n{prefix}").replace(f"\n{prefix}\n", f"\n{prefix.rstrip()}\n")


PLACES: dict[str, Callable[[Listing], str]] = {
    "alone": fenced,
    "between backticks": lambda listing: fenced(listing, "````"),
    "between lines": lambda listing: f"So $x$:\n{fenced(listing)}\nand `$y` $z$ **then**",
    "beside tables": lambda listing: f"| a |\n|---|\n| $b$ |\n\n{fenced(listing)}\n\n| c |\n|---|\n| d |",
    "in a list": lambda listing: f"1. Run $x$:\n   {under('   ', fenced(listing))}\n2. Then $y$",
    "as an item": lambda listing: f"- {under('  ', fenced(listing))}\n- $y$",
    "deep in a list": lambda listing: f"- a\n  - $x$\n\n    {under('    ', fenced(listing))}\n  - $y$\n- d",
    "in a quote": lambda listing: f"> a $x$\n> {under('> ', fenced(listing))}\n> b $y$",
}
