"""What is said while an answer is waited for."""

import pytest

from langtail_nb._calls import waiting_line
from langtail_nb._calls.waiting_line import Waiting
from langtail_nb._client.attempts import Wait


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(waiting_line.time, "monotonic", lambda: now[0])
    return now


def test_a_line_counts_whole_seconds(clock):
    wait = Waiting("waiting for an answer")
    clock[0] += 3.9

    assert (wait.line, wait.elapsed_s) == ("waiting for an answer, 3 s", pytest.approx(3.9))


def test_a_line_counts_down_to_another_attempt_and_on_from_there(clock):
    wait = Waiting("waiting")
    clock[0] += 2
    wait.retry(Wait(12, attempt=2, of=3, reason="429"))
    assert wait.line == "waiting 12 s, attempt 2 of 3 (429)"

    clock[0] += 13
    assert wait.line == "waiting, 15 s, attempt 2 of 3"
