"""What commands answer: a line on what was set, help, first steps, what is stored; in a real kernel."""

import sys

import pytest

from tests.kernels import kernel as start_kernel

TARGET = "acme/help/limits/production"


def answered(ran):
    assert ran.status == "ok", ran.errors
    return ran


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("set -t 0.9", "temperature 0.9 (deployed 0.5)"),
        ("set --max-tokens 90", "max_tokens 90 (deployed 6)"),
        ("set -v tone=calm", "variable tone calm (deployed none)"),
        ("set --timeout 7", "timeout 7.0"),
        ("set --rerun append", "rerun append"),
        ("set --no-thread", "each call gets a thread of its own"),
        ("set --template 'Be brief'", "template of 1 message (deployed of 1 message)"),
        ("set -t 0.9 --seed 3", "temperature 0.9 (deployed 0.5); seed 3 (deployed 7)"),
        ("set -t deployed", "temperature as deployed (0.5)"),
    ],
)
def test_set_says_on_one_line_what_is_set_and_what_is_deployed(kernel, command, said):
    text = answered(kernel.run(f"%langtail {command}")).text
    kernel.run("lt.settings.timeout = None")

    assert text == said


def test_unset_says_on_one_line_what_is_as_deployed_again(kernel):
    answered(kernel.run("%langtail set --max-tokens 90 -v tone=calm --no-thread --timeout 7"))
    said = answered(kernel.run("%langtail unset max_tokens tone no-thread timeout")).text

    assert set(said.split("; ")) == {
        "max_tokens as deployed (6)",
        "variable tone as deployed (none)",
        "timeout as usual",
        "calls go on with the current thread again",
    }
    assert (
        answered(kernel.run("%langtail unset max_tokens")).text == "max_tokens: not set, so nothing changed"
    )


def test_what_is_deployed_is_left_out_where_it_cannot_be_read(kernel):
    said = answered(kernel.run("lt.settings.base_url = 'http://127.0.0.1:9'\n%langtail set -t 0.5")).text
    kernel.run("lt.settings.base_url = None")

    assert said == "temperature 0.5"


def test_a_set_without_options_shows_what_is_set(kernel):
    answered(kernel.run("%langtail set -t 0.5"))

    assert "0.5 (set)" in answered(kernel.run("%langtail set")).text


def test_help_has_a_line_for_each_command(kernel):
    lines = answered(kernel.run("%langtail help")).text.splitlines()

    assert sum(line.startswith("%langtail use TARGET ") for line in lines) == 1
    assert sum(line.startswith("%langtail thread fork [N] ") for line in lines) == 1


@pytest.mark.parametrize("typed", ["help thread", "thread --help", "thread -h", "thread help"])
def test_help_on_a_command_shows_all_its_forms_and_no_other(kernel, typed):
    text = answered(kernel.run(f"%langtail {typed}")).text

    assert "thread rename NAME" in text
    assert "deployments" not in text


@pytest.mark.parametrize(("typed", "option"), [("set --help", "--rerun"), ("help run", "--compare LIST")])
def test_help_on_a_command_with_options_lists_them(kernel, typed, option):
    assert option in answered(kernel.run(f"%langtail {typed}")).text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("halp", "did you mean 'help'"),
        ("help threat", "did you mean 'thread'"),
        ("thread show", "%langtail help thread lists the commands"),
        ("thread --al", "no thread '--al' in this kernel"),
    ],
)
def test_a_misspelt_command_is_named_with_what_helps(kernel, typed, said):
    (error,) = kernel.run(f"%langtail {typed}").errors

    assert said in error
    assert len(error.splitlines()) == 1
    assert "--thread --al" not in error


def test_threads_of_earlier_kernels_are_counted_and_listed_with_their_last_question(kernel):
    answered(kernel.ask("What is kept?", "--thread demo", cell_id="a"))
    kernel.run("_s._threads.clear()")
    alone = answered(kernel.run("%langtail thread list")).text
    answered(kernel.ask("One", cell_id="b"))
    beside = answered(kernel.run("%langtail thread list")).text
    everything = answered(kernel.run("%langtail thread list --all")).text

    assert alone == "No threads yet. 1 more of earlier kernels: %langtail thread list --all"
    assert beside.splitlines()[-1] == "1 more of earlier kernels: %langtail thread list --all"
    assert "demo" not in beside
    assert [
        [cell.strip() for cell in line.split("  ") if cell.strip()][place]
        for line in everything.splitlines()
        if "demo" in line
        for place in (0, 2)
    ] == ["demo", "What is kept?"]
    assert "--all" not in everything


def test_a_new_kernel_shows_a_cell_with_a_question_as_the_next_thing_to_type(tmp_path):
    with start_kernel(sys.executable, env={"LANGTAIL_NB_HOME": str(tmp_path)}, cwd=str(tmp_path)) as fresh:
        shown = answered(fresh.run("%load_ext langtail_nb\n%langtail")).outputs[0]["data"]

    assert "    %langtail local\n\n    %%langtail\n    How long does delivery take?\n" in shown["text/plain"]
    assert "```\n%langtail local\n\n%%langtail\nHow long does delivery take?\n```" in shown["text/markdown"]
