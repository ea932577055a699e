"""One way of asking, a setting that knows whom it asks and what is deployed there; it makes the requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.disk.trials import Mark
from langtail_nb._sweep.column import Column
from langtail_nb._sweep.identity import digest, key_of, row_parts, setting_parts
from langtail_nb._sweep.rows import Rows
from langtail_nb._sweep.setting import Setting
from langtail_nb._types.config import Config, variables_of
from langtail_nb._types.fields import FIELDS, PLACES
from langtail_nb._types.request import Request
from langtail_nb._types.target import Target


@dataclass(eq=False)
class Way:
    """A setting that asks a target.

    Attributes:
        base: What it sends in every row; its messages go ahead of the row's.
        config: What is deployed; None where it cannot be read.
        place: What stored things belong to: the base URL, or ``local``.
        sends_seed: Whether a repeat is sent as a seed; not where the model refuses one.
    """

    setting: Setting
    base: Request
    config: Config | None
    place: str
    sends_seed: bool = True
    _sent: dict[int, tuple[str, dict[str, str]]] = field(default_factory=dict)

    @cached_property
    def parts(self) -> dict[str, str]:
        """A short hash of each member of what it sends in every row."""
        return setting_parts(self.place, self.config, self.base)

    @cached_property
    def hash(self) -> str:
        """The hash of them all."""
        return digest(self.parts)

    @property
    def has_own_seed(self) -> bool:
        """Whether it sends a seed of its own, the same in each repeat."""
        return "seed" in self.base.parameters

    def key(self, rows: Rows, row: int, repeat: int) -> str:
        """Return what its answer to a row is found by."""
        return key_of(self.hash, self._of_row(rows, row)[0], repeat)

    def mark(self, rows: Rows, row: int, repeat: int) -> Mark:
        """Return all that its answer to a row is kept under."""
        sent, parts = self._of_row(rows, row)
        return Mark(
            key_of(self.hash, sent, repeat),
            self.place,
            self.base.target.full,
            self.hash,
            rows.hashes[row],
            {**self.parts, **parts},
            repeat,
        )

    def request(self, rows: Rows, row: int, repeat: int) -> Request:
        """Return what is sent for a row. The first repeat sends no seed, another one its number."""
        changes: dict[str, Any] = {}
        if repeat > 1 and self.sends_seed and not self.has_own_seed:
            changes["seed"] = repeat
        message = self.message(rows, row)
        return self.base.replace(
            message=message, variables={**self.base.variables, **rows.variables[row]}, **changes
        )

    def message(self, rows: Rows, row: int) -> Any:
        """Return what a row asks: the setting's own message, else the row's."""
        own = self.setting.overrides.get("message")
        if isinstance(own, Column):
            return rows.data[row].get(own.name)
        return rows.messages[row] if own is None else own

    def variables(self) -> set[str] | None:
        """Return the names of the assistant's variables; None where they cannot be read."""
        if self.config is None:
            return None
        return {*variables_of(self.config, self.base.parameters.get("template"))}

    def _of_row(self, rows: Rows, row: int) -> tuple[str, dict[str, str]]:
        found = self._sent.get(row)
        if found is None:
            parts = row_parts(self.message(rows, row), {**self.base.variables, **rows.variables[row]})
            found = self._sent[row] = digest(parts), parts
        return found


def target_of(target: Target, setting: Setting) -> Target:
    """Return whom a setting asks: the sweep's target, or the one that it names in its place or a part of it.

    Raises:
        ConfigurationError: What it names is no target.
    """
    named = {name: setting.overrides[name] for name in PLACES if name in setting.overrides}
    for name, value in named.items():
        match name:
            case "environment":
                target = Target.parse(f"/{value}", target)
            case "version":
                target = Target.parse(f"@{value}", target)
            case _:
                target = Target.parse(value, target)
    return target


def request_of(target: Target, setting: Setting, base: Mapping[str, Any], prefix: Sequence[Any]) -> Request:
    """Return what a setting sends in every row.

    Args:
        base: Parameters and ``extra`` that go with every setting, which its own replace.
        prefix: Messages ahead of all others.
    """
    parameters = {name: value for name, value in setting.overrides.items() if name in FIELDS}
    extra = {**base.get("extra", {}), **setting.overrides.get("extra", {})}
    base = {name: value for name, value in base.items() if name != "extra"}
    return Request(
        target_of(target, setting),
        messages=[*prefix, *setting.overrides.get("messages", ())],
        extra=extra,
        **{**base, **parameters},
    )


def known_variables(ways: Iterable[Way]) -> set[str] | None:
    """Return the names of all variables that any of several ways has; None where one cannot be read."""
    found: set[str] = set()
    for way in ways:
        names = way.variables()
        if names is None:
            return None
        found |= names
    return found


def check_threadless(extra: Mapping[str, Any] | None) -> None:
    """Refuse a thread that several calls would share."""
    if extra and "threadId" in extra:
        raise ConfigurationError("calls beside each other cannot share a thread: leave out threadId")
