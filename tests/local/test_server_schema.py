"""Bodies that break the schema: 400, and the field is named."""

from __future__ import annotations

from typing import Any

import pytest

from langtail_nb._local.protocol.schema import INVOKE
from tests.servers import Server

JSON = dict[str, Any]

PATH = "/acme/demo/plain/production"
TOOL: JSON = {"type": "function", "function": {"name": "f", "description": "d", "parameters": {}}}
CALL: JSON = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}


SCHEMA: JSON = {"type": "json_schema", "json_schema": {"name": "response", "strict": True, "schema": {}}}
MESSAGE: JSON = {"role": "user", "content": "x"}
NAMED_TOOL: JSON = {"type": "function", "function": {"name": "f"}}

RIGHT: JSON = {
    "threadId": [],
    "variables": [{}, {"a": "x", "b": ""}],
    "messages": [[], [MESSAGE]],
    "stream": [True, False],
    "model": ["gpt-4o", "anthropic:claude", "moonshotai/kimi-k2.6"],
    "max_tokens": [1, -1, 0],
    "max_thinking_tokens": [0, 1024],
    "temperature": [0, 2, 9, 0.5],
    "top_p": [0, 1],
    "presence_penalty": [-2, 2],
    "frequency_penalty": [-2, 2],
    "stop": ["x", [], ["a", "b", "c", "d"]],
    "template": [[], [MESSAGE]],
    "tools": [[], [TOOL]],
    "tool_choice": ["auto", "required", "none", NAMED_TOOL],
    "response_format": [{"type": "json_object"}, SCHEMA],
    "reasoning_effort": ["minimal", "low", "medium", "high", "max"],
    "parallelToolCalls": [True, False],
    "parallel_tool_calls": [True],
    "user": ["u1", ""],
    "doNotRecord": [True, False],
    "metadata": [{}, {"a": "x", "b": 1, "c": 1.5}],
    "seed": [0, 7],
    "_langtailTestRunId": ["r"],
    "_langtailTestInputId": ["i"],
    "assistant": [True, False],
    "prompt_cache_key": ["k"],
    "prompt_cache_options": [{}],
}
"""What each field may hold; a thread must exist, other tests name one."""

MESSAGE_FIELDS: JSON = {
    "name": ["n"],
    "tool_calls": [[], [CALL]],
    "tool_call_id": ["c"],
    "function_call": [{"name": "f", "arguments": ""}],
    "tool_choice": ["auto", NAMED_TOOL],
    "reasoning": [[], [{"type": "text", "text": "t"}], [{"type": "redacted", "data": "d"}]],
    "cache_enabled": [True],
    "cache_ttl": ["1h"],
}


def message(**fields: Any) -> JSON:
    return {"messages": [{"role": "user", "content": "x", **fields}]}


def without(value: JSON, name: str) -> JSON:
    return {key: inner for key, inner in value.items() if key != name}


def refused(server: Server, body: Any) -> JSON:
    with server.http() as client:
        response = client.post(PATH, json=body)
    assert response.status_code == 400, response.text
    error: JSON = response.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert error["message"]
    return error


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"variables": {"n": 1}}, "variables.n"),
        ({"variables": {"n": None}}, "variables.n"),
        ({"variables": {"n": {"a": 1}}}, "variables.n"),
        ({"variables": ["a"]}, "variables"),
        ({"temperature": "0.2"}, "temperature"),
        ({"temperature": True}, "temperature"),
        ({"stream": "true"}, "stream"),
        ({"stop": 1}, "stop"),
        ({"stop": ["a", 1]}, "stop.1"),
        ({"metadata": {"a": True}}, "metadata.a"),
        ({"metadata": {"a": None}}, "metadata.a"),
        ({"metadata": {"k" * 65: "v"}}, "metadata." + "k" * 65),
        ({"tool_choice": "any"}, "tool_choice"),
        ({"tool_choice": {"type": "function"}}, "tool_choice.function"),
        ({"response_format": {"type": "text"}}, "response_format.type"),
        ({"response_format": "json_object"}, "response_format"),
        ({"reasoning_effort": "huge"}, "reasoning_effort"),
        ({"messages": {}}, "messages"),
        ({"messages": ["hi"]}, "messages.0"),
        ({"messages": [{"role": "user"}]}, "messages.0.content"),
        ({"template": [{"content": "x"}]}, "template.0.role"),
        (message(role="developer"), "messages.0.role"),
        (message(content=1), "messages.0.content"),
        (message(name=None), "messages.0.name"),
        (message(content=[{"type": "input_audio", "input_audio": {}}]), "messages.0.content.0"),
        (message(content=[{"type": "file"}]), "messages.0.content.0"),
        (message(content=[{"type": "text"}]), "messages.0.content.0.text"),
        (
            message(content=[{"type": "image_url", "image_url": {"url": "u", "detail": "max"}}]),
            "messages.0.content.0.image_url.detail",
        ),
        (message(tool_calls=None), "messages.0.tool_calls"),
        (message(tool_calls=[without(CALL, "id")]), "messages.0.tool_calls.0.id"),
        (message(tool_call_id=1), "messages.0.tool_call_id"),
        (message(function_call={"name": "f"}), "messages.0.function_call.arguments"),
        (message(reasoning=None), "messages.0.reasoning"),
        (message(reasoning=[{"type": "thought"}]), "messages.0.reasoning.0.type"),
        (message(cache_enabled="yes"), "messages.0.cache_enabled"),
        ({"tools": [{"type": "function"}]}, "tools.0.function"),
        (
            {"tools": [{**TOOL, "function": without(TOOL["function"], "description")}]},
            "tools.0.function.description",
        ),
        (
            {"tools": [{**TOOL, "function": without(TOOL["function"], "parameters")}]},
            "tools.0.function.parameters",
        ),
        ({"tools": [{**TOOL, "type": "code"}]}, "tools.0.type"),
    ],
)
def test_a_bad_field_is_named(server: Server, body: JSON, param: str) -> None:
    assert refused(server, body)["param"] == param


