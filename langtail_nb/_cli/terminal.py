"""Lines for a terminal, whoever wrote the words in them, and text for a file or a pipe."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO

from langtail_nb._text.characters import encodable, visible_line


class CommandError(Exception):
    """A command that failed; the message is one line."""


def tell(line: str) -> None:
    """Print one line on stderr; what a terminal would obey in place of showing is replaced."""
    print(visible_line(line), file=sys.stderr, flush=True)


def report(line: str) -> None:
    """Print one line of a command's result on stdout, as :func:`tell` does.

    Where stdout cannot be written to, the command goes on without it; unless its reader just had enough, that
    is told.
    """
    try:
        print(encodable(visible_line(line), getattr(sys.stdout, "encoding", None)), flush=True)
    except OSError as exc:
        abandon(sys.stdout)
        if not isinstance(exc, BrokenPipeError):
            tell(f"langtail-nb: cannot write to stdout: {exc.strerror or exc}")


def write_out(text: str) -> None:
    """Write to stdout as it is, as UTF-8 with plain line ends, whatever the terminal or pipe is set to.

    Raises:
        CommandError: It cannot be written.
    """
    if sys.stdout is None:
        raise CommandError("cannot write to stdout: it is closed")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
    except OSError as exc:
        abandon(sys.stdout)
        raise CommandError(f"cannot write to stdout: {exc.strerror or exc}") from exc


def abandon(stream: TextIO) -> None:
    """Let what is written to a stream from now on go nowhere, as it failed once."""
    # What is left in its buffer would fail once more when Python ends, as a traceback or as exit code 120.
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
