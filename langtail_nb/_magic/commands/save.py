"""``%langtail save``: what is set here becomes the file of the assistant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.saving.save import defaults, prepare
from langtail_nb._kernel.saving.telling import link, told
from langtail_nb._magic.commands.context import Context
from langtail_nb._show.say import show
from langtail_nb._text.near import near

_USAGE: Final = "save [SLUG[@ENVIRONMENT]] [-v NAME] [--to FILE]"


@dataclass
class _Asked:
    """What stands after the command."""

    name: str | None = None
    to: str | None = None
    variables: list[str] = field(default_factory=list)


def save(context: Context) -> None:
    """Write what is set here into a project file, show what that changes, and drop what is deployed then.

    Raises:
        ConfigurationError: Wrong words, no file to write to, or one that was changed meanwhile.
    """
    session, asked = context.session, _asked(context.words)
    target = session.target()
    deployed = session.deployed
    empty = prepare(
        session,
        target,
        name=asked.name,
        to=asked.to,
        deployed=lambda: deployed.wait(session.client(), target),
    )
    made = empty.of(session.settings.overrides(target), defaults(session, target, asked.variables))
    is_written, client = made.write(session), session.client()
    notes = made.take_effect(session, client)
    notes += link(session, client, made, session.settings.request(target=target))
    show(*told(made, is_written, notes))


def _asked(words: Sequence[str]) -> _Asked:
    asked, rest = _Asked(), iter(words)
    for word in rest:
        if word in ("--to", "-v", "--var"):
            value = next(rest, None)
            if value is None:
                raise ConfigurationError(f"{word} needs a value; write %langtail {_USAGE}")
            if word == "--to" and asked.to is not None:
                raise ConfigurationError(f"name the file once: {asked.to} or {value}")
            if word == "--to":
                asked.to = value
            else:
                asked.variables.append(value)
        elif word.startswith("-") or asked.name is not None:
            raise ConfigurationError(
                f"unknown {word!r}{near(word, ['--to', '-v'])}; write %langtail {_USAGE}"
            )
        else:
            asked.name = word
    return asked
