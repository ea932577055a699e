"""The real model behind the server: every override applied, tokens as they come, work that stops."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.servers import Server, deployment, end, events, streamed_text

pytestmark = pytest.mark.model

JSON = dict[str, Any]

SUPPORT = "/local/demo/support/production"
STORY = [{"role": "user", "content": "Tell me a long story about a dog."}]
PLAIN = {"template": [{"role": "system", "content": "You tell stories."}], "messages": STORY}


def ask(server: Server, **body: Any) -> JSON:
    with server.http() as client:
        response = client.post(SUPPORT, json=body)
    assert response.status_code == 200, response.text
    answer: JSON = response.json()
    return answer


def text(server: Server, **body: Any) -> str:
    content: str = ask(server, **PLAIN, **body)["choices"][0]["message"]["content"]
    return content


def test_the_sample_answers_in_a_few_words(model_server: Server) -> None:
    answer = ask(model_server, messages=[{"role": "user", "content": "Where is my parcel?"}])

    choice = answer["choices"][0]
    assert answer["model"] == "SmolLM2-135M-Instruct"
    assert choice["finish_reason"] == "stop"
    assert 3 < len(choice["message"]["content"].split()) < 60
    assert answer["usage"]["prompt_tokens"] > answer["usage"]["completion_tokens"] > 0


def test_each_token_is_an_event_of_its_own(model_server: Server) -> None:
    body = {**PLAIN, "stream": True, "max_tokens": 40, "temperature": 0}
    with model_server.http() as client, client.stream("POST", SUPPORT, json=body) as response:
        chunks = events(list(response.iter_lines()))

    pieces = [chunk for chunk in chunks if chunk["choices"] and chunk["choices"][0]["delta"].get("content")]
    assert 36 <= len(pieces) <= 40
    assert chunks[-1]["usage"]["completion_tokens"] == 40
    assert chunks[-2]["choices"][0]["finish_reason"] == "length"


def test_tokens_leave_as_they_are_made(model_server: Server) -> None:
    """The first has been read before the last was made."""
    body = {**PLAIN, "stream": True, "max_tokens": 300, "temperature": 0}
    with model_server.http() as client, client.stream("POST", SUPPORT, json=body) as response:
        lines = response.iter_lines()
        while '"content":"' not in (line := next(lines)) or '"content":""' in line:
            pass
        entry = model_server.requests()[-1]
        assert entry["path"] == SUPPORT
        assert entry["ended_at"] is None
        assert entry["events"] < 200
        for _ in lines:
            pass


def test_a_seed_repeats_an_answer_and_another_does_not(model_server: Server) -> None:
    first, again, other = (
        text(model_server, temperature=1.5, max_tokens=30, seed=seed) for seed in (1, 1, 2)
    )

    assert first == again
    assert first != other


def test_temperature_zero_repeats_an_answer(model_server: Server) -> None:
    assert len({text(model_server, temperature=0, max_tokens=30) for _ in range(3)}) == 1


def test_a_narrow_top_p_makes_a_high_temperature_greedy(model_server: Server) -> None:
    greedy = text(model_server, temperature=0, max_tokens=20)

    assert text(model_server, temperature=2, top_p=0.001, seed=5, max_tokens=20) == greedy


@pytest.mark.parametrize("penalty", ["presence_penalty", "frequency_penalty"])
def test_a_penalty_changes_the_answer(model_server: Server, penalty: str) -> None:
    plain = text(model_server, temperature=0, max_tokens=60)

    assert text(model_server, temperature=0, max_tokens=60, **{penalty: 2}) != plain


def test_a_stop_ends_the_answer_before_it(model_server: Server) -> None:
    plain = text(model_server, temperature=0, max_tokens=60)
    word = plain.split()[8]

    stopped = ask(model_server, **PLAIN, temperature=0, max_tokens=60, stop=[word])["choices"][0]

    assert stopped["finish_reason"] == "stop"
    assert word not in stopped["message"]["content"]
    assert plain.startswith(stopped["message"]["content"])


def test_json_mode_gives_an_object(model_server: Server) -> None:
    message = {"role": "user", "content": "Ada moved to Brno when she was 28."}
    with model_server.http() as client:
        answer = client.post("/local/demo/extractor/production", json={"messages": [message]}).json()

    assert json.loads(answer["choices"][0]["message"]["content"]) == {
        "name": "Ada",
        "city": "Brno",
        "age": 28,
    }


def test_a_json_schema_binds_the_answer(model_server: Server) -> None:
    schema = {
        "type": "object",
        "properties": {"colour": {"enum": ["red", "blue"]}, "count": {"type": "integer"}},
        "required": ["colour", "count"],
        "additionalProperties": False,
    }
    form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}

    answer = json.loads(text(model_server, response_format=form, temperature=0, max_tokens=60))

    assert answer.keys() == {"colour", "count"}
    assert answer["colour"] in ("red", "blue")


def test_json_mode_of_the_request_binds_however_hot_the_model_is(model_server: Server) -> None:
    """At this temperature the plain model writes no JSON."""
    hot: JSON = {"temperature": 2, "seed": 3, "max_tokens": 60}
    choice = ask(model_server, **PLAIN, **hot, response_format={"type": "json_object"})["choices"][0]

    assert choice["message"]["content"].lstrip().startswith("{")
    if choice["finish_reason"] == "stop":
        assert isinstance(json.loads(choice["message"]["content"]), dict)
    assert not text(model_server, **hot).lstrip().startswith("{")


def tool(name: str) -> JSON:
    parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    return {
        "type": "function",
        "function": {"name": name, "description": f"Find {name}", "parameters": parameters},
    }


@pytest.mark.parametrize("tools", [[tool("weather")], [tool("weather"), tool("tram")]])
def test_a_demanded_tool_call_is_made(model_server: Server, tools: list[JSON]) -> None:
    messages = [{"role": "user", "content": "What is the weather in Brno?"}]
    choice = ask(model_server, messages=messages, template=[], tools=tools, tool_choice="required")[
        "choices"
    ][0]

    call = choice["message"]["tool_calls"][0]["function"]
    assert choice["finish_reason"] == "tool_calls"
    assert call["name"] in ("weather", "tram")
    assert json.loads(call["arguments"]).keys() == {"city"}


def test_a_conversation_read_back_is_what_was_said(model_server: Server) -> None:
    """Ten turns, on one thread."""
    said: list[JSON] = []
    thread: JSON = {}
    with model_server.http() as client:
        for number in range(10):
            message = {"role": "user", "content": f"My number is {number}. What is it?"}
            body = {**thread, "messages": [message], "stream": True, "max_tokens": 12}
            with client.stream("POST", SUPPORT, json=body) as response:
                thread = {"threadId": response.headers["x-langtail-thread-id"]}
                answer = streamed_text(events(list(response.iter_lines())))
            said += [message, {"role": "assistant", "content": answer}]
        stored = client.get(f"/v2/threads/{thread['threadId']}/messages").json()["data"]

    assert [item["content"] for item in stored] == said


def test_a_prompt_beyond_the_context_is_a_400_that_says_so(model_server: Server) -> None:
    with model_server.http() as client:
        response = client.post(
            SUPPORT, json={"messages": [{"role": "user", "content": "word " * 5000}], "stream": True}
        )

    error = response.json()["error"]
    assert (response.status_code, error["param"]) == (400, "messages")
    assert "4096" in error["message"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}
                ]
            },
            "text only",
        ),
        ({"max_tokens": 0}, "max_tokens"),
        ({"seed": 1.5}, "seed"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "colour"}}}},
            "colour",
        ),
    ],
)
def test_what_the_model_cannot_do_is_a_400_that_says_so(model_server: Server, body: JSON, told: str) -> None:
    with model_server.http() as client:
        response = client.post(SUPPORT, json=body)

    assert response.status_code == 400
    assert told in response.json()["error"]["message"]


def test_odd_texts_are_read(model_server: Server) -> None:
    for content in ('"a\\ud800b"', '""', "null", "[]", '"<|im_end|>"'):
        with model_server.http() as client:
            body = f'{{"max_tokens": 2, "messages": [{{"role": "user", "content": {content}}}]}}'
            assert client.post(SUPPORT, content=body).status_code == 200


def test_four_at_once_are_all_answered(model_server: Server) -> None:
    alone = text(model_server, temperature=0, max_tokens=20)
    answers: list[str] = []
    threads = [
        threading.Thread(target=lambda: answers.append(text(model_server, temperature=0, max_tokens=20)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 4
    assert all(answer.split()[:3] == alone.split()[:3] for answer in answers)


def test_a_client_that_leaves_frees_the_model(model_server: Server) -> None:
    """Six who would each have taken all of the context, in two places; then one who asks for little."""
    for _ in range(6):
        with model_server.http() as client:
            request = client.build_request(
                "POST", SUPPORT, json={**PLAIN, "stream": True, "max_tokens": 4000}
            )
            answer = client.send(request, stream=True)
            next(answer.iter_lines())
            answer.close()

    ask(model_server, **PLAIN, max_tokens=2)

    left = [entry for entry in model_server.requests() if entry["closed_by_client_at"]]
    assert len(left) >= 6
    assert all(entry["events"] < 1000 for entry in left)


def test_the_server_ends_while_the_model_works(make_server: Any, model_server: Server) -> None:
    """One reads a long prompt, one writes a long answer, two wait."""
    server = make_server({"plain": deployment()}, engine="smollm2")
    bodies = [{"messages": [{"role": "user", "content": "word " * 3000}]}, PLAIN, PLAIN, PLAIN]
    with server.http() as client, ExitStack() as open_answers:
        for body in bodies[:2]:
            request = client.build_request("POST", "/a/b/plain/staging", json={**body, "stream": True})
            open_answers.callback(client.send(request, stream=True).close)
        for _ in bodies[2:]:
            connection = open_answers.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            connection.sendall(wire_request("/a/b/plain/staging", PLAIN))

        assert end(server.process) == 0

    assert server.errors == []


def wire_request(path: str, body: JSON) -> bytes:
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: localhost\r\nx-api-key: k\r\ncontent-length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def test_a_partial_answer_is_not_kept(model_server: Server) -> None:
    with model_server.http() as client:
        request = client.build_request("POST", SUPPORT, json={**PLAIN, "stream": True, "max_tokens": 4000})
        answer = client.send(request, stream=True)
        next(answer.iter_lines())
        answer.close()
        thread_id = answer.headers["x-langtail-thread-id"]
        ask(model_server, **PLAIN, max_tokens=2)
        data = client.get(f"/v2/threads/{thread_id}/messages").json()["data"]

    assert [item["content"] for item in data] == STORY


def test_the_port_of_the_inner_server_is_closed_to_others(model_server: Server) -> None:
    """llama.cpp opens a port of its own on loopback."""
    for port in _ports_of(model_server.process.pid) - {model_server.port}:
        url = f"http://127.0.0.1:{port}/v1/chat/completions"
        assert httpx.post(url, json={"messages": STORY}, trust_env=False).status_code == 401


def _ports_of(pid: int) -> set[int]:
    sockets = {
        link.readlink().name for link in Path(f"/proc/{pid}/fd").iterdir() if "socket" in str(link.readlink())
    }
    inodes = {name.split("[")[1].rstrip("]") for name in sockets}
    rows = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    return {int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A" and row[9] in inodes}
