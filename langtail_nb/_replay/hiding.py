"""What stands in no recording, wherever a server echoed it."""

from __future__ import annotations

from urllib.parse import urlsplit

from langtail_nb._http.secret import Secret

_INSTEAD = "replay"


class Hiding:
    """Takes the key, and the address of a server that is not everybody's, out of texts.

    Args:
        base_url: The address; ``""`` for one that may be known.
    """

    def __init__(self, secret: Secret, base_url: str = "") -> None:
        self._secret = secret
        host = urlsplit(base_url).netloc
        # A plain name such as "localhost" is a word.
        self._hosts = [host] if "." in host or ":" in host else []

    def mask(self, text: str) -> str:
        """Return a text without them."""
        text = self._secret.mask(text)
        for host in self._hosts:
            text = text.replace(host, _INSTEAD)
        return text

    def cover(self, text: str) -> str:
        """Return a text with stars in their place, as many: every other place stays where it is."""
        text = self._secret.cover(text)
        for host in self._hosts:
            text = text.replace(host, "*" * len(host))
        return text
