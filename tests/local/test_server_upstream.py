"""The engine on another server, over two sockets: literal bytes in, and what a client of Langtail's gets."""

from __future__ import annotations

import asyncio
import json
import random
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
import pytest

from tests.literal import (
    ANSWER,
    CLOSE,
    COMPLETION,
    DONE,
    GO,
    RESET,
    ROLE,
    STALL,
    STOP,
    STREAM_END,
    STREAM_HEAD,
    TAKE,
    TEXT,
    TRAM,
    USAGE,
    Asked,
    Literal,
    literal,
    part,
    response,
    stream,
)
from tests.servers import KEY, Server, deployment, end, events, running, streamed_text, write_project

JSON = dict[str, Any]
Playing = Callable[..., AbstractAsyncContextManager[Literal]]

PLAIN = "/a/b/plain/staging"
ASK: JSON = {"messages": [{"role": "user", "content": "Which tram?"}], "stream": True}
ENGINE_KEY = "sk-engine-4711-abcdef"
DEFAULTS = {"temperature": 0.5, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0}
EVENT_STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
TOOL = {
    "type": "function",
    "function": {
        "id": "fn_1",
        "name": "find_tram",
        "description": "Next tram",
        "parameters": {"type": "object"},
        "handler": {"enabled": False},
    },
}


@pytest.fixture(scope="module")
def port() -> int:
    """Where the other server is, whenever a test starts one; below the ports that systems hand out."""
    while True:
        found = random.randint(20_000, 30_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", found)):
                return found


def start(
    tmp_path_factory: pytest.TempPathFactory, engine: str, environment: dict[str, str]
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("upstream")
    files = {
        "plain": deployment("You know {{what}}.", chatInput={"what": "trams"}),
        "tooled": deployment(
            tools=[TOOL],
            functions=[{"name": "old", "description": "", "parameters": {}}],
            args={"max_tokens": 800, "stop": ["END"], "max_thinking_tokens": 1000},
        ),
        "unread": deployment(tools=[TOOL], fault="tools"),
    }
    project = write_project(folder / "project", files)
    options = ("--engine", engine, "--project", str(project))
    with running(*options, database=folder / "local.sqlite", environment=environment) as server:
        yield server
        assert server.errors == []


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Server]:
    """A server without a key for its engine, at ``port``."""
    yield from start(tmp_path_factory, f"http://127.0.0.1:{port}", {"OPENAI_API_KEY": ""})


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Server]:
    """A server with a key for its engine, and a model of its own choice."""
    engine = f"http://127.0.0.1:{port}/api/v3/chat/completions#qwen3:4b"
    yield from start(tmp_path_factory, engine, {"OPENAI_API_KEY": ENGINE_KEY})


@pytest.fixture
def playing(port: int) -> Playing:
    """Runs the other server with these answers; see `literal`."""
    return lambda *answers, **options: literal(*answers, port=port, **options)


@pytest.fixture
async def client(relay: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with http(relay) as client:
        yield client


def http(server: Server) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=server.url, headers={"x-api-key": KEY}, timeout=20, trust_env=False, verify=False
    )


def chunk(**members: Any) -> bytes:
    """One event of the other server, from the members of its only choice."""
    return b"data: %s\n\n" % json.dumps({"model": "m", "choices": [{"index": 0, **members}]}).encode()


def sent(server: Literal) -> JSON:
    body: JSON = json.loads(server.requests[-1].body)
    return body


async def streamed(client: httpx.AsyncClient, path: str = PLAIN, **body: Any) -> list[JSON]:
    answer = await client.post(path, json={**ASK, **body})
    assert answer.status_code == 200, answer.text
    return events(answer.text.split("\n"))


