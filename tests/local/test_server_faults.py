"""Every fault does what its line in the table says, seen from a plain client or a bare socket."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from langtail_nb._local.faults.faults import BEFORE, FAULTS
from tests.servers import Server, events, streamed_text

JSON = dict[str, Any]

PLAIN = "/acme/demo/plain/production"
BODY = {"messages": [{"role": "user", "content": "hello from here"}]}
TEXT = "user: hello from here"


def faulty(server: Server, fault: str) -> httpx.Client:
    return server.http(headers={"x-fault": fault})


def stream(server: Server, fault: str, body: JSON = BODY) -> list[str]:
    """The lines of a stream that ends well, as far as HTTP is concerned."""
    request = {**body, "stream": True}
    with (
        server.http(headers={"x-fault": fault}) as client,
        client.stream("POST", PLAIN, json=request) as response,
    ):
        assert response.status_code == 200
        return list(response.iter_lines())


def whole(server: Server, fault: str, body: JSON = BODY) -> httpx.Response:
    with faulty(server, fault) as client:
        return client.post(PLAIN, json=body)


def roles(server: Server, thread_id: str) -> list[str]:
    with server.http() as client:
        data = client.get(f"/v2/threads/{thread_id}/messages").json()["data"]
    return [item["content"]["role"] for item in data]


def finish_reasons(chunks: list[JSON]) -> list[str]:
    return [c["finish_reason"] for chunk in chunks for c in chunk["choices"] if c["finish_reason"]]


@contextmanager
def raw(server: Server, fault: str, *, streamed: bool = True) -> Iterator[socket.socket]:
    """A bare socket with an invoke sent on it."""
    body = json.dumps({**BODY, "stream": streamed}).encode()
    head = f"POST {PLAIN} HTTP/1.1\r\nhost: 127.0.0.1\r\nx-api-key: k\r\nx-fault: {fault}\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(head.encode() + f"content-length: {len(body)}\r\n\r\n".encode() + body)
        yield connection


def read_until(connection: socket.socket, mark: bytes) -> bytes:
    wire = b""
    while mark not in wire and (more := connection.recv(4096)):
        wire += more
    return wire


def read_to_end(connection: socket.socket) -> bytes:
    wire = b""
    while more := connection.recv(4096):
        wire += more
    return wire


# In place of the answer


@pytest.mark.parametrize("fault", ["401", "403", "404", "429", "500", "502", "503", "504"])
def test_a_status_fault_answers_with_that_status(server: Server, fault: str) -> None:
    response = whole(server, fault)

    assert response.status_code == int(fault)
    assert response.json()["error"]


@pytest.mark.parametrize(("fault", "seconds"), [("429", "1"), ("429:7", "7"), ("503-retry-after:2.5", "2.5")])
def test_retry_after_is_given_in_seconds(server: Server, fault: str, seconds: str) -> None:
    assert whole(server, fault).headers["retry-after"] == seconds


def test_a_plain_503_names_no_time(server: Server) -> None:
    assert "retry-after" not in whole(server, "503").headers


@pytest.mark.parametrize(("fault", "status"), [("html", 502), ("html-200", 200)])
def test_a_page_is_html(server: Server, fault: str, status: int) -> None:
    response = whole(server, fault)

    assert response.status_code == status
    assert response.headers["content-type"].startswith("text/html")
    assert "<h1>" in response.text


@pytest.mark.parametrize(
    "fault", ["429-once:0", "503-once", "drop-before-once", "reset-before-once", "html-once"]
)
def test_a_fault_that_acts_once_lets_the_second_try_pass(server: Server, fault: str) -> None:
    body = {"messages": [{"role": "user", "content": f"only {fault}"}]}
    try:
        first = whole(server, fault, body).status_code
    except httpx.TransportError:
        first = 0
    second = whole(server, fault, body)

    assert first != 200
    assert second.status_code == 200
    assert second.json()["choices"][0]["message"]["content"] == f"user: only {fault}"


def test_drop_before_closes_without_a_byte(server: Server) -> None:
    with raw(server, "drop-before") as connection:
        assert connection.recv(100) == b""


def test_reset_before_resets_without_a_byte(server: Server) -> None:
    with raw(server, "reset-before") as connection, pytest.raises(ConnectionResetError):
        connection.recv(100)


def test_stall_before_sends_nothing_and_notes_when_the_client_leaves(server: Server) -> None:
    with raw(server, "stall-before") as connection:
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(100)
    left(server)


@pytest.mark.parametrize("path", ["/list-deployments", "/v2/threads", PLAIN])
def test_a_fault_before_the_answer_holds_for_reading_too(server: Server, path: str) -> None:
    with server.http(headers={"x-fault": "502"}) as client:
        assert client.get(path).status_code == 502


@pytest.mark.parametrize(
    ("fault", "stored"), [("401", 0), ("429", 0), ("500", 1), ("502", 1), ("drop-before", 1)]
)
def test_what_was_asked_is_stored_unless_the_server_refused_at_the_door(
    server: Server, fault: str, stored: int
) -> None:
    with server.http() as client:
        thread_id = client.post("/v2/threads", json={}).json()["id"]
        try:
            client.post(PLAIN, json={**BODY, "threadId": thread_id}, headers={"x-fault": fault})
        except httpx.RemoteProtocolError:
            assert fault == "drop-before"

    assert roles(server, thread_id) == ["user"] * stored


# How the answer is sent


def test_drop_ends_the_connection_inside_the_answer(server: Server) -> None:
    with raw(server, "drop") as connection:
        wire = read_to_end(connection)

    assert wire.startswith(b"HTTP/1.1 200")
    assert wire.count(b"data: ") == 4
    assert not wire.endswith(b"0\r\n\r\n")


def test_drop_can_come_after_any_number_of_pieces(server: Server) -> None:
    with raw(server, "drop:1") as connection:
        assert read_to_end(connection).count(b"data: ") == 2


def test_reset_resets_inside_the_answer(server: Server) -> None:
    with raw(server, "reset") as connection, pytest.raises(ConnectionResetError):
        read_to_end(connection)


def test_stall_sends_the_first_pieces_and_then_nothing(server: Server) -> None:
    with raw(server, "stall") as connection:
        assert read_until(connection, b'"llo "').count(b"data: ") == 4
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            read_until(connection, b"data: [DONE]")
    left(server)


@pytest.mark.parametrize("fault", ["drop", "reset", "stall"])
def test_an_answer_that_is_not_streamed_is_cut_inside_its_body(server: Server, fault: str) -> None:
    with raw(server, fault, streamed=False) as connection:
        connection.settimeout(0.5)
        try:
            wire = read_to_end(connection)
        except (ConnectionResetError, TimeoutError):
            return
    assert fault == "drop"
    head, _, body = wire.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length")
    )
    assert 0 < len(body) < length


@pytest.mark.parametrize(
    "fault", ["drop", "reset", "truncated", "error-event", "error-string", "named-error-event"]
)
def test_a_broken_answer_leaves_the_question_and_no_answer(server: Server, fault: str) -> None:
    request = {**BODY, "stream": True}
    with (
        server.http(headers={"x-fault": fault}) as client,
        client.stream("POST", PLAIN, json=request) as response,
    ):
        thread_id = response.headers["x-langtail-thread-id"]
        try:
            response.read()
        except httpx.TransportError:
            assert fault in ("drop", "reset")

    assert roles(server, thread_id) == ["user"]


def test_torn_events_arrive_in_odd_pieces_and_whole(server: Server) -> None:
    text = "žluťoučký kůň 🐴"
    body = {**BODY, "messages": [{"role": "user", "content": text}], "stream": True}
    with (
        server.http(headers={"x-fault": "torn"}) as client,
        client.stream("POST", PLAIN, json=body) as response,
    ):
        parts = list(response.iter_raw())

    assert any(not _is_utf8(part) for part in parts)
    chunks = events(b"".join(parts).decode().splitlines())
    assert streamed_text(chunks) == f"user: {text}"


def test_an_error_event_ends_the_stream(server: Server) -> None:
    lines = [line for line in stream(server, "error-event") if line]

    assert json.loads(lines[-1].removeprefix("data: "))["error"]["message"] == "upstream closed"
    assert len(lines) == 5


def test_an_error_can_be_a_plain_string(server: Server) -> None:
    lines = [line for line in stream(server, "error-string") if line]

    assert json.loads(lines[-1].removeprefix("data: ")) == {"error": "upstream closed"}


def test_an_error_event_can_be_named(server: Server) -> None:
    lines = [line for line in stream(server, "named-error-event") if line]

    assert lines[-2] == "event: error"
    assert json.loads(lines[-1].removeprefix("data: "))["error"]["type"] == "server_error"


@pytest.mark.parametrize("fault", ["error-event", "error-string", "named-error-event"])
def test_an_error_in_an_answer_that_is_not_streamed_is_a_500(server: Server, fault: str) -> None:
    assert whole(server, fault).status_code == 500


def test_no_done_has_a_finish_reason_and_no_last_event(server: Server) -> None:
    lines = stream(server, "no-done")

    assert "data: [DONE]" not in lines
    assert finish_reasons(events(lines)) == ["stop"]


def test_a_truncated_stream_has_neither(server: Server) -> None:
    lines = stream(server, "truncated")

    assert "data: [DONE]" not in lines
    assert finish_reasons(events(lines)) == []
    assert streamed_text(events(lines)) == TEXT[:12]


def test_an_empty_answer_has_no_bytes(server: Server) -> None:
    assert stream(server, "empty") == []
    assert whole(server, "empty").content == b""


def test_keepalive_writes_comments_between_the_events(server: Server) -> None:
    lines = stream(server, "keepalive")

    assert lines.count(": keep-alive") > 5
    assert streamed_text(events(lines)) == TEXT


def test_slow_waits_before_each_piece(server: Server) -> None:
    lines = stream(server, "slow:0.01")

    entry = server.last()
    assert streamed_text(events(lines)) == TEXT
    assert entry["ended_at"] - entry["at"] >= 0.01 * len(TEXT) / 4


def test_usage_can_come_with_the_finish_reason(server: Server) -> None:
    chunks = events(stream(server, "usage-in-finish"))

    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["usage"]["completion_tokens"] == 4


def test_a_whole_message_can_come_in_place_of_deltas(server: Server) -> None:
    first, usage = events(stream(server, "message-in-stream"))

    assert first["object"] == "chat.completion"
    assert first["choices"][0]["message"] == {"role": "assistant", "content": TEXT}
    assert usage["choices"] == []


# What is answered


def test_a_client_tool_call_comes_in_increments(server: Server) -> None:
    chunks = events(stream(server, "tools:2"))

    deltas = [d for chunk in chunks for c in chunk["choices"] for d in c["delta"].get("tool_calls", [])]
    opening = [delta for delta in deltas if "id" in delta]
    assert [(delta["index"], delta["function"]["name"]) for delta in opening] == [(0, "get_weather")] * 1 + [
        (1, "get_weather")
    ]
    arguments = "".join(delta["function"]["arguments"] for delta in deltas if delta["index"] == 1)
    assert json.loads(arguments) == {"city": "Brno"}
    assert finish_reasons(chunks) == ["tool_calls"]


def test_a_tool_call_is_one_of_the_tools_that_were_given(server: Server) -> None:
    parameters = {"type": "object", "properties": {"to": {"type": "string"}}}
    tool = {
        "type": "function",
        "function": {"name": "find_tram", "description": "d", "parameters": parameters},
    }

    message = whole(server, "tools", {**BODY, "tools": [tool]}).json()["choices"][0]["message"]

    assert message["content"] is None
    assert message["tool_calls"][0]["function"] == {"name": "find_tram", "arguments": '{"to": "Brno"}'}


def test_a_thread_holds_the_call_and_its_result_continues_it(server: Server) -> None:
    first = whole(server, "tools")
    thread_id = first.headers["x-langtail-thread-id"]
    call_id = first.json()["choices"][0]["message"]["tool_calls"][0]["id"]
    result = {"role": "tool", "tool_call_id": call_id, "content": "sunny"}

    second = whole(server, "tools", {"threadId": thread_id, "messages": [result]})

    assert second.json()["choices"][0]["message"]["content"] == f"{TEXT}\nassistant: #1\ntool: sunny"
    assert roles(server, thread_id) == ["user", "assistant", "tool", "assistant"]


def test_an_aggregated_call_has_no_index_and_brings_usage(server: Server) -> None:
    chunks = events(stream(server, "aggregated-tools"))

    choice = chunks[-1]["choices"][0]
    assert "index" not in choice["delta"]["tool_calls"][0]
    assert choice["delta"]["content"] is None
    assert choice["finish_reason"] == "tool_calls"
    assert chunks[-1]["usage"]["total_tokens"] > 0
    assert len(chunks) == 2


def test_a_hosted_tool_round_stands_between_two_completions(server: Server) -> None:
    chunks = events(stream(server, "hosted-tools"))

    kinds = [chunk["object"] for chunk in chunks]
    handled = kinds.index("langtail.tool.handled")
    assert finish_reasons(chunks) == ["tool_calls", "tool_calls_handled", "stop"]
    before, after = chunks[handled - 1]["id"], chunks[handled + 1]["id"]
    assert before != after
    assert chunks[handled]["id"] == f"{before}-langtail-tool-handled-call_1"
    delta = chunks[handled]["choices"][0]["delta"]
    assert (delta["role"], delta["tool_call_id"], delta["handled_tool_result"]) == ("tool", "call_1", True)
    assert streamed_text(chunks[:handled]) == "Let me look. "
    assert streamed_text(chunks[handled + 1 :]) == TEXT


def test_rounds_of_hosted_tools_may_repeat(server: Server) -> None:
    lines = stream(server, "hosted-tools:3")

    assert finish_reasons(events(lines)).count("tool_calls_handled") == 3
    assert lines.count("data: [DONE]") == 1


def test_hosted_rounds_are_stored_and_only_the_last_message_is_returned_whole(server: Server) -> None:
    response = whole(server, "hosted-tools")

    assert response.json()["choices"][0]["message"]["content"] == TEXT
    assert roles(server, response.headers["x-langtail-thread-id"]) == [
        "user",
        "assistant",
        "tool",
        "assistant",
    ]


def test_reasoning_comes_before_the_answer(server: Server) -> None:
    chunks = events(stream(server, "reasoning"))

    deltas = [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
    assert "reasoning" in deltas[1]
    assert streamed_text(chunks) == TEXT
    assert whole(server, "reasoning").json()["choices"][0]["message"]["reasoning"][0]["type"] == "text"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("length", "length"), ("content-filter", "content_filter"), ("unknown-finish", "ran_out_of_luck")],
)
def test_a_finish_reason_can_be_asked_for(server: Server, fault: str, reason: str) -> None:
    assert finish_reasons(events(stream(server, fault))) == [reason]


# Asking for faults


def test_a_deployments_file_can_name_a_fault(server: Server) -> None:
    with server.http() as client:
        response = client.post("/acme/demo/fault-429/production", json={})
        config = client.get("/acme/demo/fault-429/production")

    assert response.status_code == 429
    assert config.status_code == 200
    assert "fault" not in config.json()


def test_faults_can_be_joined(server: Server) -> None:
    lines = stream(server, "keepalive, no-done, length")

    assert ": keep-alive" in lines
    assert "data: [DONE]" not in lines
    assert finish_reasons(events(lines)) == ["length"]


@pytest.mark.parametrize("name", ["nope", "drop-once", "429:x"])
def test_an_unknown_fault_is_a_400_that_names_the_known(server: Server, name: str) -> None:
    response = whole(server, name)

    assert (response.status_code, response.json()["error"]["param"]) == (400, "x-fault")


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"stall", "stall-before", "slow"}))
def test_the_server_lives_on_after_every_fault(server: Server, fault: str) -> None:
    for streamed in (True, False):
        try:
            with faulty(server, fault) as client:
                client.post(PLAIN, json={**BODY, "stream": streamed})
        except httpx.TransportError:
            assert fault in ("drop", "reset", "drop-before", "reset-before")
    with server.http() as client:
        assert client.post(PLAIN, json=BODY).status_code == 200
    assert server.errors == []


def test_every_fault_before_the_answer_exists_once_as_well() -> None:
    from langtail_nb._local.faults.faults import parse_faults

    assert all(parse_faults(f"{name}-once").before() for name in BEFORE)


def left(server: Server) -> None:
    """Wait until the server has seen the client of its newest request leave."""
    for _ in range(1000):
        if server.last()["closed_by_client_at"] is not None:
            return
    raise AssertionError("the server never noticed")


def _is_utf8(part: bytes) -> bool:
    try:
        part.decode()
    except UnicodeDecodeError:
        return False
    return True
