"""Where the API key comes from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final
from urllib.parse import urlsplit

from langtail_nb._client.api_key import ApiKey
from langtail_nb._client.base_url import DEFAULT_BASE_URL, URL_VARIABLE, base_url_of
from langtail_nb._errors import ConfigurationError, Interrupted
from langtail_nb._http.origin import is_loopback, origin

_KEY_VARIABLE: Final = "LANGTAIL_API_KEY"
_KEYRING_SERVICE: Final = "langtail-nb"

_this_kernel: dict[str, ApiKey] = {}


def resolve(url: str) -> ApiKey:
    """Return the key that belongs to the origin of ``url``.

    The environment's key goes to the default origin and to ``LANGTAIL_BASE_URL``'s only; any other origin
    gets a key that was stored for it.

    Raises:
        ConfigurationError: There is none; says what to do.
    """
    found = lookup(url)
    if found is None:
        raise ConfigurationError(_what_to_do(url))
    return found


def lookup(url: str) -> ApiKey | None:
    """Return the key that belongs to the origin of ``url``, or None."""
    where = origin(url)
    if where in _this_kernel:
        return _this_kernel[where]
    trusted = {origin(DEFAULT_BASE_URL), origin(base_url_of())}
    found = (_from_environment() or _from_colab()) if where in trusted else None
    found = found or _from_keyring(where)
    if found is None and is_loopback(urlsplit(url).hostname or ""):
        return ApiKey("local", "nowhere: a server on this machine needs none")
    return found


def remember(url: str, key: ApiKey) -> None:
    """Keep a key for one origin until this process ends."""
    _this_kernel[origin(url)] = key


def forget(url: str) -> None:
    """Drop what :func:`remember` kept for the origin of ``url``."""
    _this_kernel.pop(origin(url), None)


def store(url: str, value: str) -> ApiKey:
    """Keep a key for one origin in the system's keyring, or for this kernel where there is none.

    Returns:
        The key; its ``source`` says where it went.
    """
    key = ApiKey(value, "the keyring")
    if not _put_into_keyring(origin(url), key):
        return _only_here(url, value)
    forget(url)
    return key


def _put_into_keyring(where: str, key: ApiKey) -> bool:
    with _asking_others():
        import keyring

        keyring.set_password(_KEYRING_SERVICE, where, key.reveal())
        # Read back, because the null backend keeps nothing and says nothing.
        return _from_keyring(where) == key
    return False


@contextmanager
def _asking_others() -> Iterator[None]:
    """Let a keyring or Colab fail in peace: then the key is somewhere else.

    Keyring backends are plug-ins that raise what they like: locked, no session bus, broken. Nothing of it is
    shown, nor of an interrupt: in a verbose traceback their frames would show the key.
    """
    try:
        with suppress(Exception):
            yield
    except KeyboardInterrupt as exc:
        raise Interrupted("stopped while a key was asked for or kept") from exc


def _only_here(url: str, value: str) -> ApiKey:
    key = ApiKey(value, "this kernel only")
    remember(url, key)
    return key


def _from_environment() -> ApiKey | None:
    value = os.environ.get(_KEY_VARIABLE, "").strip()
    return ApiKey(value, _KEY_VARIABLE) if value else None


def _from_colab() -> ApiKey | None:
    value = None
    with _asking_others():
        from google.colab import userdata

        value = userdata.get(_KEY_VARIABLE)
    return ApiKey(value, "the Colab secrets") if value else None


def _from_keyring(where: str) -> ApiKey | None:
    value = None
    with _asking_others():
        import keyring

        value = keyring.get_password(_KEYRING_SERVICE, where)
    return ApiKey(value, "the keyring") if value else None


def _what_to_do(url: str) -> str:
    if os.environ.get(_KEY_VARIABLE) and origin(url) != origin(base_url_of()):
        return (
            f"no key for {origin(url)}: {_KEY_VARIABLE} goes to {origin(base_url_of())} only; "
            f"set {URL_VARIABLE}, or type %langtail login"
        )
    return (
        f"no API key for {origin(url)}; set {_KEY_VARIABLE}, or type %langtail login, "
        "or %langtail local for a server that needs none"
    )
