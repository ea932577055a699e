"""Keeping keys out of what is remembered and shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Final

MASKED: Final = "***"
"""What stands where a key stood."""

_SECRET_NAME = re.compile(r"api-?key|authorization|cookie|token|secret|password", re.IGNORECASE)
_SECRET_PARAMETER = re.compile(
    r"((?:^|&)[^=&]*(?:key|authorization|token|secret|password)[^=&]*=)[^&]+", re.IGNORECASE
)


class Mask:
    """The keys that one request must not leave behind."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Iterable[str] = ()) -> None:
        # The longest first: where one is part of another, no rest may stay.
        self._keys = tuple(sorted({key for key in keys if key}, key=len, reverse=True))

    def __repr__(self) -> str:
        return f"<Mask of {len(self._keys)} keys>"

    def text(self, text: str) -> str:
        """Return the text without the keys."""
        for key in self._keys:
            text = text.replace(key, MASKED)
        return text

    def bytes(self, content: bytes) -> bytes:
        """Return the bytes without the keys."""
        for key in self._keys:
            content = content.replace(key.encode(), MASKED.encode())
        return content

    def header(self, name: str, value: str) -> str:
        """Return a header's value; nothing of it where the name says that it is secret."""
        return MASKED if _SECRET_NAME.search(name) else self.text(value)

    def query(self, query: str) -> str:
        """Return a query string; nothing of those values whose name says that they are secret."""
        return _SECRET_PARAMETER.sub(rf"\g<1>{MASKED}", self.text(query))

    def value(self, value: Any, text: str) -> Any:
        """Return a JSON value without the keys; ``text`` is the same as JSON, and tells if there are any."""
        if not any(json.dumps(key)[1:-1] in text for key in self._keys):
            return value
        try:
            return self._walked(value)
        except RecursionError:
            return MASKED

    def _walked(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self._walked(item) for item in value]
        if isinstance(value, dict):
            return {self.text(name): self._walked(item) for name, item in value.items()}
        return value


NOTHING_SECRET: Final = Mask()
"""Masks only what names itself."""
