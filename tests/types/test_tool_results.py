"""Pure: results of tool calls in, the messages and the request that carry them out."""

import copy
import pickle

import pytest

from langtail_nb._errors import ConfigurationError, Interrupted
from langtail_nb._kernel.conversation.pending import Pending
from langtail_nb._kernel.conversation.turn import Turn
from langtail_nb._kernel.execution import Execution
from langtail_nb._types.completion.tool_call import ToolCall
from langtail_nb._types.reply import Reply, let_go_on
from langtail_nb._types.request import Request
from langtail_nb._types.tool_results import tool_messages, waiting_in

WEATHER = ToolCall("call_a", "get_weather", '{"city": "Brno"}')
TIME = ToolCall("call_b", "get_time", '{"zone": "CET"}')
IMAGE = {"type": "image_url", "image_url": {"url": "data:,"}}
AGAIN = ToolCall("call_c", "get_weather", '{"city": "Praha"}')


def wire(call):
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}


def calling(*calls):
    return {"role": "assistant", "content": None, "tool_calls": [wire(call) for call in calls]}


def reply_with(*calls, request=None, **members):
    request = request or Request("acme/help/weather/staging", "Weather?")
    return Reply(request, messages=(calling(*calls),), tool_calls=calls, **members)


def contents(calls, results):
    return [message["content"] for message in tool_messages(calls, results)]


def test_results_become_tool_messages_in_the_order_of_the_calls():
    assert tool_messages([WEATHER, TIME], {"get_time": "12:00", "get_weather": "sunny"}) == [
        {"role": "tool", "tool_call_id": "call_a", "content": "sunny"},
        {"role": "tool", "tool_call_id": "call_b", "content": "12:00"},
    ]


@pytest.mark.parametrize(
    ("value", "content"),
    [
        ("", ""),
        ("it's {{sunny}}", "it's {{sunny}}"),
        ({"t": 21, "ø": None}, '{"t": 21, "ø": null}'),
        (None, "null"),
        ([], "[]"),
        ([{"type": "sunny"}], '[{"type": "sunny"}]'),
        ([{"type": "text", "text": "a"}], [{"type": "text", "text": "a"}]),
        ((IMAGE,), [IMAGE]),
        (Reply(Request("a/b/c/d"), text="said"), "said"),
    ],
)
def test_a_result_is_text_parts_or_json(value, content):
    assert contents([WEATHER], {"get_weather": value}) == [content]


def test_a_function_gets_the_arguments_that_the_model_wrote():
    assert contents([WEATHER], {"get_weather": lambda city: {"in": city}}) == ['{"in": "Brno"}']


def test_a_function_stands_for_every_call_of_its_name_and_an_id_goes_before_it():
    results = {"call_c": "fog", "get_weather": lambda city: f"sun in {city}", "get_news": print}

    assert contents([WEATHER, AGAIN], results) == ["sun in Brno", "fog"]


def test_what_a_function_raises_comes_through():
    with pytest.raises(ZeroDivisionError):
        tool_messages([WEATHER], {"get_weather": lambda city: 1 / 0})


async def wait_for_it(city):
    return city


@pytest.mark.parametrize(
    ("calls", "results", "said"),
    [
        ([WEATHER, TIME], {"get_weather": 1}, "no result for get_time; the dict has get_weather"),
        ([WEATHER], {}, "no result for get_weather; the dict is empty"),
        ([WEATHER], {"get_wether": 1}, "did you mean 'get_weather'"),
        ([WEATHER], {"get_wether": print}, "no result for get_weather; the dict has get_wether"),
        ([WEATHER], {7: 1}, "no call of 7 waits"),
        ([WEATHER, AGAIN], {"get_weather": 1}, "2 times; name the call by its id: call_a .*Brno.*, call_c"),
        ([WEATHER], "sunny", "must be a dict such as {'get_weather': ...}, not str"),
        ([], {"get_weather": 1}, "no tool call of this reply waits"),
        ([WEATHER], {"get_weather": object()}, "the result of get_weather: an object cannot be sent as JSON"),
        ([WEATHER], {"get_weather": float("inf")}, "the result of get_weather: inf cannot be sent as JSON"),
        ([WEATHER], {"get_weather": wait_for_it}, "async function; await it"),
        ([ToolCall("a", "f", '{"x')], {"f": print}, "are not JSON: '{\"x'; give its result in place"),
        ([ToolCall("a", "f", "[1]")], {"f": print}, "are no JSON object: '.1.'; give its result in place"),
    ],
)
def test_what_cannot_be_a_result_is_one_line_that_names_it(calls, results, said):
    with pytest.raises(ConfigurationError, match=said) as caught:
        tool_messages(calls, results)

    assert len(str(caught.value).splitlines()) == 1


def test_no_function_runs_while_another_result_is_missing():
    ran = []
    with pytest.raises(ConfigurationError):
        tool_messages([WEATHER, TIME], {"get_weather": lambda city: ran.append(city)})

    assert ran == []


