"""A terminal's view of an answer, and which view a caller gets; displays are tested in real kernels."""

import io
import sys

import pytest

from langtail_nb._errors import Interrupted
from langtail_nb._show.views import Quiet, Terminal, is_watched, view_for
from langtail_nb._types.reply import Reply, ToolCall
from langtail_nb._types.request import Request

REQUEST = Request("acme/support/triage/staging", "hi")


def reply(*texts, **members):
    messages = members.pop("messages", tuple({"role": "assistant", "content": text} for text in texts))
    return Reply(REQUEST, text="\n\n".join(texts), messages=messages, **members)


@pytest.fixture
def shown(capsys):
    """What a terminal shows after these frames and the last reply."""

    def show(*replies, footer=(), elapsed_s=4.1):
        view = Terminal()
        for growing in replies[:-1]:
            view.grow(growing)
        view.finish(replies[-1], footer, elapsed_s=elapsed_s)
        return capsys.readouterr().out

    return show


def test_a_terminal_gets_each_piece_once(shown):
    assert shown(reply("Take"), reply("Take tram"), reply("Take tram 4.")) == "Take tram 4.\n"


def test_a_terminal_gets_the_footer_on_a_line_of_its_own(shown):
    assert shown(reply("Yes."), footer=["gpt-4o", "3 tokens"]) == "Yes.\ngpt-4o · 3 tokens\n"


def test_a_terminal_is_told_how_an_answer_ended(shown):
    stopped = reply("Take", partial=True, error=Interrupted("stopped"))

    assert shown(reply("Take"), stopped) == "Take\n[stopped by you after 4.1 s]\n"


def test_a_terminal_is_told_when_nothing_came(shown):
    assert shown(reply(partial=True, error=Interrupted("stopped"))) == "[no answer after 4.1 s]\n"


def test_a_terminal_is_told_what_must_be_known_where_nothing_came(shown):
    nothing = reply(partial=True, error=Interrupted("stopped"), warnings=["this call is not on disk"])

    assert shown(nothing) == "[no answer after 4.1 s]\n[this call is not on disk]\n"


def test_a_terminal_waits_in_silence_but_for_another_attempt(capsys):
    view = Terminal()
    view.waiting("waiting for an answer, 3 s")
    view.retrying("waiting 12 s, attempt 2 of 3 (429)")

    assert capsys.readouterr().out == "[waiting 12 s, attempt 2 of 3 (429)]\n"


def test_escape_sequences_of_a_model_do_not_reach_the_terminal(shown):
    """They could retitle the window or fill the clipboard."""
    assert shown(reply("a\x1b]52;c;aGk=\x07b\x9b2J\r\tc\n")) == "a␛]52;c;aGk=␇b�2J␍\tc\n"


def test_tool_rounds_stay_in_order_in_a_terminal(shown):
    called = {"role": "assistant", "content": "I look.", "tool_calls": [
        {"id": "1", "type": "function", "function": {"name": "find", "arguments": "{}"}}]}  # fmt: skip
    result = {"role": "tool", "tool_call_id": "1", "content": "tram 4"}
    final = {"role": "assistant", "content": "Take it."}
    whole = "I look.\n\n[tool call] find {}\n\n[result] tram 4\n\nTake it.\n"
    growing = [reply(messages=messages) for messages in ([called], [called, result], [called, result, final])]

    assert shown(*growing, reply("I look.", "Take it.", messages=[called, result, final])) == whole


def test_a_call_for_the_user_is_shown_once_it_is_whole(shown):
    def asking(arguments):
        function = {"name": "find", "arguments": arguments}
        message = {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "function": function}]}
        return reply(messages=[message], tool_calls=(ToolCall("1", "find", arguments),))

    output = shown(asking('{"a'), asking('{"a": 1}'))

    assert output.startswith(
        '[tool call] find {"a": 1}\n[waits for this result: `%langtail tool find RESULT`'
    )


def test_a_character_the_terminal_cannot_show_is_replaced(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    Terminal().finish(reply("5 €"), [], elapsed_s=1)
    stream.flush()

    assert stream.buffer.getvalue() == b"5 ?\n"


@pytest.mark.parametrize(
    ("metadata", "allow_stdin", "environ", "watched"),
    [
        ({"cellId": "a"}, False, {}, True),
        ({}, True, {}, True),
        ({}, False, {}, False),
        ({"cellId": "a"}, True, {"CI": "true"}, False),
        ({"cellId": "a"}, True, {"LANGTAIL_NB_LIVE": "0"}, False),
        ({}, False, {"CI": "true", "LANGTAIL_NB_LIVE": "1"}, True),
    ],
)
def test_the_environment_then_the_front_end_say_who_looks(metadata, allow_stdin, environ, watched):
    parent = {"metadata": metadata, "content": {"allow_stdin": allow_stdin}}

    assert is_watched(parent, environ) is watched


def test_a_quiet_call_shows_nothing():
    assert type(view_for(None, quiet=True)) is Quiet


def test_a_script_is_shown_what_a_terminal_is():
    assert type(view_for(None)) is Terminal
