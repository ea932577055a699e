"""Two lists of words in, the places where they say the same out, within a bounded time.

The time of ``difflib`` grows with the cube of a word that is everywhere. A blank is such a word: two texts
of 4 KB that shared nothing else took it 20 s (Python 3.11). So blanks follow the words beside them, and
long lists are first split at the words that stand once in each, as ``git diff --patience`` does.
"""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile
from typing import Final

Pair = tuple[int, int]

# What difflib may do in all: steps of its innermost loop, were every match it finds a single word.
_MOST_STEPS: Final = 10_000_000
_MOST_SPLITS: Final = 12


def matches(old: Sequence[str], new: Sequence[str]) -> list[Pair]:
    """Return the places, in ``old`` and in ``new``, of words that are kept, in order.

    A long passage of which no word stands once on both sides counts as changed.

    Args:
        old: Words, marks and runs of white space.
        new: Likewise.
    """
    head, tail = _ends(old, new)
    inner = _beside_blanks(old[head : len(old) - tail], new[head : len(new) - tail])
    ends = ((len(old) - n, len(new) - n) for n in range(tail, 0, -1))
    return [*((n, n) for n in range(head)), *((head + i, head + j) for i, j in inner), *ends]


def _ends(old: Sequence[str], new: Sequence[str]) -> Pair:
    """Return how many items both have in common at their beginning, and of the rest at their end."""
    head = _alike(old, new)
    return head, _alike(old[head:][::-1], new[head:][::-1])


def _alike(old: Sequence[str], new: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))


def _beside_blanks(old: Sequence[str], new: Sequence[str]) -> Iterator[Pair]:
    """Yield the pairs of words, each with the equal blanks around it."""
    places = [[n for n, word in enumerate(words) if not word.isspace()] for words in (old, new)]
    words = [old[n] for n in places[0]], [new[n] for n in places[1]]
    share = _MOST_STEPS / max(1, len(words[0]) + len(words[1]))
    last = (-1, -1)
    for i, j in _pairs(*words, share, _MOST_SPLITS):
        a, c = places[0][i], places[1][j]
        for pair in ((a - 1, c - 1), (a, c), (a + 1, c + 1)):
            if _is_kept(old, new, pair, last):
                yield pair
                last = pair


def _is_kept(old: Sequence[str], new: Sequence[str], pair: Pair, last: Pair) -> bool:
    a, c = pair
    follows = last[0] < a < len(old) and last[1] < c < len(new)
    return follows and old[a] == new[c]


def _pairs(old: Sequence[str], new: Sequence[str], share: float, splits: int) -> Iterator[Pair]:
    head, tail = _ends(old, new)
    yield from ((n, n) for n in range(head))
    inner = _inner(old[head : len(old) - tail], new[head : len(new) - tail], share, splits)
    yield from ((head + i, head + j) for i, j in inner)
    yield from ((len(old) - n, len(new) - n) for n in range(tail, 0, -1))


def _inner(old: Sequence[str], new: Sequence[str], share: float, splits: int) -> Iterator[Pair]:
    if _steps(old, new) <= share * (len(old) + len(new)):
        blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
        yield from ((i + n, j + n) for i, j, size in blocks for n in range(size))
        return
    anchors = _anchors(old, new) if splits else []
    bounds = [(-1, -1), *anchors, (len(old), len(new))]
    if anchors:
        for (a, c), (b, d) in pairwise(bounds):
            if a >= 0:
                yield a, c
            between = _pairs(old[a + 1 : b], new[c + 1 : d], share, splits - 1)
            yield from ((a + 1 + i, c + 1 + j) for i, j in between)


def _steps(old: Sequence[str], new: Sequence[str]) -> int:
    times = Counter(new)
    return sum(times[word] for word in old) * min(len(old), len(new))


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[Pair]:
    """Return the longest run, in the order of both, of words that stand once in each."""
    places = [{word: n for n, word in enumerate(words)} for words in (old, new)]
    once = [{word for word, times in Counter(words).items() if times == 1} for words in (old, new)]
    shared = sorted((places[0][word], places[1][word]) for word in once[0] & once[1])
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(shared):
        length = bisect_left(ends, place)
        ends[length:] = [place, *ends[length + 1 :]]
        last[length:] = [number, *last[length + 1 :]]
        before.append(last[length - 1] if length else -1)
    found: list[Pair] = []
    at = last[-1] if last else -1
    while at >= 0:
        found.append(shared[at])
        at = before[at]
    return found[::-1]
