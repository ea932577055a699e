"""``%%langtail`` and ``%langtail`` in a real kernel, against a real server."""

import json

import pytest

TARGET = "acme/help/support/production"


def answered(ran):
    assert ran.status == "ok", ran.errors
    return ran


class Sent:
    """What the server was sent since this object was made."""

    def __init__(self, server):
        self.server, self.mark = server, server.mark()

    @property
    def bodies(self):
        requests = self.server.requests(self.mark)
        return [r["body"] for r in requests if r["method"] == "POST" and "/v2/" not in r["path"]]


@pytest.fixture
def sent(server):
    return Sent(server)


def test_a_cell_shows_the_answer_in_one_display_and_binds_the_reply(kernel):
    ran = answered(kernel.ask("Where is it?"))

    (output,) = ran.outputs
    assert output["output_type"] == "display_data"
    assert "user: Where is it?" in output["data"]["text/plain"]
    assert kernel.value("(type(_).__name__, lt.last() is _)") == "('Reply', True)"


def test_the_body_reaches_the_model_as_written(kernel, sent):
    body = '{a} {{b}} $x $HOME !ls %magic \\n "quotes"  two spaces\n\nlast line'

    answered(kernel.ask(body))

    assert sent.bodies[-1]["messages"] == [{"role": "user", "content": body}]


@pytest.mark.parametrize("body", [">>> 1 + 1\n2\n>>> 2", "In [3]: x\nOut[3]: 1", "    indented\n  less"])
def test_prompts_and_blanks_in_the_body_are_kept(kernel, sent, body):
    answered(kernel.ask(body, "-t 0.5"))

    assert sent.bodies[-1]["messages"] == [{"role": "user", "content": body}]


def test_a_follow_up_cell_continues_the_thread(kernel, sent):
    answered(kernel.ask("One", cell_id="a"))
    second = answered(kernel.ask("Two", cell_id="b"))

    assert "threadId" not in sent.bodies[0]
    assert sent.bodies[1]["threadId"]
    assert "user: One" in second.text
    assert "turn 2" in second.outputs[0]["data"]["text/markdown"]


def test_a_rerun_cell_forks_before_its_turn(kernel, sent):
    for cell in ("a", "b", "c"):
        answered(kernel.ask(f"Say {cell}", cell_id=cell))
    again = answered(kernel.ask("Say b differently", cell_id="b"))

    body = sent.bodies[-1]
    assert "threadId" not in body
    assert [m["content"] for m in body["messages"] if m["role"] == "user"] == ["Say a", "Say b differently"]
    markdown = again.outputs[0]["data"]["text/markdown"]
    assert "forked before turn 2; cells below still show the old branch" in markdown

    answered(kernel.ask("Say d", cell_id="d"))
    assert sent.bodies[-1]["threadId"] not in {b.get("threadId") for b in sent.bodies[:-1]}


def test_appending_on_a_rerun_is_a_setting(kernel, sent):
    kernel.run("%langtail set --rerun append")
    answered(kernel.ask("One", cell_id="a"))
    answered(kernel.ask("One", cell_id="a"))

    assert sent.bodies[-1]["threadId"]


def test_calls_in_one_execution_do_not_fork_each_other(kernel, sent):
    code = "for n in range(3): get_ipython().run_cell_magic('langtail', '-q', f'Say {n}')"

    answered(kernel.run(code, cell_id="loop"))

    assert [("threadId" in body) for body in sent.bodies] == [False, True, True]


def test_without_cell_ids_a_rerun_appends_and_says_so_once(kernel):
    answered(kernel.ask("One", cell_id=None))
    second = answered(kernel.ask("One", cell_id=None))
    third = answered(kernel.ask("One", cell_id=None))

    said = [("no cell ids" in str(ran.outputs)) for ran in (second, third)]
    assert said == [True, False]


def test_a_failed_fork_leaves_the_thread_as_it_was(kernel, sent):
    answered(kernel.ask("One", cell_id="a"))
    failed = kernel.ask("One again", "/nowhere", cell_id="a")
    assert failed.status == "error"
    answered(kernel.ask("Two", cell_id="b"))

    assert sent.bodies[-1]["threadId"]


