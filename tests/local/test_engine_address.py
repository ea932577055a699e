"""From the name of an engine to the way there: URLs, keys, proxies, certificates, silence."""

from __future__ import annotations

import asyncio
import logging
import random
import socket
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langtail_nb._local.engines.address import Address, parse_address
from langtail_nb._local.engines.choose import EngineError, choose_engine
from langtail_nb._local.engines.chunk_reader import ChunkReader
from langtail_nb._local.engines.upstream import Upstream
from langtail_nb._local.engines.upstream_server import UpstreamLimits
from langtail_nb._local.protocol.answer_pieces import Finish, Text
from langtail_nb._local.protocol.refusals import Refusal
from tests.literal import (
    ANSWER,
    DONE,
    GO,
    HOST,
    ROLE,
    STALL,
    STOP,
    STREAM_HEAD,
    TAKE,
    TEXT,
    listening,
    literal,
    part,
    stream,
    tunnel,
)
from tests.servers import deployment, inherited
from tests.shown import everything_shown

JSON = dict[str, Any]

REQUEST: JSON = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
ENGINE_KEY = "sk-engine-4711-abcdef"


@pytest.fixture(autouse=True)
def bare_environment(no_proxies: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


async def answered(engine: Upstream) -> str:
    pieces = await engine.answer(REQUEST)
    return "".join([piece.text async for piece in pieces if isinstance(piece, Text)])


async def refused(engine: Upstream) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await answered(engine)
    assert "\n" not in str(caught.value)
    return caught.value


def upstream(name: str) -> Upstream:
    engine = choose_engine(name)
    assert isinstance(engine, Upstream)
    return engine


# Names


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434/v1"),
        ("http://127.0.0.1:11434/", "http://127.0.0.1:11434/v1"),
        ("http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1"),
        ("http://127.0.0.1:11434/v1/", "http://127.0.0.1:11434/v1"),
        ("http://127.0.0.1:11434/v1/chat/completions", "http://127.0.0.1:11434/v1"),
        ("http://127.0.0.1:11434/chat/completions/", "http://127.0.0.1:11434"),
        ("https://openrouter.ai/api/v1", "https://openrouter.ai/api/v1"),
        ("HTTP://[::1]:8080", "http://[::1]:8080/v1"),
    ],
)
def test_a_url_is_taken_with_and_without_its_ending(url: str, base: str) -> None:
    assert parse_address(url) == Address(base)


@pytest.mark.parametrize(
    ("fragment", "model"), [("#llama3.2:1b", "llama3.2:1b"), ("#hf.co/a/b%20c", "hf.co/a/b c"), ("#", None)]
)
def test_a_model_may_follow_the_url(fragment: str, model: str | None) -> None:
    assert parse_address(f"http://localhost:1{fragment}").model == model


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("gpt", "known: smollm2, echo, and the URL"),
        ("localhost:11434", "http://127.0.0.1:11434/v1"),
        ("ftp://host/v1", "not ftp://"),
        ("http://", "no host"),
        ("http://host:99999", "cannot be read"),
        ("http://host:0", "no host and port"),
        ("http://[::1", "cannot be read"),
        ("http://ho\x00st/v1", "cannot be read"),
        ("https://ada:pa55word@host/v1", "OPENAI_API_KEY"),
        ("https://ada:pa55word#w@host/v1", "OPENAI_API_KEY"),
        ("https://ada:12/pa55word@host/v1", "OPENAI_API_KEY"),
        ("https://ada:12#pa55word@host/v1", "OPENAI_API_KEY"),
        ("https://ada:12?pa55word@host/v1", "OPENAI_API_KEY"),
        ("https://ada:pa55word", "cannot be read"),
        ("ada:pa55word@host:11434", "http://127.0.0.1:11434/v1"),
        ('"http://127.0.0.1:11434"', "stands in quotes"),
        ("https://host/v1?key=pa55word", "?query"),
        ("http://host:pa55word/v1", "cannot be read"),
    ],
)
def test_a_name_that_is_no_engine_is_one_line_that_says_what_to_do(name: str, told: str) -> None:
    with pytest.raises(EngineError) as caught:
        choose_engine(name)

    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "\x00" not in str(caught.value)
    assert "pa55word" not in str(caught.value)


def test_a_bad_url_ends_serve_with_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "langtail_nb", "serve", "--database", str(tmp_path / "a.sqlite")]
    ended = subprocess.run([*command, "--engine", "http://"], capture_output=True, text=True, timeout=60)

    assert (ended.returncode, ended.stderr.count("\n"), ended.stdout) == (1, 1, "")
    assert "names no host" in ended.stderr


