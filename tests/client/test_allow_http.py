"""Plain http beyond this machine: only where the user allows it, and never with a key that was not meant."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from langtail_nb._client import key_lookup
from langtail_nb._client.api_key import ApiKey
from langtail_nb._client.base_url import base_url_of
from langtail_nb._client.client import Client
from langtail_nb._errors import APIConnectionError, ConfigurationError
from langtail_nb._types.request import Request
from tests.addresses import own_address
from tests.kernels import Ran
from tests.kernels import kernel as start_kernel
from tests.literal import COMPLETION, TEXT, literal, response, tunnel
from tests.servers import deployment, running, write_project

KEY = "lt-real-key-0123456789"
STORED = "lt-stored-key-0123456789"
REQUEST = Request("acme/support/triage/staging", "hi")
ALLOW = "LANGTAIL_NB_ALLOW_HTTP"

pytestmark = pytest.mark.usefixtures("no_proxies")


@pytest.fixture
def address() -> str:
    return own_address()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LANGTAIL_API_KEY", KEY)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.delenv("LANGTAIL_BASE_URL", raising=False)
    monkeypatch.delenv(ALLOW, raising=False)


@pytest.mark.parametrize(
    "url", ["http://10.0.0.7:8808", "HTTP://10.0.0.7:8808", "http://host.docker.internal"]
)
def test_plain_http_is_refused_with_what_would_allow_it(url):
    with pytest.raises(ConfigurationError, match="would send the key unencrypted") as caught:
        base_url_of(url)

    port = 8808 if "8808" in url else 80
    assert f"{ALLOW}={'10.0.0.7' if '10' in url else 'host.docker.internal'}:{port}" in str(caught.value)


@pytest.mark.parametrize(
    ("allowed", "url"),
    [
        ("10.0.0.7:8808", "http://10.0.0.7:8808/prefix"),
        ("a:1, host.docker.internal:8808 ,b:2", "http://Host.Docker.Internal:8808"),
        ("host:80", "http://host"),
        ("[fd00::7]:8808", "http://[fd00:0::7]:8808"),
    ],
)
def test_a_host_that_is_named_is_allowed(allowed, url, monkeypatch):
    monkeypatch.setenv(ALLOW, allowed)

    assert base_url_of(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.7:8809",
        "http://10.0.0.7",
        "http://10.0.0.77:8808",
        "http://x.10.0.0.7:8808",
        "http://7:8808",
    ],
)
def test_no_other_host_and_no_other_port_is(url, monkeypatch):
    monkeypatch.setenv(ALLOW, "10.0.0.7:8808")

    with pytest.raises(ConfigurationError, match="unencrypted"):
        base_url_of(url)


@pytest.mark.parametrize(
    "value",
    ["10.0.0.7", "10.0.0.7:", ":8808", "http://10.0.0.7:8808", "10.0.0.7:8808/", "*", "1", "10.0.0.7:99999",
     "a:b", "fd00::7:8808", "ada:pa55word@host:1", '"10.0.0.7:8808"', "10.0.0.7:8808 b:1"],
)  # fmt: skip
def test_a_wrong_value_is_one_line(value, monkeypatch):
    monkeypatch.setenv(ALLOW, value)

    with pytest.raises(ConfigurationError, match=ALLOW) as caught:
        base_url_of("http://10.0.0.7:8808")

    assert "\n" not in str(caught.value)
    assert "pa55word" not in str(caught.value)


def test_who_does_not_need_it_is_not_bothered_by_a_wrong_value(monkeypatch):
    monkeypatch.setenv(ALLOW, "nonsense")

    assert base_url_of("https://langtail.test") == "https://langtail.test"
    assert base_url_of("http://127.0.0.1:1") == "http://127.0.0.1:1"


async def test_the_environments_key_is_never_sent_there(address, monkeypatch):
    async with literal([response(COMPLETION)], host=address) as server:
        monkeypatch.setenv(ALLOW, server.url.removeprefix("http://"))
        monkeypatch.setenv("LANGTAIL_BASE_URL", server.url)
        async with Client() as open:
            assert (await open.invoke(REQUEST)).text == TEXT

    assert server.requests[0].headers["x-api-key"] == "local"
    assert KEY.encode() not in server.requests[0].head


async def test_a_key_that_login_stored_for_it_is(address, monkeypatch):
    async with literal([response(COMPLETION)], host=address) as server:
        monkeypatch.setenv(ALLOW, server.url.removeprefix("http://"))
        key_lookup.remember(server.url, ApiKey(STORED, "a test"))
        async with Client(base_url=server.url) as open:
            await open.invoke(REQUEST)
        key_lookup.forget(server.url)

    assert server.requests[0].headers["x-api-key"] == STORED


def test_a_key_given_in_a_call_is_not(monkeypatch):
    monkeypatch.setenv(ALLOW, "10.0.0.7:8808")

    with pytest.raises(ConfigurationError, match="login") as caught:
        Client(KEY, "http://10.0.0.7:8808")

    assert KEY not in str(caught.value)
    assert Client("local", "http://10.0.0.7:8808").base_url == "http://10.0.0.7:8808"


async def test_no_proxy_stands_between(address, monkeypatch):
    async with literal([response(COMPLETION)], host=address) as server, tunnel(1) as proxy:
        monkeypatch.setenv(ALLOW, server.url.removeprefix("http://"))
        for variable in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(variable, proxy.url)
        async with Client(base_url=server.url) as open:
            assert (await open.invoke(REQUEST)).text == TEXT

    assert proxy.heads == []


async def test_nobody_there_is_told_with_what_may_be_missing(address, monkeypatch):
    async with literal(host=address) as server:
        pass
    monkeypatch.setenv(ALLOW, server.url.removeprefix("http://"))
    async with Client(base_url=server.url, retries=0) as open:
        with pytest.raises(APIConnectionError, match=r"serve --host 0\.0\.0\.0"):
            await open.invoke(REQUEST)


# A stand-in that listens beyond this machine


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    folder = tmp_path_factory.mktemp("stand-in")
    project = write_project(folder / "project", {"plain": deployment()})
    options = ("--engine", "echo", "--project", str(project), "--host", "0.0.0.0")
    with running(*options, database=folder / "t.sqlite") as server:
        yield server


def test_the_address_that_it_prints_works_here(stand_in):
    assert stand_in.url.startswith("http://127.0.0.1:")
    with stand_in.http() as client:
        assert client.get("/list-deployments").status_code == 200


def test_it_says_how_a_notebook_in_a_container_reaches_it(stand_in):
    port = stand_in.port
    line = stand_in.until_told("container")

    assert f"LANGTAIL_BASE_URL=http://host.docker.internal:{port} " in line
    assert f"{ALLOW}=host.docker.internal:{port}" in line
    assert "--add-host=host.docker.internal:host-gateway" in stand_in.until_told("docker run")
    assert "--api-key" in stand_in.until_told("whoever reaches it")


def test_one_on_this_machine_alone_says_nothing_of_it(server):
    assert not [line for line in server.errors if "reaches it" in line]


def test_one_on_all_addresses_of_both_families_prints_one_that_works(tmp_path):
    project = write_project(tmp_path / "project", {"plain": deployment()})
    options = ("--engine", "echo", "--project", str(project), "--host", "::", "--api-key", "lt-own")
    try:
        with running(*options, database=tmp_path / "t.sqlite") as server:
            assert server.url.startswith("http://[::1]:")
            with server.http(headers={"x-api-key": "lt-own"}) as client:
                assert client.get("/list-deployments").status_code == 200
            assert "%langtail login" in server.until_told("container")
    except RuntimeError as exc:
        pytest.skip(f"NOT TESTED: this machine has no IPv6: {exc}")


def test_a_cell_reaches_it_and_its_first_footer_names_it(stand_in, address, tmp_path):
    """From another address than loopback, as from a container; told once, and not where nothing is shown."""
    where = f"{address}:{stand_in.port}"
    environment = {
        "LANGTAIL_BASE_URL": f"http://{where}",
        ALLOW: where,
        "LANGTAIL_API_KEY": KEY,
        "LANGTAIL_ASSISTANT": "a/b/plain/production",
        "LANGTAIL_NB_HOME": str(tmp_path / "kept"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    with start_kernel(sys.executable, env=environment, cwd=str(tmp_path)) as kernel:
        kernel.run("%load_ext langtail_nb\nimport langtail_nb as lt")
        status = kernel.run("%langtail")
        kernel.run("lt.ask('Hello').text", cell_id="ask")
        kernel.run("%%langtail -q\nHello", cell_id="quiet")
        kernel.run("%%langtail --show text\nHello", cell_id="text")
        cells = [kernel.run("%%langtail\nHello", cell_id=f"cell-{n}") for n in range(2)]

    assert "only one goes out that %langtail login stored" in status.text
    footers = [ran.outputs[-1]["data"]["text/markdown"] for ran in cells]
    assert [f"sent to http&#58;//{where}" in footer for footer in footers] == [True, False]
    assert all(entry["headers"].get("x-api-key") != KEY for entry in stand_in.requests())


def test_of_several_answers_side_by_side_one_names_it(stand_in, address, tmp_path):
    where = f"{address}:{stand_in.port}"
    environment = {
        "LANGTAIL_BASE_URL": f"http://{where}",
        ALLOW: where,
        "LANGTAIL_ASSISTANT": "a/b/plain/production",
        "LANGTAIL_NB_HOME": str(tmp_path / "kept"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    with start_kernel(sys.executable, env=environment, cwd=str(tmp_path)) as kernel:
        kernel.run("%load_ext langtail_nb")
        kernel.run("%%langtail -q --compare deployed\nHello", cell_id="quiet")
        ran = [kernel.run("%%langtail --compare deployed\nHello", cell_id=f"cell-{n}") for n in range(2)]

    assert [one.text.count(f"sent to http://{where}") for one in ran] == [1, 0]


async def test_a_call_that_fails_names_it_too(address, tmp_path):
    refusal = response(b'{"error":{"message":"no"}}', "401 Unauthorized")
    async with literal([refusal], host=address) as server:
        where = server.url.removeprefix("http://")
        environment = {
            "LANGTAIL_BASE_URL": server.url,
            ALLOW: where,
            "LANGTAIL_ASSISTANT": "a/b/plain/production",
            "LANGTAIL_NB_HOME": str(tmp_path / "kept"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }
        ran = await asyncio.to_thread(_first_cell, environment, str(tmp_path))

    assert f"sent to http&#58;//{where}" in ran.outputs[0]["data"]["text/markdown"]


def _first_cell(environment: dict[str, str], folder: str) -> Ran:
    with start_kernel(sys.executable, env=environment, cwd=folder) as kernel:
        kernel.run("%load_ext langtail_nb")
        return kernel.run("%%langtail\nHello", cell_id="first")