async def refused(client: httpx.AsyncClient, status: int, **body: Any) -> JSON:
    answer = await client.post(PLAIN, json={**ASK, **body})
    assert answer.status_code == status, answer.text
    error: JSON = answer.json()["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert "\n" not in error["message"]
    return error


def deltas(chunks: list[JSON]) -> list[JSON]:
    """What the chunks add, without the one that opens an answer and the one that ends it."""
    choices = [chunk["choices"][0] for chunk in chunks if chunk["choices"]]
    assert choices[0]["delta"] == {"role": "assistant", "content": ""}
    assert choices[-1]["finish_reason"]
    return [choice["delta"] for choice in choices[1:-1]]


# What is asked


async def test_a_request_is_asked_in_openais_words(client: httpx.AsyncClient, playing: Playing) -> None:
    async with playing([stream(*ANSWER)]) as other:
        await streamed(client, temperature=0, max_tokens=50.0, seed=7)

    assert other.requests[0].line == "POST /v1/chat/completions HTTP/1.1"
    assert sent(other) == {
        "messages": [{"role": "system", "content": "You know trams."}, *ASK["messages"]],
        "stream": True,
        "stream_options": {"include_usage": True},
        **DEFAULTS,
        "temperature": 0,
        "model": "gpt-4o-mini",
        "max_tokens": 50,
        "seed": 7,
    }
    assert b'"max_tokens":50,' in other.requests[0].body


async def test_what_only_langtail_knows_is_translated_or_left_out(
    client: httpx.AsyncClient, playing: Playing
) -> None:
    history = [
        {"role": "user", "content": [{"type": "text", "text": "Hi"}], "cache_enabled": True},
        {
            "role": "assistant",
            "content": "Hello",
            "reasoning": [{"type": "text", "text": "A greeting."}],
            "provider_metadata": {"x": 1},
        },
        {"role": "user", "content": "Tram?", "cache_ttl": "1h"},
    ]
    async with playing([stream(*ANSWER)]) as other:
        await streamed(
            client,
            "/a/b/tooled/staging",
            messages=history,
            reasoning_effort="max",
            tool_choice="required",
            parallelToolCalls=False,
        )

    function = {"name": "find_tram", "description": "Next tram", "parameters": {"type": "object"}}
    old = {"name": "old", "description": "", "parameters": {}}
    assert sent(other) == {
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
            {"role": "assistant", "content": "Hello"},
            {"role": "user", "content": "Tram?"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        **DEFAULTS,
        "stop": ["END"],
        "model": "gpt-4o-mini",
        "max_tokens": 800,
        "reasoning_effort": "high",
        "tools": [{"type": "function", "function": function}, {"type": "function", "function": old}],
        "tool_choice": "required",
        "parallel_tool_calls": False,
    }


async def test_tool_options_without_tools_are_left_out(client: httpx.AsyncClient, playing: Playing) -> None:
    async with playing([stream(*ANSWER)]) as other:
        await streamed(client, tool_choice="auto", parallelToolCalls=True)

    assert sent(other).keys().isdisjoint({"tools", "tool_choice", "parallel_tool_calls"})


async def test_a_json_schema_reaches_the_engine(client: httpx.AsyncClient, playing: Playing) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "n", "strict": True, "schema": {"type": "object"}}}
    async with playing([stream(*ANSWER)]) as other:
        await streamed(client, response_format=form)

    assert sent(other)["response_format"] == form


async def test_a_server_that_cannot_be_asked_for_usage_is_asked_without(
    make_server: Any, playing: Playing, port: int
) -> None:
    def strict(asked: Asked) -> list[bytes]:
        refusal = b'{"detail":[{"loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}'
        return [
            response(refusal, "422 No")
            if b'"stream_options"' in asked.body
            else stream(ROLE, TAKE, STOP, DONE)
        ]

    own = make_server({"plain": deployment()}, engine=f"http://127.0.0.1:{port}")
    async with playing(by=strict) as other, http(own) as client:
        for _ in range(2):
            chunks = await streamed(client)
        await other.until(lambda: other.open == 1)

    assert deltas(chunks) == [{"content": "Take "}]
    assert [b'"stream_options"' in asked.body for asked in other.requests] == [True, False, False]


async def test_geminis_media_are_refused_before_anything_is_sent(
    client: httpx.AsyncClient, playing: Playing
) -> None:
    media = {"type": "gemini_media_url", "gemini_media_url": {"url": "https://example.com/a.mp4"}}
    async with playing([stream(*ANSWER)]) as other:
        error = await refused(client, 400, messages=[{"role": "user", "content": [media]}])

    assert "gemini_media_url" in error["message"]
    assert error["param"] == "messages"
    assert other.requests == []


async def test_without_a_key_no_authorization_is_sent(client: httpx.AsyncClient, playing: Playing) -> None:
    async with playing([stream(*ANSWER)]) as other:
        await streamed(client)

    assert "authorization" not in other.requests[0].headers
    assert KEY.encode() not in other.requests[0].head + other.requests[0].body


