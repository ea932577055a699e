"""How often something that grows is painted."""

from langtail_nb._show import pace
from langtail_nb._show.pace import Pace


def test_the_first_frame_is_due_at_once():
    assert Pace().wait_s == 0


def test_beyond_40_kb_each_byte_waits_longer_as_a_front_end_does(monkeypatch):
    monkeypatch.setattr(pace.time, "monotonic", lambda: 100.0)
    waits = []
    for size in (20_000, 40_000, 80_000, 160_000):
        clock = Pace()
        clock.paint(lambda size=size: size)
        waits.append(round(clock.wait_s, 6))

    assert waits == [0.12, 0.24, 0.96, 3.84]


def test_the_next_frame_waits_the_longer_of_50_ms_and_6_µs_a_byte(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: now[0])
    clock = Pace()

    assert clock.paint(lambda: 10) == 10
    assert round(clock.wait_s, 6) == 0.05
    clock.paint(lambda: 40_000)
    assert round(clock.wait_s, 6) == 0.24
    now[0] += 0.3
    assert clock.wait_s == 0


def test_painting_takes_at_most_a_fifth_of_the_time(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: now[0])

    def slow():
        now[0] += 1
        return 1

    clock = Pace()
    clock.paint(slow)

    assert clock.wait_s == 4
