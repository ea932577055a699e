"""``%langtail thread`` and the conversations of cells, in a real kernel against a real server."""

import pytest

TARGET = "acme/help/support/production"


def answered(ran):
    assert ran.status == "ok", ran.errors
    return ran


def markdown(ran):
    return ran.outputs[0]["data"]["text/markdown"]


def questions(kernel):
    """What was asked in the current thread."""
    return kernel.value("[t.sent[-1]['content'] for t in _s.conversations(_s.target()).current.turns]")


def test_a_cell_run_again_goes_back_to_its_conversation_and_says_so(kernel):
    answered(kernel.ask("One", cell_id="a"))
    answered(kernel.ask("Two", cell_id="b"))
    answered(kernel.ask("Three", "--new-thread", cell_id="c"))
    again = answered(kernel.ask("Two", cell_id="b"))

    assert "back in thread 1, forked before turn 2; thread 2 is no longer current" in markdown(again)
    assert "thread 3, turn 2" in markdown(again)
    assert questions(kernel) == "['One', 'Two']"


def test_all_cells_run_again_give_the_same_conversations(kernel):
    def run_all():
        answered(kernel.ask("One", cell_id="a"))
        answered(kernel.ask("Two", cell_id="b"))
        answered(kernel.run("%langtail thread fork", cell_id="c"))
        answered(kernel.ask("Else", cell_id="d"))
        first = questions(kernel)
        answered(kernel.ask("Three", "--new-thread", cell_id="e"))
        answered(kernel.ask("Four", cell_id="f"))
        return first, questions(kernel)

    assert run_all() == run_all() == ("['One', 'Else']", "['Three', 'Four']")


def test_a_number_is_the_thread_of_that_number_in_the_next_call_and_no_later_one(kernel):
    answered(kernel.ask("One", cell_id="a"))
    answered(kernel.ask("Two", "--new-thread", cell_id="b"))

    assert "thread 1 is current: 1 turn" in kernel.run("%langtail thread 1").text
    assert "thread 1 is current: 1 turn" in kernel.run("%langtail thread thread 1").text
    assert "thread 1, turn 2" in markdown(answered(kernel.ask("Two", cell_id="b")))
    assert "thread 2, turn 2" in markdown(answered(kernel.ask("Three", "--thread 2", cell_id="c")))


def test_list_and_history_bind_nothing(kernel):
    answered(kernel.ask("One", cell_id="a"))
    answered(kernel.ask("Two", "--new-thread", cell_id="b"))
    answered(kernel.run("%langtail thread list\n%langtail thread history"))

    assert "back in thread 1, forked before turn 1" in markdown(answered(kernel.ask("One", cell_id="a")))


def test_branches_are_listed_as_a_tree_with_the_last_question(kernel):
    for cell, text in [("a", "One"), ("b", "Two"), ("b", "Two again"), ("c", "Three"), ("c", "Last")]:
        answered(kernel.ask(text, cell_id=cell))
    rows = [line.split("  ") for line in kernel.run("%langtail thread list").text.splitlines()]
    cells = [[cell.strip() for cell in row if cell.strip()][:-1] for row in rows[1:]]

    assert cells == [
        ["thread 1", "2 turns", "Two"],
        ["└ thread 2, from turn 2", "3 turns", "Three"],
        ["→", "· └ thread 3, from turn 3", "3 turns", "Last"],
    ]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("thread 9", "no thread '9' in this kernel"),
        ("thread rename 2", "there is no thread 2; a name may not be a number"),
        ("thread rename list", "'list' is a command"),
        ("thread rename left", "there is a thread 'left' already"),
    ],
)
def test_what_names_no_thread_is_one_line(kernel, command, said):
    answered(kernel.ask("One", "--thread left", cell_id="a"))
    answered(kernel.ask("Two", "--new-thread", cell_id="b"))
    (error,) = kernel.run(f"%langtail {command}").errors

    assert said in error
    assert len(error.splitlines()) == 1


def test_a_new_name_may_not_be_a_number_in_a_cell_either(kernel, server):
    mark = server.mark()
    failed = kernel.ask("One", "--thread 7", cell_id="a")

    assert "there is no thread 7" in failed.errors[0]
    assert [r for r in server.requests(mark) if r["method"] == "POST"] == []


