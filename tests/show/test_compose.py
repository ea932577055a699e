"""Pure: a reply in, the texts of its output out."""

import json
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langtail_nb._errors import Interrupted, StreamError
from langtail_nb._show.compose import compose, frame
from langtail_nb._text.json_text import indented
from langtail_nb._types.reply import Reply, ToolCall
from langtail_nb._types.request import Request
from langtail_nb._types.tool_results import what_to_do

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def reply(text="", **members):
    if text and "messages" not in members:
        members["messages"] = ({"role": "assistant", "content": text},)
    members.setdefault("request", Request("acme/support/triage/staging", "hi"))
    return Reply(text=text, **members)


def call(name, arguments):
    return {"id": "call-1", "type": "function", "function": {"name": name, "arguments": arguments}}


ROUND = (
    {"role": "assistant", "content": "I look it up.", "tool_calls": [call("find_tram", '{"to":"zoo"}')]},
    {"role": "tool", "tool_call_id": "call-1", "content": "tram 4 at 14:10"},
    {"role": "assistant", "content": "Take tram 4."},
)


def in_order(text, *parts):
    """Whether the parts come one after the other, as a reader sees the text."""
    seen = unescape(text)
    places = [seen.index(part) for part in parts]
    return places == sorted(places)


def test_plain_text_is_the_models_own_to_the_last_space():
    text = "  <b>1 < 2</b> & $5 \n\n\n* a\n "

    assert compose(reply(text), ["footer"])[0] == text


def test_the_footer_stands_in_the_markdown_only():
    plain, markdown = compose(reply("Yes."), ["gpt-4o", "3 tokens"])

    assert plain == "Yes."
    assert in_order(markdown, "Yes.", "gpt-4o\N{NO-BREAK SPACE}· 3 tokens")


def test_an_open_fence_is_closed_before_what_follows():
    _, markdown = compose(reply("```python\nx = 1"), ["footer"])

    assert in_order(markdown, "x = 1", "\n```\n", "footer")


def test_hosted_tool_rounds_stay_in_order():
    _, markdown = compose(reply("I look it up.\n\nTake tram 4.", messages=ROUND))

    assert in_order(
        markdown, "I look it up.", "find_tram", '"to": "zoo"', "tram 4 at 14:10", "Take tram 4.",
    )  # fmt: skip


def test_a_call_that_waits_for_the_user_shows_name_and_arguments():
    message = {"role": "assistant", "content": None, "tool_calls": [call("refund", '{"id": 7}')]}
    calls = (ToolCall("call-1", "refund", '{"id": 7}'),)
    plain, markdown = compose(reply("", messages=(message,), tool_calls=calls, finish_reason="tool_calls"))

    assert plain == ""
    assert in_order(markdown, "refund", '"id": 7')


def test_a_refusal_is_shown_and_called_one():
    message = {"role": "assistant", "content": None, "refusal": "I can't help."}

    shown = compose(reply("I can't help.", messages=(message,), finish_reason="stop"))

    assert shown == ("I can't help.", "I can't help.\n\n<small>the model refused to answer</small>")


def test_a_thought_that_opens_the_text_is_folded_and_said_once():
    message = {"role": "assistant", "content": "<think>Hm.</think>\n\nTake tram 4."}

    shown = compose(reply("Take tram 4.", messages=(message,), reasoning="Hm."))[1]

    assert in_order(shown, "Reasoning", "Hm.", "Take tram 4.")
    assert "think" not in shown


def test_a_thought_that_was_broken_off_is_no_text():
    message = {"role": "assistant", "content": "<think>Hm"}
    broken = reply("", messages=(message,), reasoning="Hm", partial=True, error=StreamError("it broke off"))

    assert compose(broken)[1].count("Hm") == 1
    assert frame(broken).count("Hm") == 1


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("data:image/png;base64," + "A" * 4000, "Image (image/png, 3 kB), in reply.message"),
        ("https://example.org/a.png", "Image: https://example.org/a.png"),
    ],
)
@pytest.mark.parametrize("member", ["content", "images"])
def test_an_image_is_told_and_not_fetched(url, shown, member):
    part = {"type": "image_url", "image_url": {"url": url}}
    message = {"role": "assistant", "content": "", member: [part]}

    markdown = unescape(compose(reply("", messages=(message,), finish_reason="stop"))[1])

    assert shown in markdown.replace("[", "").split("](")[0]
    assert "![" not in markdown
    assert "without any text" not in markdown