async def test_the_key_the_path_and_the_model_of_the_url_are_used(keyed: Server, playing: Playing) -> None:
    async with playing([stream(*ANSWER)]) as other, http(keyed) as client:
        await streamed(client, model="gpt-4o")

    assert other.requests[0].line == "POST /api/v3/chat/completions HTTP/1.1"
    assert other.requests[0].headers["authorization"] == f"Bearer {ENGINE_KEY}"
    assert sent(other)["model"] == "qwen3:4b"


# What comes back


async def test_each_piece_leaves_as_soon_as_it_came(client: httpx.AsyncClient, playing: Playing) -> None:
    """The other server goes on only once the client has read the piece before."""
    answer = [STREAM_HEAD, part(ROLE), GO, part(TAKE), GO, part(TRAM), GO, part(STOP + USAGE + DONE)]
    async with (
        playing([*answer, STREAM_END]) as other,
        client.stream("POST", PLAIN, json=ASK) as response,
    ):
        other.go.set()
        read = b""
        async with asyncio.timeout(10):
            async for data in response.aiter_raw():
                read += data
                if b"Take " in data or b"tram 4." in data:
                    other.go.set()

    assert streamed_text(events(read.decode().split("\n"))) == TEXT
    assert read.endswith(DONE)


async def test_the_chunks_are_langtails(client: httpx.AsyncClient, playing: Playing) -> None:
    async with playing([stream(*ANSWER)]):
        answer = await client.post(PLAIN, json=ASK)

    chunks = events(answer.text.split("\n"))
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["x-langtail-thread-id"]
    assert {(chunk["object"], chunk["model"]) for chunk in chunks} == {("chat.completion.chunk", "gpt-x")}
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert deltas(chunks) == [{"content": "Take "}, {"content": "tram 4."}]
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["usage"]["total_tokens"] == 46


async def test_a_whole_answer_is_made_of_the_stream(client: httpx.AsyncClient, playing: Playing) -> None:
    async with playing([stream(*ANSWER)]) as other:
        answer = (await client.post(PLAIN, json={**ASK, "stream": False})).json()

    assert sent(other)["stream"] is True
    assert (answer["object"], answer["model"]) == ("chat.completion", "gpt-x")
    assert answer["choices"][0]["message"] == {"role": "assistant", "content": TEXT}
    assert answer["usage"]["completion_tokens"] == 5


async def test_a_completion_that_was_not_streamed_is_taken(
    client: httpx.AsyncClient, playing: Playing
) -> None:
    async with playing([response(COMPLETION)]):
        chunks = await streamed(client)

    assert deltas(chunks) == [{"content": TEXT}]
    assert chunks[-1]["usage"]["prompt_tokens"] == 41


async def test_an_answer_goes_on_with_its_thread(client: httpx.AsyncClient, playing: Playing) -> None:
    async with playing([stream(*ANSWER)]) as other:
        first = await client.post(PLAIN, json=ASK)
        await streamed(client, threadId=first.headers["x-langtail-thread-id"])

    assert [message["content"] for message in sent(other)["messages"]] == [
        "You know trams.",
        "Which tram?",
        TEXT,
        "Which tram?",
    ]


async def test_bytes_may_be_torn_anywhere(client: httpx.AsyncClient, playing: Playing) -> None:
    """One byte at a time, with the other ends of lines, comments, names, and an end without a blank line."""
    text = "Vlak č. 4 \u2028 🚋\r\n"
    wire = b"\xef\xbb\xbf: hello\r\n\r\n" + chunk(delta={"content": text}).replace(b"\n", b"\r\n")
    wire += b"id: 1\rretry: 5\revent: message\rdata:" + chunk(delta={}, finish_reason="stop")[6:-2] + b"\r\r"
    wire += b"data: [DONE]"
    async with playing([EVENT_STREAM, *(wire[at : at + 1] for at in range(len(wire))), CLOSE]):
        chunks = await streamed(client)

    assert deltas(chunks) == [{"content": text}]


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        ([{"reasoning": "I "}, {"reasoning": "think"}], [{"reasoning": "I "}, {"reasoning": "think"}]),
        ([{"reasoning_content": "Hm", "content": None}], [{"reasoning": "Hm"}]),
        ([{"reasoning": {"type": "text", "text": "Hm"}}], [{"reasoning": "Hm"}]),
        (
            [{"reasoning": [{"type": "text", "text": "H"}, {"type": "redacted", "data": "x"}]}],
            [{"reasoning": "H"}],
        ),
        (
            [{"reasoning": "Hm", "reasoning_details": [{"type": "reasoning.text", "text": "Hm"}]}],
            [{"reasoning": "Hm"}],
        ),
        ([{"reasoning": "Hm", "reasoning_content": "Hm"}], [{"reasoning": "Hm"}]),
        ([{"content": [{"type": "text", "text": "a"}]}], [{"content": "a"}]),
        ([{"refusal": "No."}], [{"refusal": "No."}]),
        ([{}, {"content": ""}, {"content": "a"}], [{"content": "a"}]),
    ],
)
async def test_text_and_reasoning_come_in_any_form(
    client: httpx.AsyncClient, playing: Playing, wire: list[JSON], expected: list[JSON]
) -> None:
    pieces = [chunk(delta=delta) for delta in wire]
    async with playing([stream(*pieces, chunk(delta=None, finish_reason="stop"), DONE)]):
        assert deltas(await streamed(client)) == expected