def test_named_threads_run_side_by_side(kernel, sent):
    answered(kernel.ask("One", "--thread left", cell_id="a"))
    answered(kernel.ask("Two", "--thread right", cell_id="b"))
    answered(kernel.ask("Three", "--thread left", cell_id="c"))

    first, second, third = sent.bodies
    assert "threadId" not in first
    assert "threadId" not in second
    listed = kernel.run("%langtail thread list").text
    assert "left" in listed
    assert "right" in listed
    assert third["threadId"] in listed


def test_a_thread_apart_does_not_become_current(kernel, sent):
    answered(kernel.ask("One", cell_id="a"))
    answered(kernel.ask("Aside", "--no-thread", cell_id="b"))
    answered(kernel.ask("Two", cell_id="c"))

    assert [("threadId" in body) for body in sent.bodies] == [False, False, True]


def test_variables_stay_for_the_following_turns_and_the_footer_says_so(kernel, sent):
    answered(kernel.ask("One", "-v topic=returns", cell_id="a"))
    second = answered(kernel.ask("Two", cell_id="b"))

    assert sent.bodies[-1]["variables"] == {"topic": "returns"}
    assert "topic from an earlier turn" in second.outputs[0]["data"]["text/markdown"]


def test_settings_hold_until_unset_and_a_cell_option_wins(kernel, sent):
    answered(kernel.run("%langtail set -t 0.2 -v topic='on sale'"))
    answered(kernel.ask("One", cell_id="a"))
    answered(kernel.ask("Two", "-t 0.9", cell_id="b"))
    answered(kernel.ask("Three", "-t deployed", cell_id="c"))
    answered(kernel.ask("Four", "--as-deployed", cell_id="d"))
    answered(kernel.run("%langtail unset temperature"))
    answered(kernel.ask("Five", cell_id="e"))

    assert [b.get("temperature") for b in sent.bodies] == [0.2, 0.9, None, None, None]
    assert {b["variables"]["topic"] for b in sent.bodies} == {"on sale"}


def test_an_override_of_one_assistant_never_goes_to_another(kernel, sent):
    kernel.run("%langtail set -t 0.2")
    answered(kernel.ask("Bonjour", "guide"))

    assert "temperature" not in sent.bodies[-1]


def test_the_footer_says_what_was_sent_and_from_where(kernel):
    kernel.run("%langtail set --top-p 0.5")
    markdown = answered(kernel.ask("Hi", "-t 0.9")).outputs[0]["data"]["text/markdown"]

    assert "temperature 0.9" in markdown
    assert "top\\_p 0.5 (set)" in markdown or "top_p 0.5 (set)" in markdown


def test_fill_puts_kernel_values_into_the_message(kernel, sent):
    kernel.run("topic = 'parcels'")
    answered(kernel.ask("About {{topic}} {{{{x}}}} {y}".replace("{{{{x}}}} ", ""), "--fill"))

    assert sent.bodies[-1]["messages"][0]["content"] == "About parcels {y}"


def test_a_variable_the_assistant_does_not_have_is_noted_with_the_near_match(kernel):
    kernel.run("%langtail variables")
    markdown = answered(kernel.ask("Hi {{topic}}", "-v tpoic=x")).outputs[0]["data"]["text/markdown"]

    assert "tpoic" in markdown
    assert "topic" in markdown
    assert "stayed as written" in markdown


def test_out_binds_the_reply_also_when_the_call_fails(kernel):
    failed = kernel.ask("Hi", "fault-drop -o kept")

    assert failed.status == "error"
    assert kernel.value("(kept.partial, kept is lt.last())") == "(True, True)"


def test_a_dry_run_shows_the_exact_request_and_sends_nothing(kernel, sent):
    shown = answered(kernel.ask("Hi", "-t 0.3 -v topic=x --dry-run")).text

    assert sent.bodies == []
    body = json.loads(shown[shown.index("{") : shown.rindex("}") + 1])
    assert body["temperature"] == 0.3
    assert body["messages"] == [{"role": "user", "content": "Hi"}]
    assert "lt-test-key" not in shown


