"""One deployment as text and as JSON: the same to the last bit, and stable however often it is written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langtail_nb._local.answering.provider import model_request
from langtail_nb._local.engines.address import Address
from langtail_nb._local.engines.upstream_request import completion_body
from langtail_nb._local.project.served_deployment import ProjectError, parts_of
from langtail_nb._local.protocol.refusals import Refusal
from langtail_nb._project.fault import ProjectFileError
from langtail_nb._project.files import read_content, written_content
from langtail_nb._project.rewriting import rewritten
from langtail_nb._project.text_form import read_text, write_text

JSON = dict[str, Any]

# What a text is most likely to trip over, whole and in pieces.
MARKS = [
    "+++", "\n+++\n", "+++\r\n", "--- system", "\n--- user\n", "--- x", "---", "%%langtail", "'''", '"""',
    "'", '"', "\\", "\\n", "\n", "\r", "\r\n", "\t", "\0", "\x1b[2J", "\x7f", "\x85", "\u2028", "\u202e",
    "\ufeff", "\ud83d",
    "\ude8b", "🚋", "{{x}}", "{{#if x}}", "# no comment", "[variables]", "a = 1", " ", "  \n", "é", "null",
]  # fmt: skip
TEXT = st.lists(st.sampled_from(MARKS) | st.text(st.characters(codec=None), max_size=4), max_size=6).map(
    "".join
)
WHOLE = st.integers() | st.sampled_from([0, -1, 2**63 - 1, 2**63, -(2**63), 10**40])
REAL = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, -0.0, 1e22, 5e-324, 1.0])
ATOM = st.none() | st.booleans() | WHOLE | REAL | TEXT
NAME = TEXT | st.sampled_from(
    ["json", "kind", "name", "type", "", "a.b", "messages", "variables", "tools", "1", "é"]
)
VALUE = st.recursive(
    ATOM, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAME, inner, max_size=3), max_leaves=8
)
OBJECT = st.dictionaries(NAME, VALUE, max_size=3)
PART = st.one_of(
    st.builds(lambda text: {"type": "text", "text": text}, TEXT),
    st.builds(lambda url: {"type": "image_url", "image_url": {"url": url, "detail": "low"}}, TEXT),
    st.builds(lambda url: {"type": "gemini_media_url", "gemini_media_url": {"url": url}}, TEXT),
)
CALL = st.builds(
    lambda name, text: {"id": name, "type": "function", "function": {"name": name, "arguments": text}},
    TEXT,
    TEXT,
)
MESSAGE = st.builds(
    lambda known, more, other: {**other, **known, **more},
    st.fixed_dictionaries(
        {
            "role": st.sampled_from(["system", "user", "assistant", "tool", "function"]),
            "content": TEXT | st.none() | st.lists(PART, max_size=3),
        }
    ),
    st.fixed_dictionaries(
        {}, optional={"name": TEXT, "tool_call_id": TEXT, "tool_calls": st.lists(CALL, max_size=2)}
    ),
    st.just({}) | st.dictionaries(st.sampled_from(["pending", "hash", "later", "json"]), VALUE, max_size=2),
)
SCHEMA = st.just({"type": "object", "properties": {"to": {"type": "string"}}, "required": ["to"]}) | OBJECT
FUNCTION = st.fixed_dictionaries(
    {"name": TEXT},
    optional={
        "description": TEXT, "parameters": SCHEMA, "id": TEXT, "handler": st.just({"enabled": True}) | VALUE,
        "json": VALUE, "strict": VALUE,
    },
)  # fmt: skip
TOOL = st.builds(
    lambda function, more: {"type": "function", "function": function, **more},
    FUNCTION,
    st.just({}) | st.dictionaries(st.sampled_from(["handler", "id", "json"]), VALUE, max_size=1),
)
NUMBER = WHOLE | REAL
ARGUMENTS = st.builds(
    lambda known, other: {**other, **known},
    st.fixed_dictionaries(
        {},
        optional={
            "model": TEXT, "temperature": NUMBER, "max_tokens": NUMBER, "top_p": NUMBER,
            "stop": st.lists(TEXT, max_size=3),
            "stream": st.booleans(), "jsonmode": st.booleans(), "seed": st.none() | NUMBER,
            "tool_choice": st.sampled_from(["auto", {"type": "function", "function": {"name": "f"}}]),
            "reasoning_effort": st.sampled_from(["low", "max"]), "max_thinking_tokens": NUMBER,
        },
    ),
    st.just({}) | OBJECT,
)  # fmt: skip
STATE = st.builds(
    lambda known, other: {**other, **known},
    st.fixed_dictionaries(
        {"type": st.just("chat"), "template": st.lists(MESSAGE, max_size=4), "args": ARGUMENTS},
        optional={"tools": st.lists(TOOL, max_size=3), "functions": st.lists(FUNCTION | OBJECT, max_size=2)},
    ),
    st.just({}) | st.dictionaries(st.sampled_from(["later", "version", "json"]), VALUE, max_size=2),
)
DEPLOYMENT = st.builds(
    # Through JSON: two halves of a character side by side are one there.
    lambda known, other: json.loads(json.dumps({**other, **known})),
    st.fixed_dictionaries(
        {"chatInput": st.dictionaries(NAME, TEXT | VALUE, max_size=3), "state": STATE},
        optional={
            "kind": st.sampled_from(["assistant", "prompt"]),
            "fault": st.sampled_from(["stall", "usage-in-finish"]),
        },
    ),
    st.just({}) | st.dictionaries(st.sampled_from(["later", "json", "args"]), VALUE, max_size=2),
)


