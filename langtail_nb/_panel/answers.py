"""The answers of one panel: begun, stopped, told to its views as they grow, kept.

Trials run on the network thread. What views are told, and the list of trials itself, change only under the
panel's lock, so that a view that opens meanwhile is told each block once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event, RLock
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from langtail_nb._calls.runner import Runner
from langtail_nb._calls.trial import Trial
from langtail_nb._calls.trial_keeping import Keeping
from langtail_nb._kernel.execution import Execution
from langtail_nb._kernel.session import Session
from langtail_nb._panel.columns import Column, columns
from langtail_nb._panel.earlier import Earlier, Rows
from langtail_nb._types.request import Request
from langtail_nb._types.target import Target
from langtail_nb._types.tool_results import line_for

if TYPE_CHECKING:
    from langtail_nb._panel.blocks import Blocks, Tail
    from langtail_nb._panel.wire import Piece, Said

# A wait without a limit cannot be interrupted on Windows.
_LONGEST_SLEEP_S: Final = 0.2


class Answers:
    """The columns of one panel, from the click that begins them to what is kept of them.

    Attributes:
        trials: The answers that are shown, in order.
        compared: Those of the newest comparison, until something else is run.

    Args:
        lock: The panel's own.
        send: Takes a message for the views.
        changed: Called, with the lock, when a column's state changed.
        ended: Called, with the lock, with the trials of a run when none of them is on its way any more. What
            must be done then may take time, so it is done elsewhere; then :meth:`settle` is called, once.
    """

    def __init__(
        self,
        session: Session,
        target: Target,
        lock: RLock,
        *,
        send: Callable[[Said], object],
        changed: Callable[[], object],
        ended: Callable[[Sequence[Trial]], object],
    ) -> None:
        self.trials: list[Trial] = []
        self.compared: list[Trial] = []
        self._stored: Trial | None = None
        self._earlier = Earlier()
        self._runs: list[list[Trial]] = []
        self._telling = 0
        self._session, self._target = session, target
        self._lock, self._send, self._changed, self._ended = lock, send, changed, ended
        self._keeping = Keeping(session, target, "panel")
        self._runner = Runner(self._keeping.keep, self._grown, self._trials_changed, note=self._keeping.note)
        self._blocks: WeakKeyDictionary[Trial, Blocks] = WeakKeyDictionary()
        self._settled = Event()
        self._settled.set()

    @property
    def is_busy(self) -> bool:
        """Whether an answer is on its way."""
        return self._runner.is_busy

    @property
    def models(self) -> list[str]:
        """The models that answered, as they call themselves."""
        return [trial.reply.model for trial in self.trials if trial.reply is not None and trial.reply.model]

    @property
    def stored(self) -> list[int]:
        """The numbers of the calls that were made here, in the store."""
        return self._keeping.stored

    def columns(self, asking: str) -> list[Column]:
        """Return what the views show of each answer, but its text."""
        return columns(self._shown, asking=asking, kept=self._keeping.kept)

    def earlier(self) -> Rows:
        """Return what the views show of the comparisons before this one."""
        return self._earlier.section(self.trials, self._keeping.kept)

    def asked(self, trial: Trial) -> Request:
        """Return what a trial asked, without the conversation that it was asked behind."""
        return self._keeping.asked(trial)

    def find(self, column: str, serial: int) -> Trial | None:
        """Return the answer that was seen in a column, now or in an earlier comparison, if it is there."""
        known = [*self._shown, *self.trials, *self._earlier]
        return next((trial for trial in known if (trial.id, trial.serial) == (column, serial)), None)

    def behind(self, request: Request) -> Request:
        """Return the request as a run sends it: behind the conversation, with its variables."""
        return self._keeping.behind(request, self._session.conversations(self._target).current)

    def go_on_from(self, earlier: Answers) -> None:
        """Show the answers of a panel that this one replaces, but those that are still on their way there."""
        with self._lock:
            self.trials = [trial for trial in earlier.trials if trial.state != "running"]
            self.compared = list(earlier.compared)
            self._earlier.go_on_from(earlier._earlier)
            self._keeping.go_on_from(earlier._keeping)

    def start(self, asked: Sequence[tuple[str, str, Request]], pinned: Sequence[Trial] = ()) -> list[Trial]:
        """Begin and return an answer for each name, title and request, in place of those that are there.

        A comparison that stood there is folded under it.

        Args:
            pinned: Earlier answers that are shown beside them.

        Raises:
            ConfigurationError: There is no key, or the kernel may not spend that much.
        """
        self._session.spending.check(len(asked))
        client = self._session.client()
        thread = self._session.conversations(self._target).current
        fresh = [self._keeping.trial(*one, thread) for one in asked]
        for place, trial in enumerate(fresh):
            trial.is_first = not place
            self._keeping.begin(trial)
        with self._lock:
            self.stop()
            self._settled.clear()
            self._runs.append(fresh)
            self._stored = None
            if len(self.trials) > 1:
                self._earlier.put(self.trials)
            self.trials = [*fresh, *pinned]
            self.compared = list(self.trials) if len(fresh) > 1 else []
            for trial in fresh:
                self._runner.start(client, trial, timeout=self._session.settings.timeout)
            self._changed()
            if pinned:
                # Their answers are here already; a view that has their columns draws what it is told.
                self._send({"full": [self._whole(trial) for trial in pinned]})
        return fresh

    def put_beside(self, trial: Trial) -> None:
        """Show an earlier answer beside those that are there."""
        with self._lock:
            self.trials = [*self.trials, trial]
            self._changed()
            self._send({"full": [self._whole(trial)]})

    def show_stored(self, trial: Trial | None) -> None:
        """Show an answer that was stored in place of those that are there; or those again, with None."""
        with self._lock:
            if self._stored is trial or (self.is_busy and trial is not None):
                return
            self._stored = trial
            self._changed()
            self._send({"full": [self._whole(one) for one in self._shown]})

    @property
    def _shown(self) -> list[Trial]:
        return self.trials if self._stored is None else [self._stored]

    def leave_out(self, column: str) -> None:
        """Take an earlier answer away that was put beside the others."""
        with self._lock:
            self.trials = [trial for trial in self.trials if trial.id != column]
            self._changed()

    def open(self, row: str) -> None:
        """Tell the views the answers of an earlier comparison, as far as it is there still."""
        with self._lock:
            if trials := self._earlier.row(row):
                shown = columns(trials, asking=trials[0].question, kept=self._keeping.kept)
                self._send({"row": {"id": row, "columns": shown, "full": [self._whole(t) for t in trials]}})

    def stop(self, column: str | None = None) -> None:
        """Stop one column or all, and keep what has arrived."""
        for trial in self.trials:
            if column in (None, trial.id):
                self._runner.stop(trial)

    def keep(self, column: str, serial: int) -> tuple[str, str] | None:
        """Make a column's answer the next turn of the conversation; return which that is and what follows.

        Of two quick clicks the second finds nothing to do.

        Args:
            serial: Of the answer that was seen there; another one is left alone.

        Raises:
            ConfigurationError: There is no answer in it.
        """
        trial = self.find(column, serial)
        if trial is None or trial.serial in self._keeping.kept:
            return None
        self._keeping.make_turn(trial, Execution(None, f"panel {trial.serial}"))
        calls = trial.reply.tool_calls if trial.reply is not None and trial.state == "done" else ()
        follows = line_for(calls) if calls else "The next cell"
        return self._keeping.kept[trial.serial], f"{follows} goes on from there."

    def tell_all(self) -> None:
        """Tell the views every answer from its start."""
        with self._lock:
            self._send({"full": [self._whole(trial) for trial in self._shown]})

    def settle(self) -> None:
        """Say that all that follows the end of a run is done."""
        with self._lock:
            self._telling -= 1
            if not self.is_busy and not self._telling:
                self._settled.set()

    def wait(self) -> None:
        """Wait until no answer is on its way and all that ended has been shown; can be interrupted."""
        while not self._settled.wait(_LONGEST_SLEEP_S):
            pass

    # Called on the network thread.

    def _grown(self, trial: Trial, ended: bool) -> int:
        # With the lock, or a view that is made meanwhile would be told a block twice, or never.
        with self._lock:
            blocks = self._blocks_of(trial)
            grown = (blocks.finish if ended else blocks.grow)(trial.text)
            self._send({"grow": _piece(trial, grown.add, grown.tail)})
        return grown.size

    def _trials_changed(self) -> None:
        with self._lock:
            try:
                self._changed()
            finally:
                over = [run for run in self._runs if all(trial.state != "running" for trial in run)]
                self._runs = [run for run in self._runs if run not in over]
                self._telling += len(over)
                for run in over:
                    self._ended(run)

    def _whole(self, trial: Trial) -> Piece:
        # Of one that runs the first piece may be on its way; finished here, it would be cut in a word.
        is_pinned = trial not in self._blocks and trial.state != "running"
        blocks = self._blocks_of(trial)
        if is_pinned:
            blocks.finish(trial.text)
        return _piece(trial, list(blocks.finished), blocks.tail)

    def _blocks_of(self, trial: Trial) -> Blocks:
        # Imported with the first answer: markdown-it would keep the first panel from being seen.
        from langtail_nb._panel.blocks import Blocks

        return self._blocks.setdefault(trial, Blocks())


def _piece(trial: Trial, add: list[str], tail: Tail | None) -> Piece:
    return {"id": trial.id, "serial": trial.serial, "add": add, "tail": tail}
