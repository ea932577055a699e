"""Requests as they are written, answers as they are read: real sockets, literal bytes."""

from __future__ import annotations

import asyncio
import gzip
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from langtail_nb._client.client import Client
from langtail_nb._errors import (
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    InternalServerError,
    LangtailError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    StreamError,
)
from langtail_nb._http.timeout import Timeout
from langtail_nb._types.deployment import Deployment
from langtail_nb._types.request import Request
from langtail_nb._types.target import Target
from tests.literal import (
    ANSWER,
    CLOSE,
    COMPLETION,
    DONE,
    GO,
    RESET,
    ROLE,
    STALL,
    STOP,
    STREAM_END,
    STREAM_HEAD,
    TAKE,
    TEXT,
    TRAM,
    USAGE,
    literal,
    part,
    response,
    stream,
)

TARGET = "acme/support/triage/staging"
REQUEST = Request(TARGET, "Where is the tram?", temperature=0.2)
KEY = "lt-secret-key-4711"


def client(url: str, **options: Any) -> Client:
    return Client(KEY, url, **{"retries": 0, **options})


async def streamed(url: str, request: Request = REQUEST, **options: Any) -> Any:
    async with client(url, **options) as open, open.stream(request) as stream:
        async for _ in stream:
            pass
        return stream.reply


async def failed(url: str, request: Request = REQUEST, **options: Any) -> LangtailError:
    with pytest.raises(LangtailError) as caught:
        await streamed(url, request, **options)
    return caught.value


# Requests


async def test_a_request_is_written_as_the_api_wants_it():
    async with literal([response(COMPLETION)]) as server, client(server.url) as open:
        await open.invoke(REQUEST)

    asked = server.requests[0]
    assert asked.line == "POST /acme/support/triage/staging HTTP/1.1"
    assert asked.headers["x-api-key"] == KEY
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["user-agent"].startswith("langtail-nb/")
    assert json.loads(asked.body) == {
        "messages": [{"role": "user", "content": "Where is the tram?"}],
        "stream": False,
        "temperature": 0.2,
    }


async def test_a_stream_is_asked_for_in_so_many_words():
    async with literal([stream(*ANSWER)]) as server:
        await streamed(server.url)

    assert json.loads(server.requests[0].body)["stream"] is True


async def test_a_base_urls_path_prefix_is_kept():
    async with literal([response(COMPLETION)]) as server, client(server.url + "/api/prompt-api/") as open:
        await open.invoke(REQUEST)

    assert server.requests[0].line == "POST /api/prompt-api/acme/support/triage/staging HTTP/1.1"


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (Target("", "", "triage", "staging"), "/project-prompt/triage/staging"),
        (Target("a", "b", "c", "preview", "k3x9"), "/a/b/c/preview?v=k3x9"),
        (Target("a b", "č", "c?d#e", "f&g", "1 &v=2"), "/a%20b/%C4%8D/c%3Fd%23e/f%26g?v=1%20%26v%3D2"),
        (
            Target("a/../..", "%2e%2e", "c\r\nX-Evil: 1", "e;x"),
            "/a%2F..%2F../%252e%252e/c%0D%0AX-Evil%3A%201/e%3Bx",
        ),
        (
            Target("a", "b", "c HTTP/1.1\r\n\r\nGET /", "e", "\r\n"),
            "/a/b/c%20HTTP%2F1.1%0D%0A%0D%0AGET%20%2F/e?v=%0D%0A",
        ),
    ],
)
async def test_every_slug_stays_inside_its_segment(target, path):
    async with literal([response(COMPLETION)]) as server, client(server.url) as open:
        await open.invoke(Request(target, "hi"))

    assert [asked.line for asked in server.requests] == [f"POST {path} HTTP/1.1"]
    assert "x-evil" not in server.requests[0].headers


@pytest.mark.parametrize("slug", [".", "..", "\ud800", "x" * 70_000])
async def test_a_slug_that_no_url_can_hold_is_refused_before_sending(slug):
    async with literal([response(COMPLETION)]) as server, client(server.url) as open:
        with pytest.raises(ConfigurationError):
            await open.invoke(Request(Target("acme", "support", slug, "staging")))

        assert server.requests == []


async def test_text_of_any_kind_reaches_the_server_as_written():
    text = 'Křižík "\\ \u2028 🚋 \ud83d'
    async with literal([response(COMPLETION)]) as server, client(server.url) as open:
        await open.invoke(Request(TARGET, text))

    assert json.loads(server.requests[0].body)["messages"][0]["content"] == text