def test_the_table_of_fields_is_complete() -> None:
    assert RIGHT.keys() == INVOKE.keys()


@pytest.mark.parametrize("name", RIGHT)
def test_no_field_of_an_invoke_may_be_null(server: Server, name: str) -> None:
    error = refused(server, {name: None})

    assert error["param"] == name
    assert "null" in error["message"] or "expected" in error["message"]


@pytest.mark.parametrize("name", RIGHT)
def test_a_field_of_another_type_is_refused(server: Server, name: str) -> None:
    assert refused(server, {name: [[1]]})["param"].split(".")[0] == name


@pytest.mark.parametrize("name", RIGHT)
def test_a_field_takes_what_the_table_says(server: Server, name: str) -> None:
    with server.http() as client:
        answers = [client.post(PATH, json={name: value}).status_code for value in RIGHT[name]]

    assert answers == [200] * len(RIGHT[name])


@pytest.mark.parametrize("name", MESSAGE_FIELDS)
def test_no_field_of_a_message_may_be_null_but_content(server: Server, name: str) -> None:
    assert refused(server, message(**{name: None}))["param"] == f"messages.0.{name}"
    assert refused(server, message(**{name: 1}))["param"] == f"messages.0.{name}"


@pytest.mark.parametrize("name", MESSAGE_FIELDS)
def test_a_field_of_a_message_takes_what_the_table_says(server: Server, name: str) -> None:
    with server.http() as client:
        answers = [
            client.post(PATH, json=message(**{name: value})).status_code for value in MESSAGE_FIELDS[name]
        ]

    assert answers == [200] * len(MESSAGE_FIELDS[name])


@pytest.mark.parametrize("role", ["system", "user", "assistant", "tool", "function"])
def test_a_message_has_one_of_five_roles(server: Server, role: str) -> None:
    with server.http() as client:
        assert client.post(PATH, json=message(role=role)).status_code == 200


def test_a_message_is_checked_alike_wherever_it_stands(server: Server) -> None:
    bad = {"role": "user", "content": [{"type": "file"}]}
    assert refused(server, {"template": [MESSAGE, bad]})["param"] == "template.1.content.0"
    with server.http() as client:
        thread_id = client.post("/v2/threads", json={}).json()["id"]
        stored = client.post(f"/v2/threads/{thread_id}/messages", json={"message": bad})
    assert (stored.status_code, stored.json()["error"]["param"]) == (400, "message.content.0")


def test_a_tools_strict_is_taken_and_not_handed_on(server: Server) -> None:
    strict = {**TOOL, "function": {**TOOL["function"], "strict": True}}
    with server.http() as client:
        assert client.post(PATH, json={"tools": [strict]}).status_code == 200

    assert server.last()["provider"]["tools"] == [TOOL]


def test_a_body_is_read_as_json_whatever_its_content_type(server: Server) -> None:
    for content_type in ("application/json", "application/json; charset=utf-8", "text/plain"):
        with server.http(headers={"content-type": content_type}) as client:
            assert client.post(PATH, content=b"{}").status_code == 200


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'"x"', b"null", b"\xff", b'{"temperature": NaN}', b"[" * 100_000]
)
def test_a_body_that_is_no_json_object_is_refused(server: Server, content: bytes) -> None:
    with server.http() as client:
        response = client.post(PATH, content=content)

    assert (response.status_code, response.json()["error"]["type"]) == (400, "invalid_request_error")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"temperature": 9},
        {"max_tokens": -1},
        {"stop": "x"},
        {"stop": []},
        {"tools": []},
        {"tools": [{**TOOL, "id": "i", "function": {**TOOL["function"], "strict": True}}]},
        {"tool_choice": {"type": "function", "function": {"name": "f"}}},
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "r", "strict": True, "schema": {}},
            }
        },
        {"reasoning_effort": "max"},
        {"metadata": {"k" * 64: "v", "n": 1.5}},
        {"unknown": None, "assistant": True, "_langtailTestRunId": "t"},
        message(content=None, role="assistant", tool_calls=[CALL]),
        message(content=[]),
        message(content=[{"type": "image_url", "image_url": {"url": "data:,"}}]),
        message(role="tool", tool_call_id="c", content=[{"type": "text", "text": "t"}]),
        message(
            reasoning=[{"type": "text", "text": "t", "signature": "s"}, {"type": "redacted", "data": "d"}]
        ),
        message(reasoning_details=None),
        message(reasoning_details=[{"type": "reasoning.unheard", "x": 1}]),
        message(cache_enabled=True, cache_ttl="1h", provider_metadata={"a": 1}, refusal="no"),
    ],
)
def test_what_the_schema_allows_is_accepted(server: Server, body: JSON) -> None:
    with server.http() as client:
        response = client.post(PATH, json=body)

    assert response.status_code == 200, response.text


def test_unknown_message_fields_are_kept_for_replay(server: Server) -> None:
    sent = {"role": "assistant", "content": "x", "provider_metadata": {"sig": "abc"}, "later": 1}
    with server.http() as client:
        client.post(PATH, json={"messages": [sent]})

    assert server.last()["provider"]["messages"] == [sent]
