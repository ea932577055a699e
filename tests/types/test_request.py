"""Targets and requests: what is asked, checked before anything is sent."""

import copy
import json
import pickle
from collections import OrderedDict
from enum import IntEnum

import pytest

from langtail_nb._client.api_key import ApiKey
from langtail_nb._client.base_url import base_url_of
from langtail_nb._errors import ConfigurationError, NotFoundError
from langtail_nb._types.fields import FIELDS, Parameters
from langtail_nb._types.json_value import json_value
from langtail_nb._types.request import Request
from langtail_nb._types.target import Target

SUPPORT = Target.parse("acme/help/support/production")


class Count(IntEnum):
    ONE = 1


def nested(depth):
    value = "in the middle"
    for _ in range(depth):
        value = {"a": [value]}
    return value


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("translator", "acme/help/translator/production"),
        ("translator/staging", "acme/help/translator/staging"),
        ("/staging", "acme/help/support/staging"),
        ("@4", "acme/help/support/production@4"),
        ("/preview@k3x9qa1z", "acme/help/support/preview@k3x9qa1z"),
        ("a/b/c/d@2", "a/b/c/d@2"),
        ("project-prompt/triage/staging", "triage/staging"),
    ],
)
def test_a_short_target_is_filled_up_from_the_current_one(text, full):
    assert str(Target.parse(text, SUPPORT)) == full


def test_two_parts_without_a_current_target_are_the_project_key_route():
    assert Target.parse("triage/staging").path == "project-prompt/triage/staging"


def test_path_segments_are_percent_encoded():
    assert Target("a b", "ü", "c/d", "e?f").path == "a%20b/%C3%BC/c%2Fd/e%3Ff"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "is empty"), ("triage", "environment"), ("a/b/c", "environment is missing"),
        ("a//c/d", "empty project"), ("a/b/c/d/e", "5 parts"),
        ("a/b/c/d@", "without a version"), ("/staging", "no target"),
        ('"a/b/c/d"', "stands in quotes; write it without"), ("'support'", "stands in quotes"),
        ("“a/b/c/d”", "stands in quotes"), ('a/b/c/d"', "stands in quotes"), ("`d`", "stands in quotes"),
        ("a/b/c\n/d", "control character"), ("a/b/c/d;", "ends in a ;"),
    ],
)  # fmt: skip
def test_a_target_with_a_missing_part_says_which(text, named):
    with pytest.raises(ConfigurationError, match=named):
        Target.parse(text)


def test_a_request_sends_only_what_was_set():
    assert Request(SUPPORT, temperature=0, top_p=None, stop=[]).body(stream=True) == {
        "stream": True,
        "temperature": 0,
    }


def test_the_body_uses_wire_names_and_text_variables():
    request = Request(
        SUPPORT, "Hi", variables={"n": 3, "who": "Ada", "gone": None}, thread_id="t1",
        do_not_record=True, parallel_tool_calls=False, extra={"cache": 1},
    )  # fmt: skip

    assert request.body(stream=False) == {
        "threadId": "t1", "variables": {"n": "3", "who": "Ada"}, "stream": False,
        "messages": [{"role": "user", "content": "Hi"}],
        "doNotRecord": True, "parallelToolCalls": False, "cache": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"temperature": 3}, "temperature must be from 0 to 2, not 3"),
        ({"temperature": "warm"}, "temperature must be a number"),
        ({"temperature": True}, "temperature must be a number"),
        ({"top_p": float("nan")}, "top_p"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"seed": 1.5}, "seed must be a whole number"),
        ({"stop": list("abcde")}, "at most 4"),
        ({"reasoning_effort": "hihg"}, "did you mean 'high'"),
        ({"tool_choice": {"type": "x"}}, "tool_choice"),
        ({"metadata": {"k" * 65: 1}}, "at most 64 characters"),
        ({"metadata": {"k": True}}, "text or a number"),
        ({"temprature": 1}, "did you mean 'temperature'"),
        ({"variables": {"x": object()}}, "variable 'x'"),
        ({"variables": {"x": float("inf")}}, "variable 'x'"),
        ({"messages": [{"role": "usr", "content": "x"}]}, "did you mean 'user'"),
        ({"messages": [{"role": "user"}]}, "no content"),
    ],
)
def test_a_wrong_value_is_named_before_anything_is_sent(given, named):
    with pytest.raises(ConfigurationError, match=named):
        Request(SUPPORT, **given)


def test_a_message_may_hold_no_content_where_it_says_so():
    messages = [{"role": "assistant", "content": None}, {"role": "user", "content": "x"}]
    assert list(Request(SUPPORT, messages=messages).messages) == messages


