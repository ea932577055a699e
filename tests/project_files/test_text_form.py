"""A text file by examples: what stands in it, what is refused with its place, what rewriting leaves alone."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest

from langtail_nb._project.fault import ProjectFileError
from langtail_nb._project.rewriting import rewritten
from langtail_nb._project.text_form import begins_as_text, read_text, write_text
from tests.project_files.test_forms import check_both
from tests.servers import deployment

JSON = dict[str, Any]

SEED = '{"state": {"args": {"seed": 2}}}'


@pytest.mark.parametrize(
    "content",
    [
        "+++", "a\n+++\nb", "--- system\nI am the system", "a\n--- x", "a\r\nb\rc", "half \ud83d",
        "\0\x1b[2J", "\ufeff", " lead\n\n", "\n", "", "x" * 1_000_000,
        "'''\n" * 3, "%%langtail\n{{x}}", "+++\n" * 50_000,
    ],
)  # fmt: skip
def test_hostile_texts_come_back_as_they_were(content: str) -> None:
    check_both(deployment("Hi", {"role": "user", "content": content}, chatInput={"x": content}))


def test_a_plain_prompt_stands_in_its_file_as_it_is() -> None:
    said = 'Say "hi" to {{name}}.\n\n\tIt\'s 5 \\ 3.'
    text = write_text(deployment(said, {"role": "user", "content": "Go — é"}))

    assert text.endswith(f"+++\n\n--- system\n{said}\n--- user\nGo — é\n")


def test_a_schema_keeps_its_order_line_by_line() -> None:
    members = {"b": {"type": "string"}, "a": {"enum": [1, 2]}}
    schema = {"type": "object", "properties": members, "required": ["b"]}
    tool = {"type": "function", "function": {"name": "f", "description": "d", "parameters": schema}}
    text = write_text(deployment("x", tools=[tool]))

    assert [line for line in text.split("\n") if line.startswith("parameters.")] == [
        'parameters.type = "object"',
        'parameters.properties.b.type = "string"',
        "parameters.properties.a.enum = [1, 2]",
        'parameters.required = ["b"]',
    ]
    assert json.dumps(read_text(text).content["state"]["tools"]) == json.dumps([tool])


@pytest.mark.parametrize(
    ("raw", "begins"),
    [
        (b"+++\n", True), (b"+++\r\n", True), (b"\xef\xbb\xbf+++ \n", True), (b"+++", True),
        (b"# Read me\n", False), (b"", False), (b"++++\n", False), (b" +++\n", False), (b"---\n", False),
    ],
)  # fmt: skip
def test_only_a_file_that_begins_with_the_fence_is_a_deployment(raw: bytes, begins: bool) -> None:
    assert begins_as_text(raw) is begins


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# hi\n", "line 1: the file does not begin with a line +++"),
        ("+++\nmodel = 1\n", "line 1: the header is never closed"),
        ("+++\nmodel = \n+++\n", "line 2, column 9: Invalid value"),
        ("+++\nmodel = 'x'\nmodel = 'y'\n+++\n", "line 3, column 12: Cannot overwrite a value"),
        ("+++\nseed = 2024-01-01\n+++\n", "seed is 2024-01-01, which JSON cannot say"),
        ("+++\n[variables]\nx = [nan]\n+++\n", "variables.x[1] is nan, which JSON cannot say"),
        ("+++\n+++\nHello\n", "line 3: text stands before the first role"),
        ("+++\n+++\n\n--- system\nx\n--- usr\n", "line 6: role 'usr' must be one of"),
        ("+++\nmessages.2 = '{}'\n+++\n--- user\nx\n", "messages.2 names no message; there are 1"),
        ("+++\nmessages.1.role = 'system'\n+++\n--- user\n", "messages.1 is of role 'system', and message 1"),
        ("+++\nmessages.1 = '{\"content\": null}'\n+++\n--- user\nx\n", "messages.1 has the content, and"),
        ("+++\nvariables = 'x'\n+++\n", "variables is text, and so must be JSON"),
        ("+++\nvariables = 3\n+++\n", "variables must be a table"),
        ("+++\ntools = 3\n+++\n", "tools must be tables"),
        ("+++\n[[tools]]\nname = 'f'\njson = '{}'\n+++\n", "tools[1] has json and other names"),
        (f"+++\nseed = 1\njson = '{SEED}'\n+++\n", "json.state.args.seed says"),
        (b"+++\n+++\n--- user\n\xff\n", "line 4: a byte that is no UTF-8"),
        ("+++\nx = " + "9" * 5000 + "\n+++\n", "Exceeds the limit"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line_with_its_place(text: str | bytes, told: str) -> None:
    with pytest.raises(ProjectFileError) as caught:
        read_text(text)

    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["[" * 50_000, "{a=" * 50_000, "[" * 300 + "]" * 300])
def test_a_header_of_any_depth_is_read_or_refused_in_one_line(text: str) -> None:
    told = ""
    try:
        read_text(f"+++\nx = {text}\n+++\n")
    except ProjectFileError as exc:
        told = str(exc)
    assert "\n" not in told


BY_HAND = """\
+++
# Ours, since 2025.
kind = "assistant"
model = "gpt-4o-mini"  # cheap

