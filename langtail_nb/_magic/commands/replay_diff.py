"""``%langtail replay diff``: what of the recordings differs from what is committed, word by word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from langtail_nb._magic.commands.context import Context
from langtail_nb._replay.as_text import answer_text, asked_text
from langtail_nb._replay.committed import NoGit, committed
from langtail_nb._replay.exchange_line import Recorded
from langtail_nb._show.difference import difference
from langtail_nb._show.say import say, show
from langtail_nb._text import markdown
from langtail_nb._text.diff import Mark, answer_diff, word_diff

_MOST_SHOWN: Final = 50


def diff(context: Context) -> None:
    """Show what was recorded anew, what is new and what is gone since the last commit.

    Raises:
        ConfigurationError: Words are given.
    """
    recording = context.alone().replay.recording
    try:
        old = committed(recording.folder)
    except NoGit as exc:
        return say(str(exc))
    recording.forget()
    changes = list(_changes(old, {one.key: one for one in recording.exchanges}))
    if not changes:
        return say("The recordings are as they are committed.")
    shown = [_shown(*one) for one in changes[:_MOST_SHOWN]]
    hidden = len(changes) - len(shown)
    more = [f"{hidden} more; git diff shows all"] if hidden else []
    plain, marked = ([part[form] for part in shown] for form in (0, 1))
    return show("\n\n".join([*plain, *more]), "\n\n".join([*marked, *map(markdown.inline, more)]))


def _changes(
    old: Mapping[str, Recorded], new: Mapping[str, Recorded]
) -> Iterator[tuple[Recorded | None, Recorded | None]]:
    """Yield what changed as it was and as it is; two of one place in a conversation belong together."""
    gone = [one for key, one in old.items() if key not in new]
    places = {_place(one): one for one in gone if one.turn is not None}
    for key, one in new.items():
        if key in old:
            if not one.says_the_same_as(old[key]):
                yield old[key], one
            continue
        was = places.pop(_place(one), None) if one.turn is not None else None
        if was is not None:
            gone.remove(was)
        yield was, one
    yield from ((one, None) for one in gone)


def _place(one: Recorded) -> tuple[object, ...]:
    return one.asked.path, one.conversation, one.turn, one.repeat


def _shown(was: Recorded | None, now: Recorded | None) -> tuple[str, str]:
    one = now or was
    assert one is not None
    what = "" if was and now else " (new)" if now else " (gone)"
    turn = f", turn {one.turn} of {one.conversation}" if one.turn is not None else ""
    head = f"{one.asked.place}{turn}{what}"
    parts = [
        ("asked", word_diff(*(asked_text(one) if one else "" for one in (was, now)))),
        ("answer", answer_diff(*(answer_text(one) if one else "" for one in (was, now)))),
    ]
    told = [(name, difference(marks)) for name, marks in parts if _says_something(marks)]
    plain = [head, *(f"{name}: {texts[0]}" for name, texts in told)]
    marked = [f"**{markdown.inline(head)}**", *(f"*{name}*: {texts[1]}" for name, texts in told)]
    return "\n".join(plain), "\n\n".join(marked)


def _says_something(marks: list[Mark]) -> bool:
    return any(sign != " " and text.strip() for sign, text in marks)
