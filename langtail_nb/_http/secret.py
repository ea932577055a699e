"""A text that goes into a request header and nowhere else."""

from __future__ import annotations

from typing import Final

_SHORTEST: Final = 8


class Secret:
    """A text that prints as its last four characters only.

    Verbose tracebacks show every local variable, so the plain text lives in no other object.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    @property
    def ending(self) -> str:
        """The last four characters, or nothing of a text so short that they would give it away."""
        return f"…{self._value[-4:]}" if len(self._value) >= 12 else "…"

    def reveal(self) -> str:
        """Return the text itself, for the request header and nothing else."""
        return self._value

    def mask(self, text: str) -> str:
        """Return ``text`` with the secret, wherever a server echoed it, replaced by its ending.

        One of a few letters is left: it is a word, like the ``local`` that servers on this machine get.
        """
        return text.replace(self._value, self.ending) if len(self._value) >= _SHORTEST else text

    def cover(self, text: str) -> str:
        """Return ``text`` with the secret replaced by as many stars: every other place stays where it is."""
        covered = "*" * len(self._value)
        return text.replace(self._value, covered) if len(self._value) >= _SHORTEST else text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reveal() == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.ending})"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled; each process reads its own")


class Hidden(Secret):
    """One of which nothing is shown, its ending neither: it may end in what is no secret's ending."""

    @property
    def ending(self) -> str:
        """Nothing."""
        return "…"
