"""Why a template would stay unrendered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    line: int
    column: int
    message: str


def problems(text: str) -> list[Problem]:
    return []
