"""Where the API key comes from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final
from urllib.parse import urlsplit

from langtail_nb._client.api_key import ApiKey
from langtail_nb._client.base_url import DEFAULT_BASE_URL, URL_VARIABLE, base_url_of
from langtail_nb._client.plain_http import is_allowed
from langtail_nb._client.variable import variable
from langtail_nb._environment import beside_no_notebook
from langtail_nb._errors import ConfigurationError, Interrupted
from langtail_nb._http.origin import is_loopback, is_private, origin
from langtail_nb._http.secret import Hidden, Secret

_KEY_VARIABLE: Final = "LANGTAIL_API_KEY"
_KEYRING_SERVICE: Final = "langtail-nb"
NO_KEY: Final = "local"
"""What stands for a key where none is needed."""

NONE: Final = ApiKey("none", "nowhere: none is needed")
"""The key of calls that are not sent."""

_this_kernel: dict[str, ApiKey] = {}


def resolve(url: str) -> ApiKey:
    """Return the key that belongs to the origin of ``url``.

    The environment's key goes to the default origin and to ``LANGTAIL_BASE_URL``'s only, and never
    unencrypted over a network; any other origin gets a key that was stored for it.

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
    is_meant = where in trusted and is_private(url)
    found = (_from_environment() or _from_colab()) if is_meant else None
    return found or _from_keyring(where) or _for_a_stand_in(url)


def _for_a_stand_in(url: str) -> ApiKey | None:
    if is_loopback(urlsplit(url).hostname or ""):
        return ApiKey(NO_KEY, "nowhere: a server on this machine needs none")
    only = "nowhere: unencrypted, only one goes out that %langtail login stored"
    return ApiKey(NO_KEY, only) if is_allowed(url) else None


def hidden(api_key: object) -> Secret | None:
    """Return what was given as a key so that it cannot be seen; it may be none."""
    return api_key if isinstance(api_key, Secret | None) else Hidden(api_key)  # type: ignore[arg-type]


def key_for(url: str, given: Secret | None, *, needed: bool) -> ApiKey:
    """Return the key for calls to ``url``.

    Args:
        given: By whoever calls; None looks it up.
        needed: Whether there must be one.

    Raises:
        ConfigurationError: There is none, or what was given is none or may not go there.
    """
    if given is None:
        return resolve(url) if needed else lookup(url) or NONE
    if isinstance(given, ApiKey):
        return given
    key = ApiKey(given, "the argument api_key")
    if not is_private(url) and key.reveal() != NO_KEY:
        raise ConfigurationError(
            f"to {origin(url)} only a key goes that %langtail login stored for it; leave api_key out"
        )
    return key


def remember(url: str, key: ApiKey) -> None:
    """Keep a key for one origin until this process ends."""
    _this_kernel[origin(url)] = key


def forget(url: str) -> None:
    """Drop what :func:`remember` kept for the origin of ``url``."""
    _this_kernel.pop(origin(url), None)


def store(url: str, value: str | Secret) -> ApiKey:
    """Keep a key for one origin in the system's keyring, or for this kernel where there is none.

    Returns:
        The key; its ``source`` says where it went.
    """
    key = ApiKey(ApiKey(value, "the prompt"), "the keyring")
    if not _put_into_keyring(origin(url), key):
        return _only_here(url, key)
    forget(url)
    return key


def _put_into_keyring(where: str, key: ApiKey) -> bool:
    with _asking_others():
        with beside_no_notebook():
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


def _only_here(url: str, value: Secret) -> ApiKey:
    key = ApiKey(value, "this kernel only")
    remember(url, key)
    return key


def _from_environment() -> ApiKey | None:
    value = Hidden(variable(_KEY_VARIABLE))
    return ApiKey(value, _KEY_VARIABLE) if value.reveal() else None


def _from_colab() -> ApiKey | None:
    value = Hidden("")
    with _asking_others():
        from google.colab import userdata

        value = Hidden(userdata.get(_KEY_VARIABLE))
    return ApiKey(value, "the Colab secrets") if value.reveal() else None


def _from_keyring(where: str) -> ApiKey | None:
    value = Hidden("")
    with _asking_others():
        with beside_no_notebook():
            import keyring

        value = Hidden(keyring.get_password(_KEYRING_SERVICE, where) or "")
    return ApiKey(value, "the keyring") if value.reveal() else None


def _what_to_do(url: str) -> str:
    if variable(_KEY_VARIABLE) and origin(url) != origin(base_url_of()):
        return (
            f"no key for {origin(url)}: {_KEY_VARIABLE} goes to {origin(base_url_of())} only; "
            f"set {URL_VARIABLE}, or type %langtail login"
        )
    return (
        f"no API key for {origin(url)}; set {_KEY_VARIABLE}, or type %langtail login, "
        "or %langtail local for a server that needs none"
    )
