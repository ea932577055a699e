"""A process that is killed in the middle of a map loses nothing, and the next pays for nothing twice."""

import os
import subprocess
import sys
import time

import pytest

from tests.places import ROOT

ROWS = 60
AT_ONCE = 6
CODE = f"""
import langtail_nb as lt
lt.settings.target = "acme/help/triage/staging"
replies = lt.map([f"question {{number}}" for number in range({ROWS})], limit={AT_ONCE})
print(len(replies) - len(replies.failed), flush=True)
"""


def child():
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", CODE],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    "answers", [10, *(pytest.param(count, marks=pytest.mark.thorough) for count in (1, 5, 25, 40, 58))]
)
def test_what_was_answered_is_not_paid_twice_but_for_what_was_on_its_way(kernel_state, answers):
    server = kernel_state
    server.delay_s = 0.05
    with child() as first:
        deadline = time.monotonic() + 60
        while server.counts["invoke"] < min(answers + AT_ONCE, ROWS) and time.monotonic() < deadline:
            time.sleep(0.002)
        first.kill()
    assert server.counts["invoke"] >= answers

    with child() as second:
        told, errors = second.communicate(timeout=60)

    assert told.strip() == str(ROWS), errors
    asked = [body["messages"][-1]["content"] for body in server.bodies]
    assert len(set(asked)) == ROWS
    # On their way, or answered in that moment and not on disk yet.
    assert ROWS <= len(asked) <= ROWS + 2 * AT_ONCE
