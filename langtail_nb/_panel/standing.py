"""Widgets in a notebook: which run of which cell each stands in, and which one takes the place of which."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar
from weakref import WeakKeyDictionary

from langtail_nb._kernel.execution import Execution


class Closable(Protocol):
    """What stands in a cell."""

    def close(self) -> None:
        """End it."""


Widget = TypeVar("Widget", bound=Closable)


class Standing(Generic[Widget]):
    """The open widgets of one kind, in the order in which they were made."""

    def __init__(self) -> None:
        self._open: WeakKeyDictionary[Widget, list[Execution]] = WeakKeyDictionary()
        self._replaced: list[tuple[Execution, Widget]] = []

    def __iter__(self) -> Iterator[Widget]:
        return iter([one for ref in self._open.keyrefs() if (one := ref()) is not None])

    def stand(self, widget: Widget, execution: Execution) -> list[Widget]:
        """Have a widget take the place of what only an earlier run of its cell showed, which is closed.

        Returns:
            What this run has closed and none of its own has gone on from (:meth:`went_on`).
        """
        for other, stood_in in list(self._open.items()):
            stood_in[:] = [one for one in stood_in if not execution.repeats(one)]
            if not stood_in and other is not widget:
                other.close()
                self._replaced.append((execution, other))
        self._open.setdefault(widget, []).append(execution)
        self._replaced[:] = [one for one in self._replaced if one[0] == execution]
        return [other for _, other in self._replaced]

    def went_on(self, widget: Widget) -> None:
        """Know that another one has gone on from a widget that was closed."""
        self._replaced[:] = [one for one in self._replaced if one[1] is not widget]

    def leave(self, widget: Widget) -> None:
        """Forget a widget that is closed."""
        self._open.pop(widget, None)

    def outlasting(self, execution: Execution) -> list[Widget]:
        """Return the widgets that stay where they are, whatever this run of a cell shows."""
        every = list(self._open.items())
        return [one for one, stood_in in every if not all(map(execution.repeats, stood_in))]