@pytest.mark.parametrize(
    "value",
    [
        {1: "a", None: "b", False: "c", 1.5: "d", "e": {"f": ("g", ["h", Count.ONE])}},
        Count.ONE,
        {"again": OrderedDict(a=1), "empty": [{}, [], ()]},
        nested(90),
        [1, 2.5, True, None, "\ud83d", "Zoë"],
    ],
)
def test_a_copy_is_what_json_makes_of_it_and_shares_its_texts(value):
    copied = json_value("value", value)
    assert copied == json.loads(json.dumps(value))
    assert json.dumps(copied) == json.dumps(value)
    text = "x" * 10_000
    assert json_value("value", {"a": [text]})["a"][0] is text


def test_the_table_and_the_typed_keywords_agree():
    assert set(FIELDS) == set(Parameters.__annotations__)


def test_replace_changes_one_thing_and_keeps_the_rest():
    request = Request(SUPPORT, "Hi", temperature=0.2, variables={"a": "b"})

    assert request.replace(thread_id="t").body(stream=True) == request.body(stream=True) | {"threadId": "t"}


def test_a_request_and_an_error_survive_copying_and_pickling():
    request = Request(SUPPORT, "Hi", temperature=0.2, variables={"a": "b"}, extra={"x": [1]})
    error = NotFoundError("gone", status_code=404, request_id="r", body={"error": "x"})

    assert copy.deepcopy(request) == request
    assert pickle.loads(pickle.dumps(request)) == request
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.status_code, again.request_id, again.body) == ("gone", 404, "r", {"error": "x"})


def test_an_error_is_one_line_without_control_characters():
    assert ConfigurationError("a\nb \x1b]0;x\x07")._render_traceback_() == [
        "ConfigurationError: a b \ufffd]0;x\ufffd"
    ]


def test_a_scalar_of_numpy_is_a_number_as_a_variable_too():
    numpy = pytest.importorskip("numpy")

    assert Request(SUPPORT, variables={"n": numpy.int64(3)}).variables == {"n": "3"}


def test_a_key_shows_its_ending_only():
    key = ApiKey(" lt-secret-0123456789 ", "a test")

    assert "secret" not in f"{key!r} {key} {[key]}"
    assert key.mask("bad key lt-secret-0123456789") == "bad key …6789"


@pytest.mark.parametrize("value", ["", "a b", "a\nb", "clé"])
def test_a_key_no_header_can_hold_is_refused_without_showing_it(value):
    with pytest.raises(ConfigurationError) as caught:
        ApiKey(value, "a test")

    assert not value or value not in str(caught.value)


@pytest.mark.parametrize("url", ["http://api.example.com", "ftp://x", "api.langtail.com", "https://u:p@x"])
def test_a_base_url_that_would_leak_the_key_is_refused(url):
    with pytest.raises(ConfigurationError):
        base_url_of(url)


def test_a_base_url_keeps_its_prefix_and_loses_its_trailing_slash():
    assert base_url_of("http://127.0.0.1:3000/api/prompt-api/") == "http://127.0.0.1:3000/api/prompt-api"


def test_a_template_that_is_a_text_is_its_system_message():
    request = Request("acme/support/triage/staging", "hi", template="You are a bot")

    assert request.parameters["template"] == [{"role": "system", "content": "You are a bot"}]


@pytest.mark.parametrize("before", ["", "\n", "\r\n"])
def test_a_template_that_is_a_text_with_role_lines_is_these_messages(before):
    text = f"{before}--- system\nBe brief.\n\nAnd kind.\n--- user\nHi {{{{name}}}}\n--- assistant\nHello.\n"
    request = Request("acme/support/triage/staging", "hi", template=text)

    assert request.parameters["template"] == [
        {"role": "system", "content": "Be brief.\n\nAnd kind."},
        {"role": "user", "content": "Hi {{name}}"},
        {"role": "assistant", "content": "Hello."},
    ]


def test_a_line_like_a_role_line_further_down_is_a_line_of_a_text():
    text = "Be brief.\n--- user\nis no role here."
    request = Request("acme/support/triage/staging", "hi", template=text)

    assert request.parameters["template"] == [{"role": "system", "content": text}]


def test_an_unknown_role_in_a_template_that_is_a_text_is_named_with_its_line():
    with pytest.raises(ConfigurationError, match=r"template: line 3: role 'usr' must be one of .*'user'"):
        Request("acme/support/triage/staging", "hi", template="--- system\nBe brief.\n--- usr\nHi")
