"""The ``langtail-nb`` command: a parser put together from one piece for each sub-command."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from shutil import get_terminal_size
from textwrap import wrap
from typing import Any

from langtail_nb._cli import demo, serve
from langtail_nb._cli.check.command import add_check
from langtail_nb._cli.exit_code import EXIT_CODES, FAILED, INTERRUPTED
from langtail_nb._cli.pull import command
from langtail_nb._cli.terminal import CommandError, tell
from langtail_nb._environment import VARIABLES
from langtail_nb._errors import LangtailError
from langtail_nb._version import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code, one of ``EXIT_CODES``.

    A failure is one line on stderr.
    """
    options = build_parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except (CommandError, LangtailError) as exc:
        tell(f"langtail-nb: {exc}")
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command; each sub-command sets ``run``, which returns an exit code."""
    parser = argparse.ArgumentParser(
        prog="langtail-nb",
        description="Langtail in the notebook.",
        epilog=_epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"langtail-nb {__version__}")
    subcommands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    serve.add_serve(subcommands)
    serve.add_model(subcommands)
    command.add_pull(subcommands)
    add_check(subcommands)
    demo.add_demo(subcommands)
    return parser


def _epilog() -> str:
    return f"environment:\n{_list(VARIABLES)}\n\nexit codes:\n{_list(EXIT_CODES)}"


def _list(table: Mapping[Any, str]) -> str:
    indent = max(len(str(name)) for name in table) + 4
    columns = get_terminal_size().columns - 2  # as argparse has it
    wrapped = (wrap(text, max(columns - indent, 20)) for text in table.values())
    texts = (f"\n{'':{indent}}".join(lines) for lines in wrapped)
    return "\n".join(f"  {name!s:{indent - 2}}{text}" for name, text in zip(table, texts, strict=True))
