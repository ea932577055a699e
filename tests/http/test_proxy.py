"""The way out: proxies and certificates named by the environment, and what fails below HTTP."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from langtail_nb._client.client import Client
from langtail_nb._errors import APIConnectionError, ConfigurationError
from langtail_nb._http.proxy import proxy_for
from langtail_nb._http.timeout import Timeout
from langtail_nb._types.request import Request
from tests.literal import COMPLETION, HOST, STALL, TEXT, listening, literal, response, tunnel

REQUEST = Request("acme/support/triage/staging", "hi")
KEY = "lt-secret-key-4711"
URL = f"https://{HOST}"


pytestmark = pytest.mark.usefixtures("no_proxies")


@pytest.fixture
def trusted(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))


def port(url: str) -> int:
    return int(url.rpartition(":")[2])


async def failed(url: str) -> APIConnectionError:
    async with Client(KEY, url, retries=0) as open:
        with pytest.raises(APIConnectionError) as caught:
            await open.invoke(REQUEST)
    assert "\n" not in str(caught.value)
    assert not caught.value.sent
    return caught.value


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
async def test_a_proxy_named_by_the_environment_is_used(variable, tls, trusted, monkeypatch):
    async with literal([response(COMPLETION)], tls=tls) as server, tunnel(port(server.url)) as proxy:
        monkeypatch.setenv(variable, proxy.url)
        async with Client(KEY, URL) as open:
            replies = [await open.invoke(REQUEST) for _ in range(2)]

    assert [reply.text for reply in replies] == [TEXT, TEXT]
    assert server.requests[0].headers["x-api-key"] == KEY
    assert [head.split(b"\r\n")[0] for head in proxy.heads] == [b"CONNECT langtail.test:443 HTTP/1.1"]


async def test_a_proxy_does_not_see_the_key(tls, trusted, monkeypatch):
    async with literal([response(COMPLETION)], tls=tls) as server, tunnel(port(server.url)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        async with Client(KEY, URL) as open:
            await open.invoke(REQUEST)

    assert KEY.encode() not in b"".join(proxy.heads)


async def test_a_proxys_password_goes_to_the_proxy_and_nowhere_else(monkeypatch):
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    async with tunnel(1, answer=refusal) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", "://ada:pa55word@"))
        error = await failed(URL)
        monkeypatch.undo()

    assert b"Proxy-Authorization: Basic" in proxy.heads[0]
    assert f"the proxy 127.0.0.1:{port(proxy.url)} (HTTPS_PROXY) does not connect to {HOST}" in str(error)
    assert "407" in str(error)
    assert "pa55word" not in repr(error) + repr(error.__cause__)


async def test_a_server_on_this_machine_is_never_reached_through_a_proxy(monkeypatch):
    async with literal([response(COMPLETION)]) as server, tunnel(port(server.url)) as proxy:
        for variable in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(variable, proxy.url)
        for url in (server.url, server.url.replace("127.0.0.1", "localhost")):
            async with Client(KEY, url, timeout=5) as open:
                assert (await open.invoke(REQUEST)).text == TEXT

    assert proxy.heads == []


@pytest.mark.parametrize("exception", [HOST, ".test", "*", f"example.com, {HOST}:443"])
async def test_no_proxy_is_used_for_a_host_in_no_proxy(exception, monkeypatch):
    async with tunnel(1) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", exception)

        assert proxy_for(URL) is None
        await failed(URL)

    assert proxy.heads == []


def test_a_proxy_shows_neither_user_nor_password(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "ada:pa55word@proxy.corp:3128")

    assert repr(proxy_for(URL)) == "Proxy(proxy.corp:3128 from HTTPS_PROXY)"


async def test_a_proxy_that_is_down_is_named(monkeypatch):
    async with tunnel(1) as proxy:
        pass
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)

    assert f"through the proxy 127.0.0.1:{port(proxy.url)} (HTTPS_PROXY): connection refused" in str(
        await failed(URL)
    )


async def test_a_silent_proxy_is_not_waited_for_as_long_as_a_model(monkeypatch):
    async with literal([STALL]) as silent:
        monkeypatch.setenv("HTTPS_PROXY", silent.url)
        async with Client(KEY, URL, retries=0, timeout=0.1) as open:
            with pytest.raises(APIConnectionError):
                await open.invoke(REQUEST)
        await silent.until(lambda: silent.open == 0)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "[::1]", "[::ffff:127.0.0.1]"])
def test_no_proxy_stands_before_this_machine(monkeypatch, host):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    assert proxy_for(f"http://{host}:8808") is None


@pytest.mark.parametrize("address", ["socks4://127.0.0.1:1", "http://127.0.0.1:port"])
async def test_a_proxy_that_cannot_be_used_is_a_matter_of_configuration(address, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", address)
    async with Client(KEY, URL) as open:
        with pytest.raises(ConfigurationError, match="ALL_PROXY"):
            await open.invoke(REQUEST)


async def test_a_certificate_nobody_vouches_for_names_the_remedy(tls):
    async with literal([response(COMPLETION)], tls=tls) as server:
        error = await failed(server.url)

    assert "SSL_CERT_FILE" in str(error)
    assert "self-signed" in str(error) or "self signed" in str(error)
    assert server.requests == []


async def test_a_certificate_of_another_host_is_not_taken(tls, trusted):
    async with literal([response(COMPLETION)], tls=tls) as server:
        error = await failed(server.url)

    assert "127.0.0.1" in str(error)
    assert server.requests == []


async def test_a_certificate_file_that_cannot_be_read_is_a_matter_of_configuration(tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere.pem"))
    async with Client(KEY, URL) as open:
        with pytest.raises(ConfigurationError, match="SSL_CERT_FILE"):
            await open.invoke(REQUEST)


async def test_https_to_a_server_without_it_is_one_line():
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(response(b"", "400 Bad Request"))
        await writer.drain()
        writer.close()

    async with listening(serve) as number:
        error = await failed(f"https://127.0.0.1:{number}")

    assert "TLS with https://127.0.0.1" in str(error)


async def test_an_unknown_host_is_named():
    error = await failed("https://no-such-host.test")

    assert "'no-such-host.test'" in str(error)
    assert "base URL" in str(error)


async def test_a_connection_that_is_never_made_ends_after_its_limit():
    """A server whose queue is full answers no connection, like a firewall that drops packets."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        number = listener.getsockname()[1]
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", number))
        async with Client(KEY, f"http://127.0.0.1:{number}", retries=0, timeout=Timeout(connect=0.2)) as open:
            with pytest.raises(APIConnectionError, match=r"no connection to .* within 0\.2 s"):
                await open.invoke(REQUEST)
