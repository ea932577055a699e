"""Clients that others wrote work against the local server unchanged.

Langtail's own client comes from npm, the version that the protocol was read from and the newest; one script
of ours makes all its calls, and each test looks at one of them.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.places import SDK
from tests.servers import KEY, Server, deployment, inherited, missing, running, streamed_text, write_project

JSON = dict[str, Any]
Calls = dict[str, JSON]

PACKAGES = {"pinned": "langtail@0.16.16", "newest": "langtail@latest"}
LIMIT_S = 300

HELLO = "Hello, ünïcode 🚋"
ANSWER = f"system: You are support of Acme. Topic: .\nuser: {HELLO}"
NOT_FOUND = '404 {"error":"Prompt deployment not found"}'
WRONG_KEY = {"message": "Invalid API key", "type": "authentication_error", "param": None, "code": None}
HOSTED = {
    "type": "function",
    "function": {
        "id": "fn_1",
        "name": "find_tram",
        "description": "Next tram",
        "parameters": {"type": "object", "properties": {"to": {"type": "string"}}},
        "handler": {"enabled": True},
    },
}
FAULTY = {
    "weather": "tools",
    "hosted": "hosted-tools",
    "keepalive": "keepalive",
    "torn": "torn",
    "broken": "error-event",
    "thinking": "reasoning",
    "busy": "429",
}
DEPLOYMENTS = {
    "support": deployment(
        "You are support of {{company}}. Topic: {{topic}}.", chatInput={"company": "Acme", "topic": ""}
    ),
    "joke": deployment("Tell a joke.", kind="prompt"),
    "guide": deployment("Guide."),
    "guide@production@1": deployment("Guide one."),
    "guide@preview@k3x9qa1z": deployment("Guide to come."),
    "full": deployment(
        "{{topic}}",
        chatInput={"topic": "x"},
        tools=[HOSTED],
        functions=[{"name": "old", "parameters": {}}],
        args={
            "stop": ["END"],
            "jsonmode": True,
            "seed": 5,
            "max_tokens": -1,
            "max_thinking_tokens": 100,
            "reasoning_effort": "high",
            "tool_choice": "auto",
        },
    ),
    "zero": deployment(
        "{{topic}}", args={"stop": [], "seed": 0, "max_tokens": 0, "max_thinking_tokens": 0, "temperature": 0}
    ),
    **{slug: deployment(fault=fault) for slug, fault in FAULTY.items()},
}


@pytest.fixture(scope="module")
def sdk_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An echo server with one key."""
    folder = tmp_path_factory.mktemp("sdk-server")
    project = write_project(folder / "project", DEPLOYMENTS)
    options = ("--engine", "echo", "--project", str(project), "--api-key", KEY)
    with running(*options, database=folder / "local.sqlite") as server:
        yield server


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with both versions of the client, and our script beside them."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        missing("node with npm")
    folder = tmp_path_factory.mktemp("sdk")
    shutil.copy(SDK / "calls.mjs", folder)
    command = ["npm", "install", "--prefix", str(folder), "--no-package-lock", "--ignore-scripts"]
    command += ["--no-audit", "--no-fund", *(f"{name}@npm:{spec}" for name, spec in PACKAGES.items())]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=LIMIT_S, check=False)
    if done.returncode != 0:
        missing("the npm package langtail")
    yield folder
    # pytest keeps the folders of three runs, and this one is of 100 MB.
    shutil.rmtree(folder / "node_modules")


