"""Tool calls that a cell is to answer: ``%langtail tool`` and ``reply.respond`` in real kernels."""

import os
import sys
from html import unescape

import pexpect
import pytest

from langtail_nb import Client, Request
from tests.kernels import kernel as start_kernel
from tests.servers import deployment

KEY = "lt-test-key-0123456789"


def tool(name, *parameters):
    schema = {"type": "object", "properties": {each: {"type": "string"} for each in parameters}}
    return {"type": "function", "function": {"name": name, "description": name, "parameters": schema}}


WEATHER, TIME = tool("get_weather", "city"), tool("get_time", "zone")
RESULT = {"role": "tool", "tool_call_id": "call_1"}
TARGET = "acme/help/weather/production"
DEPLOYMENTS = {
    "weather": deployment("Of {{place}}.", fault="tools", tools=[WEATHER]),
    "whole": deployment(fault="aggregated-tools", tools=[WEATHER]),
    "both": deployment(fault="tools:2", tools=[WEATHER, TIME]),
    "twice": deployment(fault="tools:2", tools=[WEATHER]),
    "slow": deployment(fault="tools,slow:0.2", tools=[WEATHER]),
    "prompt": deployment(fault="tools", tools=[WEATHER], kind="prompt"),
    "plain": deployment(),
}


@pytest.fixture(scope="module")
def server(echo_server):
    """An echo whose assistants call a tool first, and answer once they have its result."""
    return echo_server


