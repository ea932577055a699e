"""The ``langtail-nb`` command: a parser put together from one piece for each sub-command."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from langtail_nb._cli import demo, serve
from langtail_nb._cli.check.command import add_check
from langtail_nb._cli.pull import command
from langtail_nb._cli.terminal import CommandError, tell
from langtail_nb._errors import LangtailError
from langtail_nb._version import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0, 1 for a failure, 2 for wrong usage.

    A failure is one line on stderr.
    """
    options = build_parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except (CommandError, LangtailError) as exc:
        tell(f"langtail-nb: {exc}")
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command; each sub-command sets ``run``, which returns an exit code."""
    parser = argparse.ArgumentParser(prog="langtail-nb", description="Langtail in the notebook.")
    parser.add_argument("--version", action="version", version=f"langtail-nb {__version__}")
    subcommands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    serve.add_serve(subcommands)
    serve.add_model(subcommands)
    command.add_pull(subcommands)
    add_check(subcommands)
    demo.add_demo(subcommands)
    return parser
