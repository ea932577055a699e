"""What stays of a run that is let go of: nothing."""

from __future__ import annotations

import gc
import weakref

import pytest

import langtail_nb as lt
from langtail_nb._kernel.disk.folder import folder as project_folder
from langtail_nb._kernel.session import session
from langtail_nb._sweep.outcome import Outcome

ROWS = [{"q": f"question {n}"} for n in range(30)]


def mapped():
    return lt.map([row["q"] for row in ROWS]).run


def scored():
    run = lt.sweep(
        over=lt.grid(temperature=[0, 1]), rows=ROWS, message="q", score={"q": lt.contains("q")}
    ).run()
    assert repr(run.table())
    assert run._repr_html_()
    return run


def started():
    running = lt.sweep(over=lt.grid(temperature=[0, 1]), rows=ROWS, message="q").start()
    return running.result(60)


def cancelled():
    running = lt.sweep(over=lt.grid(temperature=[0, 1]), rows=ROWS, message="q").start()
    running.cancel()
    return running.result(60)


def outcomes():
    """How many outcomes of trials there are, once nothing waits to be collected."""
    gc.collect()
    return sum(isinstance(one, Outcome) for one in gc.get_objects())


@pytest.mark.parametrize("make", [mapped, scored, started, cancelled])
def test_a_run_that_is_let_go_of_is_gone_with_its_answers(kernel_state, make):
    before = outcomes()
    run = make()
    assert make is cancelled or outcomes() > before
    alive = weakref.ref(run)

    del run

    # A thread that has just handed it over may hold it a moment longer.
    for _ in range(100):
        if outcomes() == before and alive() is None:
            return
    raise AssertionError(f"{outcomes() - before} outcomes are left")


def test_what_a_kernel_knows_of_its_own_trials_does_not_grow_with_them(kernel_state):
    spans = session.store._own.trials

    for start in range(0, 400, 80):
        lt.map([f"question {n}" for n in range(start, start + 80)])

    (kept,) = [one.all() for folder, one in spans.items() if folder.samefile(project_folder())]
    assert kept == [(1, 400)]