# How warm it is.
temperature = 0.2  # not more

# Defaults.
[variables]
topic = "orders"  # the most common

[[tools]]
# Asked first.
name = "find"
description = "d"
parameters.type = "object"  # always

[[tools]]
name = "other"
description = "d"
+++

--- system
About {{topic}}.
"""
WARM = "temperature = 0.2  # not more\n"


def changed(**changes: Any) -> JSON:
    content = read_text(BY_HAND).content
    content["state"]["args"] |= changes
    return content


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("temperature = 0.2", "temperature = 0.7", {"temperature": 0.7}),
        (WARM, f"{WARM}max_tokens = 5\n", {"max_tokens": 5}),
        (WARM, "temperature = 1  # not more\nseed = 3\n", {"temperature": 1, "seed": 3}),
        ('model = "gpt-4o-mini"', 'model = "o3-mini"', {"model": "o3-mini"}),
    ],
)
def test_only_the_lines_that_change_are_rewritten(old: str, new: str, changes: JSON) -> None:
    assert rewritten(BY_HAND.encode(), changed(**changes)) == BY_HAND.replace(old, new)


def test_what_leaves_takes_its_line_and_no_more() -> None:
    content = changed()
    del content["state"]["args"]["temperature"]
    content["state"]["tools"].pop()

    kept = BY_HAND.replace(WARM, "").replace('\n[[tools]]\nname = "other"\ndescription = "d"\n', "")
    assert rewritten(BY_HAND.encode(), content) == kept


def test_a_header_of_another_hand_keeps_its_comments_and_its_style() -> None:
    text = "+++\nmodel='m'   # cheap\ntemperature=0.20 # warm\nvariables = {a = 'x'} # all\n+++\n--- user\nhi"
    content = read_text(text).content
    content["state"]["args"]["temperature"] = 0.5
    content["chatInput"]["a"] = "y"

    written = rewritten(text.encode(), content)

    assert read_text(written).content == content
    assert "model='m'   # cheap\ntemperature=0.5 # warm\n" in written
    assert "# all" in written
    assert tomllib.loads(written.split("+++")[1])["temperature"] == 0.5


def test_a_text_that_changes_leaves_the_header_alone() -> None:
    content = changed()
    content["state"]["template"][0]["content"] = "New."

    assert rewritten(BY_HAND.encode(), content) == BY_HAND.replace("About {{topic}}.", "New.")


def test_line_ends_of_windows_stay_and_a_file_that_says_it_already_is_the_same_to_the_byte() -> None:
    raw = b"\xef\xbb\xbf" + BY_HAND.replace("\n", "\r\n").encode()

    assert rewritten(raw, changed()).encode() == raw
    written = rewritten(raw, changed(temperature=0.7))
    assert written == BY_HAND.replace("0.2", "0.7").replace("\n", "\r\n")
