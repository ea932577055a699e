"""What the views of a panel have been told: each section when it changed, each image once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from threading import RLock
from typing import TYPE_CHECKING, Any

from langtail_nb._text.characters import mended

if TYPE_CHECKING:
    from langtail_nb._panel.wire import Said


class Told:
    """The way to the views, which says nothing twice.

    Args:
        publish: Takes the name and the new value of a section.
        send: Takes a message.

    Attributes:
        count: How many times something was said; who compares it sees whether an action was answered.
    """

    def __init__(self, publish: Callable[[str, Any], object], send: Callable[[Said], object]) -> None:
        self.count = 0
        self._publish, self._send = publish, send
        self._sections: dict[str, str] = {}
        self._pictures: set[str] = set()
        self._lock = RLock()
        self._is_open = True

    def close(self) -> None:
        """Say nothing from now on: somebody else has the views."""
        with self._lock:
            self._is_open = False

    def show(self, name: str, value: Any) -> None:
        """Publish a section, unless it is as it was."""
        written = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
        with self._lock:
            if self._is_open and self._sections.get(name) != written:
                self._sections[name] = written
                self.count += 1
                self._publish(name, _sendable(value, written))

    def send(self, message: Said) -> None:
        """Send a message."""
        with self._lock:
            self.count += 1
            if self._is_open:
                self._send(_sendable(message, json.dumps(message, ensure_ascii=False)))

    def pictures(self, data: Mapping[str, str], *, again: bool = False) -> None:
        """Send each image under its name, once; or all of them again, to a view that opens."""
        for name, url in data.items():
            if again or name not in self._pictures:
                self._pictures.add(name)
                self.send({"picture": name, "data": url})


def _sendable(value: Any, written: str) -> Any:
    # Texts of models, servers and front ends; with half a character in one the whole message could not go.
    whole = mended(written)
    return value if whole is written else json.loads(whole)
