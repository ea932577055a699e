"""What an error says to do depends on who answers: Langtail, a stand-in, or the engine behind that."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from langtail_nb._client.api_key import ApiKey
from langtail_nb._client.base_url import DEFAULT_BASE_URL
from langtail_nb._client.client import Client
from langtail_nb._client.refusal import Subject, status_error
from langtail_nb._errors import APIStatusError
from langtail_nb._types.request import Request
from tests.literal import literal, response
from tests.servers import deployment, running, write_project

BLAME = "Langtail or the provider behind it"

pytestmark = pytest.mark.usefixtures("no_proxies")


def told(status: int, message: str, base_url: str = DEFAULT_BASE_URL) -> str:
    """What a client says of an error."""
    subject = Subject("a/b/c/production", ApiKey("lt-key-0123456789", "a test"), base_url)
    body = json.dumps({"error": {"message": message, "type": "server_error"}})
    return str(status_error(subject, status, {}, body))


@pytest.mark.parametrize(
    ("status", "message", "helps"),
    [
        (500, "oops", "Langtail or the provider behind it failed; try again"),
        (503, "The model is overloaded", "too much to do; try again later"),
        (402, "Payment required", "add credit"),
        (402, "", "wants to be paid"),
        (403, "Your workspace is not in this region", "the place that the request comes from is not served"),
        (403, "Your message was flagged", "word it differently"),
        (403, "You have no access to the model gpt-5", "the key may not use this model"),
        (403, "Forbidden", "is not for this workspace or project"),
        (429, "You exceeded your current quota, please check your plan", "add credit"),
        (429, "Too many requests", "wait a little"),
    ],
)
def test_an_error_of_langtail_says_what_helps_there(status, message, helps):
    assert helps in told(status, message)
    assert "\n" not in told(status, message)


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:8808", "http://localhost:1/x", "https://[::1]"])
def test_a_stand_in_on_this_machine_is_not_langtail(base_url):
    assert told(500, "oops", base_url).endswith("oops; the server on this machine failed, not Langtail")


def test_a_server_elsewhere_is_named():
    assert "https://langtail.corp:8443 or what is behind it failed" in told(
        502, "oops", "https://langtail.corp:8443/api"
    )


@pytest.mark.parametrize(
    "message",
    [
        "variables.location is missing", "messages[3].content: not a string, 'safety first'",
        "temperature must be at most 2", "unknown region 'x' in metadata",
    ],
)  # fmt: skip
def test_words_of_the_request_that_a_400_quotes_are_not_taken_for_its_reason(message):
    assert told(400, message) == f"400 for a/b/c/production: {message}"


# An engine behind a stand-in


def problem(message: str, **members: object) -> bytes:
    return json.dumps({"error": {"message": message, **members}}).encode()


FAULTS = {
    "no credit": ("402 Payment Required", problem("Insufficient credits"), 500, "add credit there"),
    "no words": ("402 Payment Required", b"", 500, "wants to be paid (402); add credit there"),
    "region": (
        "403 Forbidden", problem("Country, region, or territory not supported"), 500,
        "(403) (Country, region, or territory not supported); the place that the request comes from",
    ),
    "moderation": ("403 Forbidden", problem("Your input was flagged"), 400, "was stopped, not the key"),
    "model access": (
        "403 Forbidden", problem("Project p does not have access to model m"), 500,
        "the key may not use this model",
    ),
    "a key refused": ("403 Forbidden", problem("not you"), 500, "set OPENAI_API_KEY"),
    "quota": ("429 Too Many", problem("You exceeded your current quota"), 429, "add credit there"),
    "crash": ("500 Oops", problem("model runner process has ended"), 500, "process ended or lacks memory"),
    "memory": ("500 Oops", b'{"error":"model requires more system memory (9 GiB)"}', 500, "a smaller model"),
    "something": ("500 Oops", problem("oops"), 500, "its own output may say more"),
    "loading": ("503 Busy", problem("Loading model"), 503, "is being loaded; try again in a moment"),
    "a wrong path": ("404 Not Found", b"<html>", 500, "is the path of --engine"),
}  # fmt: skip


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """A stand-in whose engine is on a port that each test listens on."""
    folder: Path = tmp_path_factory.mktemp("hints")
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    project = write_project(folder / "project", {"plain": deployment()})
    options = ("--engine", f"http://127.0.0.1:{port}", "--project", str(project))
    with running(*options, database=folder / "t.sqlite") as server:
        yield server.url, port


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("whole", [True, False], ids=["invoke", "stream"])
async def test_an_engines_fault_says_once_what_helps_and_blames_nobody_else(name, whole, stand_in):
    there, body, here, helps = FAULTS[name]
    url, port = stand_in
    async with literal([response(body, there)], port=port), Client("local", url, retries=0) as client:
        with pytest.raises(APIStatusError) as caught:
            await anext(aiter(client.stream(Request("a/b/plain/production", "hi"), whole=whole)))

    said = str(caught.value)
    assert caught.value.status_code == here
    assert said.count(helps) == 1, said
    assert f"The engine at 127.0.0.1:{port}" in said
    assert BLAME not in said
    assert "this machine failed" not in said
    assert "\n" not in said


async def test_an_engine_that_is_not_there_blames_nobody_else(stand_in):
    url, _ = stand_in
    async with Client("local", url, retries=0) as client:
        with pytest.raises(APIStatusError, match=r"start it, or name another with --engine$") as caught:
            await client.invoke(Request("a/b/plain/production", "hi"))

    assert BLAME not in str(caught.value)
    assert caught.value.body["error"]["type"] == "engine_error"  # type: ignore[index]
