"""A line as it is typed, before anything of it is evaluated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from langtail_nb._line.scanner import Expr
from langtail_nb._types.deployed import Deployed


@dataclass(frozen=True, slots=True)
class Variable:
    """A named value as typed; by ``form``, ``text`` is a text, an expression, a file's path or empty."""

    name: str
    form: Literal["text", "expr", "file", "name"]
    text: str


@dataclass(frozen=True, slots=True)
class Named:
    """Python that was given a name, or none: its text, and what it came to."""

    name: str
    text: str
    value: Any = field(compare=False)


Typed = str | Expr | Deployed | Variable | Literal[True]
"""A value as typed: text, an expression, the bare word ``deployed``, a named one; True for a flag."""


@dataclass
class TypedLine:
    """What a line says, as typed; ``evaluate`` turns it into ``Options``.

    Attributes:
        given: What stands after each option, by the option's name, in the order of the line.
        spelled: The spelling used for each option, for errors.
        body: The cell's body after the options; None where there is none.
    """

    target: str | None = None
    given: dict[str, list[Typed]] = field(default_factory=dict)
    spelled: dict[str, str] = field(default_factory=dict)
    body: str | None = None
