"""What is kept on disk."""

import json
import os
import sqlite3
import stat

import pytest

from langtail_nb._kernel.folder import StoreError, folder, make_folder
from langtail_nb._kernel.store import Store


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.delenv("LANGTAIL_NB_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def begin(store, **changes):
    given = {
        "source": "cell",
        "base_url": "u",
        "target": "a/b/c/d",
        "thread": None,
        "request": {"stream": True},
    }
    return store.begin_turn(**(given | changes))


def rows(home):
    with sqlite3.connect(home / ".langtail" / "store.sqlite") as database:
        found = database.execute("SELECT thread_id, request, reply, state FROM turns").fetchall()
    database.close()
    return found


def test_the_folder_is_made_when_first_needed_and_only_for_its_owner(home):
    assert not (home / ".langtail").exists()

    begin(Store())

    assert stat.S_IMODE((home / ".langtail").stat().st_mode) == 0o700
    assert "!replay/" in (home / ".langtail" / ".gitignore").read_text()


def test_the_folder_of_an_ancestor_is_used(home, monkeypatch):
    (home / ".langtail").mkdir()
    (home / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(home / "deep" / "er")

    assert folder() == home / ".langtail"


def test_a_turn_is_on_disk_before_its_answer(home):
    store = Store()
    turn = begin(store)
    assert rows(home) == [(None, '{"stream": true}', None, "sent")]

    store.open_turn(turn, "t-1")
    assert rows(home)[0][0] == "t-1"

    store.end_turn(turn, thread_id="t-1", reply={"text": "ü"}, state="done")
    assert rows(home) == [("t-1", '{"stream": true}', '{"text": "\\u00fc"}', "done")]


def test_an_answer_is_kept_where_its_call_was_whatever_the_working_directory_is_by_then(home, monkeypatch):
    turn = begin(Store())
    other = home / "other"
    (other / ".langtail").mkdir(parents=True)
    monkeypatch.chdir(other)
    begin(Store(), request={"another": True})
    Store().open_turn(turn, "t-1")
    Store().end_turn(turn, thread_id=None, reply={"text": "paid"}, state="done")

    assert rows(home) == [("t-1", '{"stream": true}', '{"text": "paid"}', "done")]
    assert rows(other) == [(None, '{"another": true}', None, "sent")]


def test_the_calls_of_an_assistant_are_not_those_of_a_workspace_of_its_name(home):
    for target in ("acme/production", "acme/help/support/production", "acme/staging@4", "acme2/staging"):
        begin(Store(), target=target)

    assert [turn.target for turn in Store().recent("acme")] == ["acme/staging@4", "acme/production"]
    assert [turn.target for turn in Store().recent("acme/help/support")] == ["acme/help/support/production"]


def test_an_answer_whose_call_is_gone_is_told_not_lost_in_silence(home):
    turn = begin(Store())
    (home / ".langtail" / "store.sqlite").unlink()

    with pytest.raises(StoreError, match="its answer is not on disk"):
        Store().end_turn(turn, thread_id=None, reply={"text": "paid"}, state="done")


def test_the_version_is_another_after_each_write_and_the_same_after_reading(home):
    seen = [Store().version()]
    for _ in range(2):
        begin(Store())
        seen.append(Store().version())
    Store().recent("a/b/c")

    assert len({str(one) for one in seen}) == 3
    assert Store().version() == seen[-1]


def test_a_name_is_found_again_by_another_kernel(home):
    Store().name_thread("u", "a/b/c", "demo", "t-1")
    Store().name_thread("u", "a/b/c", "demo", "t-2")

    assert [(t.name, t.thread_id) for t in Store().threads("u", "a/b/c")] == [("demo", "t-2")]
    assert Store().threads("other", "a/b/c") == []


def test_asking_for_threads_makes_no_folder(home):
    assert Store().threads("u", "a") == []
    assert not (home / ".langtail").exists()


def test_a_corrupt_file_is_one_clear_error(home):
    make_folder()
    (home / ".langtail" / "store.sqlite").write_bytes(b"not a database" * 100)

    with pytest.raises(StoreError, match=r"cannot use .*store\.sqlite: file is not a database"):
        begin(Store())


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere")
def test_a_folder_that_cannot_be_made_is_one_clear_error(home):
    home.chmod(0o500)

    with pytest.raises(StoreError, match="cannot keep files"):
        begin(Store())


def test_half_a_surrogate_pair_is_kept_as_it_came(home):
    turn = begin(Store(), request={"text": "\ud83d"})
    Store().end_turn(turn, thread_id=None, reply={"text": "\ude00"}, state="done")

    assert json.loads(rows(home)[0][2]) == {"text": "\ude00"}


def test_the_thread_id_of_a_turn_is_kept_when_its_answer_has_none(home):
    turn = begin(Store())
    Store().open_turn(turn, "t-1")
    Store().end_turn(turn, thread_id=None, reply=None, state="failed")

    assert rows(home)[0][0] == "t-1"


def test_a_working_directory_that_is_gone_is_one_clear_error(home, monkeypatch):
    gone = home / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    with pytest.raises(StoreError, match="cannot keep files"):
        begin(Store())
    with pytest.raises(StoreError, match="cannot look"):
        Store().threads("u", "a")


def test_a_home_of_nobody_is_a_folder_of_that_name(home, monkeypatch):
    monkeypatch.setenv("LANGTAIL_NB_HOME", "~nobody-has-this-name/kept")

    assert folder().name == "kept"
