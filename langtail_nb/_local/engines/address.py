"""Where an engine on another server is, and whether a key may go there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

import httpx

from langtail_nb._http.origin import is_loopback, is_private
from langtail_nb._text.characters import stands_in_quotes

EXAMPLE: Final = "http://127.0.0.1:11434/v1"
_COMPLETIONS = "/chat/completions"
_PORTS = {"http": 80, "https": 443}


class AddressError(ValueError):
    """A URL that is no engine's; the message is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Address:
    """An OpenAI-compatible server.

    Attributes:
        base: Its URL without a slash at the end; ``/chat/completions`` is a path below it.
        model: Asked for in every request, in place of what is deployed; None leaves that as it is.
    """

    base: str
    model: str | None = None

    @property
    def completions(self) -> str:
        """The URL that is asked for answers."""
        return self.base + _COMPLETIONS

    @property
    def models(self) -> str:
        """The URL that lists the models."""
        return f"{self.base}/models"

    @property
    def where(self) -> str:
        """Host and port, for messages."""
        return self._parts.netloc

    @property
    def host(self) -> str:
        """The name or the number of the host."""
        return self._parts.hostname or ""

    @property
    def port(self) -> int:
        """The port, also where the URL leaves it out."""
        return self._parts.port or _PORTS[self._parts.scheme]

    @property
    def is_local(self) -> bool:
        """Whether it is this machine's loopback."""
        return is_loopback(self.host)

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read what is sent: over https, or on this machine."""
        return is_private(self.base)

    @property
    def _parts(self) -> SplitResult:
        return urlsplit(self.base)


def parse_address(url: str) -> Address:
    """Return the address in a URL; a model's name may follow after ``#``.

    A URL without a path gets ``/v1``. ``/chat/completions`` at the end of one is taken off.

    Raises:
        AddressError: It is not a plain http or https URL. The message shows no more of it than its scheme,
            since a password may be inside.
    """
    if stands_in_quotes(url.strip()):
        raise AddressError(f"the engine's URL stands in quotes; write it like {EXAMPLE}")
    if "@" in url:
        # Anywhere: a password that holds a / or # moves it out of the part where a reader would look.
        where = "a password goes into OPENAI_API_KEY instead, and in a model's name it is written %40"
        raise AddressError(f"the engine's URL holds an @; {where}")
    parts = _split(url)
    if parts is None:
        raise AddressError(f"the engine's URL cannot be read; write it like {EXAMPLE}")
    if parts.scheme not in _PORTS:
        raise AddressError(f"an engine's URL starts with http:// or https://, not {parts.scheme}://")
    if not parts.hostname or parts.port == 0:
        raise AddressError(f"the engine's URL names no host and port; write it like {EXAMPLE}")
    if parts.query:
        raise AddressError(f"an engine's URL has no ?query; write it like {EXAMPLE}")
    path = parts.path.rstrip("/").removesuffix(_COMPLETIONS).rstrip("/")
    if not parts.path.strip("/"):
        path = "/v1"
    return Address(f"{parts.scheme}://{parts.netloc}{path}", unquote(parts.fragment) or None)


def _split(url: str) -> SplitResult | None:
    """Return the parts of a URL, None where it cannot be read; what a reader says of it quotes it."""
    try:
        parts = urlsplit(url)
        httpx.URL(url)
        _ = parts.port  # read, and so checked to be a number in range
    except (ValueError, httpx.InvalidURL):
        return None
    return parts
