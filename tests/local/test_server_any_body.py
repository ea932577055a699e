"""Whatever JSON an invoke is sent: an answer, or a refusal in Langtail's shape, never a failure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langtail_nb._local.protocol.schema import INVOKE
from tests.local.bare import PLAIN, is_langtails
from tests.places import PROJECT
from tests.servers import Server, running

TEXT = st.text(st.characters(codec=None), max_size=12)
NUMBERS = st.integers() | st.floats() | st.sampled_from([10**400, -(10**20), 0, -1])


def objects(values: Any) -> Any:
    return st.dictionaries(TEXT, values, max_size=4)


SCALARS = st.none() | st.booleans() | NUMBERS | TEXT
JSON_VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | objects(inner), max_leaves=12)


def record(**members: Any) -> Any:
    """An object that has these members or lacks some, each as it should be or anything else."""
    loose = {name: member | JSON_VALUES for name, member in members.items()}
    return st.fixed_dictionaries({}, optional=loose)


FUNCTION = record(name=TEXT, description=TEXT, parameters=objects(JSON_VALUES), arguments=TEXT)
CALL = record(id=TEXT, type=st.just("function"), function=FUNCTION)
PART = record(
    type=st.sampled_from(["text", "image_url", "gemini_media_url"]),
    text=TEXT,
    image_url=record(url=TEXT),
    gemini_media_url=record(url=TEXT),
)
REASONING = record(type=st.sampled_from(["text", "redacted"]), text=TEXT, data=TEXT)
MESSAGE = record(
    role=st.sampled_from(["system", "user", "assistant", "tool", "function"]),
    content=TEXT | st.lists(PART, max_size=3) | st.sampled_from(["{{a}}", "{{#each a}}{{this}}{{/each}}"]),
    tool_calls=st.lists(CALL, max_size=2),
    tool_call_id=TEXT,
    reasoning=st.lists(REASONING, max_size=2),
)
MESSAGES = st.lists(MESSAGE | st.just({"role": "user", "content": "hello"}), max_size=3)
LIKELY = {
    "messages": MESSAGES,
    "template": MESSAGES,
    "variables": st.dictionaries(st.sampled_from(["a", "b"]) | TEXT, TEXT, max_size=3),
    "tools": st.lists(CALL, max_size=2),
    "stop": TEXT | st.lists(TEXT, max_size=2),
    "metadata": objects(TEXT | NUMBERS),
    "stream": st.booleans(),
    "tool_choice": st.sampled_from(["auto", "none"]) | CALL,
    "response_format": record(
        type=st.sampled_from(["json_object", "json_schema"]), json_schema=objects(JSON_VALUES)
    ),
    "reasoning_effort": st.sampled_from(["low", "max"]),
}
RIGHT_MESSAGE = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["system", "user", "assistant", "tool"]),
        "content": st.none() | TEXT | st.lists(st.builds(lambda text: {"type": "text", "text": text}, TEXT)),
    },
    optional={"name": TEXT, "tool_call_id": TEXT, "later": JSON_VALUES},
)
RIGHT = {
    "messages": st.lists(RIGHT_MESSAGE, max_size=3),
    "template": st.lists(RIGHT_MESSAGE, max_size=3),
    "variables": st.dictionaries(TEXT, TEXT, max_size=3),
    "stop": TEXT | st.lists(TEXT, max_size=2),
    "max_tokens": st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    "seed": st.integers(),
    "metadata": objects(TEXT | st.integers()),
    "stream": st.booleans(),
    "doNotRecord": st.booleans(),
    "of no meaning": JSON_VALUES,
}
FIELDS = {name: LIKELY.get(name, SCALARS) | JSON_VALUES for name in INVOKE}
BODIES = (
    st.fixed_dictionaries({}, optional=RIGHT)
    | st.fixed_dictionaries({}, optional=FIELDS)
    | record(**LIKELY)
    | JSON_VALUES
)


@pytest.fixture(scope="module")
def fed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, httpx.Client]]:
    """One server and one connection for all bodies."""
    database = tmp_path_factory.mktemp("fed") / "t.sqlite"
    with running("--engine", "echo", "--project", str(PROJECT), database=database) as server:
        with server.http() as http:
            yield server, http
        assert server.errors == []


@given(body=BODIES, path=st.sampled_from([PLAIN, "/acme/demo/support/production", "/acme/demo/joke/staging"]))
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_json_is_answered_or_refused_in_langtails_shape(
    fed: tuple[Server, httpx.Client], body: object, path: str
) -> None:
    # With NaN and Infinity, as Python writes them, and with halves of surrogates as escapes.
    response = fed[1].post(path, content=json.dumps(body), headers={"content-type": "application/json"})

    assert response.status_code in (200, 400, 404), response.text
    if response.status_code != 200:
        assert is_langtails(response.json())
    elif response.headers["content-type"].startswith("text/event-stream"):
        assert response.content.endswith(b"data: [DONE]\n\n")
    else:
        assert response.json()["choices"][0]["message"]["role"] == "assistant"


@given(body=JSON_VALUES | record(metadata=objects(SCALARS), message=MESSAGE, createLog=objects(JSON_VALUES)))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_json_makes_a_thread_or_a_message_that_reads_back_or_is_refused(
    fed: tuple[Server, httpx.Client], body: object
) -> None:
    content = json.dumps(body)
    for path in ("/v2/threads", f"/v2/threads/{_thread(fed[1])}/messages"):
        response = fed[1].post(path, content=content)

        assert response.status_code in (200, 400), response.text
        if response.status_code == 200:
            made = response.json()
            assert fed[1].get(f"{path}/{made['id']}").json() == made
        else:
            assert is_langtails(response.json())


def _thread(http: httpx.Client) -> str:
    return str(http.post("/v2/threads", json={}).json()["id"])
