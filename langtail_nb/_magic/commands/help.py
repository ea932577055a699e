"""``%langtail help``: the commands, a line each, or one of them in full."""

from __future__ import annotations

from langtail_nb._errors import ConfigurationError
from langtail_nb._line.commands import COMMANDS
from langtail_nb._magic import help
from langtail_nb._magic.commands.context import Context
from langtail_nb._show.say import show, table
from langtail_nb._text import markdown
from langtail_nb._text.near import near


def help_(context: Context) -> None:
    """Show every command on a line of its own; of the one that is named all its forms, and its options.

    Raises:
        ConfigurationError: There is no such command; names near matches.
    """
    name = " ".join(context.words)
    if not name:
        return _all()
    if name not in COMMANDS:
        raise ConfigurationError(f"no command {name!r}{near(name, COMMANDS)}; %langtail help lists all")
    text = help.command(name)
    return show(text, markdown.code(text))


def _all() -> None:
    rows = [[f"%langtail {c.name} {c.usage}".rstrip(), c.help] for c in COMMANDS.values()]
    plain, shown = table(["command", "what it does"], rows)
    show(plain, shown)
