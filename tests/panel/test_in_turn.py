"""Jobs aside, one after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from langtail_nb._panel.in_turn import InTurn


def aside(job: Callable[[], object]) -> None:
    def work() -> None:
        with suppress(ValueError):
            job()

    threading.Thread(target=work, daemon=True).start()


def test_what_was_asked_last_is_told_last_however_long_the_first_takes() -> None:
    in_turn, told, is_asked, is_over = InTurn(aside), [], threading.Event(), threading.Event()

    def slow() -> None:
        assert is_asked.wait(30)
        told.append("first")

    in_turn(slow)
    for name in ("second", "third"):
        in_turn(lambda name=name: told.append(name))
    in_turn(is_over.set)
    is_asked.set()

    assert is_over.wait(30)
    assert told == ["first", "second", "third"]


def test_a_job_that_fails_holds_up_none_behind_it() -> None:
    in_turn, is_asked, is_over = InTurn(aside), threading.Event(), threading.Event()

    def fails() -> None:
        assert is_asked.wait(30)
        raise ValueError("as it is")

    in_turn(fails)
    in_turn(is_over.set)
    is_asked.set()

    assert is_over.wait(30)