def test_the_older_form_of_a_call_is_answered_in_the_older_form():
    legacy = {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}}
    reply = Reply(Request("a/b/c/d"), messages=(legacy,), tool_calls=(ToolCall("", "f", "{}"),))

    assert reply.tool_messages({"f": "yes"}) == [{"role": "function", "name": "f", "content": "yes"}]
    assert waiting_in([legacy]) == reply.tool_calls
    assert waiting_in([legacy, *reply.tool_messages({"f": "yes"})]) == ()


def test_on_a_thread_the_results_go_alone():
    request = Request("a/b/c/d", "Hi", variables={"x": "1"}, temperature=0.3, messages=[calling(TIME)])
    reply = reply_with(WEATHER, request=request, thread_id="thr_1")

    sent = reply.continuation({"get_weather": "sunny"})

    assert sent == Request(
        "a/b/c/d",
        messages=[{"role": "tool", "tool_call_id": "call_a", "content": "sunny"}],
        variables={"x": "1"},
        temperature=0.3,
        thread_id="thr_1",
    )


def test_after_a_prompt_everything_goes_again():
    before = {"role": "user", "content": "Before"}
    reply = reply_with(WEATHER, request=Request("a/b/c/d", "Hi", messages=[before]))

    assert reply.continuation({"get_weather": "sunny"}).all_messages == [
        before,
        {"role": "user", "content": "Hi"},
        calling(WEATHER),
        {"role": "tool", "tool_call_id": "call_a", "content": "sunny"},
    ]


@pytest.mark.parametrize(
    ("choice", "kept"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", None),
        ({"type": "function", "function": {"name": "get_weather"}}, None),
    ],
)
def test_a_choice_that_forced_the_call_is_not_sent_again(choice, kept):
    reply = reply_with(WEATHER, request=Request("a/b/c/d", "Hi", tool_choice=choice))

    assert reply.continuation({"get_weather": 1}).parameters.get("tool_choice") == kept


def test_a_reply_of_a_client_says_what_to_do_before_any_function_runs():
    with pytest.raises(ConfigurationError, match=r"invoke reply.continuation\(results\)"):
        reply_with(WEATHER).respond({"get_weather": lambda city: 1 / 0})


def test_calls_of_an_answer_that_broke_off_take_no_results():
    broken = reply_with(WEATHER, partial=True, error=Interrupted("stopped"))

    with pytest.raises(ConfigurationError, match="broke off"):
        broken.tool_messages({"get_weather": 1})


def test_a_reply_that_can_go_on_can_still_be_copied_and_pickled():
    reply = reply_with(WEATHER)
    let_go_on(reply, lambda messages: reply)

    for other in (copy.copy(reply), copy.deepcopy(reply), pickle.loads(pickle.dumps(reply))):
        assert other.tool_calls == reply.tool_calls
        with pytest.raises(ConfigurationError):
            other.respond({"get_weather": 1})
    assert reply.respond({"get_weather": 1}) is reply


def test_calls_that_langtail_made_itself_do_not_wait():
    hosted = {"role": "tool", "tool_call_id": "call_a", "content": "sunny"}

    assert waiting_in([calling(WEATHER, TIME), hosted]) == (TIME,)
    assert Turn(None, [], [calling(WEATHER), hosted]).pending.calls == ()


@pytest.mark.parametrize("odd", [{"tool_calls": "x"}, {"tool_calls": [None]}, {"function_call": "f"}])
def test_odd_shapes_in_a_history_are_read_without_an_error(odd):
    assert waiting_in([{"role": "assistant", "content": None, **odd}]) == ()


def run_of(cell, number):
    return Execution(cell, f"run-{number}")


@pytest.fixture
def pending():
    return Pending.of([calling(WEATHER, TIME)])


def test_results_are_collected_until_none_is_missing(pending):
    assert pending.missing == ["get_weather", "get_time"]
    assert pending.give(1, "12:00", run_of("a", 1)) is False
    assert pending.give(1, "13:00", run_of("b", 2)) is True
    assert pending.missing == ["get_weather"]
    pending.give(0, "sunny", run_of("b", 3))

    assert pending.missing == []
    assert [message["content"] for message in pending.messages()] == ["sunny", "13:00"]


def test_once_sent_a_changed_result_waits_again_for_those_given_after_it(pending):
    pending.give(0, "sunny", run_of("a", 1))
    pending.give(1, "12:00", run_of("b", 2))
    pending.sent = True

    pending.give(1, "13:00", run_of("b", 3))
    assert pending.missing == []
    pending.sent = True
    pending.give(0, "rain", run_of("a", 4))
    assert pending.missing == ["get_time"]


def test_results_that_were_sent_by_other_means_can_be_given_again(pending):
    pending.sent = True
    pending.give(1, "12:00", run_of("a", 1))
    pending.give(0, "warm", run_of("a", 2))

    assert pending.missing == []


def test_only_an_earlier_run_of_a_cell_with_an_id_gave_a_result_before(pending):
    pending.give(0, "sunny", run_of("a", 1))

    assert pending.was_given_by(run_of("a", 2))
    assert not pending.was_given_by(run_of("a", 1))
    assert not pending.was_given_by(run_of("b", 2))
    assert not pending.was_given_by(run_of(None, 2))
