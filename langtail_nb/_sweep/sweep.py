"""``lt.sweep``: several settings on the same rows, planned before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final, SupportsFloat

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.budget import budget_of
from langtail_nb._kernel.session import Session, session
from langtail_nb._kernel.settings import Settings
from langtail_nb._sweep.column import Column
from langtail_nb._sweep.identity import digest
from langtail_nb._sweep.plan import Plan
from langtail_nb._sweep.prefix import prefix_of
from langtail_nb._sweep.report.given import scores_given
from langtail_nb._sweep.rows import Rows, are_several, read_rows
from langtail_nb._sweep.setting import Setting, named, setting_of, told_apart
from langtail_nb._sweep.space import settings_of
from langtail_nb._sweep.way import Way, known_variables, request_of
from langtail_nb._types.config import Config
from langtail_nb._types.deployed import DEPLOYED
from langtail_nb._types.json_value import Named, mapping_of
from langtail_nb._types.limits import check_timeout
from langtail_nb._types.plain_form import opened
from langtail_nb._types.request import ABOUT_THE_CALL, Request, check_parameters, named_values
from langtail_nb._types.target import Target

_AGE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(s|sec|min|h|hour|day|week)\w*", re.IGNORECASE)
_AGES: Final = {"s": 1, "sec": 1, "min": 60, "h": 3600, "hour": 3600, "day": 86_400, "week": 604_800}


def sweep(
    target: str | None = None,
    over: Any = None,
    rows: Any = None,
    *,
    message: Any = None,
    vars: Named | None = None,
    unit: str | None = None,
    repeats: int = 1,
    against: Any = "deployed",
    score: Any = None,
    base: Any = None,
    prefix: Any = None,
    noise: int = 0,
    until: str | None = None,
    max_age: Any = "1 day",
    cache: str = "reuse",
    budget: Any = None,
    limit: int = 64,
    timeout: SupportsFloat | None = None,
    executor: Any = None,
) -> Plan:
    """Return a plan: each setting on each row, compared with what is deployed. It sends nothing.

    Args:
        target: As on a cell's line; the current one if not given.
        over: What to vary: ``lt.grid(temperature=[0, 1])``, ``lt.zipped``, ``lt.sample``, a list of dicts, or
            a dict of dicts by what they are called.
        rows: A table: a list of dicts, a dict of lists, a frame of pandas, polars, pyarrow or DuckDB. Its
            columns that are variables of the assistant are sent, the others stay here for scores.
        message: One text for all rows, one for each, or the name of a column.
        vars: Template variables for all rows, or ``{"topic": lt.column("category")}``.
        unit: The column whose rows belong together, such as ``"customer"``.
        repeats: How often each setting answers each row. The first sends no seed, another one its number.
        against: The setting that the others are compared with: ``"deployed"``, overrides, or the label of one
            of ``over``.
        score: What to measure: a score, a function of the answer and its row, the name of a score that needs
            nothing more, such as ``"json_valid"``, a list of these, or a dict of them by name.
        base: What goes with every setting but deployed: ``lt.settings``, or a dict of parameters and
            ``extra``. What only tells of the call, such as ``do_not_record``, goes with deployed as well.
        prefix: What goes ahead of each message: a thread's name, a reply, or messages.
        until: ``"decided"`` stops as soon as there is a word for every setting: it saves calls where
            differences are large, and finds fewer of the small ones.
        noise: Rows in which the first setting is asked once more, to see how much it differs from itself.
        max_age: How far apart trials may be made that are compared, such as ``"1 day"``.
        cache: ``reuse`` what is stored, ``refresh`` it, ``only`` what is stored, or ``off``.
        budget: ``"500 calls"``, ``"2 USD"``, ``"10 min"`` or ``"up to 20 USD"``; needed above 100 calls.
        limit: Calls at once at most; the server may allow fewer.
        timeout: Seconds of silence before giving up.
        executor: A ``Client`` of Dask, whose workers then send the calls, each a share of ``limit``, with the
            key of their own environment; judges are asked from here.

    Raises:
        ConfigurationError: A value is wrong, or there are no rows.

    Example:
        >>> plan = lt.sweep(over=lt.grid(temperature=[0, 1]), rows=rows, message="question")
        >>> plan.calls
        6
        >>> run = plan.run()
        >>> len(run.to_pandas()), len(run.failed())
        (6, 0)
    """
    resolved = session.target(target)
    others = settings_of(over)
    first = _against(against, others)
    shared, left_out = _base(session, resolved, base)
    ahead = prefix_of(session, resolved, prefix)
    ways, told = _ways(session, resolved, [first, *others], shared, ahead)
    named = named_values(vars)
    read = read_rows(rows, message=message, named=named, known=_known(ways, rows, told), unit=unit)
    _check_messages(ways, read.data)
    columns = [*dict.fromkeys(name for row in read.data for name in row)]
    scores = scores_given(session, score, columns, [way.setting for way in ways])
    plan = Plan(
        session, ways, read, source="sweep", repeats=repeats, budget=budget_of(budget), cache=cache,
        limit=limit, timeout=session.settings.timeout if timeout is None else check_timeout(timeout),
        scores=scores, told=[*left_out, *told, *_by_workers(executor)], max_age_s=_age(max_age),
        noise=_noise(noise), until_decided=_until(until, scores), executor=executor,
    )  # fmt: skip
    again = {"message": _again(message, read), "vars": vars, "unit": unit, "base": base, "prefix": prefix}
    plan.anew = partial(
        sweep,
        resolved.full,
        repeats=repeats,
        against=first,
        max_age=max_age,
        limit=limit,
        timeout=timeout,
        executor=executor,
        **again,
    )
    return plan


def _against(against: Any, others: Sequence[Setting]) -> Setting:
    """Return the setting that the others are compared with: one of them by its label, or its overrides."""
    if against is DEPLOYED or against == "deployed" or against is None:
        return setting_of({})
    if isinstance(against, Setting):
        return against
    form = opened(against)
    if not isinstance(form, str):
        return setting_of(mapping_of("against", form))
    if (place := named(told_apart(others), form)) is None:
        there = ", ".join(["deployed", *(one.label for one in told_apart(others))][:8])
        raise ConfigurationError(f"against names no setting: {form!r}; there are {there}")
    return others[place]


def _base(session: Session, target: Target, base: Any) -> tuple[dict[str, Any], list[str]]:
    """Return the parameters that go with every setting but deployed, and what is set here and left out."""
    if isinstance(base, Settings):
        return dict(base.overrides(target)), []
    given = {} if base is None else mapping_of("base", base)
    taken = {**check_parameters({n: v for n, v in given.items() if n != "extra"})}
    taken |= {"extra": given["extra"]} if given.get("extra") else {}
    told = []
    if beside := [name for name in taken if name not in ABOUT_THE_CALL]:
        told.append(f"{', '.join(beside)} goes with every setting but deployed")
    if names := [name for name in session.settings.overrides(target) if name not in taken]:
        told.append(f"{', '.join(names)} as set in this kernel is left out; base=lt.settings takes it along")
    return taken, told


def _ways(
    session: Session,
    target: Target,
    settings: Sequence[Setting],
    base: Mapping[str, Any],
    prefix: Sequence[Any],
) -> tuple[list[Way], list[str]]:
    """Return the settings that differ, each with whom it asks, and which ones were the same as others."""
    configs: dict[Target, Config | None] = {}
    found: dict[str, Way] = {}
    told: list[str] = []
    for place, setting in enumerate(settings):
        is_pure = place == 0 and not setting.overrides
        request = request_of(target, setting, _about_the_call(base) if is_pure else base, prefix)
        if base and not is_pure and not setting.overrides:
            setting = replace(setting, label=setting_of(base).label)
        if request.target not in configs:
            configs[request.target] = session.config_soon(request.target)
            told += _unread(request, configs[request.target])
        way = Way(setting, request, configs[request.target], session.place)
        same = found.setdefault(digest([way.hash, _own_message(setting)]), way)
        if same is not way and setting.label != same.setting.label:
            told.append(f"{setting.label} is the same as {same.setting.label}: one column")
    ways = list(found.values())
    for way, setting in zip(ways, told_apart([one.setting for one in ways]), strict=True):
        way.setting = setting
    return ways, told


def _about_the_call(base: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in base.items() if name in ABOUT_THE_CALL}


def _own_message(setting: Setting) -> Any:
    own = setting.overrides.get("message")
    return ["column", own.name] if isinstance(own, Column) else own


def _unread(request: Request, config: Config | None) -> Iterator[str]:
    if config is None:
        yield (
            f"what is deployed as {request.target} could not be read, so answers are found again in this "
            "kernel only"
        )


def _known(ways: Sequence[Way], rows: Any, told: list[str]) -> set[str] | None:
    """Return the names of the variables, and tell where no column is sent as they cannot be read."""
    if rows is None:
        return None
    known = known_variables(ways)
    if known is None:
        told.append('no column is sent but those in vars={"NAME": lt.column("NAME")}')
    return known


def _check_messages(ways: Sequence[Way], data: Sequence[Mapping[str, Any]]) -> None:
    for way in ways:
        own = way.setting.overrides.get("message")
        if isinstance(own, Column) and own.name not in data[0]:
            raise ConfigurationError(f"message: the rows have no column {own.name!r}")


def _until(until: str | None, scores: Mapping[str, Any]) -> bool:
    if until not in (None, "decided"):
        raise ConfigurationError(f'until takes "decided" or nothing, not {until!r}')
    if until and not scores:
        raise ConfigurationError('until="decided" needs a score to decide by')
    return until is not None


def _by_workers(executor: Any) -> list[str]:
    return [] if executor is None else ["workers of Dask send the calls; judges are asked from here"]


def _again(message: Any, read: Rows) -> Any:
    """Return the message as it is asked of other rows: one for each of these rows says nothing of others."""
    if message is None or not are_several(message) or isinstance(message, str | Column):
        return message
    return Column(read.sent[0]) if read.sent and read.sent[0] in read.data[0] else None


def _age(value: Any) -> float:
    """Return the seconds that a text such as ``1 day`` says."""
    match = _AGE.fullmatch(value.strip()) if isinstance(value, str) else None
    seconds = getattr(value, "total_seconds", None)
    if match is not None:
        return float(match[1]) * _AGES[match[2].lower()]
    if callable(seconds):
        return float(seconds())
    raise ConfigurationError(f'max_age takes a time such as "1 day" or "3 h", not {value!r}')


def _noise(value: Any) -> int:
    form = opened(value)
    if isinstance(form, bool) or not isinstance(form, int) or form < 0:
        raise ConfigurationError(f"noise takes how many rows ask once more, not {value!r}")
    return form
