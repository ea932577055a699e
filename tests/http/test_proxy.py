"""The way out: proxies and certificates named by the environment, and what fails below HTTP."""

from __future__ import annotations

import asyncio
import base64
import logging
import os
import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from langtail_nb._client.client import Client
from langtail_nb._errors import APIConnectionError, ConfigurationError
from langtail_nb._http.pool import Pool
from langtail_nb._http.proxy import proxy_for
from langtail_nb._http.timeout import Timeout
from langtail_nb._types.request import Request
from tests.literal import COMPLETION, HOST, STALL, TEXT, listening, literal, response, tunnel
from tests.shown import everything_shown, logged

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


USER, PASSWORD = "ada7f3", ("Tr0ub4dor", "9xyzzy")
PIECES = (USER, *PASSWORD)


def none_of_it(told: str) -> None:
    for piece in PIECES:
        assert piece not in told


BETWEEN = ("", *"#/?@%:[]\\ \t\n\"'é", "%zz", "@w/", "://", "%23")
SCHEMES = ("http://", "https://", "socks5://", "gopher://", "")
VARIABLES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "Https_Proxy")


@pytest.mark.parametrize(
    ("between", "scheme", "variable"),
    [
        *((between, "http://", "HTTPS_PROXY") for between in BETWEEN),
        *((between, scheme, "https_proxy") for between in ("#", "%23") for scheme in SCHEMES),
        *((between, "", variable) for between in ("#", "%23") for variable in VARIABLES),
    ],
)
async def test_no_part_of_a_proxys_password_is_told(between, scheme, variable, monkeypatch, caplog):
    """Whatever it holds, and whatever comes of it: it cannot be used, or nobody answers there."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv(variable, f"{scheme}{USER}:{between.join(PASSWORD)}@127.0.0.1:9")
    async with Client(KEY, URL, retries=0, timeout=5) as open:
        with pytest.raises((ConfigurationError, APIConnectionError)) as caught:
            await open.invoke(REQUEST)

    none_of_it(everything_shown(caught.value) + logged(caplog))
    assert variable in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["ada7f3:Tr0ub4dor", "http://ada7f3:Tr0ub4dor", "http://ada7f3:Tr0ub4dor@"]
)
async def test_a_proxy_without_a_host_tells_no_password_either(address, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", address)
    async with Client(KEY, URL) as open:
        with pytest.raises(ConfigurationError, match="percent-encode # / \\? @ in its password") as caught:
            await open.invoke(REQUEST)

    none_of_it(everything_shown(caught.value))


async def test_a_proxy_that_repeats_user_and_password_is_not_quoted(monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    basic = base64.b64encode(f"{USER}:{'#'.join(PASSWORD)}".encode())
    echo = f"{USER} {'#'.join(PASSWORD)}".encode() + basic
    refusal = b"HTTP/1.1 407 no " + echo + b"\r\nX-Said: " + echo + b"\r\nContent-Length: 0\r\n\r\n"
    async with tunnel(1, answer=refusal) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", f"://{USER}:{'%23'.join(PASSWORD)}@"))
        error = await failed(URL)

    assert basic in proxy.heads[0]
    assert "407 Proxy Authentication Required; are user and password in HTTPS_PROXY right?" in str(error)
    for piece in ("#".join(PASSWORD), basic.decode()):
        assert piece not in everything_shown(error) + logged(caplog)


def test_the_log_of_socks_does_not_write_down_what_a_proxy_is_told(monkeypatch, caplog):
    """Seen with httpcore 1.0: it writes user and password."""
    monkeypatch.setenv("ALL_PROXY", f"socks5://{USER}:pw@127.0.0.1:9")
    caplog.set_level(logging.DEBUG)
    Pool(URL, None, max_connections=1)
    logging.getLogger("httpcore.socks").debug("setup_socks5_connection.started auth=(b'ada7f3', b'pw')")

    assert logged(caplog).startswith("setup_socks5_connection.started ")
    assert USER not in logged(caplog)
    assert "pw" not in logged(caplog)


@pytest.mark.parametrize(
    "variable", ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"]
)
@pytest.mark.parametrize("value", ['"{}"', "'{}'", '"{}', "“{}”"])
async def test_quotes_around_a_variable_are_named(variable, value, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv(variable, value.format("http://ada7f3:Tr0ub4dor@127.0.0.1:9"))
    async with Client(KEY, URL) as open:
        with pytest.raises(ConfigurationError, match=f"^{variable} stands in quotes") as caught:
            await open.invoke(REQUEST)

    none_of_it(everything_shown(caught.value))


async def test_white_space_around_a_proxy_means_nothing(tls, trusted, monkeypatch):
    async with literal([response(COMPLETION)], tls=tls) as server, tunnel(port(server.url)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f" {proxy.url}/\r\n")
        async with Client(KEY, URL) as open:
            assert (await open.invoke(REQUEST)).text == TEXT

    assert len(proxy.heads) == 1


@pytest.mark.parametrize(
    ("exceptions", "url"),
    [
        ("10.0.0.0/8", "https://10.1.2.3"),
        ("example.com,10.0.0.0/8", "https://10.1.2.3:8443/prefix"),
        ("10.0.0.0/8", "https://[::ffff:10.1.2.3]"),
        ("10.1.2.3/8", "https://10.9.9.9"),
        ("10.1.2.3", "https://10.1.2.3"),
        ("10.1.2.3:443", "https://10.1.2.3"),
        ("10.1.2.3:8808", "http://10.1.2.3:8808"),
        ("10.1.2.3:80", "http://10.1.2.3"),
        ("fd00::/8", "https://[fd12:3456::1]"),
        ("[fd00::]/8", "https://[fd12:3456::1]"),
        ("fd12:3456::1", "https://[fd12:3456::1]:8443"),
        ("FD12:3456:0::1", "https://[fd12:3456::1]"),
        ("[fd12:3456::1]:443", "https://[fd12:3456::1]"),
        ("example.com,*", "https://langtail.test"),
        ("*.test", "https://a.langtail.test"),
        (".TEST", "https://langtail.test"),
        ("example.com langtail.test", "https://langtail.test"),
        ("langtail.test:443", "https://langtail.test"),
    ],
)
def test_no_proxy_takes_networks_names_and_ports(exceptions, url, monkeypatch):
    for variable in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://proxy.corp:3128")
    assert proxy_for(url) is not None

    monkeypatch.setenv("NO_PROXY", exceptions)
    assert proxy_for(url) is None


@pytest.mark.parametrize(
    ("exceptions", "url"),
    [
        ("10.0.0.0/8", "https://11.1.2.3"),
        ("10.0.0.0/8", "https://10.1.2.3.example.com"),
        ("10.1.2.3:444", "https://10.1.2.3"),
        ("0.0.0.0/0", "https://[fd12:3456::1]"),
        ("fd00::/8", "https://[fe80::1]"),
        ("[fd12:3456::1]:444", "https://[fd12:3456::1]"),
        ("tail.test", "https://langtail.test"),
        ("langtail.test:444", "https://langtail.test"),
        ("10.0.0.0/99,[,],:,/", "https://10.1.2.3"),
        (" , ,", "https://langtail.test"),
    ],
)
def test_no_proxy_takes_no_more_than_it_names(exceptions, url, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.corp:3128")
    monkeypatch.setenv("NO_PROXY", exceptions)

    assert proxy_for(url) is not None


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


def test_user_and_password_are_secret_in_each_form_in_which_they_may_come_back(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "user%40home:pass%3Aword@proxy.test:8080")
    assert proxy_for(URL).url == "http://user%40home:pass%3Aword@proxy.test:8080"
    assert {secret.reveal() for secret in proxy_for(URL).secrets()} == {
        *("user%40home:pass%3Aword", "user%40home", "pass%3Aword"),
        *("user@home:pass:word", "user@home", "pass:word"),
        base64.b64encode(b"user@home:pass:word").decode(),
    }
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:8080")
    assert list(proxy_for(URL).secrets()) == []


@pytest.mark.skipif(os.name != "posix", reason="elsewhere the environment holds no such byte")
def test_a_password_of_bytes_that_are_no_text_can_be_masked(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://user:pass\udcffword@proxy.test:8080")
    assert "pass\udcffword" in {secret.reveal() for secret in proxy_for(URL).secrets()}


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


@pytest.mark.parametrize(
    ("variable", "name", "reason"),
    [
        ("SSL_CERT_FILE", "nowhere.pem", "is not there"),
        ("SSL_CERT_FILE", "folder", "is no file"),
        ("SSL_CERT_FILE", "garbage.pem", "holds no certificates"),
        ("SSL_CERT_DIR", "nowhere", "is not there"),
        ("SSL_CERT_DIR", "garbage.pem", "is no folder"),
    ],
)
async def test_certificates_that_cannot_be_had_are_named_with_their_path(
    variable, name, reason, tmp_path, monkeypatch
):
    (tmp_path / "folder").mkdir()
    (tmp_path / "garbage.pem").write_text("no certificate")
    monkeypatch.setenv(variable, str(tmp_path / name))
    async with Client(KEY, URL) as open:
        with pytest.raises(ConfigurationError) as caught:
            await open.invoke(REQUEST)

    assert str(caught.value) == f"{variable} names {str(tmp_path / name)!r}, which {reason}"


async def test_certificates_of_a_folder_are_trusted(tls, certificate, tmp_path, monkeypatch):
    command = ["openssl", "x509", "-hash", "-noout", "-in", certificate[0]]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    (tmp_path / f"{name}.0").write_bytes(certificate[0].read_bytes())
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    async with literal([response(COMPLETION)], tls=tls) as server, tunnel(port(server.url)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        async with Client(KEY, URL) as open:
            assert (await open.invoke(REQUEST)).text == TEXT


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
async def test_authorities_that_do_not_vouch_for_a_server_are_named(variable, tls, tmp_path, monkeypatch):
    import certifi

    path = certifi.where() if variable == "SSL_CERT_FILE" else str(tmp_path)
    monkeypatch.setenv(variable, path)
    async with literal([response(COMPLETION)], tls=tls) as server:
        error = await failed(server.url)

    assert f"{variable} ({path!r}" in str(error)
    assert "not trusted" in str(error)


async def test_a_variable_of_other_programs_is_named_where_it_is_not_read(tls, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/office.pem")
    async with literal([response(COMPLETION)], tls=tls) as server:
        error = await failed(server.url)

    assert "SSL_CERT_FILE; REQUESTS_CA_BUNDLE is not read" in str(error)


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
