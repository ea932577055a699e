"""Which earlier calls somebody asks for: the one way from words and filters to the store."""

from __future__ import annotations

from collections.abc import Iterable

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.disk.query import Query
from langtail_nb._kernel.disk.store import Store
from langtail_nb._kernel.disk.stored import SOURCES
from langtail_nb._kernel.runs import said_in
from langtail_nb._text.near import near


def wanted(
    store: Store,
    *,
    assistant: str | None,
    search: str = "",
    sources: Iterable[str] = (),
    failed: bool | None = None,
    this_kernel: bool = False,
    ids: Iterable[int] | None = None,
    before: int | None = None,
) -> Query:
    """Return the query for calls that :meth:`Store.find` and :meth:`Store.count` take.

    Args:
        store: Where they are looked for.
        assistant: Theirs, ``workspace/project/assistant``; None for any.
        search: Words that each of them holds, in whatever order: see :func:`runs.said_in`.
        sources: Who made them, of ``SOURCES``; empty for anyone but maps and sweeps.
        failed: Whether they have no whole answer; None for either.
        this_kernel: Those of this kernel's life alone.
        ids: Those of these numbers alone; None for any.
        before: Those before the call of this number alone.

    Raises:
        ConfigurationError: There is no such source.
    """
    named = tuple(sources)
    for name in named:
        if name not in SOURCES:
            hint = near(name, SOURCES) if isinstance(name, str) else ""
            raise ConfigurationError(f"unknown source {name!r}{hint}; there are {', '.join(SOURCES)}")
    query = Query(
        assistant,
        named,
        failed,
        # Hundreds of a sweep would leave no room for others; whoever wants them names them.
        trials=None if named or ids is not None else False,
        ids=ids,
        before=before,
        words=tuple(search.split()),
        text_of=said_in,
    )
    return store.own(query) if this_kernel else query