def test_a_failed_call_on_a_thread_says_what_the_server_may_hold(kernel):
    answered(kernel.ask("One", "fault-no-done --thread here", cell_id="a"))
    kernel.run(
        "_s._threads[_s.base_url, 'acme/help/fault-500'] = _s.conversations(_s.target('fault-no-done'))"
    )
    failed = kernel.ask("Two", "fault-500 --thread here", cell_id="b")

    assert "here on the server may hold your message without this answer" in failed.errors[0]
    assert "2 turns" in kernel.run("%langtail use fault-500\n%langtail thread").text


def test_a_prompt_says_that_it_has_no_thread_to_name(kernel):
    answer = answered(kernel.ask("One", "joke --thread demo"))

    markdown = answer.outputs[0]["data"]["text/markdown"]
    assert "a prompt has no thread" in markdown
    assert "is a new thread" not in markdown


@pytest.mark.parametrize("command", ["reset all", "open guide", "last one", "show a b", "variables a b"])
def test_words_that_a_command_does_not_take_are_refused(kernel, command):
    failed = kernel.run(f"%langtail {command}")

    assert command.split(maxsplit=1)[1] in failed.errors[0]
    assert len(failed.errors[0].splitlines()) == 1


def test_a_dry_run_of_a_rerun_cell_shows_the_fork_and_makes_none(kernel, sent):
    answered(kernel.ask("One", cell_id="a"))
    answered(kernel.ask("Two", cell_id="b"))
    shown = answered(kernel.ask("Two again", "--dry-run", cell_id="b")).text
    answered(kernel.ask("Two again", cell_id="b"))

    body = json.loads(shown[shown.index("{") : shown.rindex("}") + 1])
    assert body == sent.bodies[-1]
    assert "threadId" not in body


def test_calls_of_several_python_threads_on_one_name_share_one_thread(kernel):
    ran = answered(
        kernel.run(
            "from concurrent.futures import ThreadPoolExecutor\n"
            "with ThreadPoolExecutor(4) as pool:\n"
            "    replies = list(pool.map(lambda n: lt.ask(f'Say {n}', thread='shared'), range(4)))\n"
            "len({r.thread_id for r in replies})"
        )
    )

    assert "1" in ran.text
    assert "4 turns" in kernel.run("%langtail thread").text


def test_a_thread_apart_takes_no_number(kernel):
    answered(kernel.ask("One", cell_id="a"))
    apart = answered(kernel.ask("Aside", "--no-thread", cell_id="b"))
    answered(kernel.ask("Two", "--new-thread", cell_id="c"))

    assert "a thread apart, turn 1" in apart.outputs[0]["data"]["text/markdown"]
    listed = kernel.run("%langtail thread list").text
    assert "thread 1" in listed
    assert "thread 2" in listed


def test_resuming_a_thread_that_is_here_keeps_it_one_thread(kernel, sent):
    answered(kernel.ask("One", "--thread demo", cell_id="a"))
    answered(kernel.run("%langtail thread resume demo"))

    assert kernel.run("%langtail thread list --all").text.count("demo") == 1
    answered(kernel.ask("One again", cell_id="a"))
    assert "threadId" not in sent.bodies[-1]


def test_run_sends_no_message(kernel, sent):
    answered(kernel.run("%langtail run -v topic=x"))

    assert "messages" not in sent.bodies[-1]


def test_a_cell_of_white_space_sends_no_message(kernel, sent):
    answered(kernel.ask("  \n\n"))

    assert "messages" not in sent.bodies[-1]


def test_options_may_continue_on_the_next_line(kernel, sent):
    answered(kernel.ask("  -v topic=x\nHi", "-t 0.3 \\"))

    assert sent.bodies[-1]["temperature"] == 0.3
    assert sent.bodies[-1]["messages"][0]["content"] == "Hi"