def node(folder: Path, server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    own = {"LANGTAIL_API_KEY": KEY, "LANGTAIL_BASE_URL": server.url}
    return subprocess.run(
        ["node", *arguments], cwd=folder, env={**inherited(), **own},
        capture_output=True, encoding="utf-8", timeout=LIMIT_S, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module", params=list(PACKAGES))
def package(request: pytest.FixtureRequest, installed: Path) -> str:
    """The name under which a version of the client is installed."""
    name: str = request.param
    if name != "pinned" and version(installed, name) == version(installed, "pinned"):
        pytest.skip("the newest version is the pinned one")
    return name


def version(installed: Path, name: str) -> str:
    manifest = installed / "node_modules" / name / "package.json"
    return str(json.loads(manifest.read_text(encoding="utf-8"))["version"])


@pytest.fixture(scope="module")
def calls(package: str, installed: Path, sdk_server: Server) -> Calls:
    """What came of each call: ``value`` or ``error``. What the model was given is there as ``given``."""
    mark = sdk_server.mark()
    ran = node(installed, sdk_server, "calls.mjs", package, sdk_server.url)
    assert ran.returncode == 0, ran.stderr
    found: Calls = json.loads(ran.stdout)
    return {**found, "given": {"value": sdk_server.requests(mark)}}


def value(calls: Calls, name: str) -> Any:
    assert "value" in calls[name], calls[name]
    return calls[name]["value"]


def error(calls: Calls, name: str) -> JSON:
    assert "error" in calls[name], calls[name]
    failed: JSON = calls[name]["error"]
    return failed


def message(choices: list[JSON]) -> JSON:
    (choice,) = choices
    assert choice["finish_reason"] == "stop"
    found: JSON = choice["message"]
    return found


def of_type(parts: list[JSON], kind: str) -> list[JSON]:
    return [part for part in parts if part["type"] == kind]


def test_an_answer_comes_whole_with_its_thread_and_usage(calls: Calls) -> None:
    came = value(calls, "invoke")

    assert came["object"] == "chat.completion"
    assert message(came["choices"])["content"] == ANSWER.replace("Topic: .", "Topic: returns.")
    assert came["threadId"]
    assert came["usage"]["completion_tokens"] > 0


def test_the_clients_metadata_and_wish_to_record_are_understood(calls: Calls) -> None:
    asked = value(calls, "given")[0]

    assert asked["metadata"] == {"run": "7"}
    assert asked["withheld"] is False


def test_both_routes_versions_and_preview_answer(calls: Calls) -> None:
    assert message(value(calls, "scoped"))["content"] == ANSWER
    assert "Guide one." in message(value(calls, "version"))["content"]
    assert "Guide to come." in message(value(calls, "preview"))["content"]


def test_a_prompt_has_no_thread(calls: Calls) -> None:
    assert value(calls, "promptThread") is None


@pytest.mark.parametrize("name", ["stream", "keepalive", "torn"])
def test_a_stream_is_read_to_its_end_by_openais_reader_for_node(calls: Calls, name: str) -> None:
    chunks = value(calls, name)

    assert HELLO in streamed_text(chunks)
    assert [c["finish_reason"] for chunk in chunks for c in chunk["choices"]][-1] == "stop"
    assert chunks[-1]["usage"]["completion_tokens"] > 0
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}


def test_configurations_are_those_of_the_files(calls: Calls) -> None:
    config = value(calls, "get")

    assert config["chatInput"] == {"company": "Acme", "topic": ""}
    assert config["state"]["template"] == DEPLOYMENTS["support"]["state"]["template"]
    assert value(calls, "getVersion")["state"]["template"][0]["content"] == "Guide one."


def test_the_listing_has_every_version(calls: Calls) -> None:
    rows = value(calls, "listDeployments")

    guide = {(row["environment"], row.get("version")) for row in rows if row["promptSlug"] == "guide"}
    versions = {("production", "1"), ("preview", "k3x9qa1z")}
    assert guide == {("production", None), ("staging", None)} | versions


def test_the_model_is_asked_what_the_clients_own_builder_would_ask(calls: Calls) -> None:
    given = [r for r in value(calls, "given") if "body" in (r["metadata"] or {})]

    built = value(calls, "bodies")
    assert len(given) == len(built) == 33
    for asked, body in zip(given, built, strict=True):
        assert asked["provider"] == body, asked["body"]


def test_a_conversation_is_stored_listed_marked_and_cut(calls: Calls) -> None:
    came = value(calls, "conversation")

    first = came["first"][0]["message"]["content"]
    second = streamed_text(came["chunks"])
    stored = [each["content"]["content"] for each in came["listed"]["data"]]
    assert stored == [HELLO, first, HELLO, second]
    assert [each["content"]["role"] for each in came["listed"]["data"]] == ["user", "assistant"] * 2
    assert {each["threadId"] for each in came["listed"]["data"]} == {came["threadId"]}
    pages = came["page"]["data"] + came["next"]["data"]
    assert (pages, came["page"]["has_more"]) == (came["listed"]["data"], True)
    assert came["message"] == came["listed"]["data"][1]
    assert came["marked"] == {**came["message"], "metadata": {"good": 1}}
    assert came["deleted"] == {**came["deleted"], "id": came["message"]["id"], "deleted": True}
    assert len(came["left"]["data"]) == 3


def test_threads_are_created_changed_paged_and_deleted(calls: Calls) -> None:
    came = value(calls, "threads")

    assert came["created"]["metadata"] == {"notebook": "trip"}
    assert came["updated"] == came["retrieved"] == {**came["created"], "metadata": {"run": 7}}
    assert [each["id"] for each in came["listed"]["data"]] == [came["bare"]["id"], came["created"]["id"]]
    assert came["listed"]["has_more"] is True
    assert not {each["id"] for each in came["rest"]["data"]} & {came["bare"]["id"], came["created"]["id"]}
    assert (came["deleted"]["id"], came["deleted"]["deleted"]) == (came["created"]["id"], True)
    assert came["created"]["id"] not in came["ids"]
    assert came["bare"]["id"] in came["ids"]


def test_tool_calls_arrive_and_their_results_are_answered(calls: Calls) -> None:
    chunks, came = value(calls, "toolCalls"), value(calls, "toolResult")

    deltas = [d for chunk in chunks for c in chunk["choices"] for d in c["delta"].get("tool_calls", [])]
    assert json.loads("".join(delta["function"]["arguments"] for delta in deltas)) == {"city": "Brno"}
    assert came["call"][0]["finish_reason"] == "tool_calls"
    assert message(came["answer"])["content"].endswith("tool: sunny")


def test_rounds_of_hosted_tools_pass_through_its_reader(calls: Calls) -> None:
    chunks = value(calls, "hosted")

    reasons = [c["finish_reason"] for chunk in chunks for c in chunk["choices"] if c["finish_reason"]]
    assert reasons == ["tool_calls", "tool_calls_handled", "stop"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("unknownPrompt", f"Failed to fetch prompt: {NOT_FOUND}"),
        ("unknownConfig", f"Failed to fetch prompt config payload: {NOT_FOUND}"),
        (
            "wrongKey",
            f"Failed to fetch prompt: 401 {json.dumps({'error': WRONG_KEY}, separators=(',', ':'))}",
        ),
    ],
)
def test_a_refused_prompt_is_the_error_that_the_client_documents(calls: Calls, name: str, told: str) -> None:
    assert error(calls, name)["message"] == told


