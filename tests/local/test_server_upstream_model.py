"""Through another server to a real model: llama.cpp's own, with the small model, on loopback."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from langtail_nb._local.engines.weights import find_model
from tests.servers import KEY, Server, deployment, events, missing, running, streamed_text, write_project

pytestmark = pytest.mark.model

JSON = dict[str, Any]

PLAIN = "/a/b/plain/staging"
ENGINE_KEY = "sk-llama-4711-abcdef"
NAME = "tiny-but-real"
STORY = [
    {"role": "system", "content": "You tell stories."},
    {"role": "user", "content": "Tell me a long story about a dog."},
]


@pytest.fixture(scope="module")
def llama() -> Iterator[str]:
    """The URL of llama.cpp's server; it wants `ENGINE_KEY`."""
    weights = find_model()
    if weights is None:
        missing("the model (langtail-nb model)")
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path, params.model_alias = str(weights), {NAME}
    params.n_ctx, params.n_parallel, params.n_batch = 2048, 2, 128
    for threads in (params.cpuparams, params.cpuparams_batch):
        threads.n_threads, threads.poll = 1, 0
    params.api_keys, params.ui, params.warmup, params.verbosity = [ENGINE_KEY], False, False, -1
    server = xllamacpp.Server(params)
    yield server.listening_address
    del server


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory, llama: str) -> Iterator[Server]:
    yield from start(tmp_path_factory, llama, ENGINE_KEY)


@pytest.fixture(scope="module")
def keyless(tmp_path_factory: pytest.TempPathFactory, llama: str) -> Iterator[Server]:
    yield from start(tmp_path_factory, llama, "sk-wrong-4711-abcdef")


def start(tmp_path_factory: pytest.TempPathFactory, engine: str, key: str) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("relay")
    project = write_project(folder / "project", {"plain": deployment()})
    options = ("--engine", engine, "--project", str(project))
    with running(*options, database=folder / "a.sqlite", environment={"OPENAI_API_KEY": key}) as server:
        yield server
        assert server.errors == []


def there(llama: str, **body: Any) -> JSON:
    """What llama.cpp answers when it is asked without us."""
    headers = {"authorization": f"Bearer {ENGINE_KEY}"}
    body = {"messages": STORY, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0, **body}
    url = f"{llama}/v1/chat/completions"
    answer: JSON = httpx.post(url, json=body, headers=headers, timeout=60, trust_env=False).json()
    return answer


def here(server: Server, **body: Any) -> JSON:
    with server.http() as client:
        answer = client.post(PLAIN, json={"messages": STORY, **body})
    assert answer.status_code == 200, answer.text
    whole: JSON = answer.json()
    return whole


def text(answer: JSON) -> str:
    content: str = answer["choices"][0]["message"]["content"]
    return content


def test_text_and_usage_are_what_the_other_server_gives(relay: Server, llama: str) -> None:
    direct = there(llama, temperature=0, max_tokens=40)
    answer = here(relay, temperature=0, max_tokens=40)

    assert text(answer) == text(direct)
    assert answer["model"] == NAME
    assert answer["choices"][0]["finish_reason"] == "length"
    counts = ("prompt_tokens", "completion_tokens", "total_tokens")
    assert [answer["usage"][name] for name in counts] == [direct["usage"][name] for name in counts]


def test_each_token_is_an_event_and_leaves_as_it_is_made(relay: Server) -> None:
    body = {"messages": STORY, "stream": True, "max_tokens": 200, "temperature": 0}
    with relay.http() as client, client.stream("POST", PLAIN, json=body) as response:
        lines = response.iter_lines()
        head = [next(lines) for _ in range(8)]
        entry = next(entry for entry in reversed(relay.requests()) if entry["path"] == PLAIN)
        assert entry["ended_at"] is None
        chunks = events([*head, *lines])

    pieces = [chunk for chunk in chunks if chunk["choices"] and chunk["choices"][0]["delta"].get("content")]
    assert chunks[-1]["usage"]["completion_tokens"] == 200
    assert 190 <= len(pieces) <= 200
    assert len(streamed_text(chunks)) > 400


def test_overrides_reach_the_model(relay: Server) -> None:
    plain = text(here(relay, temperature=0, max_tokens=40))
    word = plain.split()[6]
    stopped = here(relay, temperature=0, max_tokens=40, stop=[word])
    seeded = [text(here(relay, temperature=1.5, max_tokens=20, seed=seed)) for seed in (1, 1, 2)]

    assert stopped["choices"][0]["finish_reason"] == "stop"
    assert plain.startswith(text(stopped))
    assert word not in text(stopped)
    assert seeded[0] == seeded[1] != seeded[2]
    assert text(here(relay, temperature=0, max_tokens=40, frequency_penalty=2)) != plain


def test_a_json_schema_binds_the_answer_there(relay: Server) -> None:
    schema = {"type": "object", "properties": {"colour": {"enum": ["red", "blue"]}}, "required": ["colour"]}
    form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}

    assert '"colour"' in text(here(relay, response_format=form, temperature=0, max_tokens=60))


def test_a_prompt_that_is_too_long_there_is_a_400_in_its_words(relay: Server) -> None:
    with relay.http() as client:
        answer = client.post(PLAIN, json={"messages": [{"role": "user", "content": "word " * 3000}]})

    error = answer.json()["error"]
    assert (answer.status_code, error["type"]) == (400, "invalid_request_error")
    assert "exceeds the available context size" in error["message"]


def test_a_key_that_is_refused_there_is_told_as_the_engines(keyless: Server) -> None:
    with keyless.http() as client:
        answer = client.post(PLAIN, json={"messages": STORY})

    assert answer.status_code == 500
    assert "refused the key in OPENAI_API_KEY" in answer.json()["error"]["message"]
    assert KEY not in answer.text


def test_a_client_that_leaves_frees_the_model_there(relay: Server, llama: str) -> None:
    """Four who would have taken all of both places; then one who asks for little gets it."""
    for _ in range(4):
        with relay.http() as client:
            body = {"messages": STORY, "stream": True, "max_tokens": 900, "temperature": 0}
            answer = client.send(client.build_request("POST", PLAIN, json=body), stream=True)
            next(answer.iter_lines())
            answer.close()

    assert here(relay, max_tokens=2)["usage"]["completion_tokens"] == 2
    left = [entry for entry in relay.requests() if entry["closed_by_client_at"]]
    assert len(left) >= 4
    assert all(entry["events"] < 300 for entry in left)
