"""A panel as it stood at one moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from langtail_nb._kernel.conversation.thread import Thread
from langtail_nb._types.config import Config, arguments_of, template_of
from langtail_nb._types.messages import Message
from langtail_nb._types.target import Target

Kind = Literal["text", "json"]
"""How a variable is written in a panel."""


@dataclass(frozen=True)
class Snapshot:
    """All that the sections are made from, as it was at one moment.

    Attributes:
        config: What is deployed, or None where it is not known.
        trouble: Why it is not known, in one line; None while it is being read.
        changed: Whether it changed since the panel was opened.
        message: The message as it is sent, text or parts; None for none.
        typed: Variables whose boxes hold what is deployed for them.
        problems: What was wrong with the last input for a parameter, by name.
        stand_in: Whether a local model answers.
        stood_in: Whether one answers or did so since the panel was opened.
    """

    target: Target
    config: Config | None
    trouble: str | None
    changed: bool
    overrides: Mapping[str, Any]
    sources: Mapping[str, str]
    variables: Mapping[str, str]
    message: Any
    extra: Sequence[Message]
    thread: Thread | None
    stand_in: bool = False
    stood_in: bool = False
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    models: Sequence[str] = ()
    typed: Collection[str] = ()

    @property
    def deployed(self) -> dict[str, Any] | None:
        """The deployed arguments, or None where they are not known."""
        return arguments_of(self.config) if self.config is not None else None

    @property
    def stored(self) -> list[Message]:
        """The template's messages: the override, or what is deployed."""
        own = self.overrides.get("template")
        return list(own) if own is not None else template_of(self.config or {})

    @property
    def earlier(self) -> dict[str, str]:
        """Variables of the thread's previous turn, which count less than those that are set."""
        before = self.thread.newest if self.thread is not None else None
        return before.variables if before is not None else {}
