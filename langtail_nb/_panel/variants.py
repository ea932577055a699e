"""Which settings a comparison runs: the deployed ones first, then those that were put beside them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypedDict

from langtail_nb._calls.naming import apart, called
from langtail_nb._calls.trial import Trial, state_of
from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel import runs
from langtail_nb._kernel.disk.stored import StoredTurn
from langtail_nb._types.config import Config
from langtail_nb._types.limits import MOST_COMPARED
from langtail_nb._types.request import Request
from langtail_nb._types.target import Target


class _Variant(NamedTuple):
    id: str
    overrides: Mapping[str, Any]


class Item(TypedDict):
    """One column of the next comparison as the front end draws it."""

    id: str
    title: str
    detail: str
    fixed: bool


class Comparison(TypedDict):
    """The next comparison: whether anything is put beside the deployed settings, and all its columns."""

    on: bool
    items: list[Item]
    can_add: bool


@dataclass
class Variants:
    """The columns of the next comparison: the deployed settings, those that were added, and the current ones.

    The current settings have no column of their own while one that was added equals them, or all are taken.
    """

    pinned: list[Trial] = field(default_factory=list)
    _added: list[_Variant] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def are_begun(self) -> bool:
        """Whether anything was put beside the deployed settings."""
        return bool(self._added or self.pinned)

    def add(self, overrides: Mapping[str, Any]) -> None:
        """Put the settings as they are now beside the deployed ones.

        Raises:
            ConfigurationError: There is no room, or these settings are there already.
        """
        if not self._are_new(overrides):
            told = "are there already" if overrides else "are those deployed, which are always compared"
            raise ConfigurationError(f"these settings {told}; change something first")
        self._make_room()
        number = next(self._numbers)
        self._added.append(_Variant(f"setting-{number}", dict(overrides)))

    def pin(self, turn: StoredTurn, target: Target, base_url: str) -> Trial:
        """Put an earlier answer beside the others; it is shown as it was and costs nothing.

        Args:
            target: Of the others.
            base_url: Likewise.

        Raises:
            ConfigurationError: There is no room, the answer is not there yet, or it is there already.
        """
        name = f"earlier-{turn.id}"
        if any(trial.id == name for trial in self.pinned):
            raise ConfigurationError("this answer is in the comparison already")
        if turn.reply is None:
            raise ConfigurationError("this call has no answer yet, so it cannot be compared")
        self._make_room()
        self.pinned.append(trial := _pinned(name, turn, target, base_url))
        return trial

    def drop(self, id: str) -> None:
        """Take a column away."""
        self._added = [variant for variant in self._added if variant.id != id]
        self.pinned = [trial for trial in self.pinned if trial.id != id]

    def compared(self, overrides: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return the overrides of each column beside the deployed one, those that are set now the last."""
        current = [overrides] if self._shows_current(overrides) else []
        return [*(variant.overrides for variant in self._added), *current]

    def requests(self, own: Request, plain: Request, config: Config | None) -> list[tuple[str, str, Request]]:
        """Return name, title and request of each column to run; the title says what it overrides.

        Args:
            own: With the settings as they are now.
            plain: The same as deployed.
            config: What is deployed, where that is known.
        """
        # `replace` keeps parameters, so each variant starts from the request that has none.
        asked = [("deployed", plain), *((v.id, plain.replace(**v.overrides)) for v in self._added)]
        if self._shows_current(own.parameters):
            # Without any override it asks the same as the first: that shows how much answers vary.
            asked.append(("current", own))
        titles = apart(called(request.parameters, config) for _, request in asked)
        return [(name, title, request) for (name, request), title in zip(asked, titles, strict=True)]

    def section(self, overrides: Mapping[str, Any], config: Config | None) -> Comparison:
        """Return what the front end shows of the next comparison.

        Args:
            config: What is deployed, where that is known.
        """
        settings: list[tuple[str, Mapping[str, Any]]] = [("deployed", {}), *self._added]
        if self._shows_current(overrides):
            settings.append(("current", overrides))
        titles = apart(called(one, config) for _, one in settings)
        items = [_setting(name, title) for (name, _), title in zip(settings, titles, strict=True)]
        items += [_item(trial.id, trial.title, trial.detail) for trial in self.pinned]
        return Comparison(
            on=self.are_begun,
            items=items,
            can_add=self._are_new(overrides) and self._count < MOST_COMPARED,
        )

    def remark(self, overrides: Mapping[str, Any]) -> list[str]:
        """Return a sentence where the settings as they are now found no room."""
        if self._count < MOST_COMPARED or not self._are_new(overrides):
            return []
        return [f"These settings are not compared: {MOST_COMPARED} columns is the most; take one away."]

    def _are_new(self, overrides: Mapping[str, Any]) -> bool:
        return bool(overrides) and all(variant.overrides != overrides for variant in self._added)

    def _shows_current(self, overrides: Mapping[str, Any]) -> bool:
        return self._count < MOST_COMPARED and (not self._added or self._are_new(overrides))

    @property
    def _count(self) -> int:
        return 1 + len(self._added) + len(self.pinned)

    def _make_room(self) -> None:
        if self._count >= MOST_COMPARED:
            raise ConfigurationError(f"a comparison has at most {MOST_COMPARED} columns; take one away first")


def _item(name: str, title: str, detail: str, *, fixed: bool = False) -> Item:
    return Item(id=name, title=title, detail=detail, fixed=fixed)


def _setting(name: str, title: str) -> Item:
    """Return the column of settings; those deployed and those that are set now are not put there by hand."""
    return _item(name, title, "set now" if name == "current" else "", fixed=name in ("deployed", "current"))


def _pinned(name: str, turn: StoredTurn, target: Target, base_url: str) -> Trial:
    kept = runs.asked_of(turn)
    assert kept is not None
    request = Request(target, kept.message, variables=kept.variables, messages=kept.extra, **kept.overrides)
    title, where = ", ".join(filter(None, ("Earlier", runs.when(turn.at)))), runs.where_of(turn, base_url)
    is_elsewhere = where != str(target).rpartition("/")[2]
    detail = runs.detail_of(kept.overrides, kept.variables) + (f", in {where}" if is_elsewhere else "")
    reply = runs.reply_of(turn, request)
    return Trial(name, title, detail, request, state=state_of(reply.error), reply=reply)
