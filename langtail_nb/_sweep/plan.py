"""A plan: which calls a sweep or a map will make, which are stored, what they cost; it sends nothing."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Callable, Collection, Generator, Mapping, Sequence
from typing import Any

from langtail_nb._errors import ConfigurationError, Interrupted
from langtail_nb._kernel import loop
from langtail_nb._kernel.budget import FREE, Budget
from langtail_nb._kernel.disk.folder import folder
from langtail_nb._kernel.disk.store_error import StoreError
from langtail_nb._kernel.disk.trials import Mark, StoredTrial, Trials
from langtail_nb._kernel.interrupts import Interrupts
from langtail_nb._kernel.session import Session
from langtail_nb._line.options import CACHE
from langtail_nb._sweep import judging, plan_text, recorded, spending
from langtail_nb._sweep.durations import ages
from langtail_nb._sweep.identity import all_parts, differing
from langtail_nb._sweep.order import Trial, first_in_line, ordered
from langtail_nb._sweep.outcome import Outcome
from langtail_nb._sweep.post import Post
from langtail_nb._sweep.progress import Progress
from langtail_nb._sweep.report.scoring import Scoring
from langtail_nb._sweep.rows import Rows
from langtail_nb._sweep.run import Run
from langtail_nb._sweep.running import Running, check_limit
from langtail_nb._sweep.sender import Sender
from langtail_nb._sweep.setting import Setting
from langtail_nb._sweep.way import Way
from langtail_nb._sweep.workers.looks import check_workers, client_of
from langtail_nb._types.request import Request

Follow = Callable[[Running], Callable[[Outcome], Awaitable[None]]]
Anew = Callable[..., "Plan"]


class Plan:
    """Settings × rows × repeats, before a call is sent.

    Attributes:
        ways: The settings, each with whom it asks; the one that the others are compared with first.
        rows: The rows.
        trials: Every trial, in the order in which they are sent.
        positions: The trials of each key: rows that send the same are asked once.
        store: The trials on disk.
        scores: What is to be measured, by name.
        told: What is worth knowing before, a sentence each.
        follow: Makes of a run that begins what is awaited with each outcome, stored ones first; or None.
        anew: Plans some of its settings on other rows; None where it is not known how.
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
        self.follow: Follow | None = Scoring if self.scores else None
        self.anew: Anew | None = None
        # Where the working directory leads now: it may be another when the answers come.
        self.store = Trials(session.store, folder().absolute())
        asked = [
            row for row in range(len(rows)) if row not in {*rows.unasked} and (only is None or row in only)
        ]
        seed = "".join(sorted(rows.hashes[row] for row in asked)) if shuffled else None
        self.trials = ordered(len(self.ways), asked, repeats, seed=seed, noise=noise)
        self.positions = self._positions()
        self._stored: dict[str, StoredTrial] = {}
        self._failed: set[str] = set()
        self._judges: Mapping[str, judging.Asked] | None = None
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

    @property
    def judge_calls(self) -> int:
        """Calls of judges for the answers, stored ones included; ten answers are judged twice."""
        return sum(one.calls for one in self.judges.values())

    @property
    def judge_calls_to_send(self) -> int:
        """Calls of judges that would be sent, at most."""
        return sum(one.to_send for one in self.judges.values())

    @property
    def judges(self) -> Mapping[str, judging.Asked]:
        """What each judge asks, as of the last look at what is stored."""
        if self._judges is None:
            self._judges = judging.asked(self)
        return self._judges

    def look(self) -> None:
        """Look again for what is stored.

        Raises:
            LangtailError: The store cannot be read.
        """
        self._judges = None
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

    def pilot(self, rows: int = 5) -> Plan:
        """Ask the first trials of a few rows, for price and time, and return the plan; none is sent again.

        Raises:
            ConfigurationError: These alone are more than may be sent without a budget.
            LangtailError: They failed.
        """
        if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1:
            raise ConfigurationError(f"pilot takes how many rows to ask, not {rows!r}")
        first = list(dict.fromkeys(trial.row for trial in self.trials))[:rows]
        chosen = [t for t in self.unsent() if t.row in first and t.repeat == 1]
        if len(chosen) > FREE and self.budget is None:
            few = max(1, FREE // len(self.ways))
            raise ConfigurationError(
                f"{spending.needs_budget(len(chosen))}; plan.pilot(rows={few}) asks fewer"
            )
        if chosen:
            self.session.spending.check(len(chosen))
        self._wait(self._running(chosen))
        return self

    def run(self) -> Run:
        """Send the calls, show how far they are, and return the run.

        Raises:
            ConfigurationError: It needs a budget, or is over it; nothing was sent.
            Interrupted: The user stopped it; its ``run`` holds what is there, and so does the store.
            LangtailError: It paused: the first calls failed alike, or answers could not be kept.
        """
        return self._wait(self._checked())

    def start(self) -> Running:
        """Begin to send the calls, and return at once: ``.cancel()``, ``.limit = 8``, ``.result()``.

        Raises:
            ConfigurationError: It needs a budget, or is over it; nothing was sent.
        """
        return self._checked().start()

    def __await__(self) -> Generator[Any, None, Run]:
        return self._awaited().__await__()

    def why(self, trial: Trial, run: Run | None = None) -> str:
        """Return in words why a trial is sent, or was, and not taken from the store."""
        outcome = run.outcomes.get(trial) if run is not None else None
        if trial not in self.same_as_any(trial):
            raise ConfigurationError(f"row {trial.row} is none of the {len(self.rows)} rows that are asked")
        first = self.same_as(trial)[0]
        if first != trial:
            return f"row {trial.row} sends the same as row {first.row}, which was asked once for both"
        if outcome is not None and outcome.stored:
            ago = self.ages([outcome.at])
            return f"stored{f' {ago} ago' if ago else ''}; nothing was sent"
        if self.cache in ("off", "refresh"):
            return f'sent, as cache="{self.cache}" takes nothing from the store'
        if self.ways[trial.setting].base.is_private:
            return "sent, as what is not to be recorded is not stored"
        return self._nearest(trial)

    def same_as_any(self, trial: Trial) -> list[Trial]:
        """Return the trials with the key of one, none where it is no trial of the plan."""
        if not (0 <= trial.row < len(self.rows)) or trial.row in self.rows.unasked:
            return []
        return self.positions.get(self.key(trial), [])

    def __repr__(self) -> str:
        return plan_text.plain(self)

    def _repr_html_(self) -> str:
        return plan_text.html(self)

    def _positions(self) -> dict[str, list[Trial]]:
        found: dict[str, list[Trial]] = {}
        for trial in self.trials:
            found.setdefault(self.key(trial), []).append(trial)
        return found

    def unsent(self) -> list[Trial]:
        """Return the trials to send, one for each key, those that failed the last time first."""
        if self.cache == "only":
            return []
        trials = [found[0] for key, found in self.positions.items() if key not in self._stored]
        failed = {self.positions[key][0] for key in self._failed}
        return first_in_line(trials, failed)

    def with_scores(self, scores: Mapping[str, Any], budget: Budget | None) -> Plan:
        """Return the same plan with other scores."""
        plan = copy.copy(self)
        plan.scores, plan.budget, plan.until_decided = dict(scores), budget, False
        plan.follow = Scoring if plan.scores else None
        plan.cache = "reuse" if plan.cache == "refresh" else plan.cache
        plan.look()
        return plan

    def score(self, run: Run) -> Run:
        """Return a run that scores the outcomes of another one; nothing is sent but what judges ask.

        Raises:
            ConfigurationError: The judges' calls need a budget, or are over it; nothing was sent.
        """
        if line := spending.refusal_of_judges(self):
            raise ConfigurationError(line)
        running = self._running([])
        running.run.take(run)
        return self._wait(running)

    def _checked(self) -> Running:
        self.look()
        if line := spending.refusal(self):
            raise ConfigurationError(line)
        return self._running(self.unsent())

    def _running(self, trials: Sequence[Trial]) -> Running:
        client = self.session.client()
        keeps = self.cache != "off"
        sender = Sender(self.session, client, self.store, self.source, self.timeout, keeps)
        running = Running(self, sender, trials, self._crew(sender) if trials else None)
        if trials:
            stranger = self.session.stranger()
            running.run.notes += [*([f"sent to {stranger}"] if stranger else []), *recorded.about(self)]
        return running

    def _crew(self, sender: Sender) -> Post | None:
        if self.executor is None:
            return None
        from langtail_nb._sweep.workers.crew import Crew

        return Crew(self.executor, sender, check_workers(self.executor, self.session))

    def _wait(self, running: Running) -> Run:
        progress = Progress(running)
        try:
            loop.wait(running.work(), tick=progress.tick)
        except Interrupted as exc:
            raise _stopped(running) from exc
        finally:
            progress.finish()
        self.look()
        return running.outcome()

    async def _awaited(self) -> Run:
        running = self._checked()
        progress = Progress(running)
        with Interrupts() as interrupts:
            interrupts.stop = running.cancel
            future = asyncio.wrap_future(loop.submit(running.work()))
            try:
                # An awaiting cell does not hear an interrupt before its loop wakes for another reason.
                while not future.done():
                    await asyncio.wait([future], timeout=progress.tick())
                future.result()
            except asyncio.CancelledError:
                running.cancel()
                raise
            finally:
                progress.finish()
        if interrupts.count:
            raise _stopped(running)
        self.look()
        return running.outcome()

    def _nearest(self, trial: Trial) -> str:
        mark = self.mark(trial)
        wanted = all_parts(mark)
        stored = self.store.near(mark.target, mark.row)
        differences = [differing(wanted, {"repeat": wanted["repeat"], **parts}) for parts in stored]
        differences = [one for one in differences if one]
        if not differences:
            return "sent, as nothing like it was stored"
        names = min(differences, key=len)
        return f"sent, as the nearest stored trial differs in {', '.join(names)}"


def _stopped(running: Running) -> Interrupted:
    done = sum(one.reply is not None for one in running.run.outcomes.values())
    plan = running.run.plan
    on_disk = "" if plan.cache == "off" else " and stored; run it again to go on with the rest"
    stopped = Interrupted(f"stopped: {done:,} of {len(plan.trials):,} answers are there{on_disk}")
    stopped.run = running.run
    return stopped
