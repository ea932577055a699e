"""A dict that does not change, and is a dict in every other way: copied, pickled, written as JSON."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class ReadOnlyDict(dict[K, V]):
    """A dict that refuses changes; ``dict(it)`` and ``it | {...}`` give one that takes them.

    A MappingProxyType would be neither pickled nor deep-copied, and ``dataclasses.asdict`` does the latter.
    """

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("this dict cannot be changed; make another with dict(...) and change that")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        # By items, as dicts are pickled, they would be set one after the other.
        return type(self), (dict(self),)
