"""Clients that are slow, half gone or odd, over bare sockets; nothing here waits for luck."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.local.bare import PLAIN, ask, connected, is_langtails, parsed, read_all, request
from tests.places import PROJECT
from tests.servers import Server, deployment, end

JSON = dict[str, Any]

LIMIT_S = 15.0
CHUNKED = "transfer-encoding: chunked"


def stream_body(characters: int) -> bytes:
    message = {"role": "user", "content": "x" * characters}
    return json.dumps({"stream": True, "messages": [message]}).encode()


def until(server: Server, holds: Any, after: int = 0) -> JSON:
    """The newest invoke that is as wanted, once there is one."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        found = [entry for entry in server.requests(after) if entry["method"] == "POST" and holds(entry)]
        if found:
            return found[-1]
        time.sleep(0.02)
    raise AssertionError("never")


def until_refused(port: int) -> None:
    """Wait until a server has begun to end."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return
        time.sleep(0.005)
    raise AssertionError("the server goes on")


# Slow senders


def test_a_request_that_comes_byte_by_byte_is_answered(server: Server) -> None:
    wire = request(b'{"messages": [{"role": "user", "content": "slow"}]}')
    with connected(server.port) as connection:
        for byte in wire:
            connection.sendall(bytes([byte]))
            time.sleep(1 / len(wire))
        answer = parsed(read_all(connection))

    assert answer.json()["choices"][0]["message"]["content"] == "user: slow"


def test_a_client_that_leaves_inside_its_body_invokes_nothing(server: Server) -> None:
    """What came so far may well be JSON."""
    with server.http() as http:
        before = http.get("/v2/threads", params={"limit": 1}).json()["first_id"]
    mark = server.mark()
    body = b'{"messages": [{"role": "user", "content": "half"}]}'
    half = request(b"%x\r\n%s\r\n" % (len(body), body), CHUNKED, length=False)
    with connected(server.port, half):
        until(server, lambda entry: entry["path"] == PLAIN, mark)

    assert until(server, lambda entry: entry["ended_at"], mark)["closed_by_client_at"]
    with server.http() as http:
        assert http.get("/v2/threads", params={"limit": 1}).json()["first_id"] == before


# Slow readers


def test_a_reader_that_pauses_gets_everything(server: Server) -> None:
    with connected(server.port, request(stream_body(40_000)), room=8192) as connection:
        wire = b""
        while more := connection.recv(100_000):
            wire += more
            time.sleep(0.002)

    assert parsed(wire).body.endswith(b"data: [DONE]\n\n")


def test_unread_streams_hold_a_bounded_part_of_their_answers(server: Server) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(connected(server.port, request(stream_body(400_000))))
        assert ask(server.port, request()).status == 200
        deadline = time.monotonic() + LIMIT_S
        open_streams: list[JSON] = []
        while len(open_streams) < 8:
            assert time.monotonic() < deadline, f"{len(open_streams)} of 8 have begun"
            open_streams = [one for one in server.requests() if one["ended_at"] is None and one["events"]]

        assert all(entry["events"] < 60_000 for entry in open_streams)


# Many


def test_fifty_open_streams_do_not_hold_the_end_up_and_no_finished_answer_is_lost(make_server: Any) -> None:
    server: Server = make_server({"plain": deployment(), "stall": deployment("Hello", fault="stall")})
    # More than the system keeps for a client that has not read yet.
    text = "y" * 6_000_000
    whole = json.dumps({"createLog": {"text": text}}).encode()
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            sent = request(b'{"stream": true}', target="/a/b/stall/production")
            assert stack.enter_context(connected(server.port, sent)).recv(12) == b"HTTP/1.1 200"
        sent = request(whole, target="/v2/threads")
        finished = stack.enter_context(connected(server.port, sent, room=65536))
        until(server, lambda entry: entry["path"] == "/v2/threads" and entry["status"] == 200)

        server.process.terminate()
        until_refused(server.port)
        answer = parsed(read_all(finished))

        assert server.process.wait(2.0) == 0
    assert answer.json()["createLog"] == {"text": text}
    assert server.errors == []


# Odd HTTP


def test_two_requests_sent_at_once_are_answered_in_order(server: Server) -> None:
    first = request(b'{"messages": [{"role": "user", "content": "one"}]}').replace(
        b"connection: close\r\n", b""
    )
    second = request(b'{"stream": true, "messages": [{"role": "user", "content": "two"}]}')
    with connected(server.port, first + second) as connection:
        wire = read_all(connection)

    assert wire.count(b"HTTP/1.1 200 OK") == 2
    assert wire.index(b"user: one") < wire.index(b"text/event-stream") < wire.index(b"data: [DONE]")


@pytest.mark.parametrize("streamed", [b"true", b"false"])
def test_http_1_0_gets_an_answer_that_ends_with_its_connection(server: Server, streamed: bytes) -> None:
    body = b'{"messages": [{"role": "user", "content": "old"}], "stream": ' + streamed + b"}"
    answer = ask(server.port, request(body, version="1.0"))

    assert answer.status == 200
    assert answer.header("transfer-encoding") is None
    assert answer.body.endswith(b"data: [DONE]\n\n" if streamed == b"true" else b"}")


def test_a_whole_url_as_target_is_the_path_in_it(server: Server) -> None:
    for scheme in ("http", "HTTP"):
        target = f"{scheme}://localhost:{server.port}/list-deployments?a=1"
        assert ask(server.port, request(b"", method="GET", target=target)).status == 200
    foreign = request(b"", method="GET", target="http://evil.example/list-deployments")
    assert ask(server.port, foreign).status == 403


def test_a_body_in_chunks_is_put_together(server: Server) -> None:
    parts = [b'{"messages": [{"role": "user", ', b'"content": "parts"}]}']
    chunks = (
        b"".join(b"%X;ext=1\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\ntrailer: x\r\n\r\n"
    )

    answer = ask(server.port, request(chunks, CHUNKED, length=False))

    assert answer.json()["choices"][0]["message"]["content"] == "user: parts"


def test_a_client_that_waits_for_continue_is_told_to_go_on(server: Server) -> None:
    body = b'{"messages": []}'
    head = request(b"", f"content-length: {len(body)}", "expect: 100-continue", length=False)
    with connected(server.port, head) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        connection.sendall(body)
        assert parsed(read_all(connection)).status == 200


def test_a_client_that_waits_for_continue_with_too_much_is_told_at_once(server: Server) -> None:
    head = request(b"", "content-length: 99999999999", "expect: 100-continue", length=False)
    with connected(server.port, head) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


def test_an_upgrade_is_ignored(server: Server) -> None:
    answer = ask(server.port, request(b"{}", "connection: upgrade", "upgrade: websocket"))

    assert answer.status == 200


def test_head_gives_the_headers_of_get(server: Server) -> None:
    for path in ("/list-deployments", PLAIN, "/v2/threads"):
        head = ask(server.port, request(b"", method="HEAD", target=path))
        get = ask(server.port, request(b"", method="GET", target=path))

        assert (head.status, head.body) == (200, b"")
        assert head.header("content-length") == get.header("content-length") == str(len(get.body))


NO_HTTP = {
    "a header of a megabyte": request(b"{}", "x-a: " + "a" * 2**20),
    "many headers": request(b"{}", *[f"x-{n}: {'a' * 90}" for n in range(4000)]),
    "no HTTP": b"hello\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "two hosts": request(b"{}", "host: other"),
    "no host": request(host=None),
    "a length that is none": request(b"{}", "content-length: x", length=False),
    "a negative length": request(b"{}", "content-length: -1", length=False),
    "two lengths": request(b"{}", "content-length: 3"),
    "a chunk that is none": request(b"zz\r\n", CHUNKED, length=False),
}
LONG_NUMBER = b"9" * 5000
CASES = {
    "no host in HTTP/1.0": (request(host=None, version="1.0"), 403),
    "an empty host": (request(host=""), 403),
    "half an IPv6 host": (request(host="[::1"), 403),
    "a host of garbage": (request(host="a@b:c]\xbd"), 403),
    "an origin of garbage": (request(b"{}", "origin: http://["), 403),
    "an announced body too large": (request(b"", f"content-length: {2**25 + 1}", length=False), 413),
    "OPTIONS": (request(b"", method="OPTIONS"), 404),
    "OPTIONS of all": (request(b"", method="OPTIONS", target="*"), 404),
    "PUT": (request(method="PUT"), 404),
    "a method of its own": (request(method="BREW"), 404),
    "CONNECT": (request(b"", method="CONNECT", target="localhost:1"), 404),
    "dots in the path": (request(target="/v2/../v2/threads"), 404),
    "a slug of bytes": (request(target="/a/b/%ff%00%2f/production"), 404),
    "a thread of bytes": (request(b"", method="GET", target="/v2/threads/%ff%00"), 404),
    "a limit of digits": (request(b"", method="GET", target="/v2/threads?limit=" + "9" * 5000), 200),
    "a query of garbage": (request(b"", method="GET", target="/v2/threads?%ff=%&&==&limit"), 200),
    "no body": (request(b""), 400),
    "no JSON": (request(b"{"), 400),
    "no object": (request(b"[{}]"), 400),
    "a hundred thousand brackets": (request(b"[" * 100_000), 400),
    "balanced brackets": (request(b'{"messages": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"), 400),
    "nested objects": (request(b'{"a":' * 1000 + b"1" + b"}" * 1000), 400),
    "nested parameters": (request(b'{"unknown":' + b'{"a":' * 400 + b"1" + b"}" * 401), 400),
    "nested less": (request(b'{"unknown":' + b'{"a":' * 100 + b"1" + b"}" * 101), 200),
    "bytes that are no UTF-8": (request(b'{"user": "\xff"}'), 400),
    "a surrogate in UTF-8": (request(b'{"user": "\xed\xa0\x80"}'), 400),
    "UTF-16": (request("{}".encode("utf-16")), 400),
    "UTF-8 with its mark": (request(b"\xef\xbb\xbf{}"), 200),
    "a key twice": (request(b'{"temperature": "x", "temperature": 1}'), 200),
    "NaN": (request(b'{"temperature": NaN}'), 400),
    "Infinity": (request(b'{"temperature": -Infinity}'), 400),
    "a number above all": (request(b'{"max_tokens": -1e400}'), 400),
    "an integer above all": (request(b'{"max_tokens": 1' + b"0" * 400 + b"}"), 400),
    "an integer of thousands of digits": (request(b'{"seed": ' + LONG_NUMBER + b"}"), 400),
    "a large integer": (request(b'{"seed": 1' + b"0" * 300 + b"}"), 200),
    "half a surrogate as text": (request(b'{"messages": [{"role": "user", "content": "\\ud800"}]}'), 200),
    "half a surrogate as a thread": (request(b'{"threadId": "\\ud800"}'), 404),
    "half a surrogate as a name": (request(b'{"variables": {"\\udfff": "\\ud800"}}'), 200),
    "half a surrogate in a template": (
        request(
            b'{"template": [{"role": "user", "content": "{{a}}\\ud800"}], "variables": {"a": "\\udfff"}}'
        ),
        200,
    ),
    "half a surrogate as a wrong key": (request(b'{"metadata": {"\\ud800": null}}'), 400),
    "metadata above all": (request(b'{"metadata": {"a": 1e999}}', target="/v2/threads"), 400),
    "a log with a number above all": (request(b'{"createLog": {"a": 1e999}}', target="/v2/threads"), 400),
    "a fault of no number": (request(b"{}", "x-fault: drop:nan"), 400),
    "a fault of too many": (request(b"{}", "x-fault: tools:inf"), 400),
}


@pytest.fixture(scope="module")
def fed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for the odd requests alone, so that what it prints is theirs."""
    from tests.servers import running

    with running(
        "--engine", "echo", "--project", str(PROJECT), database=tmp_path_factory.mktemp("fed") / "t.sqlite"
    ) as server:
        yield server


