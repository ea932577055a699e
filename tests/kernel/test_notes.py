"""Notes on what grows, taken by a thread of their own."""

import os
import threading
from types import SimpleNamespace

from langtail_nb._kernel.disk import notes as disk_notes
from langtail_nb._kernel.disk.notes import Notes

LIMIT_S = 10.0


def test_only_the_newest_note_on_a_thing_is_taken_and_by_another_thread():
    notes, taken, done = Notes(), [], threading.Event()
    for number in range(3):
        notes.put("a", lambda number=number: taken.append((number, threading.current_thread())))
    notes.put("b", lambda: None)
    notes.put("b", done.set)
    assert not notes.is_idle
    assert done.wait(LIMIT_S)

    assert [number for number, _ in taken] == [2]
    assert taken[0][1] is not threading.current_thread()


def test_before_each_note_there_is_a_second(monkeypatch):
    slept, over = [], threading.Semaphore(0)
    monkeypatch.setattr(
        disk_notes, "time", SimpleNamespace(sleep=lambda s: (slept.append(s), over.acquire()))
    )
    notes, taken, done = Notes(), [], threading.Event()
    for number in range(3):
        notes.put("a", lambda number=number: taken.append((number, threading.current_thread())))
    notes.put("b", done.set)
    assert taken == []
    over.release()
    assert done.wait(LIMIT_S)
    over.release()
    [(number, worker)] = taken
    worker.join(LIMIT_S)

    assert number == 2
    assert slept == [1.0, 1.0]
    assert notes.is_idle


def test_what_is_dropped_is_not_taken_and_a_note_that_fails_does_not_end_the_others(caplog):
    notes, taken, done = Notes(), [], threading.Event()
    notes.put("broken", lambda: taken.append(1 / 0))
    notes.put("dropped", lambda: taken.append("dropped"))
    notes.drop("dropped")
    notes.drop("nothing")
    notes.put("whole", done.set)
    assert done.wait(LIMIT_S)
    done.clear()
    notes.put("later", done.set)
    assert done.wait(LIMIT_S)

    assert taken == []
    assert "ZeroDivisionError" in caplog.text


def test_the_thread_ends_when_nothing_is_left_and_another_begins():
    notes, done = Notes(), threading.Event()
    threads = []
    for _ in range(2):
        done.clear()
        notes.put("a", lambda: (threads.append(threading.current_thread()), done.set()))
        assert done.wait(LIMIT_S)
        threads[-1].join(LIMIT_S)
        assert not threads[-1].is_alive()

    assert threads[0] is not threads[1]


def test_a_process_that_was_forked_takes_its_own_notes():
    notes, done = Notes(), threading.Event()
    notes.put("parent's", done.set)
    child = os.fork()
    if not child:
        done.clear()
        notes.put("child's", done.set)
        os._exit(0 if done.wait(LIMIT_S) else 1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
