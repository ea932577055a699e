"""``%langtail use``: which assistant the next cells ask."""

from __future__ import annotations

from langtail_nb._errors import ConfigurationError, LangtailError, NotFoundError
from langtail_nb._kernel.session import Session
from langtail_nb._magic.commands.context import Context
from langtail_nb._show.say import say
from langtail_nb._types.target import Target

_LIMIT_S = 3.0


def use(context: Context) -> None:
    """Make a target current.

    Raises:
        ConfigurationError: It is no target, more than one word, or nothing is deployed there.
    """
    words = context.words
    if len(words) != 1:
        raise ConfigurationError("write %langtail use workspace/project/assistant/environment")
    target = context.session.target(words[0])
    unchecked = _look(context.session, target)
    context.session.settings.target = str(target)
    say(f"{target} is current{unchecked}")


def _look(session: Session, target: Target) -> str:
    """Look whether an assistant is deployed there; return what is to be said where nobody can tell.

    Raises:
        ConfigurationError: None is.
    """
    try:
        session.deployed.wait(session.client(), target, limit_s=_LIMIT_S)
    except NotFoundError as exc:
        raise ConfigurationError(session.with_places(str(exc), target)) from exc
    except LangtailError:
        return "; not checked, as what is deployed cannot be read"
    return ""