@pytest.mark.parametrize("arguments", ['{"id": ', "", "```\n</code><script>alert(1)</script>"])
def test_arguments_that_are_no_json_are_shown_as_code_that_nothing_in_it_ends(arguments):
    message = {"role": "assistant", "content": None, "tool_calls": [call("refund", arguments)]}
    calls = (ToolCall("call-1", "refund", arguments),)
    _, markdown = compose(reply("", messages=(message,), tool_calls=calls))

    assert "refund" in markdown
    assert "<script" not in markdown.replace(f"````\n{arguments}\n````", "")


def test_the_name_of_a_call_is_text_too():
    message = {"role": "assistant", "content": None, "tool_calls": [call("<img src=x>\n\n# big", "{}")]}
    _, markdown = compose(reply("", messages=(message,), tool_calls=(ToolCall("1", "x", "{}"),)))

    assert "<img" not in markdown
    assert "\n# big" not in markdown


def test_short_arguments_stand_on_the_line_of_their_call_and_long_ones_below():
    def shown(arguments):
        message = {"role": "assistant", "content": None, "tool_calls": [call("refund", arguments)]}
        return compose(reply("", messages=(message,), tool_calls=(ToolCall("1", "refund", arguments),)))[1]

    assert 'Tool call **refund** `{"id": 7, "all": 1.10}`\n' in shown('{"id":7,\n"all":1.10}')
    assert '```json\n{\n  "why": "' in shown(json.dumps({"why": "long " * 20}))


def test_calls_of_one_function_show_the_ids_that_tell_them_apart():
    calls = [{**call("refund", "{}"), "id": f"call-{n}"} for n in (1, 2)]
    waiting = tuple(ToolCall(f"call-{n}", "refund", "{}") for n in (1, 2))
    message = {"role": "assistant", "content": None, "tool_calls": calls}
    _, markdown = compose(reply("", messages=(message,), tool_calls=waiting))

    assert in_order(markdown, "**refund** `call-1`", "**refund** `call-2`", "%langtail tool ID RESULT")


@pytest.mark.parametrize("name", ["x :=exit()", "a\nb", "`x`", "</code>", ""])
def test_a_line_to_copy_never_holds_what_a_model_made_up(name):
    """Typed after the command it could be read as more than a name."""
    waiting = ToolCall("call-1", name, "{}"), ToolCall("call-1", name, "{}")
    for calls in (waiting[:1], waiting):
        text = what_to_do(calls)
        assert name not in text or not name
        assert "call-1" in text

    assert "NAME RESULT" in what_to_do((ToolCall("$(x)", name, "{}"),))


def test_code_in_a_note_is_shown_as_code_and_a_lone_backtick_is_not():
    said = reply("Yes.", warnings=["type `a_b <i>` now", "it's ` odd"])

    assert "<small>type <code>a&#95;b &lt;i&gt;</code> now</small>" in compose(said)[1]
    assert "<small>it's &#96; odd</small>" in compose(said)[1]


def test_the_legacy_form_of_a_call_is_shown_like_the_other():
    message = {"role": "assistant", "content": None, "function_call": {"name": "refund", "arguments": "{}"}}
    _, markdown = compose(reply("", messages=(message,), tool_calls=(ToolCall("", "refund", "{}"),)))

    assert in_order(markdown, "refund", "{}")


def test_reasoning_is_folded_away_above_the_answer():
    plain, markdown = compose(reply("Yes.", reasoning="Let me <i>think</i>."))

    assert plain == "Yes."
    assert in_order(markdown, "<details>", "Reasoning", "Let me", "</details>", "Yes.")
    assert "<i>" not in markdown


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"finish_reason": "length"}, "cut at max_tokens; raise it with --max-tokens"),
        ({"finish_reason": "content_filter"}, "content filter"),
        ({"partial": True, "error": Interrupted("stopped")}, "stopped by you after 4.1 s"),
        ({"partial": True, "error": StreamError("broken")}, "the answer broke off here after 4.1 s"),
        ({"warnings": ["the connection broke late"]}, "the connection broke late"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)  # fmt: skip
