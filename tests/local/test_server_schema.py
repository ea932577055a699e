"""Bodies that break the schema: 400, and the field is named."""

from __future__ import annotations

from typing import Any

import pytest
from servers import Server

JSON = dict[str, Any]

PATH = "/acme/demo/plain/production"
TOOL: JSON = {"type": "function", "function": {"name": "f", "description": "d", "parameters": {}}}
CALL: JSON = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}


OPTIONAL = [
    *("threadId", "variables", "messages", "stream", "model", "max_tokens", "temperature", "top_p"),
    *("presence_penalty", "frequency_penalty", "stop", "template", "tools", "tool_choice", "response_format"),
    *(
        "reasoning_effort",
        "parallelToolCalls",
        "user",
        "doNotRecord",
        "metadata",
        "seed",
        "max_thinking_tokens",
    ),
]


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
        *(({name: None}, name) for name in OPTIONAL),
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