def call(name: str = "", arguments: Any = "", **members: Any) -> JSON:
    function = {"name": name, "arguments": arguments} if name else {"arguments": arguments}
    return {**members, "function": function}


def opened(index: int, call_id: str, name: str, arguments: str = "") -> JSON:
    function = {"name": name, "arguments": arguments}
    return {"index": index, "id": call_id, "type": "function", "function": function}


def more(index: int, arguments: str) -> JSON:
    return {"index": index, "function": {"arguments": arguments}}


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        pytest.param(
            [[call("f", "", index=0, id="a")], [call("", '{"x"', index=0)], [call("", ":1}", index=0)]],
            [opened(0, "a", "f", '{"x"'), more(0, ":1}")],
            id="as OpenAI does",
        ),
        pytest.param(
            [[call("f", "{}", index=3, id="a")], [call("g", "{}", index=7, id="b")]],
            [opened(0, "a", "f", "{}"), opened(1, "b", "g", "{}")],
            id="sparse",
        ),
        pytest.param(
            [[call("f", "{", id="a"), call("g", "{", id="b")], [call("", "}", id="a")], [call("", "}")]],
            [opened(0, "a", "f", "{"), opened(1, "b", "g", "{"), more(0, "}"), more(1, "}")],
            id="no index",
        ),
        pytest.param(
            [[call("f", "{}", index=0, id="a")], [call("g", "{", index=0, id="b")], [call("", "}", index=0)]],
            [opened(0, "a", "f", "{}"), opened(1, "b", "g", "{"), more(1, "}")],
            id="one index for all",
        ),
        pytest.param(
            [[call("", "{", index=0, id="a")], [call("f", "}", index=0)]],
            [opened(0, "a", "f", "{}")],
            id="name later",
        ),
        pytest.param(
            [[call("f", {"x": 1}, index=0, id="a")]],
            [opened(0, "a", "f", '{"x": 1}')],
            id="arguments as an object",
        ),
        pytest.param(
            [[call("f", "{", index=0, id="a")], [call("f", "}", index=0, id="a")]],
            [opened(0, "a", "f", "{"), more(0, "}")],
            id="name and id each time",
        ),
    ],
)
async def test_tool_calls_come_in_any_form(
    client: httpx.AsyncClient, playing: Playing, wire: list[list[JSON]], expected: list[JSON]
) -> None:
    pieces = [chunk(delta={"tool_calls": calls}) for calls in wire]
    async with playing([stream(*pieces, chunk(delta={}, finish_reason="tool_calls"), DONE)]):
        chunks = await streamed(client)

    assert [call for delta in deltas(chunks) for call in delta["tool_calls"]] == expected
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"


async def test_a_call_without_an_id_gets_one(client: httpx.AsyncClient, playing: Playing) -> None:
    pieces = [chunk(delta={"function_call": {"name": "f", "arguments": "{}"}})]
    async with playing([stream(*pieces, chunk(delta={}, finish_reason="function_call"), DONE)]):
        chunks = await streamed(client)

    (made,) = deltas(chunks)[0]["tool_calls"]
    assert made["id"].startswith("call_")
    assert made["function"] == {"name": "f", "arguments": "{}"}
    assert chunks[-1]["choices"][0]["finish_reason"] == "function_call"