@pytest.mark.parametrize("url", ["http://api.example.com", "http://10.0.0.7:8808", "ftp://api.langtail.com"])
def test_a_key_is_never_sent_unencrypted_over_a_network(url):
    with pytest.raises(ConfigurationError):
        Client(KEY, url)


def test_a_client_shows_where_it_talks_to_and_nothing_of_the_key():
    shown = repr(Client(KEY, "http://127.0.0.1:8808"))

    assert shown == "Client('http://127.0.0.1:8808')"


async def test_a_closed_client_says_so():
    open = client("http://127.0.0.1:9")
    await open.aclose()

    with pytest.raises(ConfigurationError, match="closed"):
        await open.invoke(REQUEST)


# Answers


async def test_an_answer_in_one_piece_becomes_a_reply():
    body = response(COMPLETION, headers="x-langtail-thread-id: thr_7\r\n")
    async with literal([body]) as server, client(server.url) as open:
        reply = await open.invoke(REQUEST)

    assert (reply.text, reply.finish_reason, reply.model, reply.id) == (TEXT, "stop", "gpt-x", "c1")
    assert (reply.thread_id, reply.attempts, reply.wait_s, reply.sent) == ("thr_7", 1, 0.0, True)
    assert (reply.partial, reply.error, reply.warnings, reply.request) == (False, None, [], REQUEST)
    assert reply.usage is not None
    assert reply.usage.total_tokens == 46
    assert reply.latency_s is not None


async def test_a_streamed_answer_becomes_the_same_reply():
    async with literal([stream(*ANSWER)]) as server:
        reply = await streamed(server.url)

    assert (reply.text, reply.finish_reason, reply.model, reply.id) == (TEXT, "stop", "gpt-x", "c1")
    assert (reply.thread_id, reply.partial, reply.usage.total_tokens) == ("thr_7", False, 46)
    assert 0 < reply.first_token_s <= reply.latency_s


async def test_the_time_of_an_answer_stands_still_once_it_has_ended():
    async with literal([stream(*ANSWER)]) as server, client(server.url) as caller:
        pieces = caller.stream(REQUEST)
        async for _ in pieces:
            pass

    assert pieces.reply.latency_s == pieces.reply.latency_s


async def test_the_thread_is_known_before_the_first_chunk():
    async with (
        literal([STREAM_HEAD, GO, *map(part, ANSWER), STREAM_END]) as server,
        client(server.url) as open,
        open.stream(REQUEST) as stream,
    ):
        assert stream.thread_id == "thr_7"
        assert stream.reply.text == ""
        server.go.set()
        assert [chunk.text async for chunk in stream] == ["", "Take ", "tram 4.", "", ""]


async def test_a_prompt_has_no_thread():
    async with literal([response(COMPLETION)]) as server, client(server.url) as open:
        assert (await open.invoke(REQUEST)).thread_id is None


@pytest.mark.parametrize("asked_whole", [True, False])
async def test_the_answer_may_come_in_the_form_that_was_not_asked_for(asked_whole):
    answer = stream(*ANSWER) if asked_whole else response(COMPLETION)
    async with literal([answer]) as server, client(server.url) as open:
        got = open.stream(REQUEST, whole=asked_whole)
        assert "".join([chunk.text async for chunk in got]) == TEXT


async def test_a_stream_can_be_left_and_taken_up_again():
    answer = [stream(*ANSWER)]
    async with literal(answer) as server, client(server.url) as open, open.stream(REQUEST) as got:
        async for chunk in got:
            if chunk.text:
                break
        assert got.reply.text == "Take "
        assert got.reply.partial
        assert "".join([chunk.text async for chunk in got]) == "tram 4."
        assert not got.reply.partial


async def test_a_stream_can_be_read_without_entering_it():
    async with literal([stream(*ANSWER)]) as server, client(server.url) as open:
        assert "".join([chunk.text async for chunk in open.stream(REQUEST)]) == TEXT


async def test_the_reply_is_there_after_a_break():
    answer = [STREAM_HEAD, part(TAKE), STALL]
    async with literal(answer) as server, client(server.url) as open, open.stream(REQUEST) as got:
        async for _ in got:
            break

    assert (got.reply.text, got.reply.partial, got.reply.error, got.reply.sent) == ("Take ", True, None, True)


