"""Saving from a panel, in two steps: what it would write is shown, then written and no longer set."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from langtail_nb._errors import ConfigurationError, LangtailError
from langtail_nb._panel.common import Common
from langtail_nb._panel.save_wire import Default, SaveSection

if TYPE_CHECKING:
    from langtail_nb._client.client import Client
    from langtail_nb._kernel.saving.difference import Difference
    from langtail_nb._kernel.saving.save import Save
    from langtail_nb._types.config import Config


class Saving:
    """What one panel saves."""

    def __init__(self, common: Common) -> None:
        self._common = common
        self._is_open = self._is_busy = False
        self._nowhere: str | None = None
        self._save: Save | None = None
        self._difference: Difference | None = None
        self._defaults: set[str] = set()
        self._serial = 0

    def actions(self) -> dict[str, Callable[..., object]]:
        """Return what is done for each action of a view."""
        return {"save_open": self._open, "save_default": self._default, "save_write": self._write}

    def draw(self) -> None:
        """Publish what saving would write now; with the lock of the settings."""
        if self._save is not None and not self._is_busy:
            self._follow(self._save)
        self._common.told.show("save", self._section())

    def _open(self, on: bool) -> None:
        """Read the file, and show from now on what would be written; or close that."""
        # Here, as it brings the reader of projects, which a panel that saves nothing does without.
        from langtail_nb._kernel.saving.save import prepare, why_nowhere

        self._save, self._difference, self._is_open = None, None, on and not self._is_busy
        if not self._is_open:
            return
        why = why_nowhere(self._common.session)
        self._nowhere = self._instead(why) if why is not None else None
        if why is None:
            # Nothing can be told of a file that cannot be read.
            self._is_open = False
            self._save = prepare(self._common.session, self._common.target, deployed=self._deployed)
            self._difference = self._save.difference()
            self._is_open, self._serial = True, self._serial + 1

    def _instead(self, why: str) -> str:
        """Return why nothing can be saved here, and the commands that write a file."""
        current = self._common.session.settings.current_target()
        is_current = current is not None and current.identity == self._common.target.identity
        use = "" if is_current else f"%langtail use {self._common.target}, then "
        return f"{why}. In a cell {use}%langtail save --to {self._common.target.assistant}.md writes a file."

    def _deployed(self) -> Config:
        if self._common.edits.config is None:
            raise ConfigurationError("what is deployed is not known, so there is nothing to start from")
        return self._common.edits.config

    def _default(self, name: str, on: bool) -> None:
        (self._defaults.add if on else self._defaults.discard)(name)

    def _follow(self, save: Save) -> None:
        """Have the save hold what is set now; what it shows gets another serial where that changed."""
        overrides = self._common.session.settings.overrides(self._common.target)
        given = self._common.session.settings.variables_of(self._common.target)
        self._defaults &= given.keys()
        variables = {name: text for name, text in given.items() if name in self._defaults}
        if (overrides, variables) != (save.overrides, save.variables):
            self._save = save.of(overrides, variables)
            self._difference = self._save.difference()
            self._serial += 1

    def _write(self, serial: int) -> None:
        self._common.edits.check("saved")
        if self._is_busy:
            return
        if (save := self._save) is None or serial != self._serial:
            raise ConfigurationError("nothing was saved: what is set has changed; look at it, and save again")
        client = self._common.session.client()
        try:
            is_written = save.write(self._common.session)
        except ConfigurationError:
            # What stands there by now is what the next press is to be about.
            self._open(True)
            raise
        self._is_busy = True
        self._common.aside(partial(self._take_effect, save, is_written, client))

    def _take_effect(self, save: Save, is_written: bool, client: Client) -> None:
        done = f"Saved {save.shown}." if is_written else f"{save.shown} says all of it already."
        told: list[str] = []
        try:
            told = save.take_effect(self._common.session, client)
            self._common.told.send({"say": " ".join([done, *map(_sentence, told)])})
        except LangtailError as exc:
            self._common.told.send(
                {"say": f"{done} But what is deployed now cannot be read: {exc}", "bad": True}
            )
        finally:
            self._save = self._difference = None
            self._is_open = self._is_busy = False
            self._defaults.clear()
            self._common.changed()

    def _section(self) -> SaveSection:
        save, given = self._save, self._common.session.settings.variables_of(self._common.target)
        difference = self._difference
        return SaveSection(
            open=self._is_open,
            busy=self._is_busy,
            nowhere=self._nowhere if self._is_open and save is None else None,
            link=not self._common.session.has_stand_in,
            file=save.shown if save is not None else "",
            serial=self._serial,
            some=save is not None and bool(save.overrides or save.variables),
            differs=difference is not None and bool(difference.facts or difference.words),
            facts=difference.facts if difference is not None else [],
            words=difference.words if difference is not None else [],
            left=save.made.left if save is not None else [],
            variables=[Default(name=name, on=name in self._defaults) for name in given],
        )


def _sentence(note: str) -> str:
    return f"{note[:1].upper()}{note[1:]}."