def environment(server, folder):
    return {
        "LANGTAIL_BASE_URL": server.url,
        "LANGTAIL_API_KEY": KEY,
        "LANGTAIL_ASSISTANT": TARGET,
        "LANGTAIL_NB_HOME": str(folder / "kept"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }


@pytest.fixture
def bodies(server):
    """The bodies that invokes sent since this fixture was made."""
    mark = server.mark()

    def sent():
        requests = server.requests(mark)
        return [r["body"] for r in requests if r["method"] == "POST" and "/v2/" not in r["path"]]

    return sent


def ask(kernel, line="", body="Is it warm?", cell="ask", **how):
    return answered(kernel.run(f"%%langtail {line}\n{body}", cell_id=cell, **how))


def give(kernel, words, cell="give", **how):
    return kernel.run(f"%langtail tool {words}", cell_id=cell, **how)


def answered(ran):
    assert ran.status == "ok", ran.errors
    return ran


def markdown(ran):
    return ran.outputs[0]["data"]["text/markdown"]


def refused(ran):
    """The one line of an error."""
    assert ran.status == "error"
    (error,) = ran.errors
    assert len(error.splitlines()) == 1
    return error


def contents(body):
    return [message["content"] for message in body["messages"]]


@pytest.mark.parametrize("assistant", ["weather", "whole"])
def test_a_cell_with_a_tool_call_shows_it_and_says_what_to_type(kernel, assistant):
    shown = markdown(ask(kernel, assistant))

    assert 'Tool call **get_weather** `{"city": "Brno"}`' in shown
    assert "waits for this result: `%langtail tool get_weather RESULT`" in shown


def test_a_result_goes_on_with_the_thread_and_the_answer_is_the_cells(kernel, bodies):
    ask(kernel)
    given = answered(give(kernel, "get_weather it's warm, {{really}} $5"))

    first, second = bodies()
    assert second == {
        "threadId": kernel.value("lt.last().thread_id").strip("'"),
        "messages": [{**RESULT, "content": "it's warm, {{really}} $5"}],
        "stream": True,
    }
    assert "threadId" not in first
    (output,) = given.outputs
    assert output["output_type"] == "display_data"
    assert "tool: it's warm, {{really}} $5" in output["data"]["text/plain"]
    assert "thread 1, turn 2" in output["data"]["text/markdown"]
    assert kernel.value("(_ is lt.last(), _.finish_reason)") == "(True, 'stop')"


def test_what_the_call_was_made_with_goes_along_and_what_forced_it_does_not(kernel, bodies):
    kernel.run("%langtail set --top-p 0.5")
    ask(kernel, "-t 0.3 -v place=Brno --tool-choice required --seed 7")
    given = answered(give(kernel, "get_weather warm"))

    sent = bodies()[-1]
    kept = {name: sent[name] for name in ("temperature", "top_p", "seed", "variables")}
    assert kept == {"temperature": 0.3, "top_p": 0.5, "seed": 7, "variables": {"place": "Brno"}}
    assert "tool_choice" not in sent
    assert "temperature 0.3" in markdown(given)
    assert "top_p 0.5 (set)" in markdown(given)


def test_the_footer_still_says_where_an_override_came_from(kernel):
    kernel.run("%langtail set -t 0.5 --top-p 0.5")
    ask(kernel, "-t 0.3")
    shown = markdown(answered(give(kernel, "get_weather warm")))

    assert "temperature 0.3" in shown
    assert "temperature 0.3 (set)" not in shown
    assert "top_p 0.5 (set)" in shown


def test_the_cell_that_repeats_the_last_call_asks_the_question_again(kernel):
    ask(kernel, "-t 0.3", "Is it warm?")
    answered(give(kernel, "get_weather warm"))

    inserted = kernel.run("%langtail cell").reply["payload"][0]["text"]
    assert inserted.endswith("\nIs it warm?")
    assert "tool" not in inserted


def test_after_a_prompt_the_whole_history_goes_again(kernel, bodies):
    ask(kernel, "prompt -v place=Brno --messages [{'role':'user','content':'Before'}]")
    given = answered(give(kernel, "get_weather warm"))

    sent = bodies()[-1]
    assert [message["role"] for message in sent["messages"]] == ["user", "user", "assistant", "tool"]
    assert sent["messages"][2]["tool_calls"][0]["id"] == "call_1"
    assert sent["variables"] == {"place": "Brno"}
    assert "threadId" not in sent
    assert "tool: warm" in given.text
    again = answered(give(kernel, "get_weather cold"))
    assert contents(bodies()[-1]) == [*contents(sent)[:-1], "cold"]
    assert "tool: cold" in again.text


@pytest.mark.parametrize(
    ("typed", "content"),
    [
        ("'it is warm'", "it is warm"),
        ('""', ""),
        ('"a" and "b"', '"a" and "b"'),
        ('"', '"'),
        ("'tis warm", "'tis warm"),
        ('{"t": 21}', '{"t": 21}'),
        (":={'t': degrees}", '{"t": 21}'),
        (":=degrees", "21"),
        (":='a b'", "a b"),
        (":=earlier", "said before"),
        (":=[{'type': 'text', 'text': 'a'}]", [{"type": "text", "text": "a"}]),
        (":=lambda city: city + '!'", "Brno!"),
        ("-q -o x", "-q -o x"),
    ],
)
def test_a_result_is_the_rest_of_the_line_or_python(kernel, bodies, typed, content):
    kernel.run("degrees = 21; earlier = lt.Reply(lt.Request('a/b/c/d'), text='said before')")
    ask(kernel)
    answered(give(kernel, f"get_weather {typed}"))

    assert bodies()[-1]["messages"] == [{**RESULT, "content": content}]


def test_several_results_are_collected_and_the_last_one_sends_all(kernel, bodies):
    ask(kernel, "both")
    sent = len(bodies())

    assert give(kernel, "get_time 12:00", "a").text == "1 of 2 results; get_weather waits"
    assert give(kernel, "get_time 13:00", "b").text == (
        "1 of 2 results, the one of get_time replaced; get_weather waits"
    )
    assert len(bodies()) == sent
    answered(give(kernel, "get_weather warm", "c"))

    assert bodies()[-1]["messages"] == [
        {**RESULT, "content": "warm"},
        {**RESULT, "tool_call_id": "call_2", "content": "13:00"},
    ]


def test_a_function_called_twice_is_answered_by_id(kernel, bodies):
    shown = markdown(ask(kernel, "twice"))
    error = refused(give(kernel, "get_weather warm"))
    give(kernel, "call_2 cold", "a")
    answered(give(kernel, "call_1 warm", "b"))

    assert "**get_weather** `call_2`" in shown
    assert "2 times" in error
    assert "call_1" in error
    assert "call_2" in error
    assert contents(bodies()[-1]) == ["warm", "cold"]


def test_the_calls_that_wait_are_listed_with_what_they_have(kernel):
    assert give(kernel, "").text == "No tool call waits for a result."
    ask(kernel, "both")
    give(kernel, "get_time 12:00")

    listed = give(kernel, "", "list").text.splitlines()
    assert [line.split() for line in listed[2:]] == [
        ["get_weather", '{"city":', '"Brno"}', "waits"],
        ["get_time", '{"zone":', '"Brno"}', "12:00"],
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("get_wether warm", "did you mean 'get_weather'"),
        ("get_weather", "write %langtail tool get_weather RESULT"),
        ("get_weather :=1/0", "tool get_weather :=1/0: ZeroDivisionError"),
        ("get_weather :=object()", "the result of get_weather: an object cannot be sent as JSON"),
    ],
)
def test_what_cannot_be_a_result_is_one_line_and_sends_nothing(kernel, bodies, words, said):
    ask(kernel)
    before = len(bodies())

    assert said in refused(give(kernel, words))
    assert len(bodies()) == before
    assert "tool: warm" in answered(give(kernel, "get_weather warm")).text


