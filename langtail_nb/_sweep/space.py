"""Which settings a sweep tries: all combinations, pairs, a sample, or those that are listed."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from langtail_nb._errors import ConfigurationError
from langtail_nb._sweep.column import Column
from langtail_nb._sweep.setting import Setting, setting_of
from langtail_nb._text.near import near
from langtail_nb._types.deployed import DEPLOYED, is_deployed
from langtail_nb._types.fields import FIELDS, SWEPT
from langtail_nb._types.json_value import mapping_of
from langtail_nb._types.plain_form import opened

MOST: Final = 10_000
"""Settings at most; more are no question that somebody asks."""


# Their values are lists of dicts, so that one such list is one value.
_LISTS: Final = ("template", "messages", "tools")


class _Stop(NamedTuple):
    """A value of an axis, and what it is called."""

    value: Any
    title: str | None = None


@dataclass(frozen=True, eq=False)
class Space(Sequence[Mapping[str, Any]]):
    """Combinations of values by name, made by ``lt.grid``, ``lt.zipped`` or ``lt.sample``.

    Each is a dict of values as they were given; one that is deployed is None.
    """

    stops: tuple[Mapping[str, _Stop], ...]

    def where(self, keep: Callable[[Mapping[str, Any]], object]) -> Space:
        """Return the combinations for which a function is true: ``.where(lambda s: s["top_p"] is None)``.

        Raises:
            ConfigurationError: None is.
        """
        kept = tuple(one for one, values in zip(self.stops, self, strict=True) if keep(values))
        if not kept:
            raise ConfigurationError("no setting is left: .where(...) is false for each of them")
        return Space(kept)

    def sample(self, n: int, seed: int = 0) -> Space:
        """Return some of the combinations, chosen by chance and no one twice; all where there are no more.

        Raises:
            ConfigurationError: ``n`` is not at least 1.
        """
        chance = random.Random(seed)  # noqa: S311 - it chooses settings, and hides nothing
        places = chance.sample(range(len(self)), min(_number(n, "sample"), len(self)))
        return Space(tuple(self.stops[place] for place in sorted(places)))

    def settings(self) -> list[Setting]:
        """Return the settings, checked."""
        return [_setting(one) for one in self.stops]

    def __len__(self) -> int:
        return len(self.stops)

    def __getitem__(self, place: Any) -> Any:
        return list(self)[place]

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for one in self.stops:
            yield {n: None if is_deployed(n, stop.value) else stop.value for n, stop in one.items()}

    def __repr__(self) -> str:
        labels = [one.label for one in self.settings()]
        shown = " · ".join(labels[:8]) + (" · …" if len(labels) > 8 else "")
        return f"{len(labels)} setting{'s' * (len(labels) != 1)}: {shown}"


def grid(**axes: Any) -> Space:
    """Return all combinations of the values of several parameters.

    Args:
        **axes: For each name a list of values, or a dict of values by what they are called. ``"deployed"``
            leaves one out.

    Raises:
        ConfigurationError: A name is unknown, a value is not allowed, or there is none.

    Example:
        >>> lt.grid(temperature=[0, 1], model=["gpt-4o", "gpt-4o-mini"])
        4 settings: temperature 0, model gpt-4o · temperature 0, model gpt-4o-mini
        · temperature 1, model gpt-4o · temperature 1, model gpt-4o-mini
    """
    stops = _axes(axes)
    if (count := math.prod(map(len, stops.values()))) > MOST:
        raise ConfigurationError(f"a grid of {count:,} settings; lt.sample(50, ...) takes 50 of them")
    combined = itertools.product(*stops.values())
    return _space(dict(zip(stops, values, strict=True)) for values in combined)


def zipped(**axes: Any) -> Space:
    """Return the first values of several parameters together, then the second ones, and so on.

    Args:
        **axes: As for :func:`grid`, all of one length.

    Raises:
        ConfigurationError: As :func:`grid` says, or the lengths differ.

    Example:
        >>> lt.zipped(temperature=[0, 1], top_p=[1, 0.5])
        2 settings: temperature 0, top p 1 · temperature 1, top p 0.5
    """
    stops = _axes(axes)
    if len({*map(len, stops.values())}) > 1:
        told = ", ".join(f"{name} has {len(values)}" for name, values in stops.items())
        raise ConfigurationError(f"lt.zipped takes lists of one length; {told}")
    return _space(dict(zip(stops, values, strict=True)) for values in zip(*stops.values(), strict=True))


def sample(n: int, seed: int = 0, **axes: Any) -> Space:
    """Return some of the combinations of several parameters, chosen by chance and no one twice.

    Args:
        n: How many; fewer where there are not so many.
        seed: Another one chooses others. To vary the seed of the model, use :func:`grid`.
        **axes: As for :func:`grid`; two numbers in a tuple are a range, of which any value may be taken.

    Raises:
        ConfigurationError: As :func:`grid` says, or ``n`` is not at least 1.

    Example:
        >>> len(lt.sample(20, temperature=(0, 2), model=["gpt-4o", "gpt-4o-mini"]))
        20
    """
    n = _number(n, "lt.sample")
    ranges = {name: value for name, value in axes.items() if _is_range(name, value)}
    stops = _axes({name: value for name, value in axes.items() if name not in ranges}, some=bool(ranges))
    chance = random.Random(seed)  # noqa: S311 - it chooses settings, and hides nothing
    combinations = math.prod(map(len, stops.values()))
    if ranges:
        places = [chance.randrange(combinations) for _ in range(n)]
    else:
        places = sorted(chance.sample(range(combinations), min(n, combinations)))
    return _space(_combination(stops, place) | _drawn(ranges, chance) for place in places)


def _number(n: Any, name: str) -> int:
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= MOST:
        raise ConfigurationError(f"{name} takes how many settings there are to be, not {n!r}")
    return n


def settings_of(over: Any) -> list[Setting]:
    """Return the settings that were given in any form.

    Args:
        over: A :class:`Space`, a list of dicts or of spaces, a dict of dicts by label, or one dict; None for
            none.

    Raises:
        ConfigurationError: It is something else, or empty, or a value in it is not allowed.
    """
    if over is None:
        return []
    if isinstance(over, Space):
        return over.settings()
    form = opened(over)
    if isinstance(form, dict):
        return _labelled(form) if _is_labelled(form) else grid(**form).settings()
    if not isinstance(form, list) or not form:
        kind = "is empty" if isinstance(form, list) else f"is of type {type(over).__name__}"
        raise ConfigurationError(f"over= {kind}; give lt.grid(temperature=[0, 1]) or a list of dicts")
    return [setting for one in form for setting in _listed(one)]


def _is_labelled(form: Mapping[Any, Any]) -> bool:
    are_settings = all(isinstance(opened(one), dict) for one in form.values())
    return bool(form) and are_settings and not form.keys() <= {*SWEPT}


def _labelled(form: Mapping[Any, Any]) -> list[Setting]:
    return [setting_of(mapping_of(str(label), one), label=str(label)) for label, one in form.items()]


def _listed(one: Any) -> list[Setting]:
    if isinstance(one, Space):
        return one.settings()
    if isinstance(one, Setting):
        return [one]
    if one is DEPLOYED or one == "deployed":
        return [setting_of({})]
    return [setting_of(mapping_of("a setting of over=", one))]


def _space(combinations: Iterator[dict[str, _Stop]] | Any) -> Space:
    space = Space(tuple(combinations))
    space.settings()  # each value is checked where it was given
    return space


def _setting(stops: Mapping[str, _Stop]) -> Setting:
    titles = {name: stop.title for name, stop in stops.items() if stop.title is not None}
    return setting_of({name: stop.value for name, stop in stops.items()}, titles=titles)


def _axes(axes: Mapping[str, Any], *, some: bool = False) -> dict[str, list[_Stop]]:
    if not axes and not some:
        raise ConfigurationError("no parameter to vary: give lt.grid(temperature=[0, 1]) or the like")
    return {name: _stops(name, values) for name, values in axes.items()}


def _stops(name: str, values: Any) -> list[_Stop]:
    if name not in SWEPT:
        raise ConfigurationError(f"unknown parameter {name!r}{near(name, SWEPT)}")
    form = values if isinstance(values, Column) else opened(values)
    if isinstance(form, dict):
        return _titled(name, form)
    if not isinstance(form, list):
        return [_Stop(form if values is not DEPLOYED else DEPLOYED)]
    if not form:
        raise ConfigurationError(f"{name} has no values; the list is empty")
    if name in _LISTS and all(isinstance(opened(one), dict) for one in form):
        return [_Stop(form)]
    return [_Stop(value) for value in form]


def _titled(name: str, values: Mapping[Any, Any]) -> list[_Stop]:
    """Return the values of a dict by what they are called; one that is a value itself is not taken apart."""
    takes_dict = name in ("tool_choice", "extra") or (name in FIELDS and FIELDS[name].kind == "object")
    fits = all(
        one is None or is_deployed(name, one) or isinstance(opened(one), dict) for one in values.values()
    )
    if not values or (takes_dict and not fits):
        raise ConfigurationError(
            f"{name} takes a list of values, or a dict of values by what they are called"
        )
    return [_Stop(value, str(title)) for title, value in values.items()]


def _is_range(name: str, value: Any) -> bool:
    is_number = name in FIELDS and FIELDS[name].kind in ("number", "integer")
    is_pair = isinstance(value, tuple) and len(value) == 2
    return is_number and is_pair and all(isinstance(one, int | float) for one in value)


def _drawn(ranges: Mapping[str, Any], chance: random.Random) -> dict[str, _Stop]:
    drawn: dict[str, _Stop] = {}
    for name, (low, high) in ranges.items():
        whole = FIELDS[name].kind == "integer"
        value = chance.randint(int(low), int(high)) if whole else round(chance.uniform(low, high), 3)
        drawn[name] = _Stop(value)
    return drawn


def _combination(stops: Mapping[str, list[_Stop]], place: int) -> dict[str, _Stop]:
    found: dict[str, _Stop] = {}
    for name, values in stops.items():
        place, at = divmod(place, len(values))
        found[name] = values[at]
    return found
