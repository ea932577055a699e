"""Whether Dask can be asked, looked at before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from langtail_nb._client import key_lookup
from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.session import Session
from langtail_nb._text.brief import shorten
from langtail_nb._version import __version__

_PACKAGE: Final = "langtail_nb"


def client_of(executor: Any) -> Any:
    """Return what was given as ``executor=``, a Client of Dask that can be asked; None for none.

    Raises:
        ConfigurationError: It is no such thing.
    """
    if executor is None:
        return None
    try:
        from distributed import Client
    except ImportError:
        raise ConfigurationError('executor= needs Dask: python -m pip install "langtail-nb[dask]"') from None
    if not isinstance(executor, Client):
        raise ConfigurationError(f"executor takes a distributed.Client, not {shorten(repr(executor), 60)}")
    if executor.asynchronous:
        raise ConfigurationError("executor takes a Client that waits: make it without asynchronous=True")
    if executor.status != "running":
        raise ConfigurationError(f"executor is a Client that is {executor.status}: make another one")
    return executor


def check_workers(executor: Any, session: Session) -> int:
    """Return how many workers there are, each of which can ask.

    Raises:
        ConfigurationError: One cannot, or there is none; nothing was sent.
    """
    if session.replay.is_on:
        raise ConfigurationError("executor= does not go with replay: leave it out, or %langtail replay off")
    try:
        versions = executor.get_versions(packages=[_PACKAGE])["workers"]
        wrong = [*_missing(versions)] or [*_troubles(executor, session)]
    except OSError as exc:
        raise ConfigurationError(f"the scheduler of Dask cannot be reached: {exc}") from exc
    if not versions:
        raise ConfigurationError("the Dask cluster has no workers")
    if wrong:
        others = f"; {len(wrong) - 1} other workers likewise" if len(wrong) > 1 else ""
        raise ConfigurationError(f"{wrong[0]}{others}")
    return len(versions)


def _missing(versions: Mapping[str, Any]) -> Iterator[str]:
    for address, found in versions.items():
        version = found["packages"].get(_PACKAGE)
        if version is None:
            yield f"the Dask worker {address} has no langtail_nb: install langtail-nb {__version__} there"
        elif version != __version__:
            has = f"it has langtail-nb {version}: install {__version__} there, as here"
            yield f"the Dask worker {address} cannot ask: {has}"


def _troubles(executor: Any, session: Session) -> Iterator[str]:
    # What this module needs of a worker's may be missing there.
    from langtail_nb._sweep.workers.inside import trouble

    needs_key = session.key().reveal() != key_lookup.NO_KEY
    found = executor.run(trouble, __version__, session.base_url, needs_key, on_error="return")
    for address, why in found.items():
        if why is not None:
            yield f"the Dask worker {address} cannot ask: {why}"
