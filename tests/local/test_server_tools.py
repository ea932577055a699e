"""Hosted tools: functions of the project's ``tools.py``, run between two completions of one answer."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, aclosing
from pathlib import Path
from typing import Any

import httpx
import pytest

import langtail_nb as lt
from langtail_nb._local.answering.hosted_rounds import with_hosted_rounds
from langtail_nb._local.project.project import SAMPLE
from langtail_nb._local.project.tools import AT_A_TIME, Tools
from langtail_nb._local.protocol.answer_pieces import Finish, Pieces, Text, ToolCall, Usage
from langtail_nb._local.protocol.engine import ModelRequest
from langtail_nb._local.protocol.refusals import Refusal
from tests.kernels import kernel
from tests.literal import ANSWER, DONE, ROLE, TEXT, USAGE, Literal, literal
from tests.literal import stream as wire_of
from tests.servers import KEY, Server, deployment, end, events, running, streamed_text, write_project

JSON = dict[str, Any]

LIMIT_S = 10.0

TOOLS = """
import sys, threading, time
from pathlib import Path
from subprocess import run

GATE = Path(__file__).with_name("gate")
_both = threading.Barrier(2)
print("this must not reach stdout")

def find_tram(to):
    print("nor this")
    return f"tram 4 to {to}"

async def find_bus(to):
    import asyncio
    await asyncio.sleep(0)
    return {"bus": 9, "to": to, "né": None}

def nothing(to): return None
def with_hyphen(to): return "found"
def find_anything(**arguments): return sorted(arguments)
def broken(to): raise ValueError("no stop\\nnamed " + to)
def steers(to): raise ValueError("red \\x1b[31m " + to)
def runs_out(to): return next(iter(()))
def leaves(to): sys.exit(3)
def no_json(to): return {1, 2}
def not_a_number(to): return float("nan")
def other_arguments(wherefrom): return wherefrom
def endless(to): threading.Event().wait()

async def endless_too(to):
    import asyncio
    await asyncio.Event().wait()

class Mute(Exception):
    def __str__(self): raise KeyError

def mute(to): raise Mute

async def gives_up(to):
    raise TimeoutError("the tram company does not answer")

def together(to):
    _both.wait(5)
    return "both were there"

def gated(to):
    while not GATE.exists():
        time.sleep(0.005)
    return "open"

