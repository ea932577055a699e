"""Every command of ``%langtail`` by its name, and where to find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from langtail_nb._errors import ConfigurationError
from langtail_nb._line.options import spellings
from langtail_nb._magic.commands.budget import budget
from langtail_nb._magic.commands.context import Context
from langtail_nb._magic.commands.diff import diff
from langtail_nb._magic.commands.edit import cell, edit
from langtail_nb._magic.commands.help import help_
from langtail_nb._magic.commands.last import curl, last
from langtail_nb._magic.commands.local import local
from langtail_nb._magic.commands.login import login
from langtail_nb._magic.commands.open import open_
from langtail_nb._magic.commands.panel import panel
from langtail_nb._magic.commands.replay import COMMANDS as REPLAY_COMMANDS
from langtail_nb._magic.commands.replay import replay
from langtail_nb._magic.commands.runs import runs
from langtail_nb._magic.commands.save import save
from langtail_nb._magic.commands.set import reset, set_, unset
from langtail_nb._magic.commands.show import deployments, show, variables
from langtail_nb._magic.commands.thread import COMMANDS as THREAD_COMMANDS
from langtail_nb._magic.commands.thread import thread
from langtail_nb._magic.commands.tool import tool
from langtail_nb._magic.commands.use import use
from langtail_nb._replay.mode import MODES
from langtail_nb._text.near import near

COMMANDS: dict[str, Callable[[Context], None]] = {
    "use": use,
    "set": set_,
    "unset": unset,
    "reset": reset,
    "login": login,
    "local": local,
    "tool": tool,
    "edit": edit,
    "cell": cell,
    "show": show,
    "variables": variables,
    "deployments": deployments,
    "last": last,
    "thread": thread,
    "runs": runs,
    "diff": diff,
    "replay": replay,
    "budget": budget,
    "save": save,
    "curl": curl,
    "open": open_,
    "panel": panel,
    "help": help_,
}
_HELP = ("--help", "-h")
_WITHIN = {"thread": THREAD_COMMANDS, "replay": (*MODES, *REPLAY_COMMANDS)}
IN_A_SHELL = ("demo", "serve", "model", "pull", "check")
"""The commands of ``langtail-nb``, which are no commands here."""


def run(context: Context) -> None:
    """Carry out one command.

    Raises:
        ConfigurationError: There is no such command; names near matches.
    """
    command = COMMANDS.get(context.name)
    if command is None:
        raise ConfigurationError(f"unknown command {context.name!r}{_meant(context.name)}")
    if context.rest.split()[:1] in ([word] for word in _HELP):
        return help_(replace(context, name="help", rest=context.name))
    return command(context)


def _meant(name: str) -> str:
    """Return where a word is at home that is no command: behind another, in a shell, on a cell's line."""
    if f"--{name}" in spellings("cell"):
        return f": it is an option of a cell, %%langtail --{name}"
    if name in IN_A_SHELL:
        return f": it is typed in a shell, langtail-nb {name}"
    within = [f"{first} {name}" for first, words in _WITHIN.items() if name in words]
    hint = f" (did you mean {' or '.join(map(repr, within))}?)" if within else near(name, [*COMMANDS, "run"])
    return f"{hint}; %langtail help lists all"
