"""``run.best().save()``: the setting to take becomes the file of the assistant."""

from __future__ import annotations

from typing import Any, Final

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.saving.files import held, served_file
from langtail_nb._kernel.saving.save import Save, prepare
from langtail_nb._kernel.saving.telling import link, told
from langtail_nb._kernel.session import Session
from langtail_nb._show.say import show
from langtail_nb._sweep.identity import differing, setting_parts
from langtail_nb._sweep.results import Results
from langtail_nb._sweep.way import Way
from langtail_nb._types.fields import PLACES
from langtail_nb._types.plain_form import opened
from langtail_nb._types.request import Request
from langtail_nb._types.target import Target

# What a setting can have that no file holds, and without which it would not be what was measured.
_APART: Final = ("message", "messages", "extra")


def save(run: Results, place: int, name: Any, to: Any) -> None:
    """Write a setting of a run into a project file, and show what that changes and what is used again.

    Raises:
        ConfigurationError: No file can say it, there is none to write to, or one was changed meanwhile.
    """
    session, way = run.plan.session, run.plan.ways[place]
    _check(way, name=name, to=to)
    target = _deployed_at(run, way)
    empty = prepare(
        session,
        target,
        name=opened(name),
        to=None if to is None else str(opened(to)),
        how=".save(to={!r})",
        deployed=lambda: session.deployed.wait(session.client(), target),
    )
    made = _made(empty, way)
    is_written, client = made.write(session), session.client()
    notes = [*made.take_effect(session, client), *_used_again(run, place, session, made)]
    notes += link(session, client, made, way.base.replace(messages=()))
    show(*told(made, is_written, notes))


def _check(way: Way, **given: Any) -> None:
    for name, value in given.items():
        if value is not None and not isinstance(opened(value), str) and not hasattr(value, "__fspath__"):
            raise ConfigurationError(f"{name} must be text, not {value!r:.60}")
    apart = [name for name in way.setting.overrides if name in _APART]
    if apart:
        raise ConfigurationError(
            f"no deployment holds {apart[0]}, which this setting has; .to_cell() writes it as a cell"
        )


def _deployed_at(run: Results, way: Way) -> Target:
    """Return where the sweep's assistant is deployed, whichever place the setting itself names."""
    plain = (one.base.target for one in run.plan.ways if not {*PLACES} & one.setting.overrides.keys())
    return next(plain, way.base.target)


def _made(save: Save, way: Way) -> Save:
    if way.base.target == save.target:
        return save.of(way.base.parameters, {})
    answering = served_file(save.folder, way.base.target) if save.folder is not None else None
    content = held(answering).content if answering is not None else way.config
    if content is None:
        raise ConfigurationError(f"what is deployed at {way.base.target} is not known")
    return save.instead(dict(content), way.base.parameters)


def _used_again(run: Results, place: int, session: Session, save: Save) -> list[str]:
    """Return whether the answers of the setting are those of what is deployed now."""
    way = run.plan.ways[place]
    if session.deployed.own(session.base_url, save.target) is None or not _answers(save):
        return []
    config = session.deployed.config(session.base_url, save.target)
    differs = differing(setting_parts(way.place, config, Request(save.target)), way.parts)
    if differs:
        return [f"what answers now differs from what was measured in {', '.join(differs)}: it is asked anew"]
    count = sum(one.reply is not None for one in run.of_setting(place))
    return [f"its {count:,} stored answers are used again: they are those of what is deployed now"]


def _answers(save: Save) -> bool:
    return save.folder is not None and served_file(save.folder, save.target) == save.file.path
