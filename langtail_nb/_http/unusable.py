"""That nothing can be sent at all."""

from __future__ import annotations

from typing import Literal


class Unusable(Exception):
    """Nothing can be sent: the address, the proxy or the file of certificates is of no use; says why."""

    def __init__(self, part: Literal["address", "proxy", "certificates"], said: str) -> None:
        super().__init__(said)
        self.part = part