async def test_a_break_after_the_last_word_makes_no_partial_reply():
    answer = [STREAM_HEAD, part(TAKE), part(STOP), STALL]
    async with literal(answer) as server, client(server.url) as open, open.stream(REQUEST) as got:
        async for chunk in got:
            if chunk.finish_reason:
                break

    assert not got.reply.partial


# How a stream may end

ROUND = (
    b'data: {"id":"c1","choices":[{"delta":{"tool_calls":[{"id":"a","function":{"name":"f"}}]},'
    b'"finish_reason":"tool_calls"}]}\n\n'
)


async def test_a_finish_reason_makes_up_for_a_missing_end_mark():
    async with literal([stream(TAKE, TRAM, STOP)]) as server:
        reply = await streamed(server.url)

    assert (reply.text, reply.partial, reply.warnings) == (TEXT, False, [])


async def test_tool_calls_without_end_mark_are_complete_with_a_warning():
    async with literal([stream(TAKE, ROUND)]) as server:
        reply = await streamed(server.url)

    assert not reply.partial
    assert "without [DONE]" in reply.warnings[0]


async def test_an_end_mark_without_blank_line_ends_the_stream():
    async with literal([stream(TAKE, b"data: [DONE]")]) as server:
        assert (await streamed(server.url)).text == "Take "


async def test_what_follows_the_end_mark_is_ignored():
    async with literal([stream(TAKE, STOP, DONE, TRAM, b"data: nonsense\n\n")]) as server:
        assert (await streamed(server.url)).text == "Take "


async def test_signs_of_life_and_foreign_events_are_ignored():
    noise = b": ping\n\nid: 1\nretry: 10\n\nevent: ping\ndata: now\n\nevent: x\ndata: {}\n\n"
    noise += b"data: null\n\ndata:\n\n"
    async with literal([stream(noise, TAKE, noise, STOP, DONE)]) as server:
        assert (await streamed(server.url)).text == "Take "


@pytest.mark.parametrize(
    ("pieces", "text"),
    [((), ""), ((ROLE,), ""), ((TAKE, TRAM), TEXT), ((TAKE, b'data: {"id": "c1", "cho'), "Take ")],
)
async def test_a_body_that_ends_before_its_finish_reason_is_an_error_with_the_text_so_far(pieces, text):
    async with literal([stream(*pieces)]) as server:
        error = await failed(server.url)

    assert isinstance(error, StreamError)
    assert TARGET in str(error)
    assert (error.reply.text, error.reply.partial, error.reply.sent) == (text, True, True)
    assert error.reply.error is error
    assert error.reply.thread_id == "thr_7"


@pytest.mark.parametrize("end", [CLOSE, RESET])
async def test_a_connection_that_breaks_in_an_answer_is_an_error_with_the_text_so_far(end):
    async with literal([STREAM_HEAD, part(TAKE), GO, end]) as server, client(server.url) as open:
        reading = asyncio.create_task(_read(got := open.stream(REQUEST)))
        while got.reply.text != "Take ":
            await asyncio.sleep(0.001)
        server.go.set()
        with pytest.raises(StreamError, match="after 5 characters: the connection was closed") as caught:
            await reading

    assert caught.value.reply.text == "Take "
    assert len(server.requests) == 1


async def test_a_connection_that_breaks_after_the_last_word_costs_no_answer():
    async with literal([STREAM_HEAD, part(TAKE), part(STOP), CLOSE]) as server:
        reply = await streamed(server.url)

    assert (reply.text, reply.partial) == ("Take ", False)
    assert "token counts" in reply.warnings[0]


async def test_a_connection_that_breaks_after_tool_calls_may_have_cut_a_round():
    async with literal([STREAM_HEAD, part(ROUND), CLOSE]) as server:
        assert isinstance(await failed(server.url), StreamError)


WIRE = stream(*ANSWER)


@pytest.mark.parametrize("cut", range(len(STREAM_HEAD), len(WIRE), 7))
async def test_an_answer_cut_at_any_byte_gives_its_beginning_and_an_error_or_all_of_it(cut):
    async with literal([WIRE[:cut], CLOSE]) as server, client(server.url) as open:
        got = open.stream(REQUEST)
        with suppress(StreamError):
            await _read(got)

    reply = got.reply
    assert TEXT.startswith(reply.text)
    assert reply.partial == isinstance(reply.error, StreamError)
    assert reply.partial == (b"finish_reason" not in WIRE[:cut].rpartition(b"}]}")[0])


