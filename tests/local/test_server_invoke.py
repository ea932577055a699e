"""Invoking over a plain HTTP client: what comes back, what is stored, what the model was given."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.servers import Server, deployment, events, streamed_text

JSON = dict[str, Any]

PLAIN = "/acme/demo/plain/production"


def user(text: str) -> JSON:
    return {"role": "user", "content": text}


def post(server: Server, path: str, body: JSON, **headers: str) -> httpx.Response:
    with server.http(headers=headers) as client:
        return client.post(path, json=body)


def stream(server: Server, path: str, body: JSON) -> tuple[httpx.Response, list[str]]:
    request = {"stream": True, **body}
    with server.http() as client, client.stream("POST", path, json=request) as response:
        return response, list(response.iter_lines())


def text_of(response: httpx.Response) -> str:
    text: str = response.json()["choices"][0]["message"]["content"]
    return text


def messages(server: Server, thread_id: str) -> list[JSON]:
    with server.http() as client:
        return [item["content"] for item in client.get(f"/v2/threads/{thread_id}/messages").json()["data"]]


def test_an_answer_streams_in_pieces_of_four_characters(server: Server) -> None:
    _, lines = stream(server, PLAIN, {"messages": [user("hello")]})

    deltas = [chunk["choices"][0]["delta"] for chunk in events(lines)[:4]]
    assert deltas == [
        {"role": "assistant", "content": ""},
        {"content": "user"},
        {"content": ": he"},
        {"content": "llo"},
    ]


def test_every_event_is_one_data_line_and_a_blank_line(server: Server) -> None:
    body = json.dumps({"stream": True, "messages": [user("zwei\nZeilen \u2028 ü")]})
    with server.http() as client, client.stream("POST", PLAIN, content=body) as response:
        wire = b"".join(response.iter_raw())

    blocks = wire.split(b"\n\n")
    assert blocks.pop() == b""
    assert blocks.pop() == b"data: [DONE]"
    assert all(block.startswith(b"data: {") and b"\n" not in block for block in blocks)
    chunks = [json.loads(block[6:]) for block in blocks]
    assert streamed_text(chunks) == "user: zwei\nZeilen \u2028 ü"


def test_a_stream_says_so_in_its_content_type(server: Server) -> None:
    response, _ = stream(server, PLAIN, {"messages": [user("hello")]})

    assert response.headers["content-type"].startswith("text/event-stream")


def test_usage_comes_after_the_finish_reason_in_a_chunk_without_choices(server: Server) -> None:
    _, lines = stream(server, PLAIN, {"messages": [user("one two three")]})

    finish, usage = events(lines)[-2:]
    assert finish["choices"][0]["finish_reason"] == "stop"
    assert finish["usage"] is None
    assert usage["choices"] == []
    assert (usage["usage"]["prompt_tokens"], usage["usage"]["completion_tokens"]) == (3, 4)
    assert usage["usage"]["total_tokens"] == 7


def test_all_chunks_of_a_completion_share_their_id(server: Server) -> None:
    _, lines = stream(server, PLAIN, {"messages": [user("hello")]})

    chunks = events(lines)
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks}) == 1


def test_an_answer_that_is_not_streamed_is_one_completion(server: Server) -> None:
    body = post(server, PLAIN, {"messages": [user("hello")], "stream": False}).json()

    assert body["object"] == "chat.completion"
    assert isinstance(body["created"], int)
    assert body["choices"][0]["message"] == {"role": "assistant", "content": "user: hello"}
    assert body["choices"][0]["finish_reason"] == "stop"


def test_without_stream_the_answer_is_not_streamed(server: Server) -> None:
    assert post(server, PLAIN, {}).headers["content-type"] == "application/json"


def test_an_earlier_answer_is_echoed_as_a_number_only(server: Server) -> None:
    thread = post(server, PLAIN, {"messages": [user("one")]}).headers["x-langtail-thread-id"]
    post(server, PLAIN, {"threadId": thread, "messages": [user("two")]})
    third = post(server, PLAIN, {"threadId": thread, "messages": [user("three")]})

    assert text_of(third) == "user: one\nassistant: #1\nuser: two\nassistant: #2\nuser: three"


def test_max_tokens_counts_words_and_finishes_with_length(server: Server) -> None:
    choice = post(server, PLAIN, {"messages": [user("a b c d")], "max_tokens": 3}).json()["choices"][0]

    assert (choice["message"]["content"], choice["finish_reason"]) == ("user: a b", "length")


def test_max_tokens_of_minus_one_is_no_limit(server: Server) -> None:
    path = "/acme/demo/limits/production"
    limited = post(server, path, {"messages": [user("a b c d e f g")]}).json()["choices"][0]
    unlimited = post(server, path, {"messages": [user("a b c d e f g")], "max_tokens": -1}).json()["choices"][
        0
    ]

    assert (limited["finish_reason"], unlimited["finish_reason"]) == ("length", "stop")


def test_a_stop_ends_the_answer_before_it(server: Server) -> None:
    choice = post(server, PLAIN, {"messages": [user("a b c d")], "stop": ["d", " c"]}).json()["choices"][0]

    assert (choice["message"]["content"], choice["finish_reason"]) == ("user: a b", "stop")


def test_a_stop_in_the_request_replaces_the_stored_one(server: Server) -> None:
    path = "/acme/demo/limits/production"
    assert text_of(post(server, path, {"messages": [user("x STOP")]})) == "system: Speak.\nuser: x "
    assert text_of(post(server, path, {"messages": [user("x STOP")], "stop": []})).endswith("x STOP")


def test_both_routes_reach_the_same_deployment(server: Server) -> None:
    assert text_of(post(server, "/project-prompt/plain/staging", {"messages": [user("hi")]})) == "user: hi"


# Threads


def test_a_new_thread_is_named_in_the_headers_before_the_body(server: Server) -> None:
    with server.http() as client, client.stream("POST", PLAIN, json={"stream": True}) as response:
        thread_id = response.headers["x-langtail-thread-id"]
        assert client.get(f"/v2/threads/{thread_id}").json()["id"] == thread_id


def test_a_thread_holds_what_was_asked_and_answered_but_no_template(server: Server) -> None:
    path = "/acme/demo/support/production"
    response, _ = stream(server, path, {"messages": [user("Where is it?")]})

    stored = messages(server, response.headers["x-langtail-thread-id"])
    assert stored[0] == user("Where is it?")
    assert [message["role"] for message in stored] == ["user", "assistant"]
    assert stored[1]["content"] == "system: You are support of Acme. Topic: .\nuser: Where is it?"


def test_the_answer_is_stored_before_the_stream_ends(server: Server) -> None:
    """A client may call again as soon as it has seen the finish reason."""
    body = {"stream": True, "messages": [user("hello")]}
    with server.http() as client, client.stream("POST", PLAIN, json=body) as response:
        thread_id = response.headers["x-langtail-thread-id"]
        for line in response.iter_lines():
            if '"finish_reason":"stop"' in line:
                assert len(messages(server, thread_id)) == 2


def test_a_thread_can_be_continued_without_new_messages(server: Server) -> None:
    thread = post(server, PLAIN, {"messages": [user("one")]}).headers["x-langtail-thread-id"]
    again = post(server, PLAIN, {"threadId": thread})

    assert text_of(again) == "user: one\nassistant: #1"
    assert again.headers["x-langtail-thread-id"] == thread


def test_any_assistant_may_use_a_thread(server: Server) -> None:
    thread = post(server, PLAIN, {"messages": [user("one")]}).headers["x-langtail-thread-id"]
    other = post(server, "/acme/demo/support/production", {"threadId": thread})

    assert text_of(other).startswith("system: You are support")
    assert "user: one" in text_of(other)


def test_an_unknown_thread_is_a_404(server: Server) -> None:
    response = post(server, PLAIN, {"threadId": "nope", "messages": [user("x")]})

    error = {"message": "Thread not found", "type": "not_found", "param": None, "code": None}
    assert (response.status_code, response.json()) == (404, {"error": error})


def test_a_prompt_has_no_thread_and_ignores_one(server: Server) -> None:
    response = post(server, "/acme/demo/joke/production", {"threadId": "nope", "messages": [user("x")]})

    assert response.status_code == 200
    assert "x-langtail-thread-id" not in response.headers


# What the model is given: section 13 of the protocol


def provider(server: Server, path: str, body: JSON) -> JSON:
    assert post(server, path, body).status_code == 200
    request: JSON = server.last()["provider"]
    return request


def test_variables_override_defaults_and_an_empty_one_does_too(server: Server) -> None:
    path = "/acme/demo/support/production"
    variables = {"company": "", "topic": "returns"}

    given = provider(server, path, {"variables": variables})["messages"]

    assert given == [{"role": "system", "content": "You are support of . Topic: returns."}]


def test_variables_of_one_call_do_not_leak_into_the_next(server: Server) -> None:
    path = "/acme/demo/support/production"
    provider(server, path, {"variables": {"topic": "secrets"}})

    assert "secrets" not in json.dumps(provider(server, path, {}))


def test_braces_in_messages_are_left_alone(server: Server) -> None:
    given = provider(server, "/acme/demo/support/production", {"messages": [user("{{topic}}")]})

    assert given["messages"][-1] == user("{{topic}}")


def test_a_template_in_the_request_replaces_the_stored_one(server: Server) -> None:
    template = [{"role": "system", "content": "Only {{company}}."}]

    given = provider(server, "/acme/demo/support/production", {"template": template})

    assert given["messages"] == [{"role": "system", "content": "Only Acme."}]


def test_the_address_of_an_image_is_not_rendered_and_text_beside_it_is(server: Server) -> None:
    image = {"type": "image_url", "image_url": {"url": "https://x/{{topic}}"}}
    media = {"type": "gemini_media_url", "gemini_media_url": {"url": "https://x/{{topic}}"}}
    template = [{"role": "user", "content": [{"type": "text", "text": "{{topic}}"}, image, media]}]

    body = {"template": template, "variables": {"topic": "T"}}
    content = provider(server, "/acme/demo/support/production", body)["messages"][0]["content"]

    assert content[0]["text"] == "T"
    assert content[1] == image
    assert content[2]["gemini_media_url"]["url"] == "https://x/T"


def test_what_was_set_overrides_what_is_deployed_and_zero_counts(server: Server) -> None:
    body = {"temperature": 0, "top_p": 0.5, "model": "gpt-4o", "presence_penalty": 1}

    given = provider(server, "/acme/demo/support/production", body)

    assert {name: given[name] for name in body} == body
    assert given["frequency_penalty"] == 0


@pytest.mark.parametrize(
    ("path", "asked", "expected"),
    [
        ("limits", {}, 7),
        ("limits", {"seed": 0}, 0),
        ("limits", {"seed": 3}, 3),
        ("support", {"seed": 0}, None),
        ("support", {}, None),
    ],
)
def test_a_seed_of_zero_counts_only_over_a_stored_seed(
    server: Server, path: str, asked: JSON, expected: int | None
) -> None:
    assert provider(server, f"/acme/demo/{path}/production", asked).get("seed") == expected


def test_json_mode_is_deployed_without_and_asked_for_with_a_last_message(server: Server) -> None:
    path = "/acme/demo/extractor/production"
    deployed = provider(server, path, {})
    asked = provider(server, path, {"response_format": {"type": "json_object"}})

    assert deployed["response_format"] == asked["response_format"] == {"type": "json_object"}
    assert [message["content"] for message in deployed["messages"]] == ["Extract the order."]
    assert asked["messages"][-1] == {"role": "system", "content": "format: JSON"}


def test_stored_tools_lose_their_id_and_are_replaced_or_removed_by_the_request(server: Server) -> None:
    path = "/acme/demo/guide/staging"
    own = {"type": "function", "function": {"name": "f", "description": "d", "parameters": {}}}

    stored = provider(server, path, {})["tools"]

    assert [tool["function"]["name"] for tool in stored] == ["find_tram"]
    assert "id" not in stored[0]["function"]
    assert provider(server, path, {"tools": [own]})["tools"] == [own]
    assert "tools" not in provider(server, path, {"tools": []})


def test_tool_choice_is_kept_without_tools(server: Server) -> None:
    assert provider(server, PLAIN, {"tool_choice": "auto"})["tool_choice"] == "auto"


def test_the_camel_case_form_of_parallel_tool_calls_wins(server: Server) -> None:
    body = {"parallelToolCalls": False, "parallel_tool_calls": True}

    assert provider(server, PLAIN, body)["parallel_tool_calls"] is False


def test_what_is_langtails_own_does_not_reach_the_model(server: Server) -> None:
    body = {"user": "u1", "metadata": {"run": 7}, "doNotRecord": False, "stream": False, "unknown": 1}

    assert provider(server, PLAIN, body).keys().isdisjoint({*body, "threadId"})


# Versions


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("guide/production", "Guide for Prague."),
        ("guide/production?v=1", "Guide one."),
        ("guide/production?v=2", "Guide two."),
        ("guide/preview?v=k3x9qa1z", "Guide to come."),
        ("guide/staging?v=undefined", "Guide for Prague."),
    ],
)
def test_a_version_is_named_by_v(server: Server, place: str, expected: str) -> None:
    assert text_of(post(server, f"/acme/demo/{place}", {})) == f"system: {expected}"


@pytest.mark.parametrize(
    "place", ["nope/production", "guide/production?v=9", "guide/preview", "triage/production"]
)
def test_what_is_not_deployed_is_a_404_with_a_plain_string(server: Server, place: str) -> None:
    response = post(server, f"/acme/demo/{place}", {})

    assert (response.status_code, response.json()) == (404, {"error": "Prompt deployment not found"})


# The journal


def test_do_not_record_withholds_the_payload_in_either_form(server: Server) -> None:
    body = {"messages": [user("hush")]}
    for arguments in ({**body, "doNotRecord": True}, body):
        headers = {} if "doNotRecord" in arguments else {"x-langtail-do-not-record": "true"}
        post(server, PLAIN, arguments, **headers)
        assert "hush" not in json.dumps(server.last())


def test_metadata_comes_from_headers_and_body_and_the_body_wins(server: Server) -> None:
    headers = {"x-langtail-metadata-run": "1", "x-langtail-metadata-who": "me"}
    post(server, PLAIN, {"metadata": {"run": 2}}, **headers)

    assert server.last()["metadata"] == {"run": 2, "who": "me"}


def test_the_key_is_masked_in_the_journal(server: Server) -> None:
    post(server, PLAIN, {}, authorization="Bearer lt-other-key")

    entry = json.dumps(server.last())
    assert "lt-test-key" not in entry
    assert "lt-other-key" not in entry


def test_an_empty_deployment_gives_an_empty_answer(make_server: Any) -> None:
    server = make_server({"void": deployment()})

    _, lines = stream(server, "/a/b/void/production", {})

    assert streamed_text(events(lines)) == ""
    assert lines[-2] == "data: [DONE]"
