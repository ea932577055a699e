"""How long a call waits: for the server, and before it is tried again."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

from langtail_nb._errors import APIStatusError, LangtailError

LONGEST_WAIT_S: Final = 60.0
"""What one call waits between its attempts at most, all waits together."""
_LONGEST_STEP_S: Final = 16.0


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait before the next attempt.

    Attributes:
        seconds: How long.
        attempt: The number of the next attempt, from 2.
        of: Attempts there may be in all.
        reason: What went wrong, in a few words.
    """

    seconds: float
    attempt: int
    of: int
    reason: str


OnWait = Callable[[Wait], object]


def retry_delay(attempt: int, retry_after: float | None) -> float:
    """Return how long to wait before the next attempt.

    Args:
        attempt: Attempts made so far, from 1.
        retry_after: Seconds the server asked for, or None if it named none.

    Returns:
        Seconds. The server's figure if it gave one, else doubling from 1 to 16, less up to a quarter, so that
        many callers that failed together do not come back together.

    Source: RFC 9110, section 10.2.3 (Retry-After).
    """
    if retry_after is not None:
        return retry_after
    return min(2.0 ** (attempt - 1), _LONGEST_STEP_S) * random.uniform(0.75, 1.0)  # noqa: S311 - it spreads callers, and hides nothing


def parse_retry_after(value: str | None) -> float | None:
    """Return the seconds a ``Retry-After`` header asks for, a number or a date; None if it names none.

    Source: RFC 9110, section 10.2.3.
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        return _until(value)
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _until(date: str) -> float | None:
    try:
        return max(0.0, parsedate_to_datetime(date).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


class Attempts:
    """Counts the attempts of one call and decides about the next.

    Args:
        retries: Attempts allowed after the first.
        repeatable: Whether the call may reach the server twice without harm. One that continues a thread may
            not: it would append the message again.
    """

    def __init__(self, retries: int, *, repeatable: bool) -> None:
        self.made = 0
        self.waited_s = 0.0
        self._retries, self._repeatable = retries, repeatable

    def wait_after(self, failure: Failure) -> Wait | None:
        """Return the wait before the next attempt, or None if there is to be none."""
        if self.made > self._retries or not self._may_repeat(failure):
            return None
        seconds = 0.0 if failure.was_stale else retry_delay(self.made, failure.retry_after)
        if self.waited_s + seconds > LONGEST_WAIT_S:
            return None
        self.waited_s += seconds
        return Wait(seconds, self.made + 1, self._retries + 1, failure.reason)

    def pause(self, seconds: float) -> Wait:
        """Return the wait for the end of a 429 that another call was given, before the next attempt."""
        return Wait(seconds, self.made + 1, self._retries + 1, "429 to another call")

    def _may_repeat(self, failure: Failure) -> bool:
        if failure.was_refused:
            return True
        return failure.is_passing and self._repeatable


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed attempt, as far as trying again is concerned.

    Attributes:
        error: What to raise if there is no other attempt.
        reason: The same in a few words.
        was_refused: Whether the server surely did nothing with the request.
        is_passing: Whether another attempt may well succeed.
        was_stale: Whether it broke on a connection kept from an earlier call, which the server had closed.
        retry_after: Seconds the server asked to wait, or None.
    """

    error: LangtailError
    reason: str
    was_refused: bool = False
    is_passing: bool = False
    was_stale: bool = False
    retry_after: float | None = None


def failure_of_status(error: APIStatusError, retry_after: float | None) -> Failure:
    """Return how an error answer is to be taken: 429, and 503 with a date, refuse; 502, 503 and 504 pass."""
    status = error.status_code
    return Failure(
        error,
        reason=f"{status}",
        was_refused=status == 429 or (status == 503 and retry_after is not None),
        is_passing=status in (502, 503, 504),
        retry_after=retry_after,
    )