def test_a_wrong_key_is_refused_everywhere(calls: Calls) -> None:
    for name in ("wrongKeyConfig", "wrongKeyListing"):
        assert " 401 " in error(calls, name)["message"]
    refused = error(calls, "wrongKeyThreads")
    assert (refused["class"], refused["statusCode"]) == ("ErrorResponse", 401)
    assert refused["extra_data"]["body"] == {"error": WRONG_KEY}


@pytest.mark.parametrize("name", ["Thread", "Message"])
def test_an_unknown_thread_or_message_is_the_clients_error_class(calls: Calls, name: str) -> None:
    refused = error(calls, f"unknown{name}")

    assert (refused["class"], refused["statusCode"]) == ("ErrorResponse", 404)
    assert refused["message"] == f"{name} not found"


def test_a_body_that_its_schema_rejects_is_a_400_that_names_the_field(calls: Calls) -> None:
    assert '"param":"variables.topic"' in error(calls, "badBody")["message"]


def test_an_error_inside_a_stream_is_raised_by_openais_reader_for_node(calls: Calls) -> None:
    assert error(calls, "brokenStream") == {
        "class": "APIError",
        "name": "Error",
        "message": "upstream closed",
    }


# The bridge to the Vercel AI SDK, which validates what it reads


def test_the_bridge_generates_with_variables_and_usage(calls: Calls) -> None:
    came = value(calls, "generate")

    assert came["text"] == "system: You are support of Acme. Topic: returns.\nuser: Hi"
    assert came["finishReason"] == "stop"
    assert all(count > 0 for count in came["usage"].values())


def test_the_bridge_streams(calls: Calls) -> None:
    parts = value(calls, "bridgeStream")

    text = "".join(part["textDelta"] for part in of_type(parts, "text-delta"))
    assert text == "system: You are support of Acme. Topic: .\nuser: Hi"
    assert parts[0]["type"] == "response-metadata"
    assert (parts[-1]["type"], parts[-1]["finishReason"]) == ("finish", "stop")
    assert parts[-1]["usage"]["completionTokens"] > 0
    assert of_type(parts, "error") == []


