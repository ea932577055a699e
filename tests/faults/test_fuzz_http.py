"""Bytes over a socket, changed at random: the local server answers in Langtail's shape or hangs up.

Beside it: ``tests/local/test_server_robust.py`` has the odd requests that were thought of, with the answer to
each, ``tests/local/test_server_any_body.py`` bodies of any JSON. Here a request is any bytes.
"""

from __future__ import annotations

import json
import select
import socket
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.faults.fuzz import changed, changed_json, cut, fuzzed, json_bytes
from tests.local.bare import PLAIN, is_langtails, parsed, request
from tests.places import PROJECT
from tests.servers import Server, running

BODY = {
    "stream": True,
    "messages": [
        {"role": "user", "content": "Hi {{x}}"},
        {"role": "user", "content": [{"type": "text", "text": "x"}]},
    ],
    "variables": {"topic": "x"},
    "template": [{"role": "system", "content": "{{#each l}}{{this}}{{/each}}"}],
    "tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}],
    "metadata": {"a": 1},
    "doNotRecord": False,
    "temperature": 0.5,
    "max_tokens": 7,
    "stop": ["x"],
}
TARGETS = (
    PLAIN,
    f"{PLAIN}?v=1",
    "/acme/demo/guide/production?v=2",
    "/v2/threads",
    "/v2/threads?limit=2&after=x",
    "/v2/threads/x",
    "/v2/threads/x/messages",
    "/list-deployments",
    "/project-prompt/joke/staging",
    "/_requests",
    "/_requests?after=9",
    "/",
    "/_threads",
    "/favicon.ico",
    "/%ff/%00/%2f/%2e%2e",
)
WORDS = (
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b"\0",
    b"\xff",
    b" HTTP/1.1",
    b" HTTP/2.0",
    b"Host: evil.example\r\n",
    b"Origin: null\r\n",
    b"Content-Length: 99999999999\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Expect: 100-continue\r\n",
    b"x-fault: torn\r\n",
    b"x-fault: html-200\r\n",
    b"Upgrade: websocket\r\n",
    b"Content-Encoding: gzip\r\n",
    b"%",
    b"/",
    b"?",
    b"..",
    b":",
    b"5\r\n",
    b"[" * 3000,
    b"Cookie: langtail=x\r\n",
    b"a" * 9000,
)
IN_TARGETS = (
    b"=",
    b"&",
    b"limit=",
    b"%ff",
    b"%00",
    b"9" * 5000,
    b"\xb2",
    b"\xff",
    b"//",
    b"/..",
    b" ",
    b"#",
    b"true",
)
PAUSE_S = 0.01
"""So long an unfinished request is waited for before its sender hangs up."""


@pytest.fixture(scope="module")
def fed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    database: Path = tmp_path_factory.mktemp("fed") / "t.sqlite"
    with running(
        "--engine", "echo", "--api-key", "k", "--project", str(PROJECT), database=database
    ) as server:
        yield server


def a_request(dice: Random) -> bytes:
    method = dice.choice(("POST", "POST", "GET", "GET", "DELETE", "HEAD", "OPTIONS", "PATCH"))
    body = (
        b""
        if method in ("GET", "HEAD")
        else json_bytes(dice, changed_json(dice, BODY, dice.choice((0, 0.03))))
    )
    target = changed(dice, dice.choice(TARGETS).encode(), IN_TARGETS, most=2).decode("latin-1")
    return request(body, target=target, method=method)


def answer_to(port: int, pieces: list[bytes]) -> bytes:
    """All that comes back; whoever keeps still is told that no more will come."""
    wire = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
            while True:
                if not select.select([connection], [], [], PAUSE_S)[0]:
                    connection.shutdown(socket.SHUT_WR)
                if not (more := connection.recv(65536)):
                    return wire
                wire += more
        except OSError as exc:
            if isinstance(exc, TimeoutError):
                raise
            return wire


def check_answer(wire: bytes) -> None:
    """Nothing, or an answer: an error is in Langtail's shape, or the HTTP parser's own."""
    if not wire:
        return
    assert wire.startswith(b"HTTP/1.1 "), wire[:200]
    status = int(wire[9:12])
    assert status < 500, wire[:2000]
    assert b"Traceback" not in wire
    if status >= 400 and b"content-type: application/json" in wire:
        body = parsed(wire).body
        # A request of some methods has no body in its answer, and several requests have several answers.
        if body and b"HTTP/1.1 " not in body:
            assert is_langtails(json.loads(body)), body


def test_any_bytes_are_answered_or_hung_up_on_and_the_server_lives(fed: Server) -> None:
    def check(dice: Random) -> None:
        wire = changed(dice, a_request(dice), WORDS, most=3)
        check_answer(answer_to(fed.port, cut(dice, wire)))
        assert fed.process.poll() is None
        assert fed.errors == []

    assert fuzzed(check)
    assert parsed(answer_to(fed.port, [request()])).status == 200
    with fed.http(headers={"x-api-key": "k"}) as http:
        assert http.get("/_requests").status_code == 200