def test_an_answer_that_did_not_end_well_says_so(members, says):
    plain, markdown = compose(reply("Take tram", **members), ["footer"], elapsed_s=4.12)

    assert plain == "Take tram"
    assert in_order(markdown, "Take tram", says, "footer")


def test_the_words_of_a_refusal_stand_above_its_note():
    refused = ({"role": "assistant", "content": None, "refusal": "I can't."},)
    plain, markdown = compose(reply("I can't.", messages=refused, finish_reason="stop"))

    assert plain == "I can't."
    assert in_order(markdown, "I can't.", "the model refused to answer")


def test_the_limit_that_cut_an_answer_is_named():
    request = Request("acme/support/triage/staging", "hi", max_tokens=800)
    _, markdown = compose(reply("Take", request=request, finish_reason="length"))

    assert "cut at max_tokens 800; raise it with --max-tokens" in unescape(markdown)


@pytest.mark.parametrize("error", [Interrupted("stopped"), StreamError("broken")])
def test_where_nothing_came_one_line_says_after_how_long(error):
    plain, markdown = compose(reply(partial=True, error=error), elapsed_s=3.21)

    assert plain == "no answer after 3.2 s"
    assert markdown == "no answer after 3.2 s"


@pytest.mark.parametrize("show", ["markdown", "text", "json"])
def test_what_must_be_known_is_told_where_nothing_came(show):
    nothing = reply(partial=True, error=StreamError("broken"), warnings=["this call is not on disk"])
    plain, markdown = compose(nothing, show=show, elapsed_s=3.21)

    assert plain == "no answer after 3.2 s"
    assert markdown == "no answer after 3.2 s\n\n<small>this call is not on disk</small>"


def test_a_whole_json_answer_is_fenced():
    assert compose(reply('{"a": 1}'))[1].startswith("```json\n")


def test_show_text_has_no_markdown_unless_something_must_be_said():
    text = "2*3*4 <b>"

    assert compose(reply(text), ["footer"], "text") == (text, "")

    plain, markdown = compose(reply(text, finish_reason="length"), [], "text")
    assert plain == text
    assert in_order(markdown, "2*3*4", "cut at max_tokens")


def test_show_json_says_why_it_is_none():
    _, markdown = compose(reply("Sorry, no.", finish_reason="stop"), [], "json")

    assert in_order(markdown, "Sorry, no.", "the answer is not JSON")


def test_show_json_accepts_a_fence_around_it():
    _, markdown = compose(reply('```json\n{"a": 1}\n```', finish_reason="stop"), [], "json")

    assert "not JSON" not in markdown
    assert '{"a": 1}' in markdown


def test_a_growing_frame_has_neither_notes_nor_footer():
    assert frame(reply("Take", partial=True)) == "Take"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"a":1.10,"a":2}', '{\n  "a": 1.10,\n  "a": 2\n}'),
        ("[ ]", "[]"),
        ('[[],{},{"b":[1,2]}]', '[\n  [],\n  {},\n  {\n    "b": [\n      1,\n      2\n    ]\n  }\n]'),
        ('{"{\\"[,:": "}"}', '{\n  "{\\"[,:": "}"\n}'),
        ("[1e400, -0.0, \"\\u00e9\"]", '[\n  1e400,\n  -0.0,\n  "\\u00e9"\n]'),
    ],
)  # fmt: skip
def test_indented_json_keeps_every_token(text, shown):
    assert indented(text) == shown


@settings(deadline=None, max_examples=50)
@given(st.lists(JSON, max_size=3) | st.dictionaries(st.text(), JSON, max_size=3))
def test_indented_json_is_laid_out_as_the_standard_library_does(value):
    assert indented(json.dumps(value)) == json.dumps(value, indent=2)