@pytest.mark.parametrize("place", ["in the finish chunk", "after it"])
async def test_usage_is_read_in_either_place(client: httpx.AsyncClient, playing: Playing, place: str) -> None:
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 4,
        "prompt_tokens_details": {"cached_tokens": 3},
        "completion_tokens_details": {"reasoning_tokens": 2},
    }
    end = json.loads(chunk(delta={}, finish_reason="end_turn")[6:])
    after = [{"choices": [], "usage": usage}] if place == "after it" else []
    ends = [end, *after] if after else [{**end, "usage": usage}]
    wire = [b"data: %s\n\n" % json.dumps(each).encode() for each in ends]
    async with playing([stream(chunk(delta={"content": "a"}), *wire, DONE)]):
        chunks = await streamed(client)

    assert chunks[-2]["choices"][0]["finish_reason"] == "end_turn"
    assert chunks[-1]["usage"] == {
        **usage,
        "total_tokens": 13,
    }


async def test_a_name_with_half_a_character_is_told_as_it_came(
    client: httpx.AsyncClient, playing: Playing
) -> None:
    """UTF-8 cannot hold it, so that it is written as an escape, and all that stands around it."""
    async with playing([stream(rb'data: {"model":"\ud800","choices":[]}' + b"\n\n", TAKE, STOP, DONE)]):
        chunks = await streamed(client)

    assert {chunk["model"] for chunk in chunks} == {"\ud800"}
    assert {"content": "Take "} in deltas(chunks)


async def test_a_path_is_no_name_of_a_model(client: httpx.AsyncClient, playing: Playing) -> None:
    """llama.cpp tells where on its disk the file is that it loaded."""
    wire = [
        piece.replace(b'"m"', b'"/home/ada/models/tiny.gguf"') for piece in (chunk(delta={"content": "a"}),)
    ]
    async with playing([stream(*wire, STOP, DONE)]):
        chunks = await streamed(client)

    assert {chunk["model"] for chunk in chunks} == {"tiny.gguf"}


async def test_without_a_name_the_model_that_was_asked_for_is_told(
    client: httpx.AsyncClient, playing: Playing
) -> None:
    async with playing([stream(TAKE, STOP, DONE)]):
        chunks = await streamed(client)

    assert {chunk["model"] for chunk in chunks} == {"gpt-4o-mini"}


# How it ends


@pytest.mark.parametrize(
    "end",
    [
        [part(STOP), STREAM_END],
        [part(STOP), CLOSE],
        [part(STOP), RESET],
        [part(STOP + b'data: {"choices":[],"us'), STREAM_END],
        [part(STOP + USAGE + DONE), CLOSE],
    ],
)
async def test_a_finish_reason_is_an_end(client: httpx.AsyncClient, playing: Playing, end: list[Any]) -> None:
    async with playing([STREAM_HEAD, part(TAKE), *end]):
        answer = await client.post(PLAIN, json=ASK)

    assert streamed_text(events(answer.text.split("\n"))) == "Take "
    assert '"error"' not in answer.text
    assert answer.text.endswith(DONE.decode())


@pytest.mark.parametrize("end", [[STREAM_END], [CLOSE], [RESET], [part(b"data: {nonsense\n\n")]])
async def test_an_answer_without_a_finish_reason_is_an_error(
    client: httpx.AsyncClient, playing: Playing, end: list[Any]
) -> None:
    async with playing([STREAM_HEAD, part(TAKE), *end]):
        answer = await client.post(PLAIN, json=ASK)
        whole = await client.post(PLAIN, json={**ASK, "stream": False})

    last = events(answer.text.split("\n"))[-1]
    assert (last["error"]["type"], whole.status_code) == ("engine_error", 502)
    assert "broke off" in last["error"]["message"]
    assert "Take " in answer.text
    assert "[DONE]" not in answer.text


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'data: {"error":{"message":"out of memory","code":500}}\n\n', "out of memory"),
        (b'data: {"error":"out of memory"}\n\n', "out of memory"),
        (b'event: error\ndata: {"message":"out of memory"}\n\n', "out of memory"),
        (b'data: {"object":"error","message":"out of memory","code":500}\n\n', "out of memory"),
    ],
)
async def test_an_error_within_a_stream_is_passed_on(
    client: httpx.AsyncClient, playing: Playing, body: bytes, told: str
) -> None:
    async with playing([stream(ROLE, TAKE, body)]):
        answer = await client.post(PLAIN, json=ASK)

    last = events(answer.text.split("\n"))[-1]
    assert told in last["error"]["message"]
    assert last["error"]["type"] == "engine_error"


