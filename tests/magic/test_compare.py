"""``--compare``, ``%langtail runs`` and ``%langtail diff`` in a real kernel, against a real server."""

import pytest

from tests.servers import deployment

DEPLOYMENTS = {
    "support": deployment("Help about {{topic}}.", chatInput={"topic": "orders"}, args={"temperature": 0}),
    "support@staging": deployment("Help, at length, about {{topic}}.", args={"temperature": 0}),
    "support@production@3": deployment("Version three."),
    "sales": deployment("Sell {{topic}}."),
    "plain": deployment("{{json}}", kind="prompt"),
    "slow": deployment("Slow.", fault="slow:0.05"),
    "broken": deployment("Never.", fault="500"),
    "tools": deployment("Weather.", fault="tools"),
    "drop": deployment("Broken off.", fault="drop:2"),
}
TARGET = "acme/help/support/production"


@pytest.fixture(scope="module")
def server(echo_server):
    return echo_server


def shown(ran):
    assert ran.status == "ok", ran.errors
    (output,) = ran.outputs
    return output["data"]


def invokes(server, mark):
    return [entry for entry in server.requests(mark) if entry["provider"] is not None]


def columns(ran):
    """Title and text of each answer, read off the plain text."""
    blocks = ran["text/plain"].split("== ")[1:]
    return {block.partition("\n")[0]: block.partition("\n")[2].rpartition("\n[")[0] for block in blocks}


def test_the_deployed_settings_come_first_and_are_without_the_overrides_of_the_cell(kernel, server):
    mark = server.mark()

    data = shown(kernel.ask("Where?", "-t 0.9 -v topic=cats --compare sales,deployed"))

    assert list(columns(data)) == ["deployed", "this cell: temperature 0.9", "sales"]
    sent = sorted(invokes(server, mark), key=lambda entry: str(entry["body"].get("temperature")))
    assert [entry["body"].get("temperature") for entry in sent] == [0.9, 0.9, None]
    assert {entry["body"]["variables"]["topic"] for entry in sent} == {"cats"}


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ("/staging", "system: Help, at length, about orders."),
        ("staging", "system: Help, at length, about orders."),
        ("@3", "system: Version three."),
        ("sales", "system: Sell orders."),
        ("sales/staging", "system: Sell orders."),
        ("acme/other/sales/production", "system: Sell orders."),
    ],
)
def test_an_item_names_an_environment_a_version_or_an_assistant(kernel, item, text):
    data = shown(kernel.ask("Where?", f"-v topic=orders --compare {item}"))

    assert columns(data)[item].startswith(text)


def test_settings_of_the_kernel_go_to_their_own_assistant_only(kernel, server):
    kernel.run("lt.settings.temperature = 1.5", cell_id="set")
    mark = server.mark()

    shown(kernel.ask("Where?", "--compare /staging,sales"))

    by_path = {entry["path"]: entry["body"].get("temperature") for entry in invokes(server, mark)}
    assert by_path == {
        "/acme/help/support/production": 1.5,
        "/acme/help/support/staging": 1.5,
        "/acme/help/sales/production": None,
    }


def test_variables_of_an_earlier_turn_go_to_their_own_assistant_only(kernel, server):
    shown(kernel.ask("First", "-v topic=cats", cell_id="a"))
    mark = server.mark()

    shown(kernel.ask("Second", "--compare /staging,sales", cell_id="b"))

    by_path = {entry["path"]: entry["body"].get("variables") for entry in invokes(server, mark)}
    assert by_path["/acme/help/support/staging"] == {"topic": "cats"}
    assert not by_path["/acme/help/sales/production"]


def test_no_turn_is_added_and_the_trials_leave_no_thread(kernel, server):
    shown(kernel.ask("First", cell_id="a"))
    before = len(threads(server))

    data = shown(kernel.ask("Second", "--compare deployed", cell_id="b"))

    assert "user: First" in columns(data)["deployed"]
    assert kernel.value(f"len(_s.conversations(_s.target({TARGET!r})).current.turns)") == "1"
    assert len(threads(server)) == before


def test_the_previous_answer_of_the_cell_is_shown_and_costs_nothing(kernel, server):
    shown(kernel.ask("One", cell_id="a"))
    mark = server.mark()

    data = shown(kernel.ask("Two", "--compare previous", cell_id="a"))

    assert columns(data)["previous"].endswith("user: One")
    assert columns(data)["this cell"].endswith("user: Two")
    assert len(invokes(server, mark)) == 1


def test_different_answers_are_marked_word_by_word_and_equal_ones_say_so(kernel):
    markdown = shown(kernel.ask("Where?", "-v topic=orders --compare deployed,/staging"))["text/markdown"]

    assert "the same, word for word" in markdown
    assert "<ins " in markdown
    assert markdown.count("<td") == 6


def test_the_others_are_compared_with_what_is_deployed_wherever_it_stands_in_the_list(kernel):
    markdown = shown(kernel.ask("Where?", "-v topic=orders --compare /staging,deployed"))["text/markdown"]

    assert markdown.index(">deployed") < markdown.index(">this cell") < markdown.index(">/staging")
    assert markdown.count("against deployed") == 1
    assert "<ins " in markdown.partition("against deployed")[2]
    assert "<del " not in markdown


