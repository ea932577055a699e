"""The file with the threads: shared, locked, full, damaged, read-only, newer; what was answered stays."""

from __future__ import annotations

import asyncio
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from langtail_nb._local.threads.database import (
    BUSY_TIMEOUT_S,
    SCHEMA_VERSION,
    DatabaseError,
    connect,
    refusal_of,
)
from langtail_nb._local.threads.thread_store import ThreadStore
from tests.local.bare import PLAIN
from tests.places import PROJECT
from tests.servers import Server, running, start

JSON = dict[str, Any]

# Root may write everywhere; without this capability (PR_CAPBSET_DROP, CAP_DAC_OVERRIDE) it may not.
LIKE_ANYBODY = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
SERVED = ("--engine", "echo", "--project", str(PROJECT))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database with one thread of 200 messages."""
    path = tmp_path / "kept.sqlite"

    async def fill(store: ThreadStore) -> None:
        thread_id, _ = await store.open(None, [{"role": "user", "content": f"{n}" * 99} for n in range(200)])
        await store.update_thread(thread_id, {"name": "kept"})

    store = ThreadStore(path)
    asyncio.run(fill(store))
    store.close()
    return path


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[tuple[Server, Server, Path]]:
    """Two servers that started at once on one folder and one new database."""
    path = tmp_path / "shared.sqlite"
    with ThreadPoolExecutor(2) as pool:
        started = [pool.submit(start, *SERVED, database=path) for _ in range(2)]
        one, two = (future.result() for future in started)
    yield one, two, path
    for server in (one, two):
        server.process.terminate()
        assert server.process.wait(10) == 0
        assert server.process.stdout is not None
        server.process.stdout.close()


def invoke(server: Server, text: str, thread_id: str | None = None) -> str:
    """Ask, and return the thread's id once the answer is there."""
    body: JSON = {"messages": [{"role": "user", "content": text}]}
    with server.http() as http:
        response = http.post(PLAIN, json={**body, "threadId": thread_id} if thread_id else body)
    assert response.status_code == 200, response.text
    return response.headers["x-langtail-thread-id"]


def contents(server: Server, thread_id: str) -> list[str]:
    """Every content of a thread, page by page."""
    found: list[str] = []
    with server.http() as http:
        page: JSON = {"has_more": True, "last_id": ""}
        while page["has_more"]:
            page = http.get(f"/v2/threads/{thread_id}/messages", params={"after": page["last_id"]}).json()
            found += [item["content"]["content"] for item in page["data"]]
    return found


def refused_start(database: Path, *before: str) -> str:
    """The one line of a server that will not start on a file."""
    command = [sys.executable, *before, "-m", "langtail_nb", "serve", *SERVED, "--port", "0"]
    ended = subprocess.run(
        [*command, "--database", str(database)],
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    assert (ended.returncode, ended.stderr.count("\n"), ended.stdout) == (1, 1, "")
    assert str(database) in ended.stderr
    assert "--database" in ended.stderr
    return ended.stderr


# Two servers, one file


def test_a_thread_that_one_server_made_is_seen_by_the_other(shared: tuple[Server, Server, Path]) -> None:
    one, two, _ = shared
    thread_id = invoke(one, "here")

    assert invoke(two, "there", thread_id) == thread_id
    assert contents(one, thread_id) == contents(two, thread_id)
    assert contents(one, thread_id)[2:] == ["there", "user: here\nassistant: #1\nuser: there"]
    with one.http() as http:
        http.delete(f"/v2/threads/{thread_id}")
    with two.http() as http:
        assert http.get(f"/v2/threads/{thread_id}").status_code == 404


def test_turns_of_two_servers_on_one_thread_are_not_lost(shared: tuple[Server, Server, Path]) -> None:
    thread_id = invoke(shared[0], "first")
    texts = [f"turn {number}" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda item: invoke(shared[item[0] % 2], item[1], thread_id), enumerate(texts)))

    stored = contents(shared[1], thread_id)

    assert sorted(text for text in stored if text in texts) == sorted(texts)
    assert len(stored) == 2 + 2 * len(texts)
    assert shared[0].errors == shared[1].errors == []


def test_many_may_start_at_once_on_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite"
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: ThreadStore(path), range(8)))
    for store in opened:
        store.close()

    with closing(connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


# What was answered stays


def test_what_was_answered_is_there_after_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "killed.sqlite"
    answered: list[tuple[str, str]] = []
    first = start(*SERVED, database=path)
    enough = threading.Event()

    def ask_until_killed(name: int) -> None:
        turn = 0
        while True:
            try:
                answered.append((invoke(first, f"{name}/{turn}"), f"{name}/{turn}"))
            except httpx.TransportError:
                return
            turn += 1
            if len(answered) >= 30:
                enough.set()

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask_until_killed, name) for name in range(4)]
        assert enough.wait(60)
        first.process.send_signal(signal.SIGKILL)
        for future in asking:
            future.result()
    first.process.wait()
    assert first.process.stdout is not None
    first.process.stdout.close()

    with running(*SERVED, database=path) as second:
        for thread_id, text in answered:
            assert contents(second, thread_id) == [text, f"user: {text}"]


# Locked


def test_a_locked_database_is_a_503_and_works_again_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "locked.sqlite"
    with running(*SERVED, database=path) as server, server.http() as http:
        thread_id = invoke(server, "before")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            refused = http.post(PLAIN, json={"threadId": thread_id, "stream": True})
            read = http.get(f"/v2/threads/{thread_id}")
            other.execute("ROLLBACK")
        invoke(server, "after", thread_id)

        assert (refused.status_code, refused.json()["error"]["type"]) == (503, "server_error")
        assert "locked" in refused.json()["error"]["message"]
        assert "\n" not in refused.json()["error"]["message"]
        assert read.status_code == 200
        assert contents(server, thread_id)[::2] == ["before", "after"]
    assert server.errors == []


