"""A panel without a view: what it published, what it sent, and waiting for either."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from langtail_nb._kernel.session import Session
from langtail_nb._panel.playground import Playground

LIMIT_S = 20.0
TIMES = 20
TARGET = "acme/help/triage/staging"


@dataclass
class Shown:
    """The newest value of each section, and all messages in order."""

    sections: dict[str, Any] = field(default_factory=dict)
    sent: list[dict[str, Any]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    _news: threading.Condition = field(default_factory=threading.Condition)

    def publish(self, name: str, value: Any) -> None:
        with self._news:
            self.sections[name] = value
            self.told.append(name)
            self._news.notify_all()

    def send(self, message: dict[str, Any]) -> None:
        with self._news:
            self.sent.append(message)
            self._news.notify_all()

    def __getitem__(self, name: str) -> Any:
        return self.sections[name]

    def until(self, met: Callable[[Shown], bool]) -> None:
        """Wait for something to be published or sent."""
        with self._news:
            assert self._news.wait_for(lambda: met(self), LIMIT_S), self.sections

    def row(self, name: str) -> dict[str, Any]:
        """The row of a parameter."""
        return next(row for row in self["parameters"] if row["name"] == name)

    def variable(self, name: str) -> dict[str, Any]:
        """The row of a variable."""
        return next(row for row in self["variables"] if row["name"] == name)

    def grown(self, column: str) -> list[dict[str, Any]]:
        """What a column was told as it grew."""
        grown = [message["grow"] for message in self.sent if "grow" in message]
        return [message for message in grown if message["id"] == column]

    def newest(self, key: str) -> dict[str, Any]:
        """The newest message of a kind; what is worked out beside a panel may be told after it."""
        return next(message for message in reversed(self.sent) if key in message)

    def said(self) -> list[str]:
        """The lines for the status area."""
        return [message["say"] for message in self.sent if "say" in message]

    def previewed(self) -> list[dict[str, str]]:
        """All messages of the preview, in order."""
        shown = self["preview"]
        return [*shown["template"], *self.sections.get("past", []), *shown["call"]]


@dataclass
class Panel:
    """A model, and what it shows."""

    model: Playground
    shown: Shown

    def do(self, action: str, /, **given: Any) -> None:
        self.model.do({"do": action, **given})

    def is_heard(self, action: str, /, **given: Any) -> bool:
        """Do something that changes nothing, and return whether it was said to be heard.

        Again where something was told meanwhile, as what is worked out beside the panel may be at any time:
        that is an answer, too.
        """
        for _ in range(TIMES):
            before = len(self.shown.sent)
            self.do(action, **given)
            if {"heard": action} in self.shown.sent[before:]:
                return True
        return False

    def keep(self, column: str = "run") -> None:
        """Press Keep under an answer as it is shown."""
        [serial] = [one["serial"] for one in self.shown["columns"] if one["id"] == column]
        self.do("keep", column=column, serial=serial)

    def run(self, name: str = "run") -> list[dict[str, Any]]:
        """Run or compare to the end, and return the columns."""
        self.do(name)
        self.model.wait()
        self.shown.until(lambda shown: not shown["busy"])
        columns: list[dict[str, Any]] = self.shown["columns"]
        return columns


def opened(session: Session, target: str = TARGET, **options: Any) -> Panel:
    """A panel whose deployment has been read."""
    shown = Shown()
    model = Playground(session, session.target(target), publish=shown.publish, send=shown.send, **options)
    model.refresh()
    model.looks.look()
    shown.until(lambda shown: shown["head"]["status"] != "reading")
    with session.settings.lock, model._lock:
        # The head is published first; the lock is free when the rest is.
        return Panel(model, shown)
