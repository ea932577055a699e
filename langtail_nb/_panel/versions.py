"""How two deployments of an assistant differ: versions, environments, and what is set here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from langtail_nb._errors import ConfigurationError, LangtailError
from langtail_nb._kernel.saving.deployable import laid_in
from langtail_nb._kernel.saving.difference import Difference, difference_of
from langtail_nb._panel.common import Common
from langtail_nb._panel.versions_wire import Choice, Versions
from langtail_nb._types.config import Config
from langtail_nb._types.target import Target

if TYPE_CHECKING:
    from langtail_nb._client.client import Client

_HERE: Final = "here"
_NEEDS_VERSION: Final = "preview"
_NOTHING: Final = Difference([], [])


class VersionsTab:
    """The two deployments that one panel compares."""

    def __init__(self, common: Common) -> None:
        self._common = common
        self._is_open = self._is_busy = False
        self._names = ("", "")
        self._read: list[Config] = []
        self._problem: str | None = None
        self._last: tuple[list[Config], Difference] = ([], _NOTHING)

    def actions(self) -> dict[str, Callable[..., object]]:
        """Return what is done for each action of a view."""
        return {"versions_open": self._open, "versions_pick": self._pick}

    def draw(self) -> None:
        """Publish how the two differ now; with the lock of the settings."""
        difference = self._difference()
        first, second = self._names
        self._common.told.show(
            "versions",
            Versions(
                open=self._is_open,
                busy=self._is_busy,
                choices=self._choices() if self._is_open else [],
                first=first,
                second=second,
                problem=self._problem,
                facts=difference.facts,
                words=difference.words,
            ),
        )

    def _open(self, on: bool) -> None:
        self._is_open = on
        if on:
            first = _name(self._common.target.environment, self._common.target.version)
            others = [one["name"] for one in self._choices() if one["name"] not in (first, _HERE)]
            self._pick(
                first,
                _HERE
                if self._common.session.settings.overrides(self._common.target) or not others
                else others[0],
            )

    def _choices(self) -> list[Choice]:
        listing = self._common.session.deployed.listing(self._common.session.base_url)
        own = [row for row in listing if row.assistant == self._common.target.assistant]
        places = [(self._common.target.environment, self._common.target.version)]
        places += [(row.environment, None) for row in own if row.environment != _NEEDS_VERSION]
        places += [(row.environment, row.version) for row in own if row.version]
        found = {_name(*place): " @".join(filter(None, place)) for place in places}
        return [Choice(name=n, label=label) for n, label in {**found, _HERE: "what is set here"}.items()]

    def _pick(self, first: str, second: str) -> None:
        offered = {one["name"] for one in self._choices()}
        for name in (first, second):
            if name not in offered:
                raise ConfigurationError(f"{name!r} is not deployed, as far as that is known")
        client = self._common.session.client()
        self._names, self._read, self._problem, self._is_busy = (first, second), [], None, True
        self._common.aside(partial(self._look, (first, second), client))

    def _look(self, names: tuple[str, str], client: Client) -> None:
        """Read both as they are now."""
        try:
            found = [
                dict(self._common.session.deployed.wait(client, self._target_of(name))) for name in names
            ]
            problem = None
        except LangtailError as exc:
            found, problem = [], str(exc)
        with self._common.session.settings.lock:
            if names != self._names:
                return  # others were picked since
            self._read, self._problem, self._is_busy = found, problem, False
        self._common.changed()

    def _target_of(self, name: str) -> Target:
        return self._common.target if name == _HERE else Target.parse(name, self._common.target)

    def _difference(self) -> Difference:
        if not self._is_open or not self._read:
            return _NOTHING
        both = [self._as_it_is(name, config) for name, config in zip(self._names, self._read, strict=True)]
        if both != self._last[0]:
            self._last = both, difference_of(both[0], both[1], "the same")
        return self._last[1]

    def _as_it_is(self, name: str, config: Config) -> Config:
        """Return a deployment; with what is set here by now, where that is meant."""
        if name != _HERE:
            return config
        settings = self._common.session.settings
        return laid_in(
            config, settings.overrides(self._common.target), settings.variables_of(self._common.target)
        ).content


def _name(environment: str, version: str | None) -> str:
    """Return a place as a cell's line names it beside the current target."""
    return f"/{environment}" + (f"@{version}" if version else "")
