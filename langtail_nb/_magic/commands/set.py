"""``%langtail set``, ``unset`` and ``reset``: what the calls that follow override."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.session import Session
from langtail_nb._line.options import Options
from langtail_nb._line.reading import parse
from langtail_nb._line.values import evaluate
from langtail_nb._magic.commands.context import Context
from langtail_nb._magic.commands.set_text import in_force, told
from langtail_nb._magic.commands.status import status
from langtail_nb._show.say import say

_NO_THREAD: Final = "no-thread"


def set_(context: Context) -> None:
    """Set parameters and variables for the calls that follow, and say so; alone, show what is set.

    Raises:
        ConfigurationError: The line is wrong; nothing is set.
    """
    session = context.session
    options = evaluate(parse(context.rest, where="set"), context.shell.user_ns)
    one_shot = session.conversations(session.target()) if options.no_thread else None
    session.settings.update(options.parameters, options.variables)
    if options.timeout is not None:
        session.settings.timeout = options.timeout
    if options.rerun is not None:
        session.settings.set_trait("rerun", options.rerun)
    if one_shot is not None:
        one_shot.one_shot = True
    if names := _named(options):
        return say(told(session, names))
    return status(context)


def _named(options: Options) -> list[str]:
    """Return the names of what a line sets."""
    flags = {
        "timeout": options.timeout is not None,
        "rerun": options.rerun is not None,
        _NO_THREAD: options.no_thread,
    }
    variables = (f"variable {name}" for name in options.variables)
    return [*options.parameters, *variables, *(name for name, is_given in flags.items() if is_given)]


def unset(context: Context) -> None:
    """Go back to what is deployed for parameters and variables by name, and say so.

    Raises:
        ConfigurationError: A name is none of them.
    """
    if not context.words:
        raise ConfigurationError("write %langtail unset NAME, such as temperature or a variable's name")
    session, before = context.session, in_force(context.session)
    flags = [word for word in context.words if word.lstrip("-").replace("_", "-") == _NO_THREAD]
    names = [word for word in context.words if word not in flags]
    _refuse_earlier(session, names)
    session.settings.unset(*names)
    if flags:
        session.conversations(session.target()).one_shot = False
    now = in_force(session)
    gone = [name for name in before if now.get(name) != before[name]]
    say(told(session, gone) if gone else f"{', '.join(context.words)}: not set, so nothing changed")


def _refuse_earlier(session: Session, names: Sequence[str]) -> None:
    """Say of a variable that was given in a cell, and stays with the conversation, how to be rid of it."""
    target = session.settings.current_target()
    thread = session.conversations(target).current if target is not None else None
    newest = thread.newest if thread is not None else None
    for name in names:
        if newest is not None and name in newest.variables and name not in session.settings.variables:
            raise ConfigurationError(
                f"{name!r} is not set; it comes from an earlier turn: give another, or --new-thread"
            )


def reset(context: Context) -> None:
    """Drop every override and variable of the current assistant."""
    context.alone().settings.reset()
    say("No override, variable or template is set any more; all is as deployed")
