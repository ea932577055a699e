"""What Python people hold, in cells of a real kernel and all the way to the server."""

import json

import pytest

from tests.places import ROOT
from tests.values import VALUES

TARGET = "acme/help/support/production"
TEXTS = {name: value.text for name, value in VALUES.items()}
SENT = {f"v{place}": text for place, text in enumerate(TEXTS.values()) if text is not None}
NAMES = [f"v{place}" for place in range(len(TEXTS))]


@pytest.fixture
def values(kernel):
    """Names v0, v1, ... in the kernel for the values of the table."""
    done = kernel.run(
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from tests.values import VALUES\n"
        "values = [one.value for one in VALUES.values()]\n"
        "named = {f'v{place}': value for place, value in enumerate(values)}\n"
        "globals().update(named)\n"
        "import pandas; series = pandas.Series(named, dtype=object)\n"
    )
    assert done.status == "ok", done.errors
    return kernel


@pytest.fixture
def sent(server):
    mark = server.mark()

    def body():
        requests = server.requests(mark)
        return [r["body"] for r in requests if r["method"] == "POST" and "/v2/" not in r["path"]][-1]

    return body


BARE = " ".join(f"-v {name}" for name in NAMES)
EXPRESSIONS = " ".join(f"-v {name}:=values[{place}]" for place, name in enumerate(NAMES))
ENTRIES = {
    "-v NAME": f"%%langtail --new-thread {BARE}\nHi",
    "-v NAME:=EXPR": f"%%langtail --new-thread {EXPRESSIONS}\nHi",
    "--vars": "%%langtail --new-thread --vars named\nHi",
    "--vars of a Series": "%%langtail --new-thread --vars series\nHi",
    "set": "%langtail set --vars named\nlt.ask('Hi')",
    "lt.ask": "lt.ask('Hi', **named)",
    "variables of lt.ask": "lt.ask('Hi', variables=named)",
    "lt.settings": "lt.settings.variables = named\nlt.ask('Hi')",
}


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_entry_sends_the_same_variables(values, sent, entry):
    ran = values.run(ENTRIES[entry])

    assert ran.status == "ok", ran.errors
    assert sent()["variables"] == SENT


def test_a_body_is_filled_with_the_same_texts(values, sent):
    body = "\n".join(f"{{{{{name}}}}}" for name in SENT)
    ran = values.run(f"%%langtail --new-thread -f\n{body}")

    assert ran.status == "ok", ran.errors
    assert sent()["messages"][-1]["content"] == "\n".join(SENT.values())


def test_any_other_field_is_json(values, sent):
    ran = values.run("%%langtail --new-thread --field listed:=values\nHi")

    assert ran.status == "ok", ran.errors
    assert json.dumps(sent()["listed"]) == json.dumps([value.plain for value in VALUES.values()])


def test_a_value_that_cannot_be_sent_is_one_line_with_its_place(values, server):
    mark = server.mark()
    ran = values.run("import socket\n%langtail run -v x:=[1,2,{'when':socket.socket()}]")

    assert ran.status == "error"
    (error,) = ran.errors
    assert error == "ConfigurationError: -v x[2]['when']: a socket cannot be sent as JSON"
    assert server.requests(mark) == []


def test_answers_are_a_table(values):
    for rows in ("replies", "[reply.to_dict() for reply in replies]"):
        code = f"replies = [lt.ask(word) for word in ('One', 'Two')]\nframe = pandas.DataFrame({rows})\nframe"
        ran = values.run(code)
        assert ran.status == "ok", ran.errors
        assert "<table" in ran.outputs[0]["data"]["text/html"]
        assert values.value("[text.splitlines()[-1] for text in frame.text]") == "['user: One', 'user: Two']"
    assert values.value("int(frame.total_tokens.min()) > 0") == "True"


def test_a_copy_of_the_settings_is_apart_from_those_of_the_kernel(values, sent):
    code = "import copy; mine = copy.deepcopy(lt.settings); mine.temperature = 1.5; lt.ask('Hi')\nmine"
    ran = values.run(code)

    assert ran.status == "ok", ran.errors
    assert "temperature=1.5" in ran.outputs[-1]["data"]["text/plain"]
    assert "temperature" not in sent()
