"""What a view and Python say to each other of earlier calls."""

from __future__ import annotations

from typing import Literal, TypedDict

from langtail_nb._kernel import runs
from langtail_nb._panel.preview import Previewed

Whose = Literal["all", "kernel", "panel", "cells", "panels"]
"""Which calls are listed: everybody's, this kernel's, this panel's, cells' and functions', all panels'."""


class Listed(TypedDict):
    """The newest calls, and how many there are in all."""

    total: int
    runs: list[runs.Run]


class Wanted(TypedDict):
    """Which calls a view asks for; ``before`` is the number of the last that it has."""

    search: str
    whose: Whose
    failed: bool
    before: int | None


class Page(TypedDict):
    """Calls as they were asked for, at most fifty; ``total`` counts those of all pages."""

    wanted: Wanted
    total: int
    runs: list[runs.Run]


class Whole(TypedDict):
    """One call in full: all that was asked, and the answer as blocks of HTML."""

    id: int
    settings: list[str]
    asked: list[Previewed]
    answer: list[str]
    calls: list[str]
    problem: str | None
