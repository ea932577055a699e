"""Where the API is."""

from __future__ import annotations

import os
from typing import Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._http.origin import host_of, is_loopback

DEFAULT_BASE_URL: Final = "https://api.langtail.com"


URL_VARIABLE: Final = "LANGTAIL_BASE_URL"


def base_url_of(setting: str | None = None) -> str:
    """Return the base URL to use, without a trailing slash; a path prefix is kept.

    Raises:
        ConfigurationError: It is no http or https address, or would send a key unencrypted over a network.
    """
    given = setting or os.environ.get(URL_VARIABLE, "")
    url = (given.strip() or DEFAULT_BASE_URL).rstrip("/")
    if "@" in url:
        # Said without the address: what stands before the @ may be a password.
        raise ConfigurationError("the base URL must not hold a user name or password, or any other @")
    host = host_of(url)
    if host is None:
        raise ConfigurationError(f"base URL {url!r} must look like https://host or https://host/prefix")
    if url.startswith("http:") and not is_loopback(host):
        raise ConfigurationError(f"base URL {url!r} would send the key unencrypted; use https")
    return url
