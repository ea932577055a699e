"""Settings that were compared, as a cell's ``--sweep`` can say them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from langtail_nb._types.deployed import DEPLOYED
from langtail_nb._types.request import ABOUT_THE_CALL, Request


class Swept(NamedTuple):
    """A request with what all settings have, and the values of the parameter in which they differ."""

    request: Request
    values: Mapping[str, list[Any]]


def as_sweep(own: Request, asked: Sequence[Request]) -> Swept | None:
    """Return settings as the values of one parameter; None where they differ in several, or in another way.

    Args:
        own: What is set, whose message and variables are meant.
        asked: What each setting sent.
    """
    settings = [about_the_answer(one) for one in asked]
    names = dict.fromkeys(name for one in settings for name in one)
    varying = [name for name in names if any(one.get(name) != settings[0].get(name) for one in settings)]
    if len(varying) != 1 or any(one.target != own.target for one in asked):
        return None
    name = varying[0]
    values: list[Any] = []
    for one in settings:
        if (value := one.get(name, DEPLOYED)) not in values:
            values.append(value)
    shared = {other: value for other, value in settings[0].items() if other != name}
    return Swept(own.replace(**dict.fromkeys(about_the_answer(own))).replace(**shared), {name: values})


def about_the_answer(request: Request) -> dict[str, Any]:
    """Return the parameters of a request but those that only tell of the call."""
    return {name: value for name, value in request.parameters.items() if name not in ABOUT_THE_CALL}
