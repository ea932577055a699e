"""Who is answered at all: keys, hosts, origins, sizes, paths."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.servers import Server, deployment, running, write_project

PLAIN = "/acme/demo/plain/production"
BAD_KEY = {
    "error": {"message": "Invalid API key", "type": "authentication_error", "param": None, "code": None}
}


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("locked")
    project = write_project(folder / "project", {"plain": deployment()})
    options = ("--engine", "echo", "--project", str(project), "--api-key", "lt-right")
    with running(*options, database=folder / "t.sqlite") as server:
        yield server


def get(server: Server, path: str = "/list-deployments", **headers: str) -> httpx.Response:
    return httpx.get(f"{server.url}{path}", headers=headers, trust_env=False)


@pytest.mark.parametrize("path", ["/list-deployments", "/v2/threads", PLAIN, "/_requests"])
@pytest.mark.parametrize("header", ["x-api-key: lt-right", "authorization: Bearer lt-right"])
def test_every_path_takes_the_key_in_either_header(locked: Server, path: str, header: str) -> None:
    name, _, value = header.partition(": ")
    assert get(locked, path, **{name: value}).status_code == 200


@pytest.mark.parametrize("path", ["/list-deployments", "/v2/threads", PLAIN, "/_requests", "/nowhere"])
@pytest.mark.parametrize("headers", [{}, {"x-api-key": "lt-wrong"}, {"authorization": "Basic lt-right"}])
def test_a_missing_or_wrong_key_is_a_401(locked: Server, path: str, headers: dict[str, str]) -> None:
    response = get(locked, path, **headers)

    assert (response.status_code, response.json()) == (401, BAD_KEY)


def test_a_key_can_be_given_through_the_environment(make_server: Any) -> None:
    server = make_server({"plain": deployment()}, environment={"LANGTAIL_NB_SERVE_KEY": "lt-hidden"})

    assert get(server, **{"x-api-key": "lt-hidden"}).status_code == 200
    assert get(server, **{"x-api-key": "lt-other"}).status_code == 401


def test_without_a_key_of_its_own_the_server_takes_any_but_none(server: Server) -> None:
    assert get(server, **{"x-api-key": "whatever"}).status_code == 200
    assert get(server).status_code == 401


@pytest.mark.parametrize("host", ["localhost", "localhost:1", "127.0.0.1", "127.0.0.1:80", "[::1]:9"])
def test_names_of_this_machine_are_answered(server: Server, host: str) -> None:
    assert get(server, **{"x-api-key": "k", "host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "10.0.0.1", "127.0.0.1.evil", "", "x\\@localhost",
     "x@localhost", "localhost:80:x", "[::1", "::1"],
)  # fmt: skip
def test_a_foreign_host_is_refused(server: Server, host: str) -> None:
    response = get(server, **{"x-api-key": "k", "host": host})

    assert (response.status_code, response.json()["error"]["type"]) == (403, "permission_error")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1"])
def test_a_foreign_origin_is_refused(server: Server, origin: str) -> None:
    assert get(server, **{"x-api-key": "k", "origin": origin}).status_code == 403


def test_a_page_of_the_server_itself_is_answered(server: Server) -> None:
    assert get(server, **{"x-api-key": "k", "origin": server.url}).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_method_nobody_serves_is_a_404(server: Server, method: str) -> None:
    with server.http() as client:
        response = client.request(method, PLAIN)

    assert (response.status_code, response.json()["error"]["type"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/v2", "/v2/threads/x/y", "/a/b/c", "/a/b/c/d/e", f"/{PLAIN}"])
def test_a_path_nobody_serves_is_a_404(server: Server, path: str) -> None:
    assert get(server, path, **{"x-api-key": "k"}).status_code == 404


def test_a_body_that_is_announced_too_large_is_refused_unread(server: Server) -> None:
    head = f"POST {PLAIN} HTTP/1.1\r\nhost: localhost\r\nx-api-key: k\r\ncontent-length: 99999999999\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


def test_a_body_that_turns_out_too_large_is_refused(server: Server) -> None:
    def parts() -> Any:
        yield from (b"x" * 2**20 for _ in range(33))

    with server.http() as client:
        try:
            status = client.post(PLAIN, content=parts()).status_code
        except httpx.WriteError:
            return
    assert status == 413


def test_an_inline_image_of_some_megabytes_is_taken(server: Server) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 8_000_000}}
    with server.http() as client:
        response = client.post(PLAIN, json={"messages": [{"role": "user", "content": [image]}]})

    assert server.last()["body"]["bytes"] > 8_000_000
    assert server.last()["provider"]["bytes"] > 8_000_000
    assert response.json()["choices"][0]["message"]["content"] == "user: [image_url]"


def test_a_server_can_stand_under_a_path(make_server: Any) -> None:
    server = make_server({"plain": deployment()}, "--prefix", "/api/prompt-api")

    with server.http() as client:
        assert client.get("/api/prompt-api/list-deployments").status_code == 200
        assert client.post(f"/api/prompt-api{PLAIN}", json={}).status_code == 200
        assert client.get("/list-deployments").status_code == 404
        for _ in range(2):  # to read the journal leaves no trace in it
            journal = client.get("/api/prompt-api/_requests").json()
        assert [entry["method"] for entry in journal["requests"]] == ["GET", "POST", "GET"]


def test_the_connection_is_kept_for_the_next_request(server: Server) -> None:
    with server.http() as client:
        before = client.get("/_requests").json()["connections"]["accepted"]
        for path in ("/list-deployments", "/nowhere", "/v2/threads/none"):
            client.get(path)
        client.post(PLAIN, json={"stream": True})
        assert client.get("/_requests").json()["connections"]["accepted"] == before


def test_beyond_this_machine_requests_are_shown_under_its_own_name_only(tmp_path: Path) -> None:
    project = write_project(tmp_path / "project", {"plain": deployment()})
    options = ("--engine", "echo", "--project", str(project), "--host", "0.0.0.0")
    with running(*options, database=tmp_path / "t.sqlite") as server:
        url = f"http://127.0.0.1:{server.port}"
        ask = {"x-api-key": "any"}
        rebound = httpx.get(f"{url}/_requests", headers={**ask, "host": "evil.example"}, trust_env=False)
        assert rebound.status_code == 403
        assert "--api-key" in rebound.json()["error"]["message"]
        assert httpx.get(f"{url}/_requests", headers=ask, trust_env=False).status_code == 200
