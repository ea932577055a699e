"""What is left of the protocol: headers, paths, content types, and what Langtail does not have."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.local.bare import PLAIN, ask, request
from tests.servers import Server, deployment, events, streamed_text

JSON = dict[str, Any]

PROMPT = "/acme/demo/joke/production"


def post(server: Server, path: str, body: JSON, **headers: str) -> httpx.Response:
    with server.http(headers=headers) as http:
        return http.post(path, json=body)


@pytest.mark.parametrize("streamed", [True, False])
def test_the_thread_header_is_on_assistants_only(server: Server, streamed: bool) -> None:
    assistant, prompt = (post(server, path, {"stream": streamed}) for path in (PLAIN, PROMPT))

    assert assistant.headers["x-langtail-thread-id"]
    assert [name for name in prompt.headers if name.startswith("x-langtail")] == []


def test_a_content_type_tells_streams_from_objects(server: Server) -> None:
    streamed, whole, refused = (post(server, PLAIN, body) for body in ({"stream": True}, {}, {"stream": 1}))

    assert streamed.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert whole.headers["content-type"] == refused.headers["content-type"] == "application/json"


def test_a_refusal_of_a_stream_is_json_and_no_event(server: Server) -> None:
    for path, body, status in (
        (PLAIN, {"stream": True, "temperature": None}, 400),
        (PLAIN, {"stream": True, "threadId": "nope"}, 404),
        ("/acme/demo/nope/production", {"stream": True}, 404),
    ):
        response = post(server, path, body)
        assert (response.status_code, response.headers["content-type"]) == (status, "application/json")


def test_a_404_of_invoke_is_a_string_and_that_of_a_thread_an_object(server: Server) -> None:
    deployment_404 = post(server, "/acme/demo/nope/production", {}).json()
    thread_404 = post(server, PLAIN, {"threadId": "nope"}).json()

    assert deployment_404 == {"error": "Prompt deployment not found"}
    error = {"message": "Thread not found", "type": "not_found", "param": None, "code": None}
    assert thread_404 == {"error": error}


def test_the_body_decides_where_it_and_a_header_differ(server: Server) -> None:
    secret = {"messages": [{"role": "user", "content": "hush"}]}

    post(server, PLAIN, {**secret, "doNotRecord": False}, **{"x-langtail-do-not-record": "true"})
    assert "hush" in json.dumps(server.last())
    post(server, PLAIN, {**secret, "doNotRecord": True}, **{"x-langtail-do-not-record": "false"})
    assert "hush" not in json.dumps(server.last())
    post(server, PLAIN, secret, **{"x-langtail-do-not-record": "false"})
    assert "hush" in json.dumps(server.last())


def test_headers_of_the_proxy_host_are_ignored(server: Server) -> None:
    headers = {"x-langtail-organization": "acme", "x-langtail-prompt": "other"}

    assert post(server, PLAIN, {}, **headers).status_code == 200


@pytest.mark.parametrize(
    "path", ["/v1/chat/completions", "/logs", "/v2/logs", "/v2/assistants", "/v1/models", "/metrics"]
)
def test_what_langtail_has_not_is_a_404(server: Server, path: str) -> None:
    for method in ("GET", "POST"):
        with server.http() as http:
            response = http.request(method, path)
        assert (response.status_code, response.json()["error"]["type"]) == (404, "not_found")


def test_any_workspace_and_project_will_do(server: Server) -> None:
    assert post(server, "/other/one/plain/production", {}).status_code == 200


def test_a_slug_may_be_percent_encoded(make_server: Any) -> None:
    server = make_server({"žluť a b": deployment("Hi"), "plus+and&": deployment("Ho")})

    for slug, said in (("%C5%BElu%C5%A5%20a%20b", "Hi"), ("plus+and&", "Ho"), ("plus%2Band%26", "Ho")):
        answer = ask(server.port, request(target=f"/a%20b/c/{slug}/production?v=undefined"))
        assert answer.json()["choices"][0]["message"]["content"] == f"system: {said}"


def test_a_base_url_with_a_slash_at_its_end_misses(server: Server) -> None:
    """As far as is known; a client strips it."""
    for target in (f"/{PLAIN}", "//v2/threads"):
        assert ask(server.port, request(b"", method="GET", target=target)).status == 404


def test_a_prefix_is_kept_before_every_path(make_server: Any) -> None:
    server = make_server({"plain": deployment()}, "--prefix", "/api/prompt-api")
    for path in (
        "/project-prompt/plain/production",
        "/list-deployments",
        "/v2/threads",
        "/a/b/plain/staging",
    ):
        for prefix, status in (("/api/prompt-api", 200), ("", 404), ("/api/prompt-apis", 404)):
            answer = ask(server.port, request(b"", method="GET", target=prefix + path))
            assert answer.status == status, prefix + path


def test_usage_holds_what_the_api_holds_and_no_cost(server: Server) -> None:
    usage = post(server, PLAIN, {"messages": [{"role": "user", "content": "a b"}]}).json()["usage"]

    assert usage == {
        "prompt_tokens": 2,
        "completion_tokens": 3,
        "total_tokens": 5,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }


def test_a_chunk_has_the_shape_of_openais(server: Server) -> None:
    lines = post(server, PLAIN, {"stream": True, "messages": [{"role": "user", "content": "hello"}]}).text
    first, second, *_, last, usage = events(lines.splitlines())

    assert first.keys() == {"id", "object", "created", "model", "system_fingerprint", "choices", "usage"}
    assert first["choices"] == [
        {"index": 0, "delta": {"role": "assistant", "content": ""}, "logprobs": None, "finish_reason": None}
    ]
    assert (first["usage"], second["usage"], usage["choices"]) == (None, None, [])
    assert second["choices"][0]["delta"].keys() == {"content"}
    assert last["choices"][0]["finish_reason"] == "stop"


def test_a_handled_tool_is_told_in_exactly_one_form(server: Server) -> None:
    with server.http(headers={"x-fault": "hosted-tools"}) as http:
        chunks = events(http.post(PLAIN, json={"stream": True}).text.splitlines())

    place = next(n for n, chunk in enumerate(chunks) if chunk["object"] == "langtail.tool.handled")
    call, handled = chunks[place - 1], chunks[place]
    (tool_call,) = call["choices"][0]["delta"]["tool_calls"]
    assert "index" not in tool_call
    assert call["choices"][0]["finish_reason"] == "tool_calls"
    assert handled == {
        "id": f"{call['id']}-langtail-tool-handled-{tool_call['id']}",
        "object": "langtail.tool.handled",
        "created": handled["created"],
        "model": call["model"],
        "system_fingerprint": None,
        "choices": [
            {
                "index": 0,
                "logprobs": None,
                "finish_reason": "tool_calls_handled",
                "delta": {
                    "role": "tool",
                    "tool_call_id": tool_call["id"],
                    "content": "sunny, 21 degrees",
                    "handled_tool_result": True,
                },
            }
        ],
    }
    assert streamed_text(chunks[place + 1 :]) == ""


def test_an_error_in_a_stream_is_unnamed_and_of_the_object_shape(server: Server) -> None:
    with server.http(headers={"x-fault": "error-event"}) as http:
        wire = http.post(
            PLAIN, json={"stream": True, "messages": [{"role": "user", "content": "hello"}]}
        ).text

    assert "event:" not in wire
    last = [line for line in wire.splitlines() if line][-1]
    error = {"message": "upstream closed", "type": "server_error", "param": None, "code": None}
    assert json.loads(last.removeprefix("data: ")) == {"error": error}