async def test_an_error_in_place_of_the_first_piece_has_its_status(
    client: httpx.AsyncClient, playing: Playing
) -> None:
    error = b'data: {"error":{"message":"slow down","code":429}}\n\n'
    async with playing([stream(error)]):
        assert "slow down" in (await refused(client, 429))["message"]


@pytest.mark.parametrize("body", [ASK, {**ASK, "stream": False}])
async def test_a_client_that_leaves_ends_the_work_there(
    client: httpx.AsyncClient, playing: Playing, body: JSON
) -> None:
    async with playing([STREAM_HEAD, part(ROLE), part(TAKE), STALL]) as other:
        asking = asyncio.create_task(client.post(PLAIN, json=body))
        await other.until(lambda: len(other.requests) == 1)
        asking.cancel()
        await other.until(lambda: other.open == 0)


async def test_a_client_that_leaves_before_the_answer_begins_ends_the_work_there(
    client: httpx.AsyncClient, playing: Playing
) -> None:
    async with playing([STALL]) as other:
        asking = asyncio.create_task(client.post(PLAIN, json=ASK))
        await other.until(lambda: len(other.requests) == 1)
        asking.cancel()
        await other.until(lambda: other.open == 0)


async def test_an_answer_that_nobody_reads_is_closed(client: httpx.AsyncClient, playing: Playing) -> None:
    """The deployment's fault answers in place of the engine."""
    async with playing([STREAM_HEAD, part(ROLE), STALL]) as other:
        answer = await client.post("/a/b/unread/staging", json=ASK)
        assert answer.status_code == 200
        await other.until(lambda: len(other.requests) == 1 and other.open == 0)


async def test_the_server_ends_while_its_engine_answers(
    make_server: Any, playing: Playing, port: int
) -> None:
    """One answer is on its way, one has not begun."""
    own = make_server({"plain": deployment()}, engine=f"http://127.0.0.1:{port}")
    async with playing([STREAM_HEAD, part(TAKE), STALL], [STALL]) as other, http(own) as client:
        asking = [asyncio.create_task(client.post(PLAIN, json=ASK)) for _ in range(2)]
        await other.until(lambda: len(other.requests) == 2)
        assert await asyncio.to_thread(end, own.process) == 0
        await other.until(lambda: other.open == 0)
        ended = await asyncio.gather(*asking, return_exceptions=True)

    assert all(isinstance(error, httpx.HTTPError) for error in ended)
    assert own.errors == []


# Errors


def problem(message: str, **members: Any) -> bytes:
    return json.dumps({"error": {"message": message, **members}}).encode()


@pytest.mark.parametrize(
    ("there", "body", "here", "told"),
    [
        ("400 Bad Request", problem("too hot", param="temperature"), 400, "too hot"),
        ("413 Too Large", b"too long", 400, "too long"),
        ("422 Unprocessable", b'{"detail":[{"msg":"bad field"}]}', 400, "bad field"),
        ("401 Unauthorized", problem("no key given"), 500, "set OPENAI_API_KEY"),
        ("403 Forbidden", problem("not you"), 500, "set OPENAI_API_KEY"),
        ("404 Not Found", b'{"detail":"Not Found"}', 500, "is the path of --engine http://127.0.0.1"),
        ("404 Not Found", b"<html>404</html>", 500, "is the path of --engine http://127.0.0.1"),
        ("408 Timeout", b"", 504, "408"),
        ("429 Too Many", problem("slow down"), 429, "slow down"),
        ("500 Oops", b'{"error":"model requires more memory"}', 500, "more memory"),
        ("502 Bad Gateway", b"<html><h1>nginx</h1></html>", 502, "answered 502: nothing that can be read"),
        ("503 Busy", b"loading", 503, "loading"),
        ("504 Timeout", b"", 504, "504"),
        ("529 Overloaded", problem("overloaded"), 503, "overloaded"),
        ("400 Bad Request", b'[{"error":{"message":"in a list","status":"INVALID"}}]', 400, "in a list"),
        ("400 Bad Request", b'{"object":"error","message":"bare","code":40303}', 400, "bare"),
    ],
)
async def test_an_error_is_passed_on_in_langtails_shape(
    client: httpx.AsyncClient, playing: Playing, there: str, body: bytes, here: int, told: str
) -> None:
    async with playing([response(body, there)]):
        error = await refused(client, here)

    kinds = {400: "invalid_request_error", 429: "rate_limit_error"}
    assert error["message"].startswith("The engine at 127.0.0.1:")
    assert told in error["message"]
    assert "<" not in error["message"]
    assert error["type"] == kinds.get(here, "engine_error")


