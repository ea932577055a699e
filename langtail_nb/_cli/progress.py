"""A progress bar for a terminal."""

from __future__ import annotations

import sys
from types import TracebackType

_WIDTH = 30


class TerminalBar:
    """One line on stderr that fills up; where stderr is no terminal, only its title."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._is_terminal = sys.stderr.isatty()
        self._shown = -1

    def __enter__(self) -> TerminalBar:
        """Show the empty bar."""
        if self._is_terminal:
            self.show(0.0)
        else:
            print(self._title, file=sys.stderr)
        return self

    def show(self, fraction: float) -> None:
        """Fill the bar up to a fraction from 0 to 1."""
        percent = int(100 * fraction)
        if not self._is_terminal or percent == self._shown:
            return
        self._shown = percent
        filled = "#" * (_WIDTH * percent // 100)
        print(f"\r{self._title} [{filled:<{_WIDTH}}] {percent:3}%", end="", file=sys.stderr, flush=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the line."""
        if self._is_terminal:
            print(file=sys.stderr)