def test_columns_have_one_width_and_no_answer_is_called_the_fastest(kernel):
    data = shown(kernel.ask("Where?", "-v topic=orders --compare deployed,/staging"))

    assert data["text/markdown"].startswith('<table style="table-layout: fixed; width: 100%">')
    assert "fastest" not in data["text/markdown"] + data["text/plain"]
    assert "[as deployed, topic=orders · the same, word for word · " in data["text/plain"]


def test_the_value_of_the_cell_is_its_own_reply(kernel):
    shown(kernel.ask("Where?", "-t 0.9 --compare deployed -o mine"))

    assert kernel.value("(_ is mine, lt.last() is mine, mine.request.parameters['temperature'])") == (
        "(True, True, 0.9)"
    )


def test_a_column_that_fails_says_why_and_the_cell_goes_on(kernel):
    data = shown(kernel.ask("Where?", "--compare broken"))

    assert "500" in data["text/plain"].partition("== broken")[2]
    assert columns(data)["this cell"].endswith("user: Where?")


def test_a_cell_whose_own_column_fails_fails_after_showing_the_others(kernel):
    ran = kernel.ask("Where?", "broken --compare support")

    assert ran.status == "error"
    assert "user: Where?" in columns(ran.outputs[0]["data"])["support"]


def test_an_interrupt_stops_every_column_and_keeps_what_had_come(kernel, server):
    mark = server.mark()
    ran = kernel.send("%%langtail slow --compare slow/staging -o mine\n" + "words " * 200, cell_id="cell-1")
    kernel.until_shown(ran, "Slow")

    kernel.interrupt()
    kernel.finish(ran)

    assert ran.status == "error"
    assert "no turn was added to the thread" in ran.errors[0]
    assert kernel.value("mine is lt.last() and _s.answers['cell-1'] is mine") == "True"
    assert ran.outputs[0]["data"]["text/plain"].count("stopped by you") == 2
    assert kernel.value("lt.last().partial and bool(lt.last().text)") == "True"
    assert all(entry["closed_by_client_at"] for entry in invokes(server, mark))


def test_what_must_not_be_recorded_is_not_recorded_in_any_column(kernel, server):
    mark = server.mark()
    shown(kernel.ask("secret words", "--do-not-record --compare deployed,sales"))

    # The server writes no more of such a call.
    assert [entry["body"] for entry in server.requests(mark)].count({"doNotRecord": True}) == 3
    assert "secret words" not in str(server.requests(mark))
    assert "secret words" not in shown(kernel.run("%langtail runs"))["text/plain"]
    shown(kernel.ask("Where?", "--user me -t 0.9 --compare deployed"))
    assert [entry["body"].get("user") for entry in invokes(server, mark)] == ["me", "me"]


def test_each_column_says_what_is_worth_knowing_of_its_request(kernel):
    kernel.run("_s.config_soon(_s.target())")
    text = shown(kernel.ask("Where is {{parcel}}?", "-v topik=cats --compare deployed"))["text/plain"]

    assert text.count("{{parcel}} stayed as written") == 2
    assert text.count("no variable 'topik' (did you mean 'topic'?)") == 2


def test_each_column_says_where_its_settings_and_variables_come_from(kernel):
    shown(kernel.ask("First", "-v topic=cats"))
    kernel.run("%langtail set -t 0.7")
    text = shown(kernel.ask("Second", "--top-p 0.5 --compare deployed", cell_id="cell-2"))["text/plain"]

    assert "[temperature 0.7 (set), top_p 0.5, topic from an earlier turn · " in text
    assert "[as deployed, topic from an earlier turn · " in text


def test_without_an_earlier_answer_the_column_says_so_and_the_others_are_asked(kernel, server):
    mark = server.mark()
    text = shown(kernel.ask("Where?", "--compare previous,deployed", cell_id="new"))["text/plain"]

    assert "this cell has no earlier answer in this kernel" in text.partition("== previous")[2]
    assert len(invokes(server, mark)) == 2
    again = shown(kernel.ask("Where?", "--compare previous", cell_id="new"))["text/plain"]
    assert "user: Where?" in again.partition("== previous")[2]


def test_two_runs_that_asked_different_things_say_what(kernel):
    kernel.ask("One", "--no-thread")
    kernel.ask("Two", "--no-thread")
    data = shown(kernel.run("%langtail diff", cell_id="diff"))

    assert "asked “One”" in data["text/plain"].splitlines()[0]
    assert "asked “Two”" in data["text/plain"].splitlines()[1]


def test_a_previous_answer_to_another_question_says_which(kernel):
    kernel.ask("Where is it?", cell_id="a")
    text = shown(kernel.ask("Who are you?", "--compare previous", cell_id="a"))

    assert "asked “Where is it?”, as deployed" in text["text/plain"].partition("== previous")[2]


