"""What is kept on disk."""

import json
import os
import resource
import sqlite3
import threading
import time
from contextlib import closing, contextmanager, nullcontext

import pytest

from langtail_nb._kernel.disk import database
from langtail_nb._kernel.disk.kept import new_turn
from langtail_nb._kernel.disk.own_rows import Spans
from langtail_nb._kernel.disk.store import Pruned, Store
from langtail_nb._kernel.disk.store_error import StoreError
from langtail_nb._kernel.disk.trials import Trials

DAY_S = 86_400.0


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.delenv("LANGTAIL_NB_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(database, "_BUSY_S", 0.05)


def begin(store, **changes):
    return store.begin_turn(**given(**changes))


def given(**changes):
    return {
        "source": "cell",
        "base_url": "u",
        "target": "a/b/c/d",
        "thread": None,
        "request": {"stream": True},
        **changes,
    }


def rows(home, columns="thread_id, request, reply, state"):
    with closing(sqlite3.connect(home / ".langtail" / "store.sqlite")) as database:
        return database.execute(f"SELECT {columns} FROM turns ORDER BY id").fetchall()


def change(home, statement, *values):
    with closing(sqlite3.connect(home / ".langtail" / "store.sqlite")) as database, database:
        database.execute(statement, values)


def end(store, turn, text="paid", state="done"):
    store.end_turn(turn, thread_id=None, reply={"text": text}, state=state)


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
    end(Store(), turn)

    assert rows(home) == [("t-1", '{"stream": true}', '{"text": "paid"}', "done")]
    assert rows(other) == [(None, '{"another": true}', None, "sent")]


def test_the_calls_of_an_assistant_are_not_those_of_a_workspace_of_its_name(home):
    for target in ("acme/production", "acme/help/support/production", "acme/staging@4", "acme2/staging"):
        begin(Store(), target=target)

    assert [turn.target for turn in Store().recent("acme")] == ["acme/staging@4", "acme/production"]
    assert [turn.target for turn in Store().recent("acme/help/support")] == ["acme/help/support/production"]


def test_an_answer_whose_call_is_gone_is_kept_with_all_of_its_call(home):
    store = Store()
    turn = begin(store)
    store.open_turn(turn, "t-1")
    (home / ".langtail" / "store.sqlite").unlink()
    another = begin(store, request={"another": True})

    end(store, turn)

    assert another.id == 1
    assert rows(home) == [
        (None, '{"another": true}', None, "sent"),
        ("t-1", '{"stream": true}', '{"text": "paid"}', "done"),
    ]


def test_an_answer_is_kept_where_its_beginning_could_not_be(home, impatient):
    store, turn = Store(), new_turn(**given())
    begin(store, request={"another": True})
    with locked(home):
        for write in (store.keep, lambda turn: store.open_turn(turn, "t-1")):
            with pytest.raises(StoreError, match="database is locked"):
                write(turn)

    end(store, turn)

    assert rows(home)[1:] == [("t-1", '{"stream": true}', '{"text": "paid"}', "done")]
    assert rows(home, "at")[1] == (turn.at,)


@contextmanager
def locked(home):
    """Hold the store as another process does that writes for long."""
    connection = sqlite3.connect(home / ".langtail" / "store.sqlite", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def test_an_answer_on_its_way_is_noted_as_a_part_and_never_after_its_end(home):
    store = Store()
    turn = begin(store)
    store.note_turn(turn, {"text": "pa"})
    assert rows(home)[0][2:] == ('{"text": "pa"}', "partial")

    end(store, turn)
    store.note_turn(turn, {"text": "pai"})
    assert rows(home)[0][2:] == ('{"text": "paid"}', "done")


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

    # The newest is what the name stands for; no thread is lost with its name.
    assert [(t.name, t.thread_id) for t in Store().threads("u", "a/b/c")] == [
        ("demo", "t-2"),
        ("demo", "t-1"),
    ]
    assert Store().threads("other", "a/b/c") == []


def test_asking_makes_no_folder(home):
    store = Store()

    assert (store.threads("u", "a"), store.recent("a/b/c"), store.turn(1), store.version()) == (
        [],
        [],
        None,
        None,
    )
    assert store.prune(0) == Pruned(0, 0, 0, 0)
    store.forget_thread("u", "t-1")
    assert not (home / ".langtail").exists()


def test_a_store_of_the_first_version_is_brought_up_to_this_one_with_all_that_is_in_it(home):
    path = home / ".langtail" / "store.sqlite"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as database:
        database.executescript(FIRST_VERSION)

    store = Store()
    store.name_thread("u", "a/b/c", "demo", "t-2")

    assert [(t.name, t.thread_id) for t in store.threads("u", "a/b/c")] == [("demo", "t-2"), ("demo", "t-1")]
    assert [turn.source for turn in store.recent("a/b/c")] == ["cell"]
    assert Trials(store).find(["k"]) == {}


def test_a_store_of_another_layout_is_not_brought_up_to_this_version(home):
    path = home / ".langtail" / "store.sqlite"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as database:
        database.executescript(FIRST_VERSION.replace("request TEXT", "question TEXT"))
    before = path.read_bytes()

    with pytest.raises(StoreError, match="laid out as no version does it"):
        Store().name_thread("u", "a/b/c", "demo", "t-2")
    assert path.read_bytes() == before


FIRST_VERSION = """
CREATE TABLE turns (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, source TEXT NOT NULL, base_url TEXT NOT NULL,
    target TEXT NOT NULL, thread_id TEXT, thread TEXT, request TEXT, reply TEXT, state TEXT NOT NULL);
CREATE TABLE threads (
    base_url TEXT NOT NULL, assistant TEXT NOT NULL, name TEXT NOT NULL, thread_id TEXT NOT NULL,
    at REAL NOT NULL, PRIMARY KEY (base_url, assistant, name));
INSERT INTO turns VALUES (1, 5.0, 'cell', 'u', 'a/b/c/production', 't-1', 'demo', '{}', '{}', 'done');
INSERT INTO threads VALUES ('u', 'a/b/c', 'demo', 't-1', 5.0);
PRAGMA user_version = 1;
"""


# Stores that cannot be used: one line each, and nothing is written to them.

UNUSABLE = {
    "newer": "was made by a newer version of langtail-nb: upgrade it, or move the file away",
    "broken": "file is not a database .it is no database; move it away to start anew.$",
    "damaged": "malformed.* .it is damaged; move it away to start anew.$",
    "of another layout": "it is laid out as no version does it; move it away to start anew",
    "locked": "database is locked .another process has it locked",
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_a_store_that_cannot_be_used_is_one_line_and_stays_as_it_is(home, impatient, kind):
    store = Store()
    turn = begin(store)
    path = spoiled(home, kind)
    before = path.read_bytes()
    asks = [lambda: begin(store), lambda: end(store, turn), lambda: store.name_thread("u", "a", "n", "t")]
    if kind != "locked":  # read it can be
        asks += [lambda: store.recent("a/b/c"), lambda: store.prune(time.time())]
    for ask in asks:
        with locked(home) if kind == "locked" else nullcontext(), pytest.raises(StoreError) as caught:
            ask()
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
        caught.match(UNUSABLE[kind])

    assert path.read_bytes() == before


def spoiled(home, kind):
    path = home / ".langtail" / "store.sqlite"
    match kind:
        case "newer":
            change(home, "PRAGMA user_version = 3")
            change(home, "ALTER TABLE turns RENAME COLUMN state TO status")
        case "broken":
            path.write_bytes(b"not a database" * 100)
        case "damaged":
            content = path.read_bytes()
            path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
        case "of another layout":
            change(home, "ALTER TABLE turns RENAME COLUMN request TO question")
            change(home, "ALTER TABLE threads RENAME COLUMN name TO label")
            change(home, "ALTER TABLE threads ADD COLUMN more TEXT")
    return path


def test_where_the_disk_is_full_one_line_says_so_and_the_store_is_whole_afterwards(home):
    store = Store()
    turn = begin(store)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, limits[1]))
    try:
        with pytest.raises(StoreError, match=r"cannot use .*store\.sqlite: "):
            end(store, turn, "x" * 200_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    end(store, turn)
    assert rows(home)[0][2:] == ('{"text": "paid"}', "done")


def test_two_kernels_begin_a_store_at_once_and_lose_nothing(home):
    """Threads here: SQLite's locks are the same ones."""
    gate = threading.Barrier(8)

    def work():
        gate.wait()
        store = Store()
        for _ in range(5):
            end(store, begin(store))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert rows(home, "state") == [("done",)] * 40


# What is odd in a store.


def test_half_a_character_is_kept_as_it_came_and_read_as_a_whole_one(home):
    store = Store()
    turn = begin(store, request={"text": "\ud83d"}, target="a/b/\ud83d/d", thread="\ude00")
    store.end_turn(turn, thread_id="\ude00", reply={"text": "\ude00"}, state="done")
    store.name_thread("u", "a/b/\ud83d", "\ude00", "t-1")
    [read] = store.recent("a/b/\ud83d")

    assert json.loads(rows(home)[0][2]) == {"text": "\ude00"}
    assert (read.target, read.request, read.reply) == ("a/b/�/d", {"text": "�"}, {"text": "�"})
    assert [one.name for one in store.threads("u", "a/b/\ud83d")] == ["�"]


DEEP = "[" * 100_000
NESTED = '{"x": ' + "[" * 300 + "]" * 300 + "}"
LARGE = '{"temperature": 1e999, "seed": ' + "9" * 5000 + "}"
ODD = {
    "request": [
        DEEP, '{"a": ' * 5000, "[]", "7", "not JSON", b"\xff", 7, NESTED, LARGE,
        '{"messages": 7, "variables": []}', '{"temperature": 1e999, "seed": {}, "model": []}',
        '{"messages": [7, {"role": {}, "content": 7}, {"role": "user"}], "variables": {"a": {}}}',
    ],
    "reply": [
        DEEP, "[]", '"text"', '{"messages": {"role": "assistant"}}', '{"messages": [[], null]}', NESTED,
        '{"messages": [{"role": "assistant", "content": {"text": 7}, "tool_calls": 7}]}',
        '{"usage": "many", "latency_s": "long", "model": ["m"], "error": {"a": 1}}',
        '{"usage": {"prompt_tokens": {}}, "latency_s": 1e400, "stopped": "no"}',
    ],
    "at": ["yesterday", 1e300, -1e300, float("inf"), b"\x00", -5],
    "source": [b"\xff\xfe", 7],
    "base_url": [7, b"\xff"],
    "state": [7, b"\xff"],
    "target": ["a/b/c/\x00", "a/b/c/%s"],
}  # fmt: skip


@pytest.mark.parametrize(("column", "value"), [(name, one) for name, values in ODD.items() for one in values])
def test_an_odd_row_is_listed_like_any_other(home, column, value):
    from langtail_nb._kernel import runs
    from langtail_nb._types.request import Request

    store = Store()
    begun = begin(store)
    store.end_turn(begun, thread_id=None, reply={"messages": []}, state="done")
    change(home, f"UPDATE turns SET {column} = ?", value)
    [turn] = store.recent("a/b/c")
    [run] = runs.runs([turn], "u")

    json.dumps([*run.values()], allow_nan=False).encode()
    assert all(isinstance(one, int if name == "id" else str) for name, one in run.items())
    assert runs.answer_of(turn) == ""
    runs.reply_of(turn, Request("a/b/c/d")).tool_calls  # noqa: B018 - it can be made
    runs.asked_of(turn)
    runs.left_out_of(turn)
    runs.where_of(turn, "u")


@pytest.mark.parametrize("at", ODD["at"])
def test_an_odd_thread_is_listed_like_any_other(home, at):
    Store().name_thread("u", "a/b/c", "demo", "t-1")
    change(home, "UPDATE threads SET at = ?, thread_id = ?", at, b"\xff")

    assert Store().threads("u", "a/b/c") == [("demo", "", 0.0)]


# What is removed.


def test_what_is_older_than_it_is_told_is_removed_and_its_words_are_no_longer_in_the_file(home):
    store = Store()
    for number in range(50):
        end(store, begin(store), f"old words {number} " * 2000)
    change(home, "UPDATE turns SET at = at - ?", 10 * DAY_S)
    end(store, begin(store), "new words")
    store.name_thread("u", "a/b/c", "demo", "t-1")
    path = home / ".langtail" / "store.sqlite"
    before = path.stat().st_size

    pruned = store.prune(time.time() - 9 * DAY_S)

    assert (pruned.removed, pruned.left) == (50, 1)
    assert pruned.freed == before - path.stat().st_size > 1_000_000
    assert pruned.size == path.stat().st_size
    assert b"old words" not in path.read_bytes()
    assert [one.name for one in store.threads("u", "a/b/c")] == ["demo"]
    assert store.prune(time.time() - 9 * DAY_S).removed == 0


def test_what_is_not_in_the_store_yet_but_beside_it_counts_as_its_size(home):
    """As long as another kernel has it open."""
    store = Store()
    begin(store)
    path = home / ".langtail" / "store.sqlite"
    other = sqlite3.connect(path)
    other.execute("SELECT * FROM turns").fetchall()
    end(store, begin(store), "word " * 10_000)
    beside = path.with_name("store.sqlite-wal").stat().st_size
    pruned = store.prune(0)
    other.close()

    assert beside > 50_000
    assert pruned == Pruned(removed=0, freed=0, left=2, size=pruned.size)
    assert pruned.size > beside


def test_a_call_of_an_unknown_time_is_not_removed(home):
    store = Store()
    begin(store)
    change(home, "UPDATE turns SET at = 'yesterday'")

    assert store.prune(time.time())[:3:2] == (0, 1)


def test_an_answer_whose_call_was_removed_meanwhile_is_kept(home):
    store = Store()
    turn = begin(store)
    store.prune(time.time() + 1)
    end(store, turn)

    assert rows(home)[0][2:] == ('{"text": "paid"}', "done")


def test_a_call_is_read_as_it_was_kept(home):
    content = [
        {"type": "text", "text": "Gr\u00fc\u00dfe \U0001f600"},
        {"type": "image_url", "image_url": {"url": "u"}},
    ]
    request = {
        "messages": [{"role": "user", "content": content}, {"role": "assistant", "content": None}],
        "variables": {"name": "Ada"},
        "stop": ["a", "b"],
        "seed": 7,
        "temperature": 0.5,
        "tools": [[1, [True, None, 2.5]]],
    }
    reply = {
        "messages": [{"role": "assistant", "content": "Hi", "tool_calls": [{"id": "a"}]}],
        "model": "gpt-x",
        "finish_reason": "stop",
        "latency_s": 1.5,
        "first_token_s": 2,
        "usage": {"total_tokens": 3},
        "error": None,
        "stopped": False,
    }
    store = Store()
    store.end_turn(begin(store, request=request), thread_id="t", reply=reply, state="done")

    (turn,) = Store().recent("a/b/c")
    assert (turn.request, turn.reply) == (request, reply)
    assert (turn.source, turn.base_url, turn.target, turn.state) == ("cell", "u", "a/b/c/d", "done")
    assert turn.at == pytest.approx(time.time(), abs=60)
    assert Store().turn(turn.id) == turn
    assert Store().turn(turn.id + 1) is None


def test_the_newest_fifty_calls_are_listed_the_newest_first(home):
    store = Store()
    for _ in range(52):
        begin(store)

    assert [turn.id for turn in store.recent("a/b/c")] == list(range(52, 2, -1))
    assert [turn.id for turn in store.recent("a/b/c", limit=2)] == [52, 51]


def test_the_thread_id_of_a_turn_is_kept_when_its_answer_has_none(home):
    turn = begin(Store())
    Store().open_turn(turn, "t-1")
    Store().end_turn(turn, thread_id=None, reply=None, state="failed")

    assert rows(home)[0][0] == "t-1"


@pytest.mark.skipif(os.name == "nt", reason="names of users")
def test_a_home_of_nobody_is_a_folder_of_that_name(home, monkeypatch):
    from langtail_nb._kernel.disk.folder import folder

    monkeypatch.setenv("LANGTAIL_NB_HOME", "~nobody-has-this-name/kept")

    assert folder().name == "kept"


def test_spans_know_a_million_numbers_as_two_and_gaps_as_gaps():
    spans = Spans()

    spans.add(range(1, 500_000))
    spans.add(range(500_000, 1_000_001))
    assert spans.all() == [(1, 1_000_000)]

    spans.add([1_000_003, 1_000_002, 1_000_005])
    assert spans.all() == [(1, 1_000_000), (1_000_002, 1_000_003), (1_000_005, 1_000_005)]
