"""What Python says to a view of where its sliders have an answer already."""

from __future__ import annotations

from typing import TypedDict


class Ticks(TypedDict):
    """The values of one parameter at which there is an answer."""

    name: str
    values: list[float]