def test_json_that_is_none_fails_the_cell_and_keeps_the_answer(kernel, sent):
    failed = kernel.ask("Hi", "--json")

    assert failed.status == "error"
    assert sent.bodies[-1]["response_format"] == {"type": "json_object"}
    assert "user: Hi" in failed.outputs[0]["data"]["text/plain"]
    assert len(failed.errors[0].splitlines()) == 1


def test_an_answer_in_one_piece_is_asked_for_so(kernel, sent):
    answered(kernel.ask("Hi", "--no-stream"))

    assert sent.bodies[-1]["stream"] is False


def test_quiet_shows_nothing_and_still_gives_the_value(kernel):
    assert answered(kernel.ask("Hi", "-q")).outputs == []
    assert "user: Hi" in kernel.value("str(lt.last())")


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("--temprature 1", "--temperature"),
        ("-t warm", "warm"),
        ("-t 3", "0 to 2"),
        ("--top-p 2", "0 to 1"),
        ("-v topic:=1/0", "1/0"),
        ("-v topic:=no_such", "no_such"),
        ("-v topic", "topic"),
        ("-v x:=object()", "x"),
        ("-v x=@no/such/file", "no/such/file"),
        ("acme/help/support", "environment"),
        ("--metadata " + "k" * 65 + "=1", "64"),
        ("-t", "needs a value"),
        ("--thread a --new-thread", "--new-thread"),
    ],
)
def test_wrong_input_is_one_line_that_names_it_and_sends_nothing(kernel, sent, line, named):
    kernel.run("topic_x = 1; globals().pop('topic', None)")
    failed = kernel.ask("Hi", line)

    (error,) = failed.errors
    assert failed.status == "error"
    assert named in error
    assert len(error.splitlines()) == 1
    assert sent.bodies == []


def test_an_unknown_command_names_the_near_one(kernel):
    assert "'deployments'" in kernel.run("%langtail deploments").errors[0]


def test_status_tells_what_is_in_force_and_four_characters_of_the_key(kernel):
    kernel.run("%langtail set -t 0.4")
    answered(kernel.ask("Hi"))
    shown = answered(kernel.run("%langtail")).text

    for part in (TARGET, "…6789", "LANGTAIL_API_KEY", "temperature", "0.4", "1 turn", "tokens"):
        assert part in shown
    assert "lt-test" not in shown


def test_deployments_variables_and_show_print_what_the_server_has(kernel):
    assert "guide" in kernel.run("%langtail deployments").text
    assert "company" in kernel.run("%langtail variables").text
    shown = kernel.run("%langtail show").text
    assert "gpt-4o-mini" in shown
    assert "You are support of" in shown


def test_history_fork_and_export_work_on_the_current_thread(kernel, tmp_path):
    answered(kernel.ask("One", cell_id="a"))
    answered(kernel.ask("Two", cell_id="b"))

    assert "Two" in kernel.run("%langtail thread history").text
    answered(kernel.run("%langtail thread fork 2"))
    assert "Two" not in kernel.run("%langtail thread history").text
    answered(kernel.run(f"%langtail thread export {tmp_path}/t.json"))
    exported = json.loads((tmp_path / "t.json").read_text())["messages"]
    assert exported[0]["content"] == "One"
    (error,) = kernel.run(f"%langtail thread export {tmp_path}/t.ipynb").errors
    assert "thread export writes .md, .txt or .json, not .ipynb" in error
    assert not (tmp_path / "t.ipynb").exists()


def test_a_stored_thread_is_resumed_with_its_turns(kernel, sent):
    answered(kernel.ask("One", "--thread demo", cell_id="a"))
    kernel.run("from langtail_nb._kernel.session import session as _s; _s._threads.clear()")
    fresh = answered(kernel.ask("Anew", "--thread demo", cell_id="b"))
    assert "One" not in fresh.text

    kernel.run("_s._threads.clear()")
    assert "thread resume demo" in kernel.run("%langtail thread demo").errors[0]
    resumed = kernel.run("%langtail thread resume demo")
    assert "1 turn" in resumed.text, resumed.errors
    answered(kernel.ask("Two", cell_id="c"))
    assert sent.bodies[-1]["threadId"]