def _private(to): return "secret"
"""


def tool(name: str, *, hosted: bool = True, at_tool: bool = False) -> JSON:
    parameters = {"type": "object", "properties": {"to": {"type": "string"}}, "required": ["to"]}
    function: JSON = {"name": name, "description": f"Do {name}", "parameters": parameters}
    made: JSON = {"type": "function", "function": function}
    if hosted:
        (made if at_tool else function)["handler"] = {"enabled": True}
    return made


def assistant(*tools: JSON, fault: str = "tools", **rest: Any) -> JSON:
    return deployment(tools=list(tools), fault=fault, args={"tool_choice": "required"}, **rest)


GOOD = ("find_tram", "find_bus", "nothing", "with-hyphen", "find_anything", "gated")
BAD = {
    "broken": "ValueError: no stop named Brno",
    "runs_out": "StopIteration",
    "leaves": "SystemExit: 3",
    "mute": "Mute: <exception str() failed>",
    "no_json": "a set, is no JSON",
    "not_a_number": "a float, is no JSON",
    "other_arguments": "unexpected keyword argument 'to'",
    "missing": "tools.py has no function missing",
    "_private": "tools.py has no function _private",
    "run": "tools.py has no function run",
    "print": "tools.py has no function print",
    "gives_up": "TimeoutError: the tram company does not answer",
    "endless": "no result within 0.5 s",
    "endless_too": "no result within 0.5 s",
}
FORMS = {
    f"two-{number}": assistant(tool("find_tram"), tool("find_bus"), fault=f"tools:2,{fault}")
    for number, fault in enumerate(
        (
            "keepalive",
            "torn",
            "slow:0",
            "usage-in-finish",
            "aggregated-tools",
            "message-in-stream",
            "keepalive,torn,usage-in-finish,message-in-stream",
        )
    )
}
ALL = {
    **FORMS,
    **{name: assistant(tool(name)) for name in (*GOOD, *BAD)},
    "handler-at-tool": assistant(tool("find_tram", at_tool=True)),
    "disabled": assistant({**tool("find_tram", hosted=False), "handler": {"enabled": False}}),
    "together": assistant(tool("together"), fault="tools:2"),
    "steers": assistant(tool("steers")),
    "two": assistant(tool("find_tram"), tool("find_bus"), fault="tools:2"),
    "mixed": assistant(tool("find_tram"), tool("ask_user", hosted=False), fault="tools:2"),
    "client": assistant(tool("find_tram"), tool("ask_user", hosted=False)),
    "prompt": assistant(tool("find_tram"), kind="prompt"),
    "unscripted": deployment(tools=[tool("find_tram"), tool("find_bus")], args={"tool_choice": "required"}),
    "plain": deployment(),
}


def project(folder: Path, tools: str = TOOLS) -> Path:
    write_project(folder, ALL)
    (folder / "tools.py").write_text(tools, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project(tmp_path_factory.mktemp("tools") / "project")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    options = ("--engine", "echo", "--project", str(folder), "--tools", "--tool-timeout", "0.5")
    with running(*options, database=folder.parent / "t.sqlite") as server:
        yield server


@pytest.fixture
def patient_server(folder: Path, tmp_path: Path) -> Iterator[Server]:
    """A server whose tools may take as long as they do by default."""
    (folder / "gate").unlink(missing_ok=True)
    options = ("--engine", "echo", "--project", str(folder), "--tools")
    with running(*options, database=tmp_path / "t.sqlite") as server:
        yield server


def stream(server: Server, slug: str, body: JSON | None = None, **headers: str) -> list[JSON]:
    return events(lines(server, slug, body, **headers))


def lines(server: Server, slug: str, body: JSON | None = None, **headers: str) -> list[str]:
    request = {"stream": True, "messages": [{"role": "user", "content": "hi"}], **(body or {})}
    path = f"/acme/demo/{slug}/production"
    with (
        server.http(headers=headers) as client,
        client.stream("POST", path, json=request) as response,
    ):
        assert response.status_code == 200
        return list(response.iter_lines())


def whole(server: Server, slug: str, body: JSON | None = None) -> httpx.Response:
    request = {"messages": [{"role": "user", "content": "hi"}], **(body or {})}
    with server.http() as client:
        return client.post(f"/acme/demo/{slug}/production", json=request)


def handled(chunks: list[JSON]) -> list[str]:
    deltas = [c["choices"][0]["delta"] for c in chunks if c["object"] == "langtail.tool.handled"]
    return [delta["content"] for delta in deltas]


def reasons(chunks: list[JSON]) -> list[str]:
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    return [choice["finish_reason"] for choice in choices if choice["finish_reason"]]


def stored(server: Server, response: httpx.Response) -> list[JSON]:
    path = f"/v2/threads/{response.headers['x-langtail-thread-id']}/messages"
    with server.http() as client:
        return [item["content"] for item in client.get(path).json()["data"]]


# A round


def test_a_round_is_calls_results_and_another_completion(server: Server) -> None:
    wire = lines(server, "find_tram")

    chunks = events(wire)
    place = next(i for i, chunk in enumerate(chunks) if chunk["object"] == "langtail.tool.handled")
    call, result = chunks[place - 1], chunks[place]
    (made,) = call["choices"][0]["delta"]["tool_calls"]
    assert made["function"] == {"name": "find_tram", "arguments": '{"to": "Brno"}'}
    assert "index" not in made
    assert result["id"] == f"{call['id']}-langtail-tool-handled-{made['id']}"
    assert result["choices"][0]["delta"]["tool_call_id"] == made["id"]
    assert reasons(chunks) == ["tool_calls", "tool_calls_handled", "stop"]
    assert chunks[place + 1]["id"] != call["id"]
    assert streamed_text(chunks[place + 1 :]) == "user: hi\nassistant: #1\ntool: tram 4 to Brno"
    assert wire.count("data: [DONE]") == 1


def test_usage_is_told_for_each_completion_and_together_where_nothing_is_streamed(server: Server) -> None:
    chunks = [chunk for chunk in stream(server, "find_tram") if chunk.get("usage")]
    usages = {chunk["id"]: chunk["usage"]["total_tokens"] for chunk in chunks}

    assert len(usages) == 2
    assert whole(server, "find_tram").json()["usage"]["total_tokens"] == sum(usages.values())
    assert server.last()["answer"]["usage"]["total_tokens"] == sum(usages.values())


@pytest.mark.parametrize(
    ("slug", "result"),
    [
        ("find_tram", "tram 4 to Brno"),
        ("find_bus", '{"bus": 9, "to": "Brno", "né": null}'),
        ("nothing", "null"),
        ("with-hyphen", "found"),
        ("find_anything", '["to"]'),
        ("handler-at-tool", "tram 4 to Brno"),
        ("prompt", "tram 4 to Brno"),
    ],
)
def test_text_is_the_result_as_it_is_and_all_else_as_json(server: Server, slug: str, result: str) -> None:
    assert handled(stream(server, slug)) == [result]


def test_a_handler_that_is_not_enabled_leaves_the_call_to_the_client(server: Server) -> None:
    assert reasons(stream(server, "disabled")) == ["tool_calls"]


def test_the_calls_of_one_completion_run_side_by_side(server: Server) -> None:
    assert handled(stream(server, "together")) == ["both were there"] * 2


def test_a_thread_holds_calls_results_and_answer_in_order(server: Server) -> None:
    response = whole(server, "two")

    question, calls, tram, bus, answer = stored(server, response)
    assert question["role"] == "user"
    assert calls["content"] is None
    assert [call["function"]["name"] for call in calls["tool_calls"]] == ["find_tram", "find_bus"]
    ids = [call["id"] for call in calls["tool_calls"]]
    assert tram == {"role": "tool", "tool_call_id": ids[0], "content": "tram 4 to Brno"}
    assert bus["tool_call_id"] == ids[1]
    assert answer == response.json()["choices"][0]["message"]
    assert "tool_calls" not in answer


def test_streamed_and_not_the_same_is_stored(server: Server) -> None:
    body = {"stream": True, "messages": [{"role": "user", "content": "hi"}]}
    with server.http() as client, client.stream("POST", "/acme/demo/two/production", json=body) as response:
        response.read()

    assert stored(server, response) == stored(server, whole(server, "two"))


def test_the_next_turn_starts_from_the_whole_round(server: Server) -> None:
    thread_id = whole(server, "find_tram").headers["x-langtail-thread-id"]

    whole(
        server, "find_tram", {"threadId": thread_id, "messages": [{"role": "user", "content": "and back?"}]}
    )

    given = server.last()["provider"]["messages"]
    assert [message["role"] for message in given] == ["user", "assistant", "tool", "assistant", "user"]


# Calls of the client beside them


def test_beside_a_client_call_the_hosted_one_is_run_and_the_clients_is_left(server: Server) -> None:
    wire = lines(server, "mixed")

    chunks = events(wire)
    assert handled(chunks) == ["tram 4 to Brno"]
    assert reasons(chunks) == ["tool_calls", "tool_calls_handled"]
    assert wire[-2] == "data: [DONE]"
    calls = chunks[-2]["choices"][0]["delta"]["tool_calls"]
    assert [call["function"]["name"] for call in calls] == ["find_tram", "ask_user"]


def test_the_client_answers_its_call_and_the_model_goes_on(server: Server) -> None:
    response = whole(server, "mixed")
    (pending,) = response.json()["choices"][0]["message"]["tool_calls"]
    assert pending["function"]["name"] == "ask_user"
    assert [message["role"] for message in stored(server, response)] == ["user", "assistant", "tool"]

    result = {"role": "tool", "tool_call_id": pending["id"], "content": "by night"}
    thread_id = response.headers["x-langtail-thread-id"]
    second = whole(server, "mixed", {"threadId": thread_id, "messages": [result]})

    text = second.json()["choices"][0]["message"]["content"]
    assert text == "user: hi\nassistant: #1\ntool: tram 4 to Brno\ntool: by night"


def test_what_a_mixed_round_stored_is_there_when_the_stream_ends(server: Server) -> None:
    body = {"stream": True, "messages": [{"role": "user", "content": "hi"}]}
    with server.http() as client, client.stream("POST", "/acme/demo/mixed/production", json=body) as response:
        for line in response.iter_lines():
            if line == "data: [DONE]":
                roles = [message["role"] for message in stored(server, response)]

    assert roles == ["user", "assistant", "tool"]


def test_a_caller_can_change_what_is_told_of_a_hosted_tool_but_not_who_runs_it(server: Server) -> None:
    own = tool("find_tram", hosted=False)
    own["function"]["description"] = "of my own"

    assert handled(stream(server, "find_tram", {"tools": [own]})) == ["tram 4 to Brno"]
    assert server.last()["provider"]["tools"] == [own]


def test_a_caller_cannot_have_a_function_run_that_is_not_deployed(server: Server) -> None:
    chunks = stream(server, "find_tram", {"tools": [tool("find_bus")]})

    assert handled(chunks) == []
    assert reasons(chunks) == ["tool_calls"]


# Failures


@pytest.mark.parametrize(("slug", "reason"), BAD.items())
def test_a_tool_that_fails_gives_one_line_and_the_model_goes_on(
    server: Server, slug: str, reason: str
) -> None:
    chunks = stream(server, slug)

    (result,) = handled(chunks)
    assert result.startswith("error: ")
    assert reason in result
    assert "\n" not in result
    assert reasons(chunks)[-1] == "stop"
    line = server.until_told(f": {slug}: {result.removeprefix('error: ')}")
    assert line.startswith("langtail-nb: ")


def test_the_servers_line_names_the_place_in_the_file(server: Server, folder: Path) -> None:
    stream(server, "broken")

    number = 1 + TOOLS.splitlines().index(next(t for t in TOOLS.splitlines() if "def broken" in t))
    assert f"{folder / 'tools.py'}:{number}: broken: " in server.until_told("ValueError")


@pytest.mark.parametrize("arguments", ["{", "[1]", '"zoo"', "1"])
async def test_arguments_that_are_no_object_are_an_error_in_one_line(folder: Path, arguments: str) -> None:
    told: list[str] = []
    tools = Tools(folder, told.append)
    result = await tools.run(ToolCall(0, arguments, "call_1", "find_tram"))
    tools.close()

    assert result.startswith("error: the arguments are no JSON")
    assert told == [f"tools.py: find_tram: {result.removeprefix('error: ')}"]


def test_what_steers_a_terminal_does_not_reach_it(server: Server) -> None:
    stream(server, "steers")

    assert server.until_told("steers: ValueError: ").endswith("red \ufffd[31m Brno")


def test_other_streams_go_on_while_a_tool_runs(patient_server: Server, folder: Path) -> None:
    path = "/acme/demo/gated/production"
    body = {"stream": True, "messages": [{"role": "user", "content": "hi"}]}
    with (
        patient_server.http() as client,
        client.stream("POST", path, json=body) as response,
    ):
        wire = response.iter_lines()
        while "tool_calls" not in next(wire):
            pass
        assert streamed_text(stream(patient_server, "plain")) == "user: hi"
        (folder / "gate").touch()
        assert handled(events(list(wire))) == ["open"]


def test_a_client_that_leaves_during_a_tool_ends_the_rounds(patient_server: Server, folder: Path) -> None:
    body = {"stream": True, "messages": [{"role": "user", "content": "hi"}]}
    with patient_server.http() as client:
        with client.stream("POST", "/acme/demo/gated/production", json=body) as response:
            wire = response.iter_lines()
            while "tool_calls" not in next(wire):
                pass
        deadline = time.monotonic() + LIMIT_S
        while patient_server.last()["closed_by_client_at"] is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        (folder / "gate").touch()

    assert patient_server.last()["events"] == 2
    assert [message["role"] for message in stored(patient_server, response)] == ["user"]


async def test_functions_that_never_end_do_not_keep_an_edit_from_being_loaded(tmp_path: Path) -> None:
    """They hold every thread there is for calls."""
    (tmp_path / "tools.py").write_text(
        "import threading\ngate = threading.Event()\ndef wait(): gate.wait(20)\n", encoding="utf-8"
    )
    told: list[str] = []
    tools = Tools(tmp_path, told.append, limit_s=0.2, is_watching=True)
    await asyncio.gather(*(tools.run(ToolCall(0, "", "", "wait")) for _ in range(AT_A_TIME + 1)))
    gate = sys.modules["tools"].gate
    (tmp_path / "tools.py").write_text("def other(): return 'new'\n", encoding="utf-8")
    await tools.look()
    gate.set()

    assert told == ["tools.py: wait: no result within 0.2 s"] * (AT_A_TIME + 1) + ["reloaded tools.py"]
    assert await tools.run(ToolCall(0, "", "", "other")) == "new"
    tools.close()


async def test_a_client_that_leaves_does_not_take_a_reload_with_it(tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text("def find(): return 'old'\n", encoding="utf-8")
    told: list[str] = []
    tools = Tools(tmp_path, told.append, is_watching=True)
    (tmp_path / "tools.py").write_text("def find(): return 'new'\n", encoding="utf-8")
    leaving = asyncio.ensure_future(tools.run(ToolCall(0, "", "", "find")))
    await asyncio.sleep(0)
    leaving.cancel()

    assert await tools.run(ToolCall(0, "", "", "find")) == "new"
    assert told == ["reloaded tools.py"]
    tools.close()


def test_a_tool_that_never_ends_does_not_keep_the_server(tmp_path: Path, folder: Path) -> None:
    options = ("--engine", "echo", "--project", str(folder), "--tools", "--tool-timeout", "0.1")
    with running(*options, database=tmp_path / "t.sqlite") as server:
        assert handled(stream(server, "endless")) == ["error: no result within 0.1 s"]
        assert end(server.process) == 0


# Together with the other forms of an answer


@pytest.mark.parametrize("slug", FORMS)
async def test_the_client_reads_the_same_rounds_in_every_form(server: Server, slug: str) -> None:
    async with lt.Client(api_key=KEY, base_url=server.url) as client:
        async with client.stream(lt.Request(f"acme/demo/{slug}/production", "hi")) as stream:
            async for _ in stream:
                pass
        reply = stream.reply
        thread = await client.threads.messages(str(reply.thread_id))

    calls = [(call.name, call.result) for call in reply.hosted_calls]
    assert calls == [("find_tram", "tram 4 to Brno"), ("find_bus", '{"bus": 9, "to": "Brno", "né": null}')]
    assert reply.text.startswith("user: hi\nassistant: #1\ntool: tram 4")
    assert (reply.finish_reason, reply.tool_calls) == ("stop", ())
    assert [message["role"] for message in reply.messages] == ["assistant", "tool", "tool", "assistant"]
    assert reply.usage is not None
    assert reply.usage.total_tokens == whole(server, "two").json()["usage"]["total_tokens"]
    assert [message.contents[0] for message in thread][1:] == list(reply.messages)


@pytest.mark.parametrize("fault", ["error-event:4", "error-string:4", "named-error-event:4", "truncated:4"])
def test_an_answer_that_breaks_after_a_round_leaves_no_answer_in_the_thread(
    server: Server, fault: str
) -> None:
    body = {"stream": True, "messages": [{"role": "user", "content": "hi"}]}
    with (
        server.http(headers={"x-fault": fault}) as client,
        client.stream("POST", "/acme/demo/find_tram/production", json=body) as response,
    ):
        wire = list(response.iter_lines())

    assert any("tool_calls_handled" in line for line in wire)
    assert "data: [DONE]" not in wire
    assert [message["role"] for message in stored(server, response)] == ["user"]


# Rounds without a server: what the model is asked


async def rounds(request: ModelRequest, *answers: list[Any]) -> tuple[list[Any], list[ModelRequest]]:
    """The pieces of an answer, and every request for it; the last of ``answers`` repeats."""
    asked: list[ModelRequest] = []

    async def pieces(answer: list[Any]) -> Pieces:
        for piece in answer:
            yield piece

    async def ask(request: ModelRequest) -> Pieces:
        asked.append(request)
        return pieces(answers[min(len(asked), len(answers)) - 1])

    async def run(call: ToolCall) -> str:
        return call.arguments

    whole = with_hosted_rounds(await ask(request), request, {"find"}, ask, run)
    async with aclosing(whole):
        return [piece async for piece in whole], asked


CALLED = [ToolCall(0, "", "call_1", "find"), ToolCall(0, "{}"), Finish("tool_calls", Usage(1, 1))]
ANSWERED = [Text("here"), Finish("stop", Usage(2, 1))]


@pytest.mark.parametrize(
    ("choice", "later"),
    [
        ("required", "auto"),
        ({"type": "function", "function": {"name": "find"}}, "auto"),
        ("auto", "auto"),
        (None, None),
    ],
)
async def test_a_call_is_demanded_in_the_first_round_only(choice: Any, later: str | None) -> None:
    request: ModelRequest = {"messages": []} | ({"tool_choice": choice} if choice else {})

    _, asked = await rounds(request, CALLED, ANSWERED)

    assert [one.get("tool_choice") for one in asked] == [choice, later]
    assert asked[1]["messages"][0]["tool_calls"][0]["function"] == {"name": "find", "arguments": "{}"}


async def test_rounds_without_end_are_ended() -> None:
    answer = [CALLED] * 10 + [ANSWERED]
    pieces, asked = await rounds({"messages": []}, *answer)
    assert [one.get("tool_choice") for one in asked] == [None] * 10 + ["none"]
    assert pieces[-1] == ANSWERED[-1]

    with pytest.raises(Refusal, match="without an answer"):
        await rounds({"messages": []}, CALLED)


async def test_calls_of_later_rounds_have_ids_of_their_own() -> None:
    """Some servers send the same id in every completion, or none."""
    nameless = [ToolCall(0, "{}", "", "find"), Finish("stop", None)]

    pieces, _ = await rounds({"messages": []}, CALLED, CALLED, nameless, ANSWERED)

    ids = [piece.call_id for piece in pieces if type(piece).__name__ == "HostedResult"]
    assert ids[0] == "call_1"
    assert all(ids)
    assert len(set(ids)) == 3


@pytest.mark.parametrize("reason", ["length", "content_filter"])
async def test_calls_that_were_cut_are_not_run(reason: str) -> None:
    cut = [ToolCall(0, '{"to": "Br', "call_1", "find"), Finish(reason, None)]

    pieces, asked = await rounds({"messages": []}, cut)

    assert pieces == cut
    assert len(asked) == 1


async def test_text_before_a_call_is_not_held_back() -> None:
    released = asyncio.Event()

    async def slow() -> Pieces:
        yield Text("Let me look. ")
        await released.wait()
        yield Finish("stop", None)

    async def never(_: Any) -> Any:
        raise AssertionError

    pieces = with_hosted_rounds(slow(), {"messages": []}, {"find"}, never, never)
    async with aclosing(pieces):
        assert await anext(pieces) == Text("Let me look. ")
        released.set()


# Without --tools, and starting


def test_without_the_option_nothing_is_imported_and_the_call_is_the_clients(tmp_path: Path) -> None:
    folder = project(
        tmp_path / "project", "import pathlib\npathlib.Path(__file__).with_name('ran').touch()\n"
    )
    with running("--engine", "echo", "--project", str(folder), database=tmp_path / "t.sqlite") as server:
        chunks = stream(server, "find_tram")
        told = server.until_told("langtail-nb: find_tram: ")

    assert reasons(chunks) == ["tool_calls"]
    assert "--tools" in told
    assert not (folder / "ran").exists()
    assert not (folder / "__pycache__").exists()


def test_what_tools_print_does_not_reach_stdout(patient_server: Server) -> None:
    stream(patient_server, "find_tram")
    patient_server.until_told("nor this")
    assert "this must not reach stdout" in patient_server.errors

    assert patient_server.process.stdout is not None
    patient_server.process.terminate()
    assert patient_server.process.stdout.read() == ""


def test_no_cache_is_written_into_the_project(server: Server, folder: Path) -> None:
    stream(server, "find_tram")

    assert not (folder / "__pycache__").exists()


def test_names_in_all_may_come_from_elsewhere(tmp_path: Path) -> None:
    text = "from os.path import basename as find_tram\nfrom trams import gated\n__all__ = ['gated', 'no']\n"
    folder = project(tmp_path / "project", text)
    (folder / "trams.py").write_text("def gated(to): return 'a neighbour'\n", encoding="utf-8")
    options = ("--engine", "echo", "--project", str(folder), "--tools")
    with running(*options, database=tmp_path / "t.sqlite") as server:
        assert handled(stream(server, "gated")) == ["a neighbour"]
        assert "no function find_tram" in handled(stream(server, "find_tram"))[0]
        assert "tools.py has no such function" in server.until_told("find_bus: hosted code")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "no tools.py in "),
        ("def f(:\n", "tools.py:1: SyntaxError: "),
        ("\n\n1 / 0\n", "tools.py:3: ZeroDivisionError: division by zero"),
        ("import sys\nsys.exit('no\\nway')\n", "tools.py:2: SystemExit: no way"),
        ("open('not/there')\n", "tools.py:1: FileNotFoundError: "),
        ("import not_there_at_all\n", "tools.py:1: ModuleNotFoundError: "),
        ("\0", "tools.py"),
    ],
)
def test_a_file_that_cannot_be_used_ends_the_start_with_one_line(
    tmp_path: Path, text: str | None, told: str
) -> None:
    folder = project(tmp_path / "project", text or "")
    if text is None:
        (folder / "tools.py").unlink()
    command = [sys.executable, "-m", "langtail_nb", "serve", "--engine", "echo", "--port", "0", "--tools"]
    command += ["--project", str(folder), "--database", str(tmp_path / "t.sqlite")]

    ended = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=30, check=False)

    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert told in ended.stderr


@pytest.mark.parametrize("text", ["0", "-1", "soon", "inf", "nan"])
def test_a_time_limit_that_is_none_is_wrong_usage(tmp_path: Path, text: str) -> None:
    command = [sys.executable, "-m", "langtail_nb", "serve", "--tool-timeout", text]

    ended = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=30, check=False)

    assert ended.returncode == 2
    assert repr(text) in ended.stderr


# A model on another server


def calling(*calls: JSON) -> bytes:
    """A stream whose completion ends in these pieces of calls."""
    deltas = [{"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]} for call in calls]
    finish = {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}
    pieces = [b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in (*deltas, finish)]
    return wire_of(ROLE, *pieces, USAGE, DONE)


def before(other: Literal, folder: Path) -> AbstractContextManager[Server]:
    options = ("--project", str(project(folder / "project")), "--tools", "--engine", other.url)
    return running(*options, database=folder / "t.sqlite")


async def test_another_servers_model_is_given_the_results_and_asked_again(tmp_path: Path) -> None:
    """Two calls at once, in increments, one of them with arguments that are no JSON."""
    calls = [
        {"index": 0, "id": "call_a", "function": {"name": "find_tram", "arguments": '{"to":'}},
        {"index": 1, "id": "call_b", "function": {"name": "find_bus", "arguments": "zoo"}},
        {"index": 0, "function": {"arguments": '"zoo"}'}},
    ]
    async with literal([calling(*calls)], [wire_of(*ANSWER)]) as other:
        with before(other, tmp_path) as server:
            chunks = await asyncio.to_thread(stream, server, "unscripted")

    tram, bus = handled(chunks)
    assert tram == "tram 4 to zoo"
    assert bus.startswith("error: the arguments are no JSON: ")
    assert reasons(chunks)[-1] == "stop"
    assert streamed_text([chunk for chunk in chunks if chunk["object"] == "chat.completion.chunk"]) == TEXT
    first, second = (json.loads(asked.body) for asked in other.requests)
    assert (first["tool_choice"], second["tool_choice"]) == ("required", "auto")
    assert first["tools"] == second["tools"]
    assert second["messages"][:-3] == first["messages"]
    said, *results = second["messages"][-3:]
    assert [call["id"] for call in said["tool_calls"]] == ["call_a", "call_b"]
    assert results == [
        {"role": "tool", "tool_call_id": "call_a", "content": tram},
        {"role": "tool", "tool_call_id": "call_b", "content": bus},
    ]


async def test_a_model_that_calls_without_end_is_stopped_by_an_error(tmp_path: Path) -> None:
    call = {"index": 0, "id": "call_a", "function": {"name": "find_tram", "arguments": '{"to":"zoo"}'}}
    async with literal([calling(call)]) as other:
        with before(other, tmp_path) as server:
            chunks = await asyncio.to_thread(stream, server, "unscripted")
            response = await asyncio.to_thread(whole, server, "unscripted")

    error = chunks.pop()["error"]
    assert "without an answer" in error["message"]
    assert len(handled(chunks)) == 10
    assert (response.status_code, response.json()["error"]["type"]) == (500, "server_error")
    choices = [json.loads(asked.body)["tool_choice"] for asked in other.requests[:11]]
    assert choices == ["required", *["auto"] * 9, "none"]


# The sample and the real model


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "number", "told"),
    [
        ("Where is my parcel 1041?", 1041, ("1041", "Tuesday")),
        ("My order number is 1042. Where is it?", 1042, ("1042", "post office")),
        ("Where is parcel 9999?", 9999, ("no parcel 9999",)),
    ],
)
def test_the_sample_looks_a_parcel_up_and_says_what_it_found(
    model_server: Server, question: str, number: int, told: tuple[str, ...]
) -> None:
    response = whole(model_server, "parcels", {"messages": [{"role": "user", "content": question}]})

    _, call, result, answer = stored(model_server, response)
    assert json.loads(call["tool_calls"][0]["function"]["arguments"]) == {"number": number}
    assert json.loads(result["content"]).keys() in ({"parcel", "state", "arrives"}, {"number", "error"})
    assert all(part in answer["content"] for part in told)


@pytest.mark.model
def test_the_real_models_call_comes_whole_and_its_answer_in_pieces(model_server: Server) -> None:
    chunks = stream(
        model_server, "parcels", {"messages": [{"role": "user", "content": "Where is my parcel 1041?"}]}
    )

    assert reasons(chunks) == ["tool_calls", "tool_calls_handled", "stop"]
    assert handled(chunks) == ['{"parcel": 1041, "state": "on its way", "arrives": "Tuesday"}']
    pieces = [chunk for chunk in chunks if chunk["choices"] and chunk["choices"][0]["delta"].get("content")]
    assert len(pieces) > 5
    assert len({chunk["id"] for chunk in chunks if chunk.get("usage")}) == 2


@pytest.mark.model
def test_a_named_tool_is_demanded_in_the_first_round_only(model_server: Server) -> None:
    choice = {"type": "function", "function": {"name": "track_parcel"}}
    body = {"messages": [{"role": "user", "content": "Where is my parcel 1043?"}], "tool_choice": choice}

    chunks = stream(model_server, "parcels", body)

    assert reasons(chunks) == ["tool_calls", "tool_calls_handled", "stop"]


def test_a_named_project_runs_nothing_unasked_even_if_it_is_the_sample(tmp_path: Path) -> None:
    with running("--engine", "echo", "--project", str(SAMPLE), database=tmp_path / "t.sqlite") as server:
        assert "--tools" in server.until_told("parcels: track_parcel: hosted code")


# In a notebook


def test_a_cell_shows_the_rounds_in_order(tmp_path: Path) -> None:
    folder = project(tmp_path / "project")
    with kernel(sys.executable, env={"LANGTAIL_NB_HOME": str(tmp_path / "kept")}, cwd=str(tmp_path)) as cells:
        cells.run("%load_ext langtail_nb\nimport langtail_nb as lt")
        started = cells.run(f"%langtail local --engine echo --tools --project {folder}")
        assert started.status == "ok", started.errors
        cells.run("%langtail use two")

        (output,) = cells.run("%%langtail\nhi").outputs
        shown = output["data"]["text/markdown"]
        parts = ("find_tram", "find_bus", "tram 4 to Brno", '"bus": 9', "user: hi")
        places = [shown.index(part) for part in parts]
        assert places == sorted(places)
        assert cells.value("[call.result for call in lt.last().hosted_calls][0]") == "'tram 4 to Brno'"
        assert cells.value("lt.last().tool_calls") == "()"

        cells.run("%langtail use mixed")
        cells.run("%%langtail\nhi", cell_id="b")
        assert cells.value("[call.name for call in lt.last().hosted_calls]") == "['find_tram']"
        assert cells.value("[call.name for call in lt.last().tool_calls]") == "['ask_user']"
        assert cells.value("lt.last().finish_reason") == "'tool_calls'"
