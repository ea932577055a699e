"""Why a call cannot be played, and what is recorded in its stead."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any, Final

from langtail_nb._errors import ReplayError
from langtail_nb._replay.as_text import messages_text
from langtail_nb._replay.asked import hashed, is_hashed, without
from langtail_nb._replay.exchange_line import Recorded
from langtail_nb._replay.recording import Recording

_MOST_COMPARED: Final = 2000
_REMEDY: Final = "record it with %langtail replay record, or LANGTAIL_NB_REPLAY=auto"


def missing(wanted: Recorded, recording: Recording, *, private: bool = False) -> ReplayError:
    """Return the error for a call that is not recorded.

    Args:
        private: Whether it may not be recorded at all.
    """
    near = [
        one for one in recording.exchanges if one.asked.place == wanted.asked.place and _is_alike(one, wanted)
    ]
    nearest = _nearest(wanted, near)
    in_its_stead = [one for one in near if _is_at(one, wanted) or _follows_the_same(one, wanted)]
    differences = tuple(_differences(wanted, nearest, recording.vary)) if nearest is not None else ()
    error = ReplayError(_said(wanted, nearest, differences, private=private))
    if nearest is not None:
        error.nearest, error.differences = nearest, differences
        error.nearest_place = _place(nearest, wanted)
        is_shown = not is_hashed((nearest.asked.body or {}).get("messages"))
        error.messages = (messages_text(nearest), messages_text(wanted)) if is_shown else ("", "")
    error.stand_in = _nearest(wanted, in_its_stead)
    return error


def _place(nearest: Recorded, wanted: Recorded) -> str:
    if _is_at(nearest, wanted) or _follows_the_same(nearest, wanted):
        return "the same turn"
    return "another call" if nearest.turn is None else f"turn {nearest.turn} of {nearest.conversation}"


def _is_alike(one: Recorded, other: Recorded) -> bool:
    return (one.asked.method, one.asked.path) == (other.asked.method, other.asked.path)


def _is_at(one: Recorded, wanted: Recorded) -> bool:
    """Return whether an exchange stands at the same place in the same conversation."""
    return wanted.turn is not None and (one.conversation, one.turn) == (wanted.conversation, wanted.turn)


def _follows_the_same(one: Recorded, wanted: Recorded) -> bool:
    """Return whether an exchange is a turn after the same questions, in whatever conversation."""
    is_turn = wanted.turn is not None and wanted.turn > 1 and one.turn == wanted.turn
    return is_turn and one.asked.before == wanted.asked.before


def _nearest(wanted: Recorded, near: list[Recorded]) -> Recorded | None:
    """Return the exchange after the same questions, else at the same place, else the one most alike in words.

    Conversations of several notebooks have the same names, those after the same questions are of this one.
    """
    words = _words(wanted)

    def likeness(one: Recorded) -> tuple[bool, bool, float]:
        ratio = SequenceMatcher(None, words, _words(one), autojunk=False).quick_ratio()
        return _follows_the_same(one, wanted), _is_at(one, wanted), ratio

    return max(near[:_MOST_COMPARED], key=likeness, default=None)


def _words(one: Recorded) -> str:
    return json.dumps(one.asked.body or {}, ensure_ascii=False, sort_keys=True, default=dict)[:4000]


def _what(wanted: Recorded) -> str:
    method, path = wanted.asked.method, wanted.asked.path
    if path.partition("?")[0] == "list-deployments":
        return "the list of what is deployed"
    return path if method == "POST" else f"{method} {path}"


def _said(wanted: Recorded, nearest: Recorded | None, differences: tuple[str, ...], *, private: bool) -> str:
    what = _what(wanted)
    where = f", turn {wanted.turn} of {wanted.conversation}" if wanted.turn is not None else ""
    if private:
        return f"not recorded: {what}{where}: it is made with --do-not-record, so it can only be sent"
    if nearest is None:
        return f"not recorded: {what}{where}: nothing like it is; {_REMEDY}"
    return f"not recorded: {what}{where}: {', '.join(differences) or 'asked once more'}; {_REMEDY}"


def _differences(wanted: Recorded, nearest: Recorded, vary: Collection[str]) -> Iterator[str]:
    """Yield what a call asks otherwise than a recorded one, each in a few words."""
    new, old = (dict(without(one.asked.body, vary) or {}) for one in (wanted, nearest))
    changed = _changed(new.pop("variables", {}), old.pop("variables", {}))
    others = list(_other_differences(wanted, nearest, new, old))
    yield from (f"variable {name} changed" for name in changed)
    yield from others
    if changed and not others:
        yield f"%langtail replay vary {' '.join(changed)} leaves {'it' if len(changed) == 1 else 'them'} out"


def _other_differences(
    wanted: Recorded, nearest: Recorded, new: dict[str, Any], old: dict[str, Any]
) -> Iterator[str]:
    messages, recorded = new.pop("messages", []), old.pop("messages", [])
    if recorded not in (messages, hashed(messages)):
        yield "the message changed"
    for name in sorted({*new, *old}):
        if new.get(name) != old.get(name):
            yield f"{name} {_brief(old.get(name))} → {_brief(new.get(name))}"
    if wanted.asked.before != nearest.asked.before:
        yield "the conversation before it changed"
    if wanted.repeat != nearest.repeat:
        yield f"repeat {wanted.repeat}"


def _changed(new: Mapping[str, Any], old: Mapping[str, Any]) -> list[str]:
    # Without its value, as --no-rows records one, nobody can tell.
    known = [name for name in sorted({*new, *old}) if old.get(name, "") is not None]
    return [name for name in known if new.get(name) != old.get(name)]


def _brief(value: Any) -> str:
    text = "as deployed" if value is None else json.dumps(value, ensure_ascii=False, default=dict)
    return text if len(text) <= 40 else f"{text[:39]}…"