def test_a_thread_that_the_server_holds_no_more_can_be_deleted(kernel):
    answered(kernel.ask("One", "--thread gone", cell_id="a"))
    kernel.run(
        "from langtail_nb._kernel import loop; loop.wait(_s.client().threads.delete(lt.last().thread_id))"
    )

    resumed = kernel.run("_s._threads.clear()\n%langtail thread resume gone")
    deleted = answered(kernel.run("%langtail thread delete gone"))

    assert "the server does not hold 'gone' any more" in resumed.errors[0]
    assert "the server did not hold it" in deleted.text
    assert "gone" not in kernel.run("%langtail thread list --all").text


def test_a_stored_thread_is_deleted_by_its_name(kernel):
    answered(kernel.ask("One", "--thread demo2", cell_id="a"))
    kernel.run("_s._threads.clear()")

    assert "here and on the server" in answered(kernel.run("%langtail thread delete demo2")).text
    assert kernel.run("%langtail thread resume demo2").status == "error"


def test_a_path_below_nobodys_home_is_one_line(kernel):
    answered(kernel.ask("One"))
    failed = kernel.run("%langtail thread export ~nobody-has-this-name/x/y.md")

    assert "cannot write" in failed.errors[0]
    assert len(failed.errors[0].splitlines()) == 1


def test_the_template_cell_sets_the_override_and_shows_the_difference(kernel, sent):
    ran = answered(kernel.run("%%langtail_template\n--- system\nAnswer {{topic}} in French.\n"))
    assert "topic" in ran.text
    answered(kernel.ask("Hi"))

    assert sent.bodies[-1]["template"] == [{"role": "system", "content": "Answer {{topic}} in French."}]


def test_a_template_cell_may_name_its_assistant(kernel):
    answered(kernel.run("%%langtail_template acme/help/other/production\n--- system\nOther.", cell_id="a"))

    targets = (TARGET, "acme/help/other/staging")
    kept = f"[lt.settings.overrides(_s.target(t)).get('template') for t in {targets}]"
    assert kernel.value(kept) == "[None, [{'role': 'system', 'content': 'Other.'}]]"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("%%langtail_template -t 0.2\n--- system\nHi", "takes an assistant at most, not '-t 0.2'"),
        ("%%langtail_template a b\n--- system\nHi", "takes an assistant at most, not 'a b'"),
        ("%%langtail_template\n--- system\nHi\n\n%%langtail x\nWhere?", "line 4 begins another cell"),
    ],
)
def test_a_template_cell_that_says_something_else_too_changes_nothing(kernel, source, told):
    ran = kernel.run(source, cell_id="a")

    assert told in ran.errors[0]
    assert kernel.value("lt.settings.template") == "None"


def test_prompts_in_a_template_are_kept_as_typed(kernel):
    answered(kernel.run("%%langtail_template\n--- system\n>>> 1 + 1\n2\n>>> 2\n--- user\n    Hi"))

    assert kernel.value("[m['content'] for m in lt.settings.template]") == repr(
        [">>> 1 + 1\n2\n>>> 2", "    Hi"]
    )


def test_a_failed_call_on_a_thread_begun_by_hand_keeps_it(kernel, sent):
    answered(kernel.ask("One", "--thread demo", cell_id="a"))
    answered(kernel.run("%langtail thread fork 1"))
    assert kernel.ask("Two", "/nowhere", cell_id="b").status == "error"

    assert "demo: 0 turns" in kernel.run("%langtail thread").text


def test_edit_inserts_the_deployed_template_as_a_cell(kernel):
    ran = answered(kernel.run("%langtail edit"))

    inserted = ran.reply["payload"][0]["text"]
    assert inserted.startswith("%%langtail_template\n--- system\nYou are support of")


def test_curl_holds_the_variable_and_not_the_key(kernel):
    answered(kernel.ask("It's here"))
    shown = kernel.run("%langtail curl").text

    assert "$LANGTAIL_API_KEY" in shown
    assert "lt-test" not in shown


