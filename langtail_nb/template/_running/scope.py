"""What names mean while a template runs: contexts, ``@`` data, block parameters, inline partials."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, TypeAlias

from langtail_nb.template._language.nodes import Path, Program
from langtail_nb.template._running.values import CHARACTERS_A_STEP, UNDEFINED, Value, get, strictly_equal

Frame: TypeAlias = dict[str, Value]
UNBOUND: Final = object()


class Body(NamedTuple):
    """A program with the inline partials defined in it."""

    program: Program
    partials: dict[str, Body | None] | None


class PartialBlock:
    """What ``{{> @partial-block}}`` runs; inside it, the name means the block further out."""

    __slots__ = ("body", "outer")

    def __init__(self, body: Body, outer: Value) -> None:
        self.body = body
        self.outer = outer


class _Params(NamedTuple):
    """What a helper hands to its body for the names between bars, and what came with the bodies around."""

    own: list[Value]
    outer: _Params | None

    def first(self, count: int) -> list[Value]:
        """Return so many values, missing ones undefined."""
        found: list[Value] = []
        chain: _Params | None = self
        while chain is not None and len(found) < count:
            found += chain.own
            chain = chain.outer
        return found[:count] + [UNDEFINED] * (count - len(found))


class _Saved(NamedTuple):
    """What a body found when it began, to be put back when it ends."""

    data: Frame
    params: _Params | None
    partials: dict[str, Body | None]
    named: Frame
    shifted: bool


class Scope:
    """The surroundings of the tag that runs, the innermost last.

    Block parameters belong to the bodies that run, not to the text around the tag, so an inline
    partial sees those of the place that includes it.
    """

    def __init__(self, root: Value, count: Callable[[int], None]) -> None:
        self._count = count
        self.data: Frame = {"root": root}
        self.partials: dict[str, Body | None] = {}
        self.depth = 0
        """How many bodies run within each other."""
        self._contexts: list[Value] = []
        self._params: _Params | None = None
        self._named: Frame = {}

    @property
    def context(self) -> Value:
        """What ``this`` means, or ``UNDEFINED`` before the template has begun."""
        return self._contexts[-1] if self._contexts else UNDEFINED

    @property
    def named(self) -> int:
        """How many names block parameters have now."""
        return len(self._named)

    def enter(self, body: Body, context: Value, data: Frame | None, params: list[Value] | None) -> _Saved:
        """Go into a body; a context that is the same as the one around adds no ``../``."""
        shifted = not self._contexts or not strictly_equal(context, self._contexts[-1])
        saved = _Saved(self.data, self._params, self.partials, self._named, shifted)
        if shifted:
            self._contexts.append(context)
        if body.partials is not None:
            self.partials = {**self.partials, **body.partials}
        if data is not None:
            self.data = data
        self._params = None if params is None else _Params(params, self._params)
        if names := body.program.params:
            values = (self._params or _Params([], None)).first(len(names))
            # Backwards, because the first of two equal names counts.
            own = zip(reversed(names), reversed(values), strict=True)
            self._named = {**self._named, **dict(own)}
        self.depth += 1
        return saved

    def leave(self, saved: _Saved) -> None:
        """Go out of the body that was entered last."""
        self.data, self._params, self.partials, self._named, shifted = saved
        self.depth -= 1
        if shifted:
            self._contexts.pop()

    def value(self, path: Path) -> Value:
        """Return what a path leads to, or ``UNDEFINED``."""
        parts: Iterable[str] = path.parts
        bound = UNBOUND
        if self._named and path.parts and not path.depth and not path.scoped:
            bound = self.bound(path.parts[0])
        if bound is not UNBOUND:
            value, parts = bound, path.parts[1:]
        elif path.data:
            value = self.data
            for _ in range(path.depth):
                value = get(value, "_parent")
        else:
            value = self._contexts[-1 - path.depth] if path.depth < len(self._contexts) else UNDEFINED
        for part in parts:
            if value is None or value is UNDEFINED:
                return UNDEFINED
            if isinstance(value, str) and not value.isascii():
                self._count(len(value) // CHARACTERS_A_STEP)
            value = get(value, part)
        return value

    def bound(self, name: str) -> Value:
        """Return the value of a block parameter, or ``UNBOUND`` if no block around has it."""
        return self._named.get(name, UNBOUND)


def frame(parent: Frame | None) -> Frame:
    """Return a copy of ``@`` data for a body inside, which reaches the original as its parent."""
    return {**(parent or {}), "_parent": parent if parent is not None else UNDEFINED}
