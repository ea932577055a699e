"""Files of others, changed at random: stores, the databases of local servers, project files.

Beside it: ``tests/kernel/test_store.py`` and ``tests/local/test_server_database.py`` have the odd files that
were thought of. Here a file is any bytes, and a row any values.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from langtail_nb._kernel import runs
from langtail_nb._kernel.disk.store import Store
from langtail_nb._kernel.disk.store_error import StoreError
from langtail_nb._local.answering.provider import model_request
from langtail_nb._local.project.hosted import cannot_run
from langtail_nb._local.project.project import Project
from langtail_nb._local.project.served_deployment import ProjectError, parts_of, read_deployment
from langtail_nb._local.protocol.refusals import Refusal
from langtail_nb._local.threads.database import DatabaseError, connect
from langtail_nb._project.files import read_content
from langtail_nb._types.request import Request
from tests.faults.fuzz import ODD_VALUES, changed, changed_json, changed_text, fuzzed, in_one_line, json_bytes
from tests.places import PROJECT

ASKED = {
    "stream": True,
    "temperature": 0.5,
    "messages": [{"role": "user", "content": "Where?"}],
    "variables": {"topic": "returns"},
    "metadata": {"run": 7},
}
REPLY = {
    "messages": [
        {
            "role": "assistant",
            "content": "Let me look.",
            "tool_calls": [{"id": "1", "function": {"name": "f"}}],
        },
        {"role": "tool", "tool_call_id": "1", "content": "tram 4"},
        {"role": "assistant", "content": [{"type": "text", "text": "Tram 4."}]},
    ],
    "model": "gpt",
    "finish_reason": "stop",
    "latency_s": 1.5,
    "first_token_s": 0.2,
    "error": None,
    "stopped": False,
    "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
}
COLUMNS = ("at", "source", "base_url", "target", "thread_id", "thread", "request", "reply", "state")


def a_value(dice: Random) -> Any:
    """What a column may hold: JSON that is odd, odd text, bytes, a number."""
    match dice.randrange(4):
        case 0:
            return json_bytes(dice, changed_json(dice, dice.choice((ASKED, REPLY)))).decode(
                "utf-8", "replace"
            )
        case 1:
            return (
                changed_text(dice, json.dumps(dice.choice((ASKED, REPLY))))
                .encode("utf-8", "replace")
                .decode()
            )
        case 2:
            return dice.randbytes(dice.randrange(12))
        case _:
            value = dice.choice([one for one in ODD_VALUES if isinstance(one, str | int | float)])
            value = value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
            value = 0 if value != value else value  # SQLite makes NULL of NaN
            return float(value) if isinstance(value, int) and abs(value) >= 2**63 else value


def used(store: Store) -> None:
    """Read a store as `runs`, `diff`, the panel's history and `thread list` do."""
    for turn in store.recent("a/b/c"):
        json.dumps(runs.runs([turn], "u"), allow_nan=False).encode()
        runs.answer_of(turn).encode()
        repr(runs.reply_of(turn, Request("a/b/c/d")))
        runs.asked_of(turn), runs.left_out_of(turn), runs.where_of(turn, "u")
    for name, thread_id, at in store.threads("u", "a/b/c"):
        f"{name} {thread_id} {runs.when(at)}".encode()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LANGTAIL_NB_HOME", str(tmp_path))
    return tmp_path


def filled(store: Store) -> None:
    for n in range(3):
        turn = store.begin_turn(source="cell", base_url="u", target="a/b/c/d", thread="demo", request=ASKED)
        store.end_turn(turn, thread_id=f"t-{n}", reply=REPLY, state="done")
        store.name_thread("u", "a/b/c", f"demo {n}", f"t-{n}")


def test_any_row_of_a_store_is_listed(home: Path) -> None:
    store = Store()
    filled(store)
    with closing(sqlite3.connect(home / "store.sqlite")) as database:

        def check(dice: Random) -> None:
            database.execute(
                "UPDATE turns SET request = ?, reply = ?, target = ?", (json.dumps(ASKED), None, "a/b/c/d")
            )
            for _ in range(dice.randrange(1, 4)):
                column = dice.choice([one for one in COLUMNS if one != "target"])
                value = a_value(dice)
                value = "x" if value is None else value
                database.execute(f"UPDATE turns SET {column} = ? WHERE id = ?", (value, dice.randrange(1, 4)))
            column = dice.choice(("name", "thread_id", "at"))
            database.execute(
                f"UPDATE OR IGNORE threads SET {column} = ? WHERE name = ?", (a_value(dice), "demo 1")
            )
            database.commit()
            used(store)

        assert fuzzed(check)