async def test_a_url_that_leads_back_here_is_told_with_the_request(make_server: Any) -> None:
    port = random.randint(20_000, 30_000)
    server = make_server({"plain": deployment()}, "--port", str(port), engine=f"http://localhost:{port}/v1")

    with server.http() as client:
        answer = client.post("/a/b/plain/staging", json={"messages": REQUEST["messages"]})

    assert answer.status_code == 500
    assert "is this server itself" in answer.json()["error"]["message"]


# The key


@pytest.mark.parametrize("key", ["sk-ä", "sk a", "sk\na", "sk\x7f"])
def test_a_key_that_is_none_is_refused_unseen(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(EngineError, match="OPENAI_API_KEY") as caught:
        choose_engine("http://127.0.0.1:1")

    assert key not in str(caught.value)


async def test_the_key_is_in_no_text_of_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", ENGINE_KEY)
    engine = upstream("http://127.0.0.1:1")
    error = await refused(engine)

    assert ENGINE_KEY not in repr(engine) + repr(vars(engine)) + str(error.body)


async def test_the_key_is_in_no_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", ENGINE_KEY)
    caplog.set_level(logging.DEBUG)
    async with literal([stream(*ANSWER)]) as other:
        engine = upstream(other.url)
        assert await answered(engine) == TEXT
        await engine.close()

    assert other.requests[0].headers["authorization"] == f"Bearer {ENGINE_KEY}"
    assert caplog.records
    assert ENGINE_KEY not in caplog.text


async def test_the_key_never_goes_over_a_plain_network(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The proxy sees all that would leave this machine."""
    monkeypatch.setenv("OPENAI_API_KEY", ENGINE_KEY)
    async with literal([stream(*ANSWER)], [b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"]) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        engine = upstream(f"http://{HOST}:8000/v1")
        assert await answered(engine) == TEXT
        error = await refused(engine)
        await engine.close()

    assert proxy.requests[0].line == f"POST http://{HOST}:8000/v1/chat/completions HTTP/1.1"
    assert all("authorization" not in asked.headers for asked in proxy.requests)
    assert f"OPENAI_API_KEY is not sent to {HOST}:8000" in caplog.text
    assert "goes out only over https" in str(error)


# The way there


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


async def test_https_goes_through_the_proxy_with_the_certificates_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext, certificate: tuple[Path, Path]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", ENGINE_KEY)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    async with literal([stream(*ANSWER)], tls=tls) as other, tunnel(port_of(other.url)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.removeprefix("http://"))
        engine = upstream(f"https://{HOST}")
        assert await answered(engine) == TEXT
        await engine.close()

    assert other.requests[0].headers["authorization"] == f"Bearer {ENGINE_KEY}"
    assert proxy.heads[0].startswith(f"CONNECT {HOST}:443 ".encode())
    assert ENGINE_KEY.encode() not in proxy.heads[0]


async def test_a_certificate_that_is_not_trusted_is_named(
    monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext
) -> None:
    async with literal([stream(*ANSWER)], tls=tls) as other, tunnel(port_of(other.url)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        error = await refused(upstream(f"https://{HOST}"))

    assert error.status == 502
    assert "certificate is not trusted" in str(error)
    assert "SSL_CERT_FILE" in str(error)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_this_machine_is_never_reached_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    async with literal([stream(*ANSWER)]) as other, tunnel(port_of(other.url)) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        engine = upstream(other.url.replace("127.0.0.1", host))
        assert await answered(engine) == TEXT
        await engine.close()

    assert proxy.heads == []


@pytest.mark.parametrize("exception", [HOST, ".test", "*", f"{HOST}:8000"])
async def test_no_proxy_is_used_for_a_host_in_no_proxy(
    monkeypatch: pytest.MonkeyPatch, exception: str
) -> None:
    async with tunnel(1) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", exception)
        error = await refused(upstream(f"http://{HOST}:8000"))

    assert f"no host '{HOST}' is known" in str(error)
    assert proxy.heads == []


async def test_a_proxy_that_refuses_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    async with tunnel(1, answer=answer) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", "://ada:pa55word@"))
        error = await refused(upstream(f"https://{HOST}"))

    assert (error.status, "407" in str(error)) == (502, True)
    assert "pa55word" not in str(error)


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("HTTPS_PROXY", "gopher://ada:pa55word@proxy:1", "HTTPS_PROXY names no proxy"),
        ("HTTPS_PROXY", "http://ada:pa55word#9@127.0.0.1:9", "percent-encode # / "),
        ("https_proxy", "http://ada:p@w/pa55word@127.0.0.1:9", "https_proxy names no proxy"),
        ("ALL_PROXY", "http://ada:pa55word", "ALL_PROXY names no proxy"),
        ("HTTPS_PROXY", "'http://ada:pa55word@127.0.0.1:9'", "HTTPS_PROXY stands in quotes"),
        ("OPENAI_API_KEY", '"sk-pa55word"', "OPENAI_API_KEY stands in quotes"),
        ("SSL_CERT_FILE", "/no/such", "SSL_CERT_FILE names '/no/such', which is not there"),
        ("SSL_CERT_DIR", "/no/such", "SSL_CERT_DIR names '/no/such', which is not there"),
    ],
)
def test_an_environment_that_cannot_be_used_is_one_line(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, told: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", ENGINE_KEY)
    monkeypatch.setenv(variable, value)
    with pytest.raises(EngineError, match=told) as caught:
        choose_engine(f"https://{HOST}")

    assert "pa55word" not in everything_shown(caught.value)
    assert ENGINE_KEY not in everything_shown(caught.value)


def test_serve_tells_no_part_of_a_proxys_password(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "langtail_nb", "serve", "--database", str(tmp_path / "a.sqlite")]
    environment = inherited() | {"HTTPS_PROXY": "http://ada7f3:Tr0ub4dor#9xyzzy@127.0.0.1:9"}
    ended = subprocess.run(
        [*command, "--engine", f"https://{HOST}"],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert (ended.returncode, ended.stderr.count("\n"), ended.stdout) == (1, 1, "")
    assert "HTTPS_PROXY" in ended.stderr
    for piece in ("ada7f3", "Tr0ub4dor", "9xyzzy"):
        assert piece not in ended.stderr


async def test_plain_http_where_tls_was_meant_is_told() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read()
        writer.close()

    async with listening(plain) as port:
        error = await refused(upstream(f"https://127.0.0.1:{port}"))

    assert "does it speak https?" in str(error)


# Silence


def impatient(url: str) -> Upstream:
    return Upstream(
        parse_address(url), None, limits=UpstreamLimits(connect_s=0.2, silence_s=0.2, usage_s=0.2)
    )


@pytest.mark.parametrize("answer", [[STALL], [STREAM_HEAD, STALL]])
async def test_an_engine_that_stays_silent_is_a_504(answer: list[Any]) -> None:
    async with literal(answer) as other:
        error = await refused(impatient(other.url))
        await other.until(lambda: other.open == 0)

    assert error.status == 504
    assert "silent for 0.2 s" in str(error)


async def test_an_answer_that_falls_silent_breaks_off() -> None:
    async with literal([STREAM_HEAD, part(ROLE), part(TAKE), STALL]) as other:
        error = await refused(impatient(other.url))
        await other.until(lambda: other.open == 0)

    assert error.status == 504


async def test_silence_after_the_finish_reason_is_an_end() -> None:
    async with literal([STREAM_HEAD, part(TAKE), part(STOP), STALL]) as other:
        pieces = [piece async for piece in await impatient(other.url).answer(REQUEST)]
        await other.until(lambda: other.open == 0)

    assert pieces[-1] == Finish("stop", None)


async def test_a_body_that_does_not_end_holds_no_answer_up() -> None:
    async with literal([STREAM_HEAD, part(TAKE), part(STOP + DONE), STALL]) as other:
        engine = Upstream(parse_address(other.url), None)
        assert await answered(engine) == "Take "
        await other.until(lambda: other.open == 0)


async def test_a_connection_that_nobody_accepts_is_a_504() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        error = await refused(impatient(f"http://127.0.0.1:{port}"))
        for each in waiting:
            each.close()

    assert error.status == 504
    assert "no connection in time" in str(error)


async def test_closing_the_pieces_closes_the_connection() -> None:
    async with literal([STREAM_HEAD, part(ROLE), GO, STALL]) as other:
        pieces = await impatient(other.url).answer(REQUEST)
        await pieces.aclose()
        other.go.set()
        await other.until(lambda: other.open == 0)


async def test_a_cancelled_request_closes_the_connection() -> None:
    async with literal([STALL]) as other:
        engine = Upstream(parse_address(other.url), None)
        asking = asyncio.create_task(engine.answer(REQUEST))
        await other.until(lambda: len(other.requests) == 1)
        asking.cancel()
        await other.until(lambda: other.open == 0)


# Chunks

NAMES = """model choices delta message content text reasoning reasoning_details reasoning_content summary
tool_calls function_call index id function name arguments finish_reason usage prompt_tokens refusal
prompt_tokens_details cached_tokens"""
MEMBERS = st.sampled_from(NAMES.split())
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=4),
    max_leaves=12,
)
DELTAS = st.dictionaries(MEMBERS, VALUES, max_size=5)


ODD = DELTAS | st.fixed_dictionaries({"choices": st.lists(st.fixed_dictionaries({"delta": DELTAS}))})


@settings(max_examples=50, deadline=None)
@given(st.lists(ODD, max_size=4))
def test_no_chunk_however_odd_breaks_the_reader(chunks: list[JSON]) -> None:
    reader = ChunkReader()
    pieces = [piece for chunk in chunks for piece in reader.pieces(chunk)]

    assert isinstance([*pieces, *reader.end()][-1], Finish)
