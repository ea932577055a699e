"""The server as a process: how it starts, how it ends, and with whom."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from langtail_nb._local.server.local_server import LocalServer, LocalServerError
from tests.servers import Server, deployment, end

LIMIT_S = 10.0

OPEN = (
    "langtail-nb: every user of this machine is answered and can read its page; --api-key KEY asks for a key"
)


def command(tmp_path: Path, *options: str) -> list[str]:
    start = [sys.executable, "-m", "langtail_nb", "serve", "--engine", "echo", "--port", "0"]
    return [*start, "--database", str(tmp_path / "t.sqlite"), *options]


def run(tmp_path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(tmp_path, *options), capture_output=True, encoding="utf-8", timeout=30, check=False
    )


def wait_for_end(pid: int) -> None:
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        if not _is_alive(pid):
            return
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    raise AssertionError(f"process {pid} was left behind")


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_the_one_line_on_stdout_says_where_it_listens(server: Server) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d*", server.url)


def test_it_listens_on_loopback_only(server: Server) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        own = probe.getsockname()[0]
    if own.startswith("127."):
        pytest.skip("this machine has no other address")
    with pytest.raises(OSError, match=r"refused|timed out"):
        socket.create_connection((own, server.port), timeout=2)


def test_a_stream_that_is_open_does_not_hold_the_end_up(make_server: Any) -> None:
    faults = ("stall", "slow:9")
    server = make_server({str(n): deployment("Hello", fault=fault) for n, fault in enumerate(faults)})
    with server.http() as client:
        requests = [
            client.build_request("POST", f"/a/b/{n}/staging", json={"stream": True}) for n in range(2)
        ]
        answers = [client.send(request, stream=True) for request in requests]

        code = end(server.process)

        for answer in answers:
            with pytest.raises(httpx.TransportError):
                answer.read()
    assert code == 0
    assert server.errors == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_code_zero(make_server: Any, number: signal.Signals) -> None:
    server = make_server({"plain": deployment()})

    server.process.send_signal(number)

    assert server.process.wait(LIMIT_S) == 0
    assert server.errors == []


def test_a_port_that_is_taken_is_one_line(tmp_path: Path, server: Server) -> None:
    ended = run(tmp_path, "--port", str(server.port))

    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "--port 0" in ended.stderr


def test_an_unknown_engine_is_one_line_that_names_the_known(tmp_path: Path) -> None:
    ended = run(tmp_path, "--engine", "gpt")

    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "echo" in ended.stderr


def test_a_missing_model_is_one_line_that_names_the_echo(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path)}
    ended = subprocess.run(
        command(tmp_path, "--engine", "smollm2"),
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        env=environment,
        check=False,
    )

    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "langtail-nb model" in ended.stderr
    assert "--engine echo" in ended.stderr


@pytest.mark.parametrize("content", [b"this is no database, but long enough to be taken for one" * 50, None])
def test_a_database_that_cannot_be_used_is_one_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "t.sqlite"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)

    ended = run(tmp_path)

    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert str(path) in ended.stderr


def test_threads_go_to_the_projects_own_folder_by_default(tmp_path: Path) -> None:
    environment = {**os.environ, "LANGTAIL_NB_HOME": str(tmp_path / "home")}
    start = [sys.executable, "-m", "langtail_nb", "serve", "--engine", "echo", "--port", "0"]
    process = subprocess.Popen(start, stdout=subprocess.PIPE, env=environment, encoding="utf-8", cwd=tmp_path)
    assert process.stdout is not None
    process.stdout.readline()

    end(process)

    assert (tmp_path / "home" / "local.sqlite").is_file()


@pytest.mark.parametrize("options", [["--port", "x"], ["--port", "70000"], ["--nope"], ["--prefix", "api"]])
def test_wrong_usage_ends_with_code_two(tmp_path: Path, options: list[str]) -> None:
    assert run(tmp_path, *options).returncode == 2


def test_the_faults_can_be_listed(tmp_path: Path) -> None:
    from langtail_nb._local.faults.faults import FAULTS

    listing = run(tmp_path, "--faults").stdout

    assert all(f"\n  {name} " in listing for name in FAULTS)


def test_a_reader_of_the_faults_that_has_enough_is_no_fault_of_ours(tmp_path: Path) -> None:
    reads, writes = os.pipe()
    os.close(reads)

    with os.fdopen(writes, "wb") as gone:
        listing = command(tmp_path, "--faults")
        ended = subprocess.run(listing, stdout=gone, stderr=subprocess.PIPE, encoding="utf-8", check=False)

    assert (ended.returncode, ended.stderr) == (0, "")


# With a parent


def test_it_ends_when_its_stdin_ends(tmp_path: Path) -> None:
    process = subprocess.Popen(
        command(tmp_path, "--with-parent"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline().startswith("listening on")

    process.stdin.close()

    assert process.wait(LIMIT_S) == 0
    process.stdout.close()


STARTER = """
import os, sys, time
from langtail_nb._local.server.local_server import LocalServer
server = LocalServer.start(None, "echo", None)
print(server.pid, flush=True)
{then}
"""


@pytest.mark.parametrize(
    "then",
    [
        "os.kill(os.getpid(), 9)",
        "pass",
        "sys.exit(3)",
        "os._exit(0)",
        # A child that outlives its parent holds the other end of the server's stdin open.
        "(time.sleep(60) if os.fork() == 0 else None); os.kill(os.getpid(), 9)",
    ],
)
def test_nothing_is_left_behind_however_its_parent_ends(tmp_path: Path, then: str) -> None:
    environment = {**os.environ, "LANGTAIL_NB_HOME": str(tmp_path)}
    parent = subprocess.Popen(
        [sys.executable, "-c", STARTER.format(then=then)],
        stdout=subprocess.PIPE,
        env=environment,
        encoding="utf-8",
        start_new_session=True,
    )
    assert parent.stdout is not None
    try:
        pid = int(parent.stdout.readline())
        parent.wait(LIMIT_S)
        wait_for_end(pid)
    finally:
        parent.stdout.close()
        _end_group(parent.pid)


def _end_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def test_a_started_server_answers_to_its_token_only(tmp_path: Path) -> None:
    server = LocalServer.start(None, "echo", tmp_path / "t.sqlite")
    try:
        url = f"{server.url}/list-deployments"
        listing, other = (
            httpx.get(url, headers={"x-api-key": key}, trust_env=False) for key in (server.token, "x")
        )
    finally:
        server.stop()

    assert {entry["promptSlug"] for entry in listing.json()["deployments"]} >= {"support", "grader"}
    assert other.status_code == 401
    assert not server.is_running


def test_the_real_key_is_not_handed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGTAIL_API_KEY", "lt-real-key")
    server = LocalServer.start(None, "echo", tmp_path / "t.sqlite")
    try:
        environment = Path(f"/proc/{server.pid}/environ").read_bytes()
    finally:
        server.stop()

    assert b"lt-real-key" not in environment


def test_the_token_is_on_no_command_line_and_in_no_repr(tmp_path: Path) -> None:
    server = LocalServer.start(None, "echo", tmp_path / "t.sqlite")
    try:
        line = Path(f"/proc/{server.pid}/cmdline").read_bytes()
    finally:
        server.stop()

    assert server.token.encode() not in line
    assert server.token not in repr(server)


def test_a_server_that_cannot_start_gives_its_one_line(tmp_path: Path) -> None:
    with pytest.raises(LocalServerError, match="no project folder at") as caught:
        LocalServer.start(tmp_path / "nowhere", "echo", tmp_path / "t.sqlite")

    assert "\n" not in str(caught.value)
    assert not str(caught.value).startswith("langtail-nb")


def test_stopping_twice_is_harmless(tmp_path: Path) -> None:
    server = LocalServer.start(None, "echo", tmp_path / "t.sqlite")
    server.stop()
    server.stop()


def test_a_server_without_a_key_says_who_can_read_its_page(make_server: Any) -> None:
    plain, locked = (
        make_server({"plain": deployment()}),
        make_server({"plain": deployment()}, "--api-key", "k-1"),
    )

    assert (end(plain.process), end(locked.process)) == (0, 0)
    assert (plain.notices, locked.notices) == ([OPEN], [])