def test_where_nothing_waits_one_line_says_so(kernel):
    assert "no tool call waits for a result" in refused(give(kernel, "get_weather warm"))
    ask(kernel)
    answered(give(kernel, "get_weather warm"))
    assert "no tool call waits for a result" in refused(give(kernel, "get_weather warm", "other"))


def test_a_result_given_again_forks_before_the_turn_that_it_made(kernel, bodies):
    ask(kernel, cell="a")
    answered(give(kernel, "get_weather warm", "b"))
    ask(kernel, "-q", "Sure?", cell="c")
    again = answered(give(kernel, "get_weather cold", "b"))

    sent = bodies()[-1]
    assert "threadId" not in sent
    assert [message["role"] for message in sent["messages"]] == ["user", "assistant", "tool"]
    assert contents(sent)[::2] == ["Is it warm?", "cold"]
    assert "forked before turn 2; cells below still show the old branch" in markdown(again)


def test_a_question_asked_again_has_calls_of_its_own(kernel, bodies):
    ask(kernel, cell="a")
    answered(give(kernel, "get_weather warm", "b"))
    again = ask(kernel, body="Is it cold?", cell="a")
    answered(give(kernel, "get_weather cold", "b"))

    assert "forked before turn 1" in markdown(again)
    assert contents(bodies()[-1]) == ["cold"]
    assert bodies()[-1]["threadId"] == kernel.value("lt.last().thread_id").strip("'")
    assert "Is it cold?" in kernel.value("lt.last().text")


def test_run_again_cell_by_cell_collected_results_make_the_same_conversation(kernel, bodies):
    cells = [("get_weather warm", "b"), ("get_time 12:00", "c")]
    ask(kernel, "both", cell="a")
    first = [answered(give(kernel, *cell)).text for cell in cells]
    again = [answered(give(kernel, *cell)).text for cell in cells]

    assert again == first
    assert contents(bodies()[-1])[2:] == ["warm", "12:00"]


def test_a_thread_forked_by_hand_behind_a_call_waits_for_it_again(kernel, bodies):
    ask(kernel, "both", cell="a")
    for words, cell in [("get_weather warm", "b"), ("get_time 12:00", "c")]:
        answered(give(kernel, words, cell))
    answered(kernel.run("%langtail use both\n%langtail thread fork 2"))

    assert give(kernel, "", "list").text.count("waits") == 2
    assert give(kernel, "get_time 13:00", "d").text == "1 of 2 results; get_weather waits"
    answered(give(kernel, "get_weather cold", "e"))
    assert [message["role"] for message in bodies()[-1]["messages"]] == ["user", "assistant", "tool", "tool"]
    assert contents(bodies()[-1])[2:] == ["cold", "13:00"]


