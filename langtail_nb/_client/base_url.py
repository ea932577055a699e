"""Where the API is."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from langtail_nb._client.plain_http import HTTP_VARIABLE, is_allowed
from langtail_nb._client.variable import variable
from langtail_nb._errors import ConfigurationError
from langtail_nb._http.origin import host_of, is_private, shown
from langtail_nb._text.characters import stands_in_quotes

DEFAULT_BASE_URL: Final = "https://api.langtail.com"


URL_VARIABLE: Final = "LANGTAIL_BASE_URL"


def base_url_of(setting: str | None = None) -> str:
    """Return the base URL to use, without a trailing slash; a path prefix is kept.

    Raises:
        ConfigurationError: It is no http or https address, or would send a key unencrypted over a network.
    """
    if not isinstance(setting, str | None):
        raise ConfigurationError(f"a base URL is text, not {type(setting).__name__}")
    url = ((setting or variable(URL_VARIABLE)).strip() or DEFAULT_BASE_URL).rstrip("/")
    if wrong := _wrong(url):
        # It may hold a password, which a verbose traceback would print.
        del url, setting
        raise ConfigurationError(wrong)
    return url


def _wrong(url: str) -> str:
    """Return what is wrong with a base URL, without those of its parts that may be secret; "" for nothing."""
    if "@" in url:
        return "the base URL must not hold a user name or password, or any other @"
    if stands_in_quotes(url):
        return "the base URL stands in quotes; set it without them"
    if host_of(url) is None:
        return f"base URL{shown(url)} must look like https://host or https://host/prefix"
    if is_private(url) or is_allowed(url):
        return ""
    parts = urlsplit(url)
    allowing = f"{HTTP_VARIABLE}={parts.hostname}:{parts.port or 80}"
    remedy = f"use https, or allow a stand-in of your own with {allowing}"
    return f"base URL {url!r} would send the key unencrypted; {remedy}"
