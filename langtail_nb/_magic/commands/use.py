"""``%langtail use``: which assistant the next cells ask."""

from __future__ import annotations

from langtail_nb._errors import ConfigurationError
from langtail_nb._magic.commands.context import Context
from langtail_nb._show.say import say


def use(context: Context) -> None:
    """Make a target current.

    Raises:
        ConfigurationError: It is no target, or more than one word.
    """
    words = context.words
    if len(words) != 1:
        raise ConfigurationError("write %langtail use workspace/project/assistant/environment")
    target = context.session.target(words[0])
    context.session.settings.target = str(target)
    say(f"{target} is current")