def test_a_call_apart_is_answered_apart(kernel, bodies):
    ask(kernel, "plain", "On the thread", cell="a")
    ask(kernel, "--no-thread", cell="b")
    given = answered(give(kernel, "get_weather warm", "c"))
    again = answered(give(kernel, "get_weather cold", "c"))
    ask(kernel, "plain", "More", cell="d")

    assert "a thread apart, turn 2" in markdown(given)
    assert "forked before turn 2" in markdown(again)
    assert contents(bodies()[-2])[::2] == ["Is it warm?", "cold"]
    assert bodies()[-1]["threadId"] not in (None, bodies()[2]["threadId"])


def test_a_thread_resumed_for_another_assistant_asks_for_it(kernel):
    ask(kernel, "--thread demo", cell="a")
    kernel.run("_s._threads.clear(); _s.newest = _s.last = None")
    answered(kernel.run("%langtail thread resume demo\n%langtail use plain"))

    assert "current first: %langtail use" in refused(give(kernel, "get_weather warm"))


def test_a_branch_replays_calls_and_results_in_order(kernel, bodies):
    ask(kernel, cell="a")
    answered(give(kernel, "get_weather warm", "b"))
    ask(kernel, "plain --thread aside", "Elsewhere", cell="c")
    ask(kernel, "-q", "Sure?", cell="d")
    ask(kernel, "-q", "Really sure?", cell="d")

    sent = bodies()[-1]["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant", "tool", "assistant", "user"]
    assert sent[1]["tool_calls"][0]["id"] == sent[2]["tool_call_id"]


def test_what_the_server_holds_is_what_the_notebook_showed(kernel):
    ask(kernel, cell="a")
    answered(give(kernel, "get_weather warm", "b"))
    read = kernel.value(
        "[content for message in __import__('langtail_nb._kernel.loop')._kernel.loop.wait("
        "_s.client().threads.messages(lt.last().thread_id)) for content in message.contents]"
    )

    assert read == kernel.value("_s.conversations(_s.target()).current.history()")


def test_the_history_names_calls_and_results(kernel, tmp_path):
    ask(kernel, cell="a")
    answered(give(kernel, "get_weather warm", "b"))
    shown = kernel.run("%langtail thread history").text
    kernel.run(f"%langtail thread export {tmp_path}/t.md")

    assert 'calls get_weather {"city": "Brno"}' in shown
    assert "get_weather: warm" in shown
    assert 'calls get_weather {"city": "Brno"}' in (tmp_path / "t.md").read_text()


def test_a_resumed_thread_that_ends_in_a_call_can_be_answered(kernel, bodies):
    ask(kernel, "--thread demo", cell="a")
    kernel.run("_s._threads.clear(); _s.newest = _s.last = None")
    answered(kernel.run("%langtail thread resume demo"))
    answered(give(kernel, "get_weather warm"))

    assert contents(bodies()[-1]) == ["warm"]
    assert bodies()[-1]["threadId"]


def test_calls_of_another_assistant_between_do_not_hide_the_one_that_waits(kernel):
    ask(kernel, cell="a")
    ask(kernel, "plain", cell="b")
    ask(kernel, "prompt -q", cell="c")

    listed = give(kernel, "").text
    assert listed.count("get_weather") == 2
    assert "tool: one" in answered(give(kernel, "get_weather one", "d")).text
    assert "Of ." in answered(give(kernel, "get_weather two", "e")).text


def test_a_message_while_a_call_waits_is_sent_and_says_so(kernel, bodies):
    ask(kernel, cell="a")
    passed = ask(kernel, body="Never mind", cell="b")
    ask(kernel, "both", cell="c")
    failed = kernel.run("%%langtail both --field response_format:={'type':'text'}\nNo", cell_id="d")

    assert contents(bodies()[1]) == ["Never mind"]
    assert "get_weather went without a result" in markdown(passed)
    assert "get_weather and get_time still wait for a result; %langtail tool gives it" in refused(failed)


def test_results_that_were_not_sent_are_kept(kernel, bodies):
    ask(kernel, "both", cell="a")
    give(kernel, "get_time 12:00", "b")
    kernel.run("lt.settings.timeout = 1e-9")
    assert give(kernel, "get_weather warm", cell=None).status == "error"
    kernel.run("lt.settings.timeout = None")
    answered(give(kernel, "get_weather warm", cell=None))

    assert contents(bodies()[-1]) == ["warm", "12:00"]


