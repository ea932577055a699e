"""Foreign bytes by the thousand: real samples, changed at random by a seed, until the time is over.

``LANGTAIL_NB_FUZZ_S`` says how long each target is tried: a few seconds in the gate, by hand as long as one
likes. Seeds count up from ``LANGTAIL_NB_FUZZ_SEED``, or from 0, so that the gate tries the same each time. A
failure names its seed, which with no seconds is tried alone.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from types import FrameType
from typing import Any, Final

SECONDS: Final = float(os.environ.get("LANGTAIL_NB_FUZZ_S", "3"))
SEED: Final = int(os.environ.get("LANGTAIL_NB_FUZZ_SEED", "0"))
ONE_CASE_S: Final = 20
"""No case is so large that it takes half a second; what takes this long has no end, or a square one."""

Check = Callable[[Random], object]


def fuzzed(check: Check) -> int:
    """Try a check with one seed after the other while there is time; return how many were tried."""
    until, seed = time.monotonic() + SECONDS, SEED
    while seed == SEED or time.monotonic() < until:
        try:
            with _alarm():
                check(Random(seed))
        except BaseException as exc:
            exc.add_note(
                f"again: LANGTAIL_NB_FUZZ_SEED={seed} LANGTAIL_NB_FUZZ_S=0 and pytest -n 0 with this test"
            )
            raise
        seed += 1
    return seed - SEED


def in_one_line(error: BaseException, part: str = "") -> None:
    """Check that an error tells itself in one line, which holds a part."""
    told = str(error)
    assert told.strip()
    assert "\n" not in told
    assert part in told


@contextmanager
def _alarm() -> Iterator[None]:
    def ring(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"one case took {ONE_CASE_S} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(ONE_CASE_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


ODD_NUMBERS = ("0", "-1", "1e999", "NaN", "-Infinity", "9" * 25, "9" * 5000, "1.5", "0x10", "٣")
ODD_TEXTS = (
    "",
    "\0",
    "\ud83d",
    "\udca9\ud83d",
    "\u2028",
    "\x85",
    "\ufeff",
    "\x1b[2J",
    "<b>",
    "é",
    "🚋",
    "\r",
    "\r\n",
    "\n\n",
    "  ",
    "__proto__",
    "{{x}}",
    "%s",
    "../..",
    "null",
    "[DONE]",
    "javascript:alert(1)",
    "a" * 300,
)
ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    2**63,
    10**30,
    0.5,
    1e308,
    float("nan"),
    float("-inf"),
    [],
    {},
    [[]],
    {"": None},
    [None, 7],
    *ODD_TEXTS,
)


def changed(dice: Random, sample: bytes, words: Sequence[bytes] = (), most: int = 6) -> bytes:
    """Return a sample changed in some places: cut, doubled, moved, overwritten, with words put in."""
    for _ in range(dice.randrange(most + 1)):
        sample = _changed_once(dice, sample, words)
    return sample


def _changed_once(dice: Random, sample: bytes, words: Sequence[bytes]) -> bytes:
    start = dice.randrange(len(sample) + 1)
    end = min(len(sample), start + dice.choice((0, 1, 1, 2, 5, 20, 200)))
    match dice.randrange(7):
        case 0:
            return sample[:start] + sample[end:]
        case 1:
            return sample[:end] + sample[start:end] * dice.choice((1, 1, 3, 50)) + sample[end:]
        case 2:
            place = dice.randrange(len(sample) + 1)
            return sample[:place] + sample[start:end] + sample[place:]
        case 3:
            return sample[:start] + dice.randbytes(end - start) + sample[end:]
        case 4:
            return sample[:start]
        case _:
            word = dice.choice(words) if words else dice.choice(ODD_NUMBERS).encode()
            return sample[:start] + word + sample[dice.choice((start, end)) :]


def changed_text(dice: Random, sample: str, words: Sequence[str] = ODD_TEXTS, most: int = 6) -> str:
    """Return a text changed in some places; it may hold half characters."""
    for _ in range(dice.randrange(most + 1)):
        start = dice.randrange(len(sample) + 1)
        end = min(len(sample), start + dice.choice((0, 1, 1, 2, 5, 20, 200)))
        place = dice.randrange(len(sample) + 1)
        sample = dice.choice(
            (
                sample[:start] + sample[end:],
                sample[:end] + sample[start:end] * dice.choice((1, 1, 3, 50)) + sample[end:],
                sample[:place] + sample[start:end] + sample[place:],
                sample[:start],
                sample[:start] + dice.choice(words) + sample[end:],
                sample[:start] + dice.choice(words) + sample[start:],
            )
        )
    return sample


def changed_json(dice: Random, value: Any, odds: float = 0.08) -> Any:
    """Return a JSON value in which some parts are others, gone, doubled or deeper."""
    if dice.random() < odds:
        return _other(dice, value)
    if isinstance(value, dict):
        members = [(name, changed_json(dice, one, odds)) for name, one in value.items()]
        return {_name(dice, name, odds): one for name, one in members if dice.random() > odds / 2}
    if isinstance(value, list):
        items = [changed_json(dice, one, odds) for one in value if dice.random() > odds / 2]
        return items * dice.choice((1, 2, 30)) if dice.random() < odds / 4 else items
    return value


def _other(dice: Random, value: Any) -> Any:
    match dice.randrange(6):
        case 0:
            return [value]
        case 1:
            return {"content": value, "text": value}
        case 2 if isinstance(value, str):
            return changed_text(dice, value)
        case 3:
            return deep(dice.choice((3, 250, 900)))
        case _:
            return dice.choice(ODD_VALUES)


def _name(dice: Random, name: str, odds: float) -> str:
    return dice.choice(ODD_TEXTS) if dice.random() < odds / 6 else name


def deep(levels: int) -> Any:
    """Return lists in lists."""
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


def json_bytes(dice: Random, value: Any) -> bytes:
    """Return a value as JSON the way that one server or another writes it, NaN and half characters too."""
    text = json.dumps(value, ensure_ascii=dice.random() < 0.5, indent=dice.choice((None, None, None, 1)))
    return text.encode("utf-8", "surrogatepass")


def cut(dice: Random, data: bytes) -> list[bytes]:
    """Return bytes in pieces, as the network may cut them."""
    if len(data) < 3000 and dice.random() < 0.1:
        return [data[at : at + 1] for at in range(len(data))]
    places = sorted(dice.randrange(len(data) + 1) for _ in range(dice.randrange(6)))
    pieces = [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]
    return [piece for piece in pieces if piece]