def beside_nothing(path: Path, data: bytes) -> None:
    """Write a database without what SQLite keeps beside it."""
    for suffix in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.write_bytes(data)


def whole(path: Path, fill: Callable[[], object]) -> bytes:
    """The bytes of a database that `fill` makes, all in one file."""
    fill()
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("PRAGMA journal_mode = DELETE")
    return path.read_bytes()


WORDS = (b"SQLite format 3\0", b"\xff" * 16, b"\0" * 64, b"turns", b"CREATE TABLE", b"\x0d\0\0\0")


def test_a_store_of_any_bytes_is_read_or_named(home: Path) -> None:
    store = Store()
    path = home / "store.sqlite"
    sample = whole(path, lambda: filled(store))

    def check(dice: Random) -> None:
        beside_nothing(path, changed(dice, sample, WORDS))
        for use in (lambda: used(store), lambda: filled(store), lambda: store.prune(1.0)):
            try:
                use()
            except StoreError as exc:
                in_one_line(exc, str(path))

    assert fuzzed(check)


def test_a_database_of_any_bytes_is_served_or_named(tmp_path: Path) -> None:
    path = tmp_path / "local.sqlite"

    def fill() -> None:
        database = connect(path)
        database.execute("INSERT INTO threads (id, created_at) VALUES ('t', 1)")
        database.execute(
            "INSERT INTO messages (id, thread_id, created_at, content) VALUES ('m', 't', 1, '{}')"
        )
        database.close()

    sample = whole(path, fill)

    def check(dice: Random) -> None:
        beside_nothing(path, changed(dice, sample, WORDS))
        try:
            connect(path).close()
        except DatabaseError as exc:
            in_one_line(exc, str(path))

    assert fuzzed(check)


def test_a_text_of_any_bytes_is_read_from_a_database() -> None:
    with closing(connect(None)) as database:
        assert database.execute("SELECT CAST(x'62b7' AS TEXT)").fetchone() == ("b\ufffd",)


FILES = [path.read_bytes() for path in sorted(PROJECT.glob("*.json"))]
MARKS = (
    b'"kind":"prompt"',
    b'"fault":"drop:2,stall"',
    b'"tools":[{"function":{"name":"f"}}]',
    b"\xff",
    b"NaN",
    b"[" * 3000,
)
NAMES = (
    "a.json",
    "a@staging.json",
    "a@production@1.json",
    "a@@b.json",
    "@.json",
    "a@b@c@d.json",
    "\udcff.json",
)


def test_a_project_file_of_any_bytes_is_served_or_named(tmp_path: Path) -> None:
    def check(dice: Random) -> None:
        data = dice.choice(FILES)
        if dice.random() < 0.7:
            data = json_bytes(dice, changed_json(dice, json.loads(data), 0.04))
        data = changed(dice, data, MARKS, most=2)
        path = tmp_path / dice.choice(NAMES)
        path.write_bytes(data)
        try:
            deployment = read_deployment(path)
        except ProjectError as exc:
            in_one_line(exc)
            return
        finally:
            path.unlink()
        assert (
            parts_of(read_content("a.json", data))[2] == deployment.config
            or "NaN" in repr(deployment.config)
            or "nan" in repr(deployment)
        )
        json.dumps(Project({path.name: deployment}).listing()).encode()
        cannot_run("a", deployment.config, None)
        try:
            request = model_request(deployment.config, {"variables": {"topic": "x"}})
        except Refusal:
            return
        json.dumps(request)

    assert fuzzed(check)


def test_a_folder_of_any_files_is_a_project_or_named(tmp_path: Path) -> None:
    def check(dice: Random) -> None:
        folder = tmp_path / "project"
        folder.mkdir()
        for name in dice.sample(NAMES, 3):
            (folder / name).write_bytes(changed(dice, dice.choice(FILES), MARKS, most=1))
        try:
            for entry in Project.load(folder).listing():
                json.dumps(entry).encode()
        except ProjectError as exc:
            in_one_line(exc, "project")
        finally:
            shutil.rmtree(folder)

    assert fuzzed(check)