async def test_calls_of_a_locked_database_wait_side_by_side(database: Path) -> None:
    """One thread works for all of them, and each has its own patience from the moment it was made."""
    store = ThreadStore(database)
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with asyncio.timeout(5 * BUSY_TIMEOUT_S):
            calls = (store.create_thread(None, None) for _ in range(20))
            refused = await asyncio.gather(*calls, return_exceptions=True)
        other.execute("ROLLBACK")
    await store.create_thread(None, None)
    store.close()

    assert {getattr(each, "status", None) for each in refused} == {503}


def test_a_database_that_stays_locked_is_named_at_the_start(database: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN EXCLUSIVE")

        assert "locked by another process" in refused_start(database)


# Damaged


def test_a_damaged_database_is_named_at_the_start_and_left_as_it_is(database: Path) -> None:
    damaged = bytearray(database.read_bytes())
    damaged[8192:16384] = b"\xa5" * 8192
    database.write_bytes(damaged)

    told = refused_start(database)

    assert "damaged" in told
    assert "move it away" in told
    assert database.read_bytes() == damaged


def test_damage_while_it_runs_is_a_500_that_says_what_to_do(database: Path) -> None:
    with running(*SERVED, database=database) as server, server.http() as http:
        thread_id = http.get("/v2/threads").json()["first_id"]
        with closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("UPDATE threads SET metadata = NULL")
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with database.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xa5" * (database.stat().st_size - 4096))

        for response in (
            http.get(f"/v2/threads/{thread_id}/messages"),
            http.post(PLAIN, json={"threadId": thread_id, "stream": True}),
        ):
            error = response.json()["error"]
            assert (response.status_code, error["type"]) == (500, "server_error")
            assert "damaged" in error["message"]
            assert str(database) in error["message"]
    assert server.errors == []


def test_another_programs_database_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE threads (name TEXT)")
        other.commit()

    assert "no such column" in refused_start(path)
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("threads",)]


def test_a_database_of_a_newer_version_is_named_and_left_as_it_is(database: Path) -> None:
    with closing(sqlite3.connect(database)) as other:
        other.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = database.read_bytes()

    assert "newer langtail-nb" in refused_start(database)
    assert database.read_bytes() == before


def test_a_database_of_the_first_version_is_taken_over(database: Path) -> None:
    """It had no version yet."""
    with closing(sqlite3.connect(database)) as other:
        other.execute("PRAGMA user_version = 0")

    with running(*SERVED, database=database) as server, server.http() as http:
        (thread,) = http.get("/v2/threads").json()["data"]
        assert thread["metadata"] == {"name": "kept"}
        assert len(contents(server, thread["id"])) == 200


# Not to be written


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="root has to give a capability up")
@pytest.mark.parametrize("kept", ["file", "folder"])
def test_a_read_only_file_or_folder_is_named_at_the_start(database: Path, tmp_path: Path, kept: str) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    path = folder / "t.sqlite"
    if kept == "file":
        shutil.copy(database, path)
        path.chmod(0o444)
    else:
        folder.chmod(0o555)
    try:
        told = refused_start(path, "-c", LIKE_ANYBODY)
    finally:
        folder.chmod(0o755)

    assert "must be writable" in told


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    assert "unable to open" in refused_start(tmp_path / "nowhere" / "t.sqlite")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="prlimit")
def test_a_disk_that_takes_no_more_is_a_500_and_nothing_answered_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "full.sqlite"
    with running(*SERVED, database=path) as server:
        thread_id = invoke(server, "before")
        unlimited = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (4096, unlimited[1]))
        with server.http() as http:
            body = {"threadId": thread_id, "messages": [{"role": "user", "content": "lost" * 9999}]}
            refused = http.post(PLAIN, json=body)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, unlimited)
        invoke(server, "after", thread_id)

        assert (refused.status_code, refused.json()["error"]["type"]) == (500, "server_error")
        assert str(path) in refused.json()["error"]["message"]
    assert server.errors == []
    with running(*SERVED, database=path) as again:
        assert contents(again, thread_id)[::2] == ["before", "after"]


def test_a_full_disk_is_called_so(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "t.sqlite")) as connection:
        connection.execute("PRAGMA max_page_count = 1")
        with pytest.raises(sqlite3.OperationalError) as caught:
            connection.execute("CREATE TABLE more AS SELECT hex(randomblob(99999)) AS x")

    refusal = refusal_of("t.sqlite", caught.value)
    assert (refusal.status, "no room on the disk" in str(refusal)) == (500, True)


def test_a_store_that_cannot_open_says_so_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match=str(tmp_path)) as caught:
        ThreadStore(tmp_path)

    assert "\n" not in str(caught.value)


def test_nobody_else_can_read_what_is_made_and_what_is_there_keeps_its_mode(tmp_path: Path) -> None:
    shared = tmp_path / "shared.sqlite"
    connect(shared).close()
    shared.chmod(0o660)
    with closing(connect(tmp_path / "own.sqlite")) as own, closing(connect(shared)):
        own.execute("INSERT INTO threads (id, created_at) VALUES ('thr_1', 0)")
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}

    assert {modes[f"own.sqlite{end}"] for end in ("", "-wal", "-shm")} == {0o600}
    assert modes["shared.sqlite"] == 0o660
