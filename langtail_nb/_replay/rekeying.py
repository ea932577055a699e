"""New keys for what is recorded, once other variables count."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from langtail_nb._replay.asked import body_hash
from langtail_nb._replay.exchange_line import Recorded, read, thread_id_of, written

_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def rekeyed(exchanges: Sequence[Recorded], old: Collection[str], new: Collection[str]) -> list[Recorded]:
    """Return exchanges, in order, under the keys that they have with other variables left out.

    One whose key cannot be made from its line, as where the API key was masked in it, keeps its own.

    Args:
        old: The variables that did not count so far.
        new: Those that do not count from now on.
    """
    hashes = {
        body_hash(one.asked.body, old): body_hash(one.asked.body, new)
        for one in exchanges
        if one.asked.method == "POST"
    }
    counted: Counter[str] = Counter()
    found = {id(one): _rekeyed(one, old, new, hashes, counted) for one in sorted(exchanges, key=_when)}
    keyed = [found[id(one)] for one in exchanges]
    threads = {one.thread: thread_id_of(again.key) for one, again in zip(exchanges, keyed, strict=True)}
    return [_with_threads(one, threads) for one in keyed]


def _when(one: Recorded) -> tuple[object, ...]:
    """Return what sorts equal questions as they were asked."""
    return one.nth, *one.order


def _rekeyed(
    one: Recorded,
    old: Collection[str],
    new: Collection[str],
    hashes: Mapping[str, str],
    counted: Counter[str],
) -> Recorded:
    if one.asked.method != "POST" or one.asked.key(one.repeat, one.nth, old) != one.key:
        return one
    asked = replace(one.asked, before=tuple(hashes.get(before, before) for before in one.asked.before))
    question = f"{asked.place} {asked.key(one.repeat, 0, new)}"
    nth, counted[question] = counted[question], counted[question] + 1
    return replace(one, asked=asked, nth=nth, key=asked.key(one.repeat, nth, new))


def _with_threads(one: Recorded, threads: Mapping[str, str]) -> Recorded:
    line = _UUID.sub(lambda found: threads.get(found[0], found[0]), written(one))
    return read(line, one.asked.place)
