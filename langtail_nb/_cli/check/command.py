"""The sub-command ``check``: folders in, a line for each fault out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from langtail_nb._cli.check.folder import check_folder
from langtail_nb._cli.terminal import CommandError, report, tell

if TYPE_CHECKING:
    Subcommands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001


def add_check(subcommands: Subcommands) -> None:
    """Add ``check``."""
    parser = subcommands.add_parser(
        "check",
        help="look for faults in the files of a project folder",
        description="Read every assistant of a project folder, text or JSON, and print FILE:LINE:COLUMN "
        "and what is wrong, a line each: templates that would stay unrendered, variables without a default "
        "and defaults that no message uses, parameters out of range or refused together, tools without a "
        "schema, names that clash. Nothing is sent, and nothing of the folder is run. "
        "Ends with 1 if there is a fault.",
    )
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="folder of SLUG.md or .json")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check folders and return the exit code: 0, or 1 if anything is wrong.

    Raises:
        CommandError: A folder cannot be read, or holds no assistant.
    """
    files = faults = 0
    for folder in options.folders:
        try:
            names, found = check_folder(folder)
        except OSError as exc:
            raise CommandError(f"the project folder {folder} cannot be read: {exc.strerror or exc}") from exc
        if not names:
            raise CommandError(f"no SLUG.md or SLUG.json in the project folder {folder}")
        for fault in found:
            report(str(fault))
        files, faults = files + len(names), faults + len(found)
    counted = f"{faults or 'no'} fault{'s' * (faults != 1)}"
    tell(f"{files} file{'s' * (files != 1)}, {counted}")
    return 1 if faults else 0