def test_the_bridge_reads_tool_calls_whole_and_streamed(calls: Calls) -> None:
    (whole,) = value(calls, "generateTools")["toolCalls"]
    parts = value(calls, "bridgeStreamTools")
    (streamed,) = of_type(parts, "tool-call")

    assert (whole["toolName"], json.loads(whole["args"])) == ("find_tram", {"to": "Brno"})
    assert (streamed["toolName"], json.loads(streamed["args"])) == ("get_weather", {"city": "Brno"})
    assert parts[-1]["finishReason"] == "tool-calls"


def test_the_bridge_reads_reasoning_whole_and_streamed(calls: Calls) -> None:
    parts = value(calls, "bridgeStreamReasoning")

    streamed = "".join(part["textDelta"] for part in of_type(parts, "reasoning"))
    assert streamed == value(calls, "generateReasoning")["reasoning"][0]["text"] != ""


def test_the_bridges_ways_to_ask_for_json_are_accepted(calls: Calls) -> None:
    given = [r["provider"] for r in value(calls, "given") if r["provider"] is not None]

    assert value(calls, "generateObject")["finishReason"] == "stop"
    assert value(calls, "generateSchema")["finishReason"] == "stop"
    formats = [provider["response_format"] for provider in given if "response_format" in provider]
    assert any(form["type"] == "json_schema" and form["json_schema"]["strict"] for form in formats)
    assert any(p.get("tool_choice") == {"type": "function", "function": {"name": "json"}} for p in given)


def test_the_bridge_tells_an_error_inside_a_stream(calls: Calls) -> None:
    parts = value(calls, "bridgeStreamError")

    assert [part["error"]["message"] for part in of_type(parts, "error")] == ["upstream closed"]
    assert parts[-1]["finishReason"] == "error"


@pytest.mark.parametrize(
    ("name", "status", "retryable"),
    [("bridgeUnknown", 404, False), ("bridgeWrongKey", 401, False), ("bridgeBusy", 429, True)],
)
def test_the_bridge_knows_what_may_be_tried_again(
    calls: Calls, name: str, status: int, retryable: bool
) -> None:
    refused = error(calls, name)

    assert (refused["name"], refused["statusCode"]) == ("AI_APICallError", status)
    assert refused["isRetryable"] is retryable


# Its command line, and OpenAI's reader for Python


def test_its_command_line_generates_the_types_of_tools(
    package: str, installed: Path, sdk_server: Server, tmp_path: Path
) -> None:
    out = tmp_path / "langtailTools.ts"

    entry = f"node_modules/{package}/bin/entry.mjs"
    ran = node(installed, sdk_server, entry, "generate-tools", "--out", str(out))

    assert ran.returncode == 0, ran.stderr
    generated = out.read_text(encoding="utf-8")
    assert '"find_tram": {' in generated
    assert "hosted" in generated


def test_its_command_line_generates_the_types_of_variables(
    package: str, installed: Path, sdk_server: Server, tmp_path: Path
) -> None:
    out = tmp_path / "langtail.d.ts"

    entry = f"node_modules/{package}/bin/entry.mjs"
    ran = node(installed, sdk_server, entry, "generate-types", "--out", str(out))

    assert ran.returncode == 0, ran.stderr
    generated = out.read_text(encoding="utf-8")
    assert "company" in generated
    assert "topic" in generated


@pytest.mark.parametrize("slug", ["support", "keepalive", "torn", "hosted", "weather"])
def test_openais_reader_for_python_reads_the_stream(sdk_server: Server, slug: str) -> None:
    openai = pytest.importorskip("openai")
    from openai.types.chat import ChatCompletionChunk

    own = openai.OpenAI(api_key=KEY, base_url=sdk_server.url, http_client=httpx.Client(trust_env=False))
    body = {"messages": [{"role": "user", "content": HELLO}], "stream": True}
    with own:
        path = f"/project-prompt/{slug}/production"
        stream = own.post(
            path,
            cast_to=ChatCompletionChunk,
            body=body,
            options={"headers": {"x-api-key": KEY}},
            stream=True,
            stream_cls=openai.Stream[ChatCompletionChunk],
        )
        chunks = [chunk.model_dump() for chunk in stream]

    text = streamed_text(chunks)
    reasons = [c["finish_reason"] for chunk in chunks for c in chunk["choices"] if c["finish_reason"]]
    assert reasons[-1] == ("tool_calls" if slug == "weather" else "stop")
    assert HELLO in text or slug == "weather"
    assert chunks[-1]["usage"]["completion_tokens"] > 0
