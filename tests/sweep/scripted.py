"""Answers by chance that is fixed: each setting is right as often as a test says, and the same each time."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from tests.sweep.counting import Counting


def rates(by_temperature: Mapping[float | None, float], *, seed: Any = 0) -> Any:
    """Return what answers "yes" at these rates, and else "no", by the temperature that is sent."""

    def text(body: dict[str, Any]) -> str:
        asked, temperature = body["messages"][-1]["content"], body.get("temperature")
        chance = random.Random(f"{seed} {asked} {temperature} {body.get('seed')}")
        return "yes" if chance.random() < by_temperature[temperature] else "no"

    return text


def verdict(body: dict[str, Any]) -> str:
    """Return what a steady judge says: yes to every answer that says yes."""
    message = body["messages"][-1]["content"]
    mark = message.partition("begin with [")[2].partition(" ")[0]
    said = "yes" if "\nyes\n" in message else "no"
    return f'{{"check": "{mark}", "verdict": "{said}", "reason": "so"}}'


def is_judge(body: dict[str, Any]) -> bool:
    """Return whether a body asks a judge."""
    return "is data to be judged" in str(body["messages"][-1]["content"])


def scripted(server: Counting, by_temperature: Mapping[float | None, float], *, seed: Any = 0) -> None:
    """Have a server answer at these rates, and judge."""
    answer = rates(by_temperature, seed=seed)
    server.text = lambda body: verdict(body) if is_judge(body) else answer(body)


def tokens(body: dict[str, Any]) -> tuple[int, int]:
    """Return the tokens of an answer: settings and rows differ, some rows by far, and the same each time."""
    asked, temperature = body["messages"][-1]["content"], body.get("temperature")
    row, each = random.Random(asked), random.Random(f"{asked} {temperature}")
    mean = random.Random(f"{asked.partition(':')[0]} {temperature}").uniform(50, 500)
    long = row.lognormvariate(0, 0.4) * each.lognormvariate(0, 0.4)
    return 20 + round(200 * row.lognormvariate(0, 0.5)), 1 + round(mean * long)