async def test_the_field_and_the_code_of_an_error_are_kept(
    client: httpx.AsyncClient, playing: Playing
) -> None:
    body = problem("too long", param="messages", code="context_length_exceeded", type="x")
    async with playing([response(body, "400 Bad Request")]):
        error = await refused(client, 400)

    assert (error["param"], error["code"]) == ("messages", "context_length_exceeded")


@pytest.mark.parametrize("status", ["429 Too Many", "503 Busy"])
@pytest.mark.parametrize("value", ["17", "Wed, 21 Oct 2037 07:28:00 GMT"])
async def test_retry_after_is_kept(
    client: httpx.AsyncClient, playing: Playing, status: str, value: str
) -> None:
    async with playing([response(problem("busy"), status, headers=f"Retry-After: {value}\r\n")]):
        answer = await client.post(PLAIN, json=ASK)

    assert answer.headers["retry-after"] == value


async def test_a_retry_after_that_no_header_can_hold_is_left_out(
    client: httpx.AsyncClient, playing: Playing
) -> None:
    async with playing([response(problem("busy"), "429 Too Many", headers="Retry-After: 5 €\r\n")]):
        answer = await client.post(PLAIN, json=ASK)

    assert (answer.status_code, answer.headers.get("retry-after")) == (429, None)


def without_model(status: str, body: bytes) -> Callable[[Asked], list[bytes]]:
    names = [{"id": name} for name in ("llama3.2:1b", "qwen3:4b", "gpt-4.1-mini")]
    listing = json.dumps({"object": "list", "data": names}).encode()
    return lambda asked: [response(listing) if asked.line.startswith("GET ") else response(body, status)]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("404 Not Found", problem('model "gpt-4o-mini" not found, try pulling it first', type="api_error")),
        (
            "404 Not Found",
            b'{"object":"error","message":"The model `gpt-4o-mini` does not exist.","code":404}',
        ),
        ("400 Bad Request", problem("gpt-4o-mini is not a valid model ID", code=400)),
        ("404 Not Found", problem("The model does not exist", code="model_not_found")),
    ],
)
async def test_a_model_that_the_engine_lacks_is_told_with_the_cure(
    client: httpx.AsyncClient, playing: Playing, port: int, status: str, body: bytes
) -> None:
    async with playing(by=without_model(status, body)) as other:
        error = await refused(client, 400)

    assert other.requests[-1].line == "GET /v1/models HTTP/1.1"
    assert error["param"] == "model"
    assert "has no model 'gpt-4o-mini'" in error["message"]
    assert f"--engine http://127.0.0.1:{port}/v1#MODEL" in error["message"]
    assert "gpt-4.1-mini" in error["message"]


async def test_a_list_of_models_that_cannot_be_had_is_left_out(
    client: httpx.AsyncClient, playing: Playing
) -> None:
    refusal, nested = problem("no such model"), b'{"data":%s%s}' % (b"[" * 10**4, b"]" * 10**4)
    for listing in (response(refusal, "404 Not Found"), response(nested)):
        async with playing([response(refusal, "404 Not Found")], [listing]):
            assert "it has" not in (await refused(client, 400))["message"].partition("#MODEL")[2]


async def test_a_key_that_is_refused_is_not_langtails(keyed: Server, playing: Playing) -> None:
    body = problem(f"Incorrect API key provided: {ENGINE_KEY}", code="invalid_api_key")
    async with playing([response(body, "401 Unauthorized")]), http(keyed) as client:
        error = await refused(client, 500)

    assert "refused the key in OPENAI_API_KEY (401)" in error["message"]
    assert ENGINE_KEY not in json.dumps(error)


async def test_the_key_is_in_no_error_and_in_no_journal(keyed: Server, playing: Playing) -> None:
    answers = [
        [response(problem(f"bad {ENGINE_KEY}", param=ENGINE_KEY, code=ENGINE_KEY), "400 Bad Request")],
        [response(b"", "302 Found", headers=f"Location: http://example.com/{ENGINE_KEY}\r\n")],
        [stream(TAKE, b"data: {%s\n\n" % ENGINE_KEY.encode())],
        [response(b"?", kind=f"text/{ENGINE_KEY}")],
    ]
    async with playing(*answers) as other, http(keyed) as client:
        told = "".join([(await client.post(PLAIN, json=ASK)).text for _ in answers])
        journal = (await client.get("/_requests")).text

    assert len(other.requests) == len(answers)
    assert ENGINE_KEY not in told + journal
    assert "***" in told