def test_the_inserted_cell_sends_the_same_request(kernel, sent):
    answered(kernel.ask("It's {here}", "-t 0.3 -v topic='a b' --stop 'x y'", cell_id="a"))
    inserted = kernel.run("%langtail cell").reply["payload"][0]["text"]
    kernel.run("_s._threads.clear()")
    answered(kernel.run(inserted, cell_id="b"))

    assert sent.bodies[0] == sent.bodies[1]


def test_the_inserted_cell_keeps_messages_and_leaves_history_out(kernel, sent):
    answered(kernel.ask("One", cell_id="a"))
    answered(kernel.ask("Two", "--messages [{'role':'user','content':'Before'}]", cell_id="b"))
    inserted = kernel.run("%langtail cell").reply["payload"][0]["text"]
    kernel.run("_s._threads.clear()")
    answered(kernel.run(inserted, cell_id="c"))

    assert [m["content"] for m in sent.bodies[-1]["messages"]] == ["Before", "Two"]


def test_ask_returns_a_reply_with_the_settings_of_a_cell(kernel, sent):
    kernel.run("%langtail set --top-p 0.5")
    ran = answered(kernel.run("reply = lt.ask('Where?', topic='returns', temperature=0)"))

    assert ran.outputs == []
    assert sent.bodies[-1]["temperature"] == 0
    assert sent.bodies[-1]["top_p"] == 0.5
    assert sent.bodies[-1]["variables"] == {"topic": "returns"}
    assert "user: Where?" in kernel.value("reply.text")


@pytest.mark.parametrize(
    "wrong", ["timeout=-1", "timeout='soon'", "timeout=0", "temperature='hot'", "thread=''"]
)
def test_ask_refuses_what_cannot_be_before_a_byte_is_sent(kernel, sent, wrong):
    failed = kernel.run(f"lt.ask('Hi', {wrong})")

    (error,) = failed.errors
    assert len(error.splitlines()) == 1
    assert sent.bodies == []


def test_ask_names_the_parameter_that_a_slip_is_near_to(kernel, sent):
    failed = kernel.run("lt.ask('Hi', temprature=0)")
    (error,) = failed.errors
    assert error.startswith(
        "ConfigurationError: 'temprature' is neither a parameter nor a variable of support"
    )
    assert "did you mean 'temperature'" in error
    assert sent.bodies == []


def test_ask_sends_a_variable_that_only_looks_like_a_slip(kernel, sent):
    answered(kernel.run("lt.ask('Hi', variables={'temprature': 0})"))
    assert sent.bodies[-1]["variables"] == {"temprature": "0"}


def test_ask_asks_for_json_and_fails_where_it_is_none(kernel, sent):
    failed = kernel.run("lt.ask('Hi', json=True)")

    assert sent.bodies[-1]["response_format"] == {"type": "json_object"}
    assert "variables" not in sent.bodies[-1]
    assert failed.errors[0].startswith("LangtailError: the answer is not JSON")
    assert "user: Hi" in kernel.value("lt.last().text")


def test_use_refuses_what_is_not_deployed_and_keeps_what_was_current(kernel):
    before = kernel.value("lt.settings.target")
    (error,) = kernel.run("%langtail use suport").errors

    assert "suport" in error
    assert "support" in error.replace("suport", "")
    assert kernel.value("lt.settings.target") == before


def test_use_says_where_nobody_can_tell_what_is_deployed(kernel):
    said = kernel.run("lt.settings.base_url = 'http://127.0.0.1:9'\n%langtail use acme/help/any/staging").text
    kernel.run("lt.settings.base_url = None\n%langtail use acme/help/support/production")

    assert "acme/help/any/staging is current; not checked" in said


def test_unloading_undoes_loading(kernel):
    kernel.run("%unload_ext langtail_nb")
    gone = kernel.run("%%langtail\nHi")
    matchers = kernel.value("len(get_ipython().Completer.custom_matchers)")
    kernel.run("%load_ext langtail_nb")

    assert gone.status == "error"
    assert matchers == "0"
