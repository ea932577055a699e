"""Which thread the options of a call name."""

from __future__ import annotations

from dataclasses import dataclass

from langtail_nb._kernel.conversation.place import Place


@dataclass(frozen=True, slots=True)
class Route:
    """What the options say of the thread: a name, a new one, one that stays apart; else the current one.

    ``after`` is the turn whose tool calls are answered, which goes before all of these.
    """

    name: str | None = None
    new: bool = False
    apart: bool = False
    after: Place | None = None