def test_the_column_of_what_is_deployed_has_no_field_of_the_cell(kernel, server):
    mark = server.mark()
    kernel.ask("Hi", "--field frob:=1 --compare deployed")
    bodies = [entry["body"] for entry in server.requests(mark) if entry["provider"] is not None]

    assert sorted("frob" in body for body in bodies) == [False, True]


def test_a_previous_answer_that_broke_off_is_no_whole_one(kernel):
    assert kernel.ask("Hi", "drop").status == "error"
    text = shown(kernel.ask("Hi", "sales --compare previous"))["text/plain"]

    assert "fastest" not in text
    assert "broke off" in text.partition("== previous")[2]


def test_a_dry_run_shows_what_each_column_would_send_and_refuses_what_names_nothing(kernel, server):
    mark = server.mark()
    text = shown(kernel.ask("Where?", "-t 0.9 --compare deployed,sales --dry-run"))["text/plain"]

    assert [line for line in text.splitlines() if line.startswith("# ")] == [
        "# deployed",
        "# this cell: temperature 0.9",
        "# sales",
    ]
    assert (text.count("POST"), text.count('"temperature": 0.9'), text.count('"Where?"')) == (3, 2, 3)
    assert kernel.ask("Where?", "--compare a/b/c --dry-run").status == "error"
    assert invokes(server, mark) == []


def test_a_store_that_cannot_be_written_is_told_with_each_answer_in_the_one_output(kernel, tmp_path):
    (tmp_path / ".langtail").write_text("")
    kernel.run(f"import os; _home = os.environ.pop('LANGTAIL_NB_HOME'); os.chdir({str(tmp_path)!r})")
    ran = kernel.ask("Where?", "--compare deployed")
    kernel.run("os.environ['LANGTAIL_NB_HOME'] = _home")

    assert len(ran.outputs) == 1
    assert shown(ran)["text/plain"].count("this answer is not on disk: cannot keep files in") == 2


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--compare deployed,,", "empty item"),
        ("--compare a,b,c,d,e,f", "up to 5 settings"),
        ("--compare sales,sales", "'sales' twice"),
        ("--compare staging,/staging", "staging and /staging are the same deployment"),
        ("--compare sales,acme/help/sales/production", "are the same deployment"),
        ("--compare a/b/c", "three parts"),
        ("--compare deployed --show text", "leave out --show"),
    ],
)
def test_a_list_that_cannot_be_compared_is_told_before_anything_is_sent(kernel, server, line, told):
    mark = server.mark()

    ran = kernel.ask("Where?", line, cell_id="fresh")

    assert ran.status == "error"
    assert told in ran.errors[0]
    assert "\n" not in ran.errors[0]
    assert invokes(server, mark) == []


def test_two_answers_in_json_are_compared_by_value(kernel):
    line = "plain --thread x --compare plain/staging".replace("--thread x ", "")
    data = shown(kernel.ask('{"a": 1}', f"{line} -v json=x"))

    assert "the same" in data["text/markdown"]


def test_without_a_front_end_there_is_one_output_and_no_update(kernel):
    ran = kernel.ask("Where?", "--compare deployed", cell_id=None, allow_stdin=False)

    assert len(ran.of("display_data")) == 1
    assert ran.of("update_display_data") == []


def test_runs_lists_every_call_newest_first_with_what_it_sent(kernel):
    shown(kernel.ask("Where?", "-t 0.9 --compare /staging", cell_id="a"))
    shown(kernel.ask("What?", cell_id="b"))

    lines = shown(kernel.run("%langtail runs 3"))["text/plain"].splitlines()

    assert lines[0].startswith("acme/help/support, the newest 3 of ")
    assert [line.split()[2] for line in lines[2:]] == ["cell", "compare", "compare"]
    assert "temperature 0.9" in lines[3]


def test_diff_shows_how_the_last_two_answers_differ(kernel):
    shown(kernel.ask("Where?", "--new-thread", cell_id="a"))
    shown(kernel.ask("When?", "--new-thread", cell_id="b"))

    data = shown(kernel.run("%langtail diff"))

    assert "[-Where-]{+When+}" in data["text/plain"]


@pytest.mark.parametrize("words", ["1", "x y", "1 999999", f"1 {10**30}"])
def test_a_diff_of_runs_that_are_not_there_says_what_to_type(kernel, words):
    ran = kernel.run(f"%langtail diff {words}")

    assert ran.status == "error"
    assert "\n" not in ran.errors[0]
    assert "%langtail" in ran.errors[0]


def test_calls_of_tools_and_their_results_are_no_blanks_among_the_runs(kernel):
    shown(kernel.ask("Weather?", "tools"))
    kernel.run("%langtail use acme/help/tools/production")
    shown(kernel.run("%langtail tool get_weather sunny", cell_id="cell-2"))
    text = shown(kernel.run("%langtail runs 2"))["text/plain"]

    assert "get_weather({" in text
    assert "results: sunny" in text


def test_a_number_of_runs_beyond_all_is_no_trouble(kernel):
    assert shown(kernel.run(f"%langtail runs {10**30}"))


def threads(server):
    with server.http() as client:
        return client.get("/v2/threads").json()["data"]
