"""Plans for the Rows tab, made on a thread of their own whenever what stands there is another."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import RLock

from langtail_nb._errors import LangtailError
from langtail_nb._panel.sweep_inputs import Inputs
from langtail_nb._sweep import spending
from langtail_nb._sweep.plan import Plan

_log = logging.getLogger("langtail_nb")


class SweepPlanner:
    """The newest plan, or why there is none.

    Args:
        aside: Does something on a thread that may wait.
        made: Called there when there is another plan.

    Attributes:
        plan: The plan of what was wanted last; None while it is made, and where there is none.
        problem: Why there is none, or why it does not run as it is.
        number: Goes up with each plan.
    """

    def __init__(self, aside: Callable[[Callable[[], object]], object], made: Callable[[], object]) -> None:
        self.plan: Plan | None = None
        self.problem = ""
        self.number = 0
        self._aside, self._made = aside, made
        self._lock = RLock()
        self._wanted: Inputs | None = None
        self._signature = ""
        self._is_at_work = False

    def want(self, inputs: Inputs, *, anew: bool = False) -> None:
        """Have a plan made, unless it is there.

        Args:
            anew: Make it again, as more is stored by now.
        """
        with self._lock:
            if inputs.signature == self._signature and not anew:
                return
            self._signature, self._wanted = inputs.signature, inputs
            self.plan, self.problem = None, ""
            if self._is_at_work or not inputs.table.rows:
                return
            self._is_at_work = True
        self._aside(self._work)

    def _work(self) -> None:
        while (inputs := self._next()) is not None:
            plan, problem = _planned(inputs)
            with self._lock:
                # Something else may have been typed meanwhile.
                if self._wanted is None:
                    self.plan, self.problem = plan, problem
                    self.number += 1
        self._made()

    def _next(self) -> Inputs | None:
        with self._lock:
            inputs, self._wanted = self._wanted, None
            self._is_at_work = inputs is not None
            return inputs


def _planned(inputs: Inputs) -> tuple[Plan | None, str]:
    try:
        plan = inputs.plan()
        return plan, spending.refusal(plan) or ""
    except LangtailError as exc:
        return None, str(exc)
    except Exception as exc:
        # Values of the user's table are objects of any library.
        _log.error("a sweep could not be planned", exc_info=exc)
        return None, f"{type(exc).__name__}: {exc}"