@st.composite
def out_of_shape(draw: st.DrawFn) -> JSON:
    """A deployment of which one part, wherever it lies, is gone or another kind than documented."""
    content: JSON = draw(DEPLOYMENT)
    place: Any = content
    while True:
        keys: list[Any] = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return content
        key = draw(st.sampled_from(keys))
        inner = place[key]
        if isinstance(inner, dict | list) and inner and draw(st.integers(0, 3)):
            place = inner
            continue
        if draw(st.booleans()):
            place[key] = json.loads(json.dumps(draw(VALUE | st.sampled_from(ODD))))
        else:
            del place[key]
        return content


# What stands where something else is documented.
ODD: list[Any] = [
    "a legacy template", {"role": "developer", "content": "x"}, {"role": "user"},
    {"content": 4, "role": "user"}, [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}],
    {"type": "retrieval"}, {"type": "function", "function": None},
    {"type": "function", "function": {"name": "f", "parameters": "{}"}},
    {"type": "function", "function": {"name": "f", "parameters": {"default": None}}},
    {"handler": {"enabled": True, "code": "\r\n+++\r\n--- system"}},
    "data:image/png;base64," + "A+/=" * 5_000,
    json.loads("[" * 60 + "]" * 60), "  ", "\n", "\n\n", "+++", "--- system",
]  # fmt: skip


def served(name: str, text: str) -> tuple[str, ...]:
    """What leaves the server for a file: its configuration, and what a model is asked."""
    try:
        kind, fault, config = parts_of(read_content(name, text.encode()))
    except ProjectError as exc:
        return ("refused", str(exc))
    try:
        request = model_request(
            config, {"variables": {"x": "1"}, "messages": [{"role": "user", "content": "hi"}]}
        )
        body: Any = completion_body(request, Address("http://127.0.0.1:1/v1"))
    except Refusal as exc:
        body = str(exc)
    return (kind, str(fault), json.dumps(config), json.dumps(body))


def in_full(content: JSON) -> JSON:
    """A deployment with what every text file has: it cannot say that one of these is not there."""
    state = {"type": "chat", "template": [], "args": {}, **content.get("state", {})}
    return {"chatInput": {}, **content, "state": state}


def check_both(content: JSON) -> None:
    text = write_text(content)
    read = read_text(text).content

    assert read == in_full(content)
    assert write_text(read) == text
    assert rewritten(text.encode(), content) == text
    assert read_text(text.replace("\n", "\r\n")).content == read
    assert served("a.md", text) == served("a.json", written_content("a.json", content))


def check_both_or_neither(content: JSON) -> None:
    """What no text file says, no server serves as JSON either."""
    if isinstance(content.get("state", {}), dict):
        check_both(content)
        return
    with pytest.raises(ProjectFileError, match="state must be an object"):
        write_text(content)
    assert served("a.json", written_content("a.json", content))[0] == "refused"


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(DEPLOYMENT)
def test_a_deployment_is_the_same_in_both_forms(content: JSON) -> None:
    check_both(content)


@pytest.mark.thorough
@settings(deadline=None, max_examples=2_000, suppress_health_check=list(HealthCheck))
@given(DEPLOYMENT)
def test_two_thousand_deployments_are_the_same_in_both_forms(content: JSON) -> None:
    check_both(content)


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(out_of_shape())
def test_what_is_of_another_shape_is_the_same_in_both_forms_too(content: JSON) -> None:
    check_both_or_neither(content)


@pytest.mark.thorough
@settings(deadline=None, max_examples=2_000, suppress_health_check=list(HealthCheck))
@given(out_of_shape())
def test_two_thousand_of_another_shape_are_the_same_in_both_forms(content: JSON) -> None:
    check_both_or_neither(content)


@pytest.mark.parametrize(
    "unit",
    [
        "line\n",
        *(
            pytest.param(unit, marks=pytest.mark.thorough)
            for unit in ("word ", "\r\n", "--- user\n", "+++\n", "'\"\\", "🚋", "\ud83d", "\x1b[")
        ),
    ],
)
def test_a_megabyte_is_the_same_in_both_forms(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    message = {"role": "user", "content": text}

    check_both(
        {
            "chatInput": {"x": text},
            "state": {"type": "chat", "template": [message], "args": {"stop": [text[:100_000]]}},
        }
    )


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(DEPLOYMENT, DEPLOYMENT)
def test_a_file_that_is_rewritten_says_the_new_and_keeps_its_comments(old: JSON, new: JSON) -> None:
    text = write_text(old).replace("+++\n", "+++\n# by hand\n", 1)

    written = rewritten(text.encode(), new)

    assert read_text(written).content == new
    assert "# by hand" in written
    assert rewritten(written.encode(), new) == written