async def test_an_answer_survives_any_cut_between_two_writes():
    """All cuts in one test: each answer comes on the connection of the one before."""
    cuts = range(1, len(WIRE))
    async with literal(*([WIRE[:cut], GO, WIRE[cut:]] for cut in cuts)) as server, client(server.url) as open:
        for _ in cuts:
            got = open.stream(REQUEST)
            reading = asyncio.create_task(_read(got))
            await asyncio.sleep(0)
            server.go.set()
            assert await reading == TEXT

    assert server.connections == 1


async def _read(got: Any) -> str:
    async with got:
        return "".join([chunk.text async for chunk in got])


async def test_an_answer_survives_coming_byte_by_byte():
    async with literal([bytes([byte]) for byte in WIRE]) as server:
        assert (await streamed(server.url)).text == TEXT


# Errors inside an answer


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (
            b'data: {"error":{"message":"upstream closed","type":"server_error","code":null}}\n\n',
            "upstream closed",
        ),
        (b'data: {"error":"upstream closed"}\n\n', "upstream closed"),
        (b'event: error\ndata: {"error":{"message":"upstream closed"}}\n\n', "upstream closed"),
        (b'event: error\ndata: {"message":"upstream closed"}\n\n', "upstream closed"),
        (b'event: error\ndata: "upstream closed"\n\n', "upstream closed"),
        (b"event: error\ndata: upstream closed\n\n", "upstream closed"),
        (b'data: {"error":{"code":7}}\n\n', '{"code": 7}'),
        (b"data: <html>\n\n", "not JSON, '<html>'"),
    ],
)
async def test_an_error_event_of_any_form_ends_the_answer(event, said):
    async with literal([stream(TAKE, event, TRAM, STOP, DONE)]) as server:
        error = await failed(server.url)

    assert isinstance(error, StreamError)
    assert (
        str(error)
        == f"the answer from {TARGET} broke off after 5 characters: {error.args[0].partition(': ')[2]}"
    )
    assert said in str(error)
    assert error.reply.text == "Take "


async def test_an_empty_error_member_is_no_error():
    async with literal(
        [stream(b'data: {"error":null,"choices":[{"delta":{"content":"a"}}]}\n\n', STOP)]
    ) as server:
        assert (await streamed(server.url)).text == "a"


# Errors in place of an answer

SHAPE_A = b'{"error":"Prompt deployment not found"}'
SHAPE_B = b'{"error":{"message":"Invalid API key","type":"authentication_error","param":null,"code":null}}'


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        ("400 Bad Request", b'{"error":{"message":"Hot","param":"seed"}}', BadRequestError, "Hot (in seed)"),
        ("400 Bad Request", b'[{"code":"invalid_type","path":["stop"]}]', BadRequestError, "invalid_type"),
        ("401 Unauthorized", SHAPE_B, AuthenticationError, "Invalid API key"),
        ("403 Forbidden", b'{"message":"no"}', PermissionDeniedError, "no"),
        ("404 Not Found", SHAPE_A, NotFoundError, "Prompt deployment not found"),
        ("405 Method Not Allowed", b"", BadRequestError, "405"),
        ("422 Unprocessable", b"plain words", BadRequestError, "plain words"),
        ("429 Too Many Requests", b"{}", RateLimitError, "429"),
        ("500 Oops", b'{"error":{"type":"server_error"}}', InternalServerError, '{"type": "server_error"}'),
        ("502 Bad Gateway", b"\xff\xfe", InternalServerError, "502"),
    ],
)  # fmt: skip
async def test_each_error_status_has_its_class_and_says_what_the_server_said(status, body, kind, said):
    async with literal([response(body, status)]) as server:
        error = await failed(server.url)

    assert type(error) is kind
    assert error.status_code == int(status[:3])
    assert TARGET in str(error)
    assert said in str(error)
    assert error.reply.sent
    assert error.reply.error is error


async def test_a_404_names_slug_and_environment():
    async with literal([response(SHAPE_A, "404 Not Found")]) as server:
        error = await failed(server.url, Request("acme/support/triage/staging@4", "hi"))

    assert str(error).endswith("is 'triage' deployed in staging as version 4?")


async def test_a_404_in_preview_asks_for_the_version_it_needs():
    async with literal([response(SHAPE_A, "404 Not Found")]) as server:
        error = await failed(server.url, Request("acme/support/triage/preview", "hi"))

    assert "acme/support/triage/preview@VERSION" in str(error)


