"""What one types: options of cells, commands of ``%langtail``, the ``langtail-nb`` command."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from langtail_nb._cli.exit_code import EXIT_CODES
from langtail_nb._cli.main import build_parser
from langtail_nb._line.commands import COMMANDS
from langtail_nb._line.option import Option
from langtail_nb._line.options import OPTIONS
from langtail_nb._local.faults.faults import BEFORE, FRAMING, SCRIPTS
from reference.markdown import entry, program, prose, sentence

# Their names in links: {option}`cell --temperature`; Sphinx takes no % in them.
_CELL = "cell"
_SET = "set"


def options() -> str:
    """Return every option of a cell."""
    found = [option for option in OPTIONS.values() if "cell" in option.where]
    return "\n".join([program(_CELL), *map(_option, found)])


def set_options() -> str:
    """Return the options that only ``%langtail set`` takes."""
    found = [option for option in OPTIONS.values() if option.where == ("set",)]
    return "\n".join([program(_SET), *map(_option, found)])


def _option(option: Option) -> str:
    notes = []
    if option.repeated:
        notes.append("May be repeated.")
    if option.choices and not option.field:
        notes.append(f"One of {', '.join(f'`{choice}`' for choice in option.choices)}.")
    if option.where == ("cell", "set"):
        notes.append("Also in `%langtail set`.")
    if option.field:
        notes.append(f"Sets {{confval}}`{option.field.name}`.")
    usage = option.usage.removesuffix(" *")
    return entry("option", usage, [" ".join([sentence(option.help), *notes])])


def commands() -> str:
    """Return every command of ``%langtail``."""
    return "\n".join(
        entry(
            "linecommand",
            f"{one.name} {one.usage}".rstrip(),
            [" ".join([sentence(one.help), prose(one.more)])],
        )
        for one in COMMANDS.values()
    )


def cli() -> str:
    """Return the ``langtail-nb`` command: each sub-command under a heading of its own."""
    parser = build_parser()
    parts = [program("langtail-nb"), *_arguments(parser)]
    for name, sub in _subcommands(parser):
        about = prose(" ".join((sub.description or "").split()))
        parts += [f"## {name}\n", f"{about}\n", program(f"langtail-nb {name}"), *_arguments(sub)]
    return "\n".join(parts)


def _subcommands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:  # noqa: SLF001 - argparse has no public way to list them
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            yield from action.choices.items()


def _arguments(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:  # noqa: SLF001
        is_help = isinstance(action, argparse._HelpAction | argparse._SubParsersAction)  # noqa: SLF001
        if not is_help and action.help != argparse.SUPPRESS:
            yield entry(
                "option", _usage(action), [sentence((action.help or "") % {"default": action.default})]
            )


def _usage(action: argparse.Action) -> str:
    names = ", ".join(sorted(action.option_strings, key=len))
    if action.nargs == 0:
        return names
    stands_for = action.choices and "|".join(map(str, action.choices))
    metavar = action.metavar or stands_for or action.dest.upper().replace("-", "_")
    return f"{names} {metavar}".strip()


def exit_codes() -> str:
    """Return every code that ``langtail-nb`` ends with."""
    return "\n".join(entry("exitcode", str(code), [sentence(text)]) for code, text in EXIT_CODES.items())


def faults() -> str:
    """Return every fault that can be asked of the local server."""
    titles = {
        "In place of the answer": BEFORE,
        "In how the answer is sent": FRAMING,
        "In what is answered": SCRIPTS,
    }
    return "\n".join(
        f"**{title}**\n\n" + "\n".join(entry("fault", name, [sentence(text)]) for name, text in table.items())
        for title, table in titles.items()
    )
