"""What the calls of this kernel have cost, and the caps that cells, panel, maps and sweeps all keep to."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from threading import RLock
from typing import Final, NamedTuple

from langtail_nb._errors import ConfigurationError, RateLimitError
from langtail_nb._kernel.budget import CENTS, Budget, Spent, price_line
from langtail_nb._text.brief import dollars
from langtail_nb._types.completion.usage import Usage
from langtail_nb._types.reply import Reply

Price = Callable[[str | None, Usage, str], float | None]
"""Given a model, tokens and a base URL, what that cost in dollars; None where nobody can say."""

_SET: Final = "set"
_OFF: Final = ("off", "none")
_UNPRICED_MODEL: Final = "the model"
_LOOK_S: Final = 0.5


class Cap(NamedTuple):
    """A budget of the whole kernel, where it comes from, and since when its time runs."""

    budget: Budget
    source: str
    since: float


class Spending:
    """Counts every call that is sent, and refuses one that is over a cap before anything is sent.

    Calls and money count from the kernel's start, time from when the cap was set.

    Args:
        price: What an answer cost; a project's prices do not count.
        project: Returns the project's budget and its file; it caps beside the one set here, so it can only
            tighten.
        plays: Returns whether calls may be played from a recording: then nobody knows beforehand how many
            are sent, and each is refused where it would be.
        sends: Returns whether any call is sent: where all are played they count as when they were recorded,
            so that what is told is the same, and none is refused.
    """

    def __init__(
        self,
        price: Price,
        project: Callable[[], tuple[Budget, str] | None],
        plays: Callable[[], bool] = lambda: False,
        sends: Callable[[], bool] = lambda: True,
    ) -> None:
        self._price, self._project, self._plays, self._sends = price, project, plays, sends
        self.spent = Spent()
        self.on_their_way = 0
        self._set: Cap | None = None
        self._of_project: Cap | None = None
        self._looked_s = -math.inf
        # Tokens in, out and calls of answers whose model has no price yet, by model and base URL.
        self._unpriced: dict[tuple[str | None, str], tuple[int, int, int]] = {}
        self._lock = RLock()

    def cap(self, budget: Budget | None) -> None:
        """Set the cap of this kernel, or take it away."""
        self._set = None if budget is None else Cap(budget, _SET, time.monotonic())

    def caps(self) -> list[Cap]:
        """Return the caps in force: the one set here, and the project's."""
        # Asked for several times a call, and reading the project's file takes a while.
        if (now := time.monotonic()) - self._looked_s > _LOOK_S:
            self._looked_s, found = now, self._project()
            if found is None:
                self._of_project = None
            elif self._of_project is None or self._of_project[:2] != found:
                self._of_project = Cap(*found, now)
        return [one for one in (self._set, self._of_project) if one is not None]

    def check(self, count: int = 1, *, usd: float | None = None, seconds: float | None = None) -> None:
        """Refuse calls that are over a cap.

        Raises:
            ConfigurationError: They are; it says by how much, and what to type.
        """
        if line := self.refusal(count, usd=usd, seconds=seconds):
            raise ConfigurationError(line)

    def refusal(
        self, count: int = 1, *, usd: float | None = None, seconds: float | None = None
    ) -> str | None:
        """Return why so many calls may not be sent, in a line that says what to type; None where they may.

        Args:
            usd: What they cost together, where that is known.
            seconds: How long they take together, likewise.
        """
        return None if self._plays() else self._refusal(count, usd=usd, seconds=seconds)

    def _refusal(
        self, count: int = 1, *, usd: float | None = None, seconds: float | None = None
    ) -> str | None:
        for cap in self.caps():
            needed = {"calls": float(count), "USD": usd or 0.0, "seconds": seconds or 0.0}[cap.budget.kind]
            if line := self._over(cap, needed):
                return line
        return None

    def reason_to_stop(self) -> str | None:
        """Return why no other call may be sent even once those on their way are there; None where one may."""
        for cap in self._binding():
            if line := self._spent_up(cap, self._dearest(0)):
                return line
        return None

    def must_wait(self) -> bool:
        """Return whether an answer has to come before it is known that another call can be paid."""
        caps = [cap for cap in self._binding() if cap.budget.kind == "USD"]
        return any(self.spent.must_wait(cap.budget, on_their_way=self.on_their_way) for cap in caps)

    def enter(self) -> None:
        """Count a call that is about to be sent.

        Raises:
            ConfigurationError: It is over a cap.
        """
        with self._lock:
            if self._binding() and (line := self._refusal()):
                raise ConfigurationError(line)
            self.spent.calls += 1
            self.on_their_way += 1

    def leave(self, reply: Reply, *, at: str) -> None:
        """Count what a call came to; one that was not sent, or refused for coming too soon, is none.

        Args:
            at: The base URL that it went to.
        """
        with self._lock:
            self.on_their_way -= 1
            if not reply.sent or isinstance(reply.error, RateLimitError):
                self.spent.calls -= 1
            elif reply.error is None:
                self._count(reply.model, reply.usage, at)

    def told(self) -> list[str]:
        """Return what is spent and left of each cap, a line each."""
        return [f"{self._state(cap)} ({cap.source})" for cap in self.caps()]

    def _binding(self) -> list[Cap]:
        """Return the caps in force, none where nothing is sent."""
        # Most kernels have none, and whether anything is sent takes longer to find out.
        caps = self.caps()
        return caps if caps and self._sends() else []

    def _count(self, model: str | None, usage: Usage, at: str) -> None:
        # A price is looked up where it is asked for: that takes longer than all else here.
        is_in_money = any(cap.budget.kind == "USD" for cap in self.caps())
        if is_in_money and (cost := self._price(model, usage, at)) is not None:
            self.spent.add(cost, model)
            return
        prompt, completion, calls = self._unpriced.get((model, at), (0, 0, 0))
        more = usage.prompt_tokens or 0, usage.completion_tokens or 0
        self._unpriced[model, at] = prompt + more[0], completion + more[1], calls + 1

    def settle(self) -> None:
        """Count the money of the answers whose model has a price by now."""
        with self._lock:
            for (model, at), (prompt, completion, calls) in list(self._unpriced.items()):
                usage = Usage(prompt, completion, prompt + completion, None, None, {})
                if (cost := self._price(model, usage, at)) is not None:
                    self.spent.usd += cost
                    self.spent.dearest = max(cost / calls, self.spent.dearest or 0.0)
                    del self._unpriced[model, at]

    def _over(self, cap: Cap, needed: float) -> str | None:
        if line := self._spent_up(cap, self._dearest(self.on_their_way)):
            return line
        if cap.budget.is_ceiling or needed <= self._left(cap) + CENTS:
            return None
        more = _amount(cap.budget, needed)
        return f"{more} are over the budget of this kernel: {self._state(cap)}; {self._remedy(cap, needed)}"

    def _spent_up(self, cap: Cap, dearest: float) -> str | None:
        """Return why no other call may be sent, given what one may cost; None where one may."""
        if cap.budget.kind == "USD":
            self.settle()
            if self._unpriced:
                model = next(iter(self._unpriced))[0] or _UNPRICED_MODEL
                return (
                    f"the budget of this kernel is in USD and needs the price of {model}: {price_line(model)}"
                )
        least = {"calls": 1.0, "USD": dearest, "seconds": 0.0}[cap.budget.kind]
        left = self._left(cap)
        if least <= left + CENTS and (left > 0 or cap.budget.kind != "seconds"):
            return None
        return f"the budget of this kernel is spent: {self._state(cap)}; {self._remedy(cap, least)}"

    def _dearest(self, on_their_way: int) -> float:
        """Return what another call may cost, beside those on their way."""
        return (self.spent.dearest or 0.0) * (on_their_way + 1)

    def _left(self, cap: Cap) -> float:
        return cap.budget.amount - self._used(cap)

    def _used(self, cap: Cap) -> float:
        match cap.budget.kind:
            case "calls":
                return float(self.spent.calls)
            case "USD":
                return self.spent.usd
        return time.monotonic() - cap.since

    def _state(self, cap: Cap) -> str:
        used, left = self._used(cap), max(0.0, self._left(cap))
        match cap.budget.kind:
            case "calls":
                return f"{used:,.0f} of {cap.budget.amount:,.0f} calls spent, {left:,.0f} left"
            case "USD":
                return f"about {dollars(used)} of {dollars(cap.budget.amount)} spent, {dollars(left)} left"
        return f"{used / 60:.1f} of {cap.budget.amount / 60:.1f} min gone, {left / 60:.1f} left"

    def _remedy(self, cap: Cap, needed: float) -> str:
        if cap.source != _SET:
            return f"the budget in {cap.source} says so"
        more = _amount(cap.budget, self._used(cap) + max(needed, cap.budget.amount * 0.1))
        return f'%langtail budget "{more}" allows more, %langtail budget off any'


def is_off(text: str) -> bool:
    """Return whether a text takes a cap away."""
    return text.strip().lower() in _OFF


def _amount(budget: Budget, amount: float) -> str:
    match budget.kind:
        case "calls":
            return f"{amount:,.0f} calls"
        case "USD":
            return f"{amount:.2f} USD"
    return f"{amount / 60:.1f} min"
