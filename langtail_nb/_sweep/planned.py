"""What is planned: which calls a sweep or a map makes, which of them are stored, how each is found again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.budget import Budget
from langtail_nb._kernel.disk.folder import folder
from langtail_nb._kernel.disk.store_error import StoreError
from langtail_nb._kernel.disk.trials import Mark, StoredTrial, Trials
from langtail_nb._kernel.session import Session
from langtail_nb._line.options import CACHE
from langtail_nb._sweep.durations import ages
from langtail_nb._sweep.order import Trial, first_in_line, ordered
from langtail_nb._sweep.rows import Rows
from langtail_nb._sweep.setting import Setting
from langtail_nb._sweep.way import Way
from langtail_nb._sweep.workers.looks import client_of
from langtail_nb._types.request import Request

_MOST: Final = 90


class Asked(NamedTuple):
    """What a judge asks.

    Attributes:
        calls: How many, stored ones included.
        to_send: How many of them are not stored, at most: what an answer says is known of stored ones only.
        known: Those that are stored, each with its row, by which price and time of others are estimated.
    """

    calls: int
    to_send: int
    known: tuple[tuple[int, StoredTrial], ...]


class Planned:
    """Settings × rows × repeats, and what of it is stored.

    Attributes:
        ways: The settings, each with whom it asks; the one that the others are compared with first.
        rows: The rows.
        trials: Every trial, in the order in which they are sent.
        positions: The trials of each key: rows that send the same are asked once.
        store: The trials on disk.
        scores: What is to be measured, by name.
        told: What is worth knowing before, a sentence each.
        judged: What each judge asks, as of the last look at what is stored; None until it is worked out.
        until_decided: Whether a run ends as soon as there is a word for every setting.
        max_age_s: Seconds between two trials that can be compared.
        executor: The client of Dask whose workers send the calls; None where this process does.
    """

    # ``noise`` is how many rows ask the first setting once more, to see how much it differs from itself;
    # ``only`` are the rows that are asked where not all are.

    def __init__(
        self,
        session: Session,
        ways: Sequence[Way],
        rows: Rows,
        *,
        source: str,
        repeats: int = 1,
        budget: Budget | None = None,
        cache: str = "reuse",
        limit: int = 64,
        timeout: float | None = None,
        shuffled: bool = True,
        scores: Mapping[str, Any] | None = None,
        told: Sequence[str] = (),
        max_age_s: float = 86_400.0,
        noise: int = 0,
        until_decided: bool = False,
        only: Collection[int] | None = None,
        executor: Any = None,
    ) -> None:
        if cache not in CACHE:
            raise ConfigurationError(f"cache must be {', '.join(CACHE[:-1])} or {CACHE[-1]}, not {cache!r}")
        if isinstance(repeats, bool) or not isinstance(repeats, int) or repeats < 1:
            raise ConfigurationError(f"repeats must be a whole number, at least 1, not {repeats!r}")
        self.session, self.ways, self.rows, self.source = session, tuple(ways), rows, source
        self.repeats, self.budget, self.cache, self.limit = repeats, budget, cache, check_limit(limit)
        self.timeout, self.scores, self.max_age_s = timeout, dict(scores or {}), max_age_s
        self.executor = client_of(executor)
        self.told, self.until_decided = list(told), until_decided
        # Where the working directory leads now: it may be another when the answers come.
        self.store = Trials(session.store, folder().absolute())
        asked = [row for row in rows.asked if only is None or row in only]
        seed = "".join(sorted(rows.hashes[row] for row in asked)) if shuffled else None
        self.trials = ordered(len(self.ways), asked, repeats, seed=seed, noise=noise)
        self.positions = self._positions()
        self._stored: dict[str, StoredTrial] = {}
        self._failed: set[str] = set()
        self.judged: Mapping[str, Asked] | None = None
        self.look()

    @property
    def settings(self) -> tuple[Setting, ...]:
        """The settings, the one that the others are compared with first."""
        return tuple(way.setting for way in self.ways)

    @property
    def calls(self) -> int:
        """Calls in all, those of judges left out; rows that send the same count once."""
        return len(self.positions)

    @property
    def stored(self) -> int:
        """Calls that are not made, as their answers are stored."""
        return len(self.stored_trials())

    @property
    def to_send(self) -> int:
        """Calls that would be sent."""
        return 0 if self.cache == "only" else self.calls - self.stored

    def look(self) -> None:
        """Look again for what is stored.

        Raises:
            LangtailError: The store cannot be read.
        """
        self.judged = None
        if self.cache == "off":
            return
        try:
            if self.cache in ("reuse", "only"):
                self._stored = self.store.find(self.positions)
            self._failed = self.store.failed(self.positions)
        except StoreError as exc:
            raise StoreError(f'{exc}; cache="off" goes without it') from exc

    def stored_trials(self) -> dict[str, StoredTrial]:
        """Return the stored trials of the plan by key."""
        return self._stored

    @property
    def is_free(self) -> bool:
        """Whether a local stand-in answers, which costs nothing."""
        return self.session.base_url in self.session.stand_ins

    def ages(self, times: Sequence[float]) -> str:
        """Return how long ago trials were made; ``""`` without any, and while replay is on."""
        return ages(times) if times and not self.session.replay.is_on else ""

    def known(self, setting: int) -> list[StoredTrial]:
        """Return the stored trials of one setting."""
        keys = (key for key, found in self.positions.items() if found[0].setting == setting)
        return [self._stored[key] for key in keys if key in self._stored]

    def key(self, trial: Trial) -> str:
        """Return what a trial is found by."""
        return self.ways[trial.setting].key(self.rows, trial.row, trial.repeat)

    def mark(self, trial: Trial) -> Mark:
        """Return what a trial is kept under."""
        return self.ways[trial.setting].mark(self.rows, trial.row, trial.repeat)

    def request(self, trial: Trial) -> Request:
        """Return what is sent for a trial."""
        return self.ways[trial.setting].request(self.rows, trial.row, trial.repeat)

    def same_as(self, trial: Trial) -> list[Trial]:
        """Return the trials that the answer to one stands for, itself first."""
        return self.positions[self.key(trial)]

    def unsent(self) -> list[Trial]:
        """Return the trials to send, one for each key, those that failed the last time first."""
        if self.cache == "only":
            return []
        trials = [found[0] for key, found in self.positions.items() if key not in self._stored]
        failed = {self.positions[key][0] for key in self._failed}
        return first_in_line(trials, failed)

    def same_as_any(self, trial: Trial) -> list[Trial]:
        """Return the trials with the key of one, none where it is no trial of the plan."""
        if not (0 <= trial.row < len(self.rows)) or trial.row in self.rows.unasked:
            return []
        return self.positions.get(self.key(trial), [])

    def _positions(self) -> dict[str, list[Trial]]:
        found: dict[str, list[Trial]] = {}
        for trial in self.trials:
            found.setdefault(self.key(trial), []).append(trial)
        return found


def check_limit(value: Any) -> int:
    """Return how many calls may be on their way at once."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST:
        raise ConfigurationError(f"limit must be a whole number from 1 to {_MOST}, not {value!r}")
    return value
