"""A database that stays open from one transaction to the next."""

import shutil
import sqlite3
import threading

import pytest

from langtail_nb._kernel.disk.held_database import HeldDatabase
from langtail_nb._kernel.disk.store_error import StoreError


@pytest.fixture
def held():
    held = HeldDatabase()
    yield held
    held.close()


def write(held, path, name):
    with held.opened(path) as database:
        database.execute("INSERT INTO notes VALUES ('x', ?, 0, '')", [name])
        return database


def write_half(held, path):
    with held.opened(path) as database:
        database.execute("INSERT INTO notes VALUES ('x', 'half', 0, '')")
        database.execute("INSERT INTO nowhere VALUES (1)")


def names(path):
    database = sqlite3.connect(path)
    found = {name for (name,) in database.execute("SELECT name FROM notes")}
    database.close()
    return found


def test_each_transaction_is_on_disk_before_the_next_and_none_opens_it_anew(held, tmp_path):
    path = tmp_path / "store.sqlite"
    first = write(held, path, "one")
    assert names(path) == {"one"}

    assert write(held, path, "two") is first
    assert names(path) == {"one", "two"}


def test_another_thread_goes_on_with_it(held, tmp_path):
    path = tmp_path / "store.sqlite"
    write(held, path, "one")
    thread = threading.Thread(target=write, args=(held, path, "two"))
    thread.start()
    thread.join()

    assert names(path) == {"one", "two"}


def test_what_is_written_after_the_file_was_moved_away_is_in_the_new_one(held, tmp_path):
    path = tmp_path / "store.sqlite"
    write(held, path, "one")
    for old in tmp_path.glob("store.sqlite*"):
        shutil.move(old, tmp_path / f"old-{old.name}")

    write(held, path, "two")
    assert names(path) == {"two"}


def test_a_transaction_that_fails_leaves_nothing_and_the_next_one_works(held, tmp_path):
    path = tmp_path / "store.sqlite"
    write(held, path, "one")
    with pytest.raises(StoreError, match="cannot use"):
        write_half(held, path)

    write(held, path, "two")
    assert names(path) == {"one", "two"}


def test_what_was_closed_is_opened_again(held, tmp_path):
    path = tmp_path / "store.sqlite"
    write(held, path, "one")
    held.close()
    assert list(tmp_path.iterdir()) == [path]

    write(held, path, "two")
    assert names(path) == {"one", "two"}
