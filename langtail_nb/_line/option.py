"""One option of the line: how it is typed, what its value may be, what help says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from langtail_nb._types.fields import Field

Reads = Literal[
    "nothing", "text", "name", "choice", "seconds", "expr", "pair", "variable", "score", "optional"
]
"""How the value is written: ``pair`` is NAME=TEXT or NAME:=EXPR, ``variable`` also NAME=@FILE or NAME,
``score`` EXPR or NAME:=EXPR, ``optional`` a text that may be left out before another option."""

BOTH: Final = ("cell", "set")


@dataclass(frozen=True)
class Option:
    """One option of ``%%langtail``.

    Attributes:
        spellings: As typed, the long one first.
        metavar: What stands for the value in help; empty for a flag.
        repeated: Whether it may be given several times.
        choices: The values allowed, if not empty.
        where: ``cell`` for a call, ``set`` for ``%langtail set``.
        check: Returns a value as it is kept, given it and the spelling, or raises a ConfigurationError.
        field: The request field it sets, or None.
        name: The Python name of that field, else the attribute of ``Options``.
    """

    spellings: tuple[str, ...]
    reads: Reads
    help: str
    metavar: str = ""
    repeated: bool = False
    choices: tuple[str, ...] = ()
    where: tuple[str, ...] = ("cell",)
    check: Callable[[Any, str], Any] | None = None
    field: Field | None = None
    name: str = ""

    @property
    def usage(self) -> str:
        """Spellings and value, the short one first: ``-t, --temperature F``."""
        names = ", ".join(sorted(self.spellings, key=len))
        return f"{names} {self.metavar}".rstrip() + (" *" if self.repeated else "")


_METAVARS: Final = {
    "number": "F", "integer": "N", "text": "NAME", "texts": "TEXT", "choice": "NAME",
    "tool_choice": "NAME|:=EXPR", "object": "EXPR", "messages": "EXPR", "tools": "EXPR", "flag": "",
}  # fmt: skip


def of_field(field: Field) -> Option:
    """Return the option that sets a request field."""
    reads: Reads = {"flag": "nothing", "object": "expr", "messages": "expr", "tools": "expr"}.get(
        field.kind, "text"
    )  # type: ignore[assignment]
    pairs = field.name == "metadata"
    return Option(
        field.options,
        "pair" if pairs else reads,
        field.help + (f" ({field.range})" if field.range else ""),
        "NAME=TEXT" if pairs else "ID" if field.name == "user" else _METAVARS[field.kind],
        repeated=pairs or field.kind == "texts",
        choices=field.choices,
        where=BOTH,
        field=field,
        name=field.name,
    )