async def test_a_404_of_a_thread_names_the_thread():
    body = b'{"error":{"message":"Thread not found","type":"not_found"}}'
    async with literal([response(body, "404 Not Found")]) as server:
        error = await failed(server.url, Request(TARGET, "hi", thread_id="thr_9"))

    assert "'thr_9'" in str(error)


async def test_a_401_says_which_key_and_where_it_came_from(monkeypatch):
    monkeypatch.setenv("LANGTAIL_API_KEY", KEY)
    async with literal([response(SHAPE_B, "401 Unauthorized")]) as server:
        monkeypatch.setenv("LANGTAIL_BASE_URL", server.url)
        async with Client(retries=0) as open:
            with pytest.raises(AuthenticationError, match=r"the key …4711 is from LANGTAIL_API_KEY"):
                await open.invoke(REQUEST)


async def test_an_html_page_is_named_and_not_shown():
    page = b"<!DOCTYPE html><html><head><title>Bad\n gateway &amp; co</title></head><body>x</body></html>"
    async with literal([response(page, "502 Bad Gateway", kind="text/html")]) as server:
        error = await failed(server.url)

    assert "an HTML page, “Bad gateway & co”" in str(error)
    assert "<" not in str(error)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html><title>Sign in</title></html>", "text/html"),
        (b'{"status": "ok"}', "application/json"),
        (b'{"error": "Prompt deployment not found"}', "application/json"),
        (b'{"object":"chat.completion","choices":null}', "application/json"),
        (b"", "application/json"),
    ],
)
async def test_a_success_without_an_answer_is_an_error(body, kind):
    async with literal([response(body, kind=kind)]) as server:
        error = await failed(server.url)

    assert type(error) is APIStatusError
    assert error.status_code == 200


async def test_an_error_keeps_the_body_and_the_servers_name_for_the_request():
    body = response(SHAPE_B, "401 Unauthorized", headers="X-Request-Id: req_5\r\n")
    async with literal([body]) as server:
        error = await failed(server.url)

    assert isinstance(error, APIStatusError)
    assert (error.request_id, error.body) == ("req_5", json.loads(SHAPE_B))


async def test_an_error_whose_body_never_ends_is_told_all_the_same():
    head = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 99\r\n\r\n"
    async with literal([head + b"too hot", CLOSE]) as server:
        assert "too hot" in str(await failed(server.url))


async def test_json_that_is_cut_off_in_a_whole_body_is_an_error():
    async with literal([response(COMPLETION[:-9])]) as server:
        assert "its JSON is cut off" in str(await failed(server.url))


async def test_no_compression_is_asked_for():
    async with literal([response(COMPLETION)]) as server:
        assert (await streamed(server.url)).text == TEXT

    assert server.requests[0].headers["accept-encoding"] == "identity"


async def test_what_is_compressed_all_the_same_is_not_read_as_text():
    packed = "Content-Encoding: gzip\r\n"
    async with literal(
        [response(gzip.compress(b'{"error":"x"}'), "400 Bad Request", headers=packed)]
    ) as server:
        assert str(await failed(server.url)) == "400 for acme/support/triage/staging"
    async with (
        literal([response(gzip.compress(b"{}"), headers=packed)]) as server,
        client(server.url) as open,
    ):
        with pytest.raises(StreamError, match="cannot be read: it is encoded as 'gzip'"):
            await open.deployments()


async def test_a_json_answer_that_breaks_off_is_an_error():
    async with literal([response(COMPLETION)[:-5], CLOSE]) as server, client(server.url) as open:
        with pytest.raises(StreamError, match="closed before its end"):
            await open.invoke(REQUEST)


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"]
)
async def test_a_redirect_is_told_and_never_followed(status):
    async with literal([response(COMPLETION)]) as other:
        moved = response(b"", status, headers=f"Location: {other.url}/elsewhere\r\n")
        async with literal([moved]) as server:
            error = await failed(server.url)

        assert isinstance(error, APIStatusError)
        assert f"{other.url}/elsewhere" in str(error)
        assert other.connections == 0


async def test_nonsense_in_place_of_http_is_one_line():
    async with literal([b"SSH-2.0-OpenSSH_9.2\r\n\r\n", CLOSE]) as server:
        error = await failed(server.url)

    assert "no HTTP answer" in str(error)


