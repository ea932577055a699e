"""The option line, character by character: where a token, a value, an expression ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from langtail_nb._errors import ConfigurationError

_PAIRS: Final = {"(": ")", "[": "]", "{": "}"}
_QUOTES: Final = "'\""


@dataclass(frozen=True, slots=True)
class Expr:
    """Python of the user's, to be evaluated in the kernel: its text, verbatim."""

    text: str


def tokens(line: str) -> list[str]:
    """Return the tokens of a line; one that is quoted as a whole loses its quotes.

    Raises:
        ConfigurationError: A quote or a bracket is never closed.
    """
    scanner, found = Scanner(line), []
    while scanner.more():
        found.append(scanner.text())
    return found


class Scanner:
    """A position in a line, and the rules that move it on.

    White space splits outside quotes and outside ``()[]{}``. In text a quote opens only at the start and
    closes only where the token ends, so an inner apostrophe is a letter; no backslash is special. In an
    expression quotes are Python's.

    Args:
        line: The option line.
        partial: Take what is never closed up to the end of the line instead of raising, for completion.
    """

    def __init__(self, line: str, *, partial: bool = False) -> None:
        self.line = line
        self.at = 0
        self.partial = partial

    def more(self) -> bool:
        """Skip white space; return whether a token follows."""
        while self.at < len(self.line) and self.line[self.at].isspace():
            self.at += 1
        return self.at < len(self.line)

    def next_is(self, start: str) -> bool:
        """Return whether ``start`` stands here."""
        return self.line.startswith(start, self.at)

    def quoted(self) -> bool:
        """Return whether a quote stands here."""
        return not self._ends(self.at) and self.line[self.at] in _QUOTES

    def word(self) -> str:
        """Take everything up to white space, whatever it is."""
        start = self.at
        while not self._ends(self.at):
            self.at += 1
        return self.line[start : self.at]

    def text(self) -> str:
        """Take one text, without the quotes around it."""
        return self._quoted() if self.quoted() else self._bare()

    def name(self) -> tuple[str, str]:
        """Take a name and the separator after it: ``:=``, ``=`` or ``""``."""
        start = self.at
        while not self._ends(self.at):
            for separator in (":=", "="):
                if self.next_is(separator):
                    name = self.line[start : self.at]
                    self.at += len(separator)
                    return name, separator
            self.at += 1
        return self.line[start : self.at], ""

    def expression(self) -> str:
        """Take one Python expression, verbatim."""
        start = self.at
        open_brackets: list[str] = []
        while self.at < len(self.line):
            char = self.line[self.at]
            if char in _QUOTES:
                self._python_string(char)
                continue
            if char.isspace() and not open_brackets:
                break
            self._count(char, open_brackets)
            self.at += 1
        if open_brackets and not self.partial:
            raise _never_closed(open_brackets[-1], self.line[start:])
        return self.line[start : self.at]

    def _ends(self, at: int) -> bool:
        return at >= len(self.line) or self.line[at].isspace()

    def _quoted(self) -> str:
        quote, start = self.line[self.at], self.at + 1
        end = self.line.find(quote, start)
        while end >= 0 and not self._ends(end + 1):
            end = self.line.find(quote, end + 1)
        if end < 0:
            if not self.partial:
                raise _never_closed(quote, self.line[self.at :])
            end = len(self.line)
        self.at = min(end + 1, len(self.line))
        return self.line[start:end]

    def _bare(self) -> str:
        start = self.at
        open_brackets: list[str] = []
        while self.at < len(self.line) and (open_brackets or not self.line[self.at].isspace()):
            self._count(self.line[self.at], open_brackets)
            self.at += 1
        if open_brackets and not self.partial:
            raise _never_closed(open_brackets[-1], self.line[start:], remedy="; put quotes around the text")
        return self.line[start : self.at]

    @staticmethod
    def _count(char: str, open_brackets: list[str]) -> None:
        if char in _PAIRS:
            open_brackets.append(char)
        elif open_brackets and char == _PAIRS[open_brackets[-1]]:
            open_brackets.pop()

    def _python_string(self, quote: str) -> None:
        start = self.at
        ending = quote * 3 if self.next_is(quote * 3) else quote
        self.at += len(ending)
        inside = re.compile(rf"(?:[^\\{quote}]++|\\.|(?!{ending}){quote})*+(?={ending})", re.DOTALL)
        found = inside.match(self.line, self.at)
        self.at = found.end() if found else len(self.line)
        if self.at >= len(self.line) and not self.partial:
            raise _never_closed(ending, self.line[start:])
        self.at = min(self.at + len(ending), len(self.line))


def _never_closed(opener: str, rest: str, remedy: str = "") -> ConfigurationError:
    shown = rest if len(rest) <= 40 else f"{rest[:39]}…"
    return ConfigurationError(f"the {opener} in {shown} is never closed{remedy}")
