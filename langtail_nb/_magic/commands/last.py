"""``%langtail last`` and ``curl``: the newest call, its reply and how a shell makes it."""

from __future__ import annotations

from langtail_nb._errors import ConfigurationError
from langtail_nb._line import copies
from langtail_nb._magic.commands.context import Context
from langtail_nb._show.say import show
from langtail_nb._text import markdown


def last(context: Context) -> None:
    """Show the newest reply of this kernel.

    Raises:
        ConfigurationError: There is none yet.
    """
    from IPython.display import display

    session = context.alone()
    if session.last is None:
        raise ConfigurationError("nothing was answered in this kernel yet")
    display(session.last)


def curl(context: Context) -> None:
    """Show the last call as a command for a shell."""
    session = context.alone()
    request = (
        session.last.request
        if session.last is not None
        else session.settings.request(target=session.target())
    )
    command = copies.curl(session.shown_url, request)
    show(command, markdown.code(command, "bash"))