def test_a_thread_is_renamed_here_and_on_disk(kernel):
    answered(kernel.ask("One", cell_id="a"))

    assert "thread 1 is called final now" in answered(kernel.run("%langtail thread rename final")).text
    assert "final, turn 2" in markdown(answered(kernel.ask("Two", "--thread final", cell_id="b")))
    kernel.run("_s._threads.clear()")
    assert "final is current again: 2 turns" in kernel.run("%langtail thread resume final").text


def test_a_one_shot_assistant_asks_each_time_anew(kernel):
    answered(kernel.run("%langtail set --no-thread"))
    first = answered(kernel.ask("One", cell_id="a"))
    second = answered(kernel.ask("Two", cell_id="b"))
    named = answered(kernel.ask("Three", "--thread left", cell_id="c"))
    status = kernel.run("%langtail").text
    answered(kernel.run("%langtail unset no-thread"))
    after = answered(kernel.ask("Four", cell_id="d"))

    assert ["a thread apart, turn 1" in markdown(ran) for ran in (first, second)] == [True, True]
    assert "One" not in second.text
    assert "left, turn 1" in markdown(named)
    assert "each call apart (set)" in status
    assert "left, turn 2" in markdown(after)


@pytest.mark.parametrize("fault", ["500", "drop-before", "html-200"])
def test_a_first_call_that_fails_after_it_was_sent_says_what_the_server_may_hold(kernel, fault):
    kernel.run("lt.settings.retries = 0")
    failed = kernel.ask("One", f"fault-{fault}", cell_id="a")
    kernel.run("lt.settings.retries = 2")

    assert failed.errors[0].endswith("the server may hold your message, in a thread that is not known here")
    history = kernel.run(f"%langtail use fault-{fault}\n%langtail thread history").text
    assert "not answered; the server may hold it in a thread that is not known here" in history


def test_a_run_that_forks_and_brings_no_word_still_says_where_it_forked(kernel):
    kernel.run("_s._threads[_s.base_url, 'acme/help/fault-empty'] = _s.conversations(_s.target('support'))")
    answered(kernel.ask("One", cell_id="a"))
    failed = kernel.ask("One again", "fault-empty", cell_id="b")
    again = kernel.ask("One again", "fault-empty --thread 1", cell_id="b")

    assert "no answer after" in markdown(failed)
    assert "forked before turn 2" in markdown(again)
    assert "thread 2 on the server may hold your message without this answer" in again.errors[0]


def test_a_refused_call_makes_no_turn_and_leaves_what_is_bound(kernel):
    kernel.run("_s._threads[_s.base_url, 'acme/help/fault-401'] = _s.conversations(_s.target('support'))")
    answered(kernel.ask("One", cell_id="a"))
    answered(kernel.ask("Two", "--new-thread", cell_id="b"))
    kernel.run("%langtail thread 1")
    assert kernel.ask("No", "fault-401", cell_id="b").status == "error"

    assert "thread 1, turn 2" in markdown(answered(kernel.ask("Two", cell_id="b")))


def test_a_thread_of_another_assistant_is_one_thread(kernel):
    answered(kernel.ask("One", "guide", cell_id="a"))
    answered(kernel.ask("Mine", cell_id="b"))
    name = kernel.value("_s.conversations(_s.target('guide')).current.id").strip("'")
    ran = answered(kernel.ask("Two", f"--thread {name}", cell_id="c"))

    assert "thread 1 of guide, turn 2" in markdown(ran)
    assert (
        kernel.value("_s.conversations(_s.target('guide')).current is _s.conversations(_s.target()).current")
        == "True"
    )
    assert "thread 1 of guide, turn 3" in markdown(answered(kernel.ask("Three", "guide", cell_id="d")))
    assert "thread 1, turn 2" in markdown(answered(kernel.ask("Four", "--thread 1", cell_id="e")))


def test_a_tool_cell_goes_back_to_the_call_it_answered(kernel):
    kernel.run("lt.settings.target = 'acme/help/fault-tools/production'")
    ask, give = "%%langtail {}\nWeather?", "%langtail tool get_weather {}"
    answered(kernel.run(ask.format(""), cell_id="a"))
    answered(kernel.run(give.format("warm"), cell_id="b"))
    answered(kernel.run(ask.format("--new-thread"), cell_id="c"))
    again = answered(kernel.run(give.format("cold"), cell_id="b"))

    assert "back in thread 1, forked before turn 2; thread 2 is no longer current" in markdown(again)