@pytest.mark.parametrize("name", NO_HTTP)
def test_what_is_no_http_is_a_400(fed: Server, name: str) -> None:
    """It never comes as far as the server's own shape of an error."""
    assert ask(fed.port, NO_HTTP[name]).status == 400
    assert ask(fed.port, request()).status == 200
    assert fed.errors == []


@pytest.mark.parametrize("name", CASES)
def test_whatever_is_sent_is_answered_in_langtails_shape(fed: Server, name: str) -> None:
    wire, status = CASES[name]
    answer = ask(fed.port, wire)

    assert (answer.status, answer.header("content-type")) == (status, "application/json"), answer
    assert answer.status == 200 or is_langtails(answer.json())
    assert "Traceback" not in answer.body.decode()
    assert ask(fed.port, request()).status == 200
    assert fed.errors == []


def test_the_journal_can_be_read_after_all_of_them(fed: Server) -> None:
    for wire in [*NO_HTTP.values(), *(wire for wire, _ in CASES.values())]:
        ask(fed.port, wire)

    response = httpx.get(f"{fed.url}/_requests", headers={"x-api-key": "k"}, trust_env=False)

    assert response.status_code == 200
    assert len(response.json()["requests"]) > 40


def test_a_template_of_many_loops_holds_up_nobody(make_server: Any) -> None:
    """Its request is short, and it is as much work as one template may be."""
    loops = "{{#each a}}{{#each ../a}}{{#each ../../a}}x{{/each}}{{/each}}{{/each}}"
    server: Server = make_server({"loops": deployment(loops, loops)})
    body = json.dumps({"variables": {"a": json.dumps([0] * 200)}}).encode()
    with connected(server.port, request(body, target="/a/b/loops/production")) as connection:
        while not server.requests():
            pass
        meanwhile = [server.last()["status"] for _ in range(3)]

        assert meanwhile == [None] * 3
        assert parsed(read_all(connection)).status == 200


def test_a_client_that_resets_before_it_is_accepted_leaves_the_server_quiet(make_server: Any) -> None:
    """Its request can still be read, but by then the system does not know any more who sent it."""
    server: Server = make_server({"plain": deployment()})
    server.process.send_signal(signal.SIGSTOP)
    for target in ("/a/b/plain/production", "/_requests", "/"):
        with connected(server.port, request(target=target, method="GET")) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    server.process.send_signal(signal.SIGCONT)

    assert ask(server.port, request(target="/a/b/plain/production")).status == 200
    assert end(server.process) == 0
    assert server.errors == []


def test_a_stream_whose_client_resets_leaves_the_server_quiet(make_server: Any) -> None:
    server: Server = make_server({"plain": deployment()})
    for _ in range(20):
        with connected(
            server.port, request(stream_body(40_000), target="/a/b/plain/production")
        ) as connection:
            connection.recv(100)
            linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    assert ask(server.port, request(target="/a/b/plain/production")).status == 200
    assert end(server.process) == 0
    assert server.errors == []