def test_where_results_were_sent_and_no_answer_came_the_error_says_how_to_ask_again(kernel):
    ask(kernel, "slow", cell=None)
    running = kernel.send("%langtail tool get_weather warm", cell_id=None)
    kernel.until_shown(running, "user")
    kernel.interrupt()
    kernel.finish(running)
    lost = refused(give(kernel, "get_weather warm", cell=None))

    assert "the results were sent, and %langtail run asks for the answer again" in lost
    assert "tool: warm" in answered(kernel.run("%langtail run slow", cell_id=None)).text


def test_an_interrupt_keeps_what_came_and_the_cell_can_run_again(kernel, bodies):
    ask(kernel, "slow", cell="a")
    running = kernel.send("%langtail tool get_weather warm", cell_id="b")
    kernel.until_shown(running, "user")
    kernel.interrupt()
    stopped = kernel.finish(running)

    assert "Interrupted: stopped after" in refused(stopped)
    assert kernel.value("(lt.last().partial, lt.last().text[:4])") == "(True, 'user')"
    assert "tool: cold" in answered(give(kernel, "get_weather cold", "b")).text
    assert [m["role"] for m in bodies()[-1]["messages"]] == ["user", "assistant", "tool"]


def test_respond_sends_results_and_returns_the_next_reply(kernel, bodies):
    ran = answered(
        kernel.run(
            "def get_weather(city):\n"
            "    return {'city': city, 't': 21}\n"
            "first = lt.ask('Warm?', temperature=0.1)\n"
            "reply = first.respond({'get_weather': get_weather})"
        )
    )

    assert ran.outputs == []
    sent = bodies()[-1]
    assert sent["messages"] == [{**RESULT, "content": '{"city": "Brno", "t": 21}'}]
    assert sent["temperature"] == 0.1
    assert kernel.value("(first.thread_id == reply.thread_id, reply.tool_calls, reply is lt.last())") == (
        "(True, (), True)"
    )


def test_respond_to_an_older_reply_begins_a_branch_behind_it(kernel, bodies):
    ask(kernel, "-o first", cell="a")
    answered(give(kernel, "get_weather warm", "b"))
    thread = kernel.value("first.thread_id")
    answered(kernel.run("other = first.respond({'get_weather': 'cold'})", cell_id="c"))

    assert contents(bodies()[-1])[::2] == ["Is it warm?", "cold"]
    assert "threadId" not in bodies()[-1]
    assert kernel.value("other.thread_id") != thread
    assert "forked before turn 2" in kernel.value("other.warnings")


def test_respond_to_a_reply_apart_twice_keeps_both_apart(kernel, bodies):
    ask(kernel, "plain", "On the thread", cell="a")
    answered(
        kernel.run(
            "first = lt.ask('Warm?')\n"
            "replies = [first.respond({'get_weather': each}) for each in ('warm', 'cold')]"
        )
    )

    assert [("threadId" in body) for body in bodies()[-2:]] == [True, False]
    assert contents(bodies()[-1])[::2] == ["Warm?", "cold"]
    assert "a thread apart" in kernel.value("_s.newest.thread.label")
    assert kernel.value("len(_s.conversations(_s.target()).threads)") == "0"


def test_respond_refuses_what_is_missing_before_a_byte_is_sent(kernel, bodies):
    ask(kernel, "both -o reply")
    before = len(bodies())

    for results in ("{'get_weather': 1}", "{'get_weather': 1, 'get_tmie': 2}", "'warm'", "{'get_time': 1/0}"):
        assert kernel.run(f"reply.respond({results})").status == "error"
    assert len(bodies()) == before


def test_a_reply_at_the_end_of_a_cell_shows_its_calls(kernel):
    ran = answered(kernel.run("lt.ask('Is it warm?')"))

    (output,) = ran.outputs
    assert output["output_type"] == "execute_result"
    assert "Tool call **get_weather**" in unescape(output["data"]["text/markdown"])
    assert "Brno" in output["data"]["text/markdown"]