# Silence


async def test_silence_before_the_first_byte_ends_the_call():
    async with literal([STALL]) as server:
        error = await failed(server.url, timeout=Timeout(first_byte=0.05))
        await server.until(lambda: server.open == 0)

    assert isinstance(error, APITimeoutError)
    assert error.sent
    assert "no answer within 0.05 s" in str(error)


async def test_headers_alone_are_no_first_byte():
    async with literal([STREAM_HEAD, STALL]) as server:
        error = await failed(server.url, timeout=Timeout(first_byte=0.3, silence=0.01))

    assert isinstance(error, StreamError)
    assert error.reply.latency_s >= 0.3


async def test_silence_in_an_answer_ends_it_with_the_text_so_far():
    async with literal([STREAM_HEAD, part(TAKE), STALL]) as server:
        error = await failed(server.url, timeout=Timeout(silence=0.05))
        await server.until(lambda: server.open == 0)

    assert isinstance(error, StreamError)
    assert "no data for 0.05 s" in str(error)
    assert error.reply.text == "Take "


async def test_a_reader_may_take_longer_than_the_servers_silence_may_be():
    answer = [STREAM_HEAD, part(TAKE), GO, part(TRAM), part(STOP), STREAM_END]
    async with literal(answer) as server:
        open = client(server.url, timeout=Timeout(silence=0.05))
        async with open, open.stream(REQUEST) as got:
            await anext(got)
            await asyncio.sleep(0.15)
            server.go.set()
            assert [chunk.text async for chunk in got] == ["tram 4.", ""]


async def test_a_callers_own_timeout_is_a_timeout_of_its_own():
    async with literal([STREAM_HEAD, part(TAKE), STALL]) as server, client(server.url) as open:
        got = open.stream(REQUEST)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0):
                await _read(got)

    assert (got.reply.text, got.reply.partial, got.reply.error) == ("Take ", True, None)


async def test_a_calls_own_timeout_holds_for_that_call():
    async with literal([STALL], [response(COMPLETION)]) as server, client(server.url) as open:
        with pytest.raises(APITimeoutError):
            await open.invoke(REQUEST, timeout=0.05)
        assert (await open.invoke(REQUEST)).text == TEXT


# Configuration and deployments


async def test_a_configuration_is_read_from_the_path_of_the_call():
    config = {"chatInput": {"topic": ""}, "state": {"type": "chat"}}
    async with literal([response(json.dumps(config).encode())]) as server, client(server.url) as open:
        assert await open.config(f"{TARGET}@4") == config

    assert server.requests[0].line == "GET /acme/support/triage/staging?v=4 HTTP/1.1"
    assert server.requests[0].headers["x-api-key"] == KEY


async def test_deployments_are_rows():
    body = b"""{"deployments": [
        {"promptSlug": "guide", "environment": "production", "version": "2",
         "deployedAt": "2025-05-02T09:30:00.000Z"},
        {"promptSlug": "guide", "environment": "staging", "deployedAt": 1746178200}]}"""
    async with literal([response(body)]) as server, client(server.url) as open:
        rows = await open.deployments()

    at = datetime(2025, 5, 2, 9, 30, tzinfo=UTC)
    assert rows == [Deployment("guide", "production", "2", at), Deployment("guide", "staging", None, at)]


@pytest.mark.parametrize("body", [b"[]", b"<html></html>", b'{"error": "no"}'])
async def test_an_endpoint_that_answers_with_something_else_is_an_error(body):
    async with literal([response(body)]) as server, client(server.url) as open:
        with pytest.raises(APIStatusError, match="200 for the list of deployments"):
            await open.deployments()


async def test_several_clients_live_side_by_side():
    async with literal([stream(*ANSWER)]) as one, literal([stream(TAKE, USAGE, STOP, DONE)]) as two:
        assert [r.text for r in await asyncio.gather(streamed(one.url), streamed(two.url))] == [TEXT, "Take "]


async def test_a_client_may_move_to_another_event_loop():
    """Connections belong to the loop they were made on; the first loop's are closed there."""
    async with literal([response(COMPLETION)]) as server, client(server.url) as open:
        await open.invoke(REQUEST)

        async def elsewhere() -> str:
            async with open:
                return (await open.invoke(REQUEST)).text

        assert await asyncio.to_thread(lambda: asyncio.run(elsewhere())) == TEXT
        await server.until(lambda: server.open == 0)
