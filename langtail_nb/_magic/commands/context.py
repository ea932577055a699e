"""What every command of ``%langtail`` is given, and how it reads the words after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.session import Session
from langtail_nb._line.scanner import Scanner, tokens
from langtail_nb._types.target import Target


@dataclass(frozen=True, slots=True)
class Context:
    """What a command works on: the session, its own name, the words after that as typed, and the shell."""

    session: Session
    name: str
    rest: str
    shell: Any

    @property
    def words(self) -> list[str]:
        """The rest, split as the option line is, quotes dropped."""
        return tokens(self.rest)

    def within(self) -> Context:
        """Return the same for a command of two words: the next word joins the name."""
        scanner = Scanner(self.rest)
        scanner.more()
        name = f"{self.name} {scanner.text()}"
        return replace(self, name=name, rest=scanner.line[scanner.at :])

    def alone(self) -> Session:
        """Return the session to a command that takes no words.

        Raises:
            ConfigurationError: Some are given.
        """
        if words := self.rest.strip():
            raise ConfigurationError(f"%langtail {self.name} takes nothing after it, not {words!r}")
        return self.session

    def named(self) -> str | None:
        """Return the target that stands after a command as its only word, as typed; None where none does.

        Raises:
            ConfigurationError: More words are given.
        """
        words = self.words
        if len(words) > 1:
            raise ConfigurationError(f"write %langtail {self.name} [TARGET], not {self.rest.strip()!r}")
        return words[0] if words else None

    def target(self) -> Target:
        """Return that target, or the current one.

        Raises:
            ConfigurationError: More words are given, or there is no such target and no current one.
        """
        return self.session.target(self.named())