async def test_an_error_whose_body_breaks_off_keeps_its_status(
    client: httpx.AsyncClient, playing: Playing
) -> None:
    head = b"HTTP/1.1 503 Busy\r\nContent-Type: text/plain\r\nContent-Length: 99\r\n\r\nloading the"
    async with playing([head, CLOSE]):
        assert "answered 503: loading the" in (await refused(client, 503))["message"]


async def test_a_redirect_is_not_followed(keyed: Server, playing: Playing) -> None:
    async with literal([stream(*ANSWER)]) as elsewhere:
        moved = response(b"", "307 Temporary Redirect", headers=f"Location: {elsewhere.url}/v1\r\n")
        async with playing([moved]), http(keyed) as client:
            error = await refused(client, 500)

    assert elsewhere.url in error["message"]
    assert elsewhere.connections == 0


@pytest.mark.parametrize(
    "answer", [response(b"<html>Hi</html>", kind="text/html"), response(b"", "204 No Content", kind="")]
)
async def test_a_page_is_no_completion(client: httpx.AsyncClient, playing: Playing, answer: bytes) -> None:
    async with playing([answer]):
        assert "no completion" in (await refused(client, 500))["message"]


async def test_an_empty_answer_is_an_error(client: httpx.AsyncClient, playing: Playing) -> None:
    async with playing([stream()]):
        assert "empty" in (await refused(client, 502))["message"]


async def test_an_engine_that_is_not_there_is_named_with_the_cure(
    client: httpx.AsyncClient, port: int
) -> None:
    error = await refused(client, 502)

    assert error["message"].startswith(
        f"The engine at 127.0.0.1:{port} cannot be reached: connection refused;"
    )
    assert "start it, or name another with --engine" in error["message"]


@pytest.mark.parametrize("step", [CLOSE, RESET])
async def test_a_connection_closed_without_an_answer_is_an_error(
    client: httpx.AsyncClient, playing: Playing, step: str
) -> None:
    async with playing([step]) as other:
        assert "broke off" in (await refused(client, 502))["message"]

    assert len(other.requests) == 1


# Connections


async def test_a_connection_is_used_again(client: httpx.AsyncClient, playing: Playing) -> None:
    async with playing([stream(*ANSWER)]) as other:
        for _ in range(4):
            await streamed(client)

    assert len(other.requests) == 4
    assert other.connections == 1


async def test_a_kept_connection_that_was_given_up_is_replaced(
    client: httpx.AsyncClient, playing: Playing
) -> None:
    """It breaks when it is used, too late to be seen before."""
    async with playing([stream(*ANSWER)], [CLOSE], [stream(*ANSWER)]) as other:
        await streamed(client)
        assert streamed_text(await streamed(client)) == TEXT

    assert (len(other.requests), other.connections) == (3, 2)


async def test_two_hundred_streams_at_once_lose_and_swap_nothing(relay: Server, playing: Playing) -> None:
    """The other server answers each only once it holds all of them."""
    count, pieces = 200, 20

    def numbered(asked: Asked) -> list[bytes | str]:
        number = json.loads(asked.body)["messages"][-1]["content"]
        wire = [chunk(delta={"content": f"{number}:{index} "}) for index in range(pieces)]
        return [STREAM_HEAD, part(ROLE), GO, *map(part, [*wire, STOP, DONE]), STREAM_END]

    async def asked(number: int) -> list[JSON]:
        # Each with a client of its own: one with so many connections would be what is measured.
        async with http(relay) as client:
            return await streamed(client, messages=[{"role": "user", "content": f"{number}"}])

    async with playing(by=numbered) as other:
        asking = [asyncio.create_task(asked(number)) for number in range(count)]
        await other.until(lambda: len(other.requests) == count)
        while not all(task.done() for task in asking):
            other.go.set()
            await asyncio.wait(asking, timeout=0.1)
        answers = [task.result() for task in asking]

    for number, chunks in enumerate(answers):
        assert streamed_text(chunks) == "".join(f"{number}:{index} " for index in range(pieces))