def test_respond_goes_to_the_server_that_asked(kernel, bodies):
    ask(kernel, "-o reply")
    kernel.run("lt.settings.base_url = 'http://127.0.0.1:9'")
    error = refused(kernel.run("reply.respond({'get_weather': 1})"))
    kernel.run("lt.settings.base_url = None")

    assert "the base URL is http://127.0.0.1:9 now" in error
    assert len(bodies()) == 1


async def test_a_client_goes_on_with_the_continuation_of_a_reply(server):
    async with Client(api_key=KEY, base_url=server.url) as client:
        for name in ("weather", "prompt"):
            reply = await client.invoke(Request(f"acme/help/{name}/production", "Warm?"))
            after = await client.invoke(reply.continuation({"get_weather": lambda city: f"warm in {city}"}))
            assert "tool: warm in Brno" in after.text
            assert after.thread_id == reply.thread_id


def test_tab_offers_what_waits(kernel):
    ask(kernel, "both")
    code = (
        "ip = get_ipython()\n"
        "def tab(text): return list(ip.Completer.complete(text)[1])\n"
        "tab('%langtail tool ')"
    )
    kernel.run(code)

    assert kernel.value("tab('%langtail tool ')") == "['get_weather', 'get_time']"
    give(kernel, "get_weather warm")
    assert kernel.value("tab('%langtail tool get_')") == "['get_time']"


def test_without_a_front_end_each_cell_has_one_output(kernel):
    how = {"cell": None, "allow_stdin": False}
    asked = ask(kernel, **how)
    given = answered(give(kernel, "get_weather warm", **how))

    assert [len(ran.outputs) for ran in (asked, given)] == [1, 1]
    assert given.of("update_display_data") == []
    assert "tool: warm" in given.text


def test_a_terminal_says_what_to_type_and_streams_the_continuation(server, tmp_path):
    command = ["-m", "IPython", "--simple-prompt", "--no-banner", "--colors=NoColor", "--no-confirm-exit"]
    env = {**os.environ, **environment(server, tmp_path), "IPYTHONDIR": str(tmp_path)}
    child = pexpect.spawn(
        sys.executable, command, encoding="utf-8", timeout=30, dimensions=(40, 200), env=env
    )
    try:
        child.expect_exact("In [1]:")
        child.sendline("%load_ext langtail_nb")
        child.expect_exact("In [2]:")
        for line in ("%%langtail", "Warm?", "", ""):
            child.sendline(line)
        child.expect_exact('[tool call] get_weather {"city": "Brno"}')
        child.expect_exact("%langtail tool get_weather RESULT")
        child.expect_exact("In [3]:")
        child.sendline("%langtail tool get_weather 'it is warm'")
        child.expect_exact("tool: it is warm")
        child.expect("thread 1, turn 2")
        child.expect_exact("In [4]:")
        child.sendline("print(_.finish_reason)")
        child.expect_exact("stop")
    finally:
        child.close(force=True)


@pytest.mark.model
def test_a_real_model_calls_and_then_answers_from_the_result(model_server, tmp_path):
    env = {**environment(model_server, tmp_path), "LANGTAIL_ASSISTANT": "local/demo/support/production"}
    with start_kernel(sys.executable, env=env, cwd=str(tmp_path)) as kernel:
        kernel.run(f"%load_ext langtail_nb\nimport langtail_nb as lt\ntools = {[WEATHER]!r}")
        asked = ask(
            kernel, "-t 0 --max-tokens 60 --tool-choice required --field tools:=tools", "Weather in Brno?"
        )
        given = answered(give(kernel, "get_weather sunny, 21 degrees"))
        body = model_server.last()["body"]

        assert "Tool call **get_weather**" in markdown(asked)
        assert body["messages"][0]["content"] == "sunny, 21 degrees"
        assert body["tools"] == [WEATHER]
        assert "tool_choice" not in body
        assert kernel.value("(lt.last().tool_calls, lt.last().text != '')") == "((), True)"
        assert "turn 2" in markdown(given)
