"""What commands answer: a line on what was set, help, first steps, what is stored; in a real kernel."""

import sys

import pytest

from langtail_nb._cli.main import build_parser
from langtail_nb._magic.commands.table import IN_A_SHELL
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


def test_unset_of_a_variable_that_an_earlier_turn_gave_says_how_to_be_rid_of_it(kernel):
    assert not kernel.ask("Hello", "-v topic=tea").errors

    (error,) = kernel.run("%langtail unset topic").errors
    assert "'topic' is not set; it comes from an earlier turn" in error


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
        ("thread resume nowhere", "nor such an id; %langtail thread list --all lists them"),
        ("resume trip", "did you mean 'thread resume'"),
        ("record", "did you mean 'replay record'"),
        ("compare deployed", "it is an option of a cell, %%langtail --compare"),
        ("pull", "it is typed in a shell, langtail-nb pull"),
    ],
)
def test_a_misspelt_command_is_named_with_what_helps(kernel, typed, said):
    (error,) = kernel.run(f"%langtail {typed}").errors

    assert said in error
    assert len(error.splitlines()) == 1
    assert "--thread --al" not in error


def test_the_commands_of_the_shell_are_those_of_its_parser():
    (subcommands,) = build_parser()._subparsers._group_actions

    assert set(IN_A_SHELL) == set(subcommands.choices)


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


def small(ran):
    """The small lines under an answer, the footer last."""
    shown = ran.outputs[0]["data"]["text/markdown"]
    return [
        line.partition(">")[2].removesuffix("</small>")
        for line in shown.splitlines()
        if line.startswith("<small")
    ]


SUPPORT = "acme/help/support/production"
WHOLE = f"{SUPPORT} -v topic=returns"


def test_a_footer_begins_with_what_differs(kernel):
    (footer,) = small(answered(kernel.ask("Hi", f"{WHOLE} -t 0.9")))

    assert footer.replace("&#46;", ".").split("\u00a0· ")[:3] == [
        "temperature 0.9",
        "thread 1, turn 1",
        "echo",
    ]


def test_a_stand_in_is_named_in_full_once_and_then_in_a_word(kernel):
    kernel.run("_s.stand_ins.add(_s.base_url)")
    footers = [small(answered(kernel.ask("Hi", WHOLE, cell_id=cell)))[-1] for cell in "ab"]
    beside = answered(kernel.ask("Hi", f"{WHOLE} --compare deployed", cell_id="c"))
    kernel.run("_s.stand_ins.clear()")

    assert [footer.split("\u00a0· ")[1] for footer in footers] == [
        "echo, standing in for gpt-4o-mini",
        "local",
    ]
    assert beside.outputs[0]["data"]["text/markdown"].count("local\u00a0· ") == 2


def test_an_answer_that_nobody_sees_leaves_the_name_to_the_next(kernel):
    kernel.run("_s.stand_ins.add(_s.base_url)")
    answered(kernel.ask("Hi", f"{WHOLE} -q", cell_id="a"))
    (footer,) = small(answered(kernel.ask("Hi", WHOLE, cell_id="b")))
    kernel.run("_s.stand_ins.clear()")

    assert "echo, standing in for gpt-4o-mini" in footer


def test_a_cut_answer_says_so_in_one_small_line(kernel):
    ran = answered(kernel.ask("Hi there you", f"{WHOLE} --max-tokens 2"))

    assert small(ran)[:-1] == ["cut at max_tokens 2; raise it with --max-tokens"]
    assert "\n> " not in ran.outputs[0]["data"]["text/markdown"]


@pytest.mark.parametrize(
    ("options", "notes"),
    [("--json", 0), ("--json --show markdown", 0), ("--show json", 1)],
)
def test_json_that_was_cut_is_told_once(kernel, options, notes):
    ran = kernel.ask("Hi there you", f"{WHOLE} {options} --max-tokens 2")

    assert len(small(ran)) - 1 == notes
    assert ["it was cut at max_tokens 2" in error for error in ran.errors] == [True] * (1 - notes)


def test_json_behind_earlier_turns_is_remarked_once_a_kernel(kernel):
    def told(text, cell, options="--json"):
        shown = kernel.ask(text, f"{SUPPORT} {options}", cell_id=cell).outputs[0]["data"]["text/markdown"]
        return "took the turns before it along" in shown

    assert [told("One", "a"), told("Two", "b"), told("Three", "c")] == [False, True, False]


@pytest.mark.parametrize("options", ["--json --no-thread", "--json --thread mine", ""])
def test_what_was_asked_for_needs_no_remark(kernel, options):
    for cell in "ab":
        ran = kernel.ask("Hi", f"{SUPPORT} {options}", cell_id=cell)

    assert "took the turns before it along" not in ran.outputs[0]["data"]["text/markdown"]


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("prod", "(did you mean /production?)"),
        ("/prod", "(did you mean /production?)"),
        ("suport", "(did you mean 'support'?)"),
        ("deploid", "(did you mean 'deployed'?)"),
        ("support/nowhere", "support is deployed in "),
    ],
)
def test_what_a_comparison_cannot_mean_is_refused_before_anything_is_sent(kernel, server, item, said):
    mark = server.mark()
    (error,) = kernel.ask("Hi", f"{SUPPORT} --compare {item}").errors

    assert f"--compare: nothing is deployed as {item!r}" in error
    assert said in error
    assert [r for r in server.requests(mark) if r["method"] == "POST"] == []


def test_ask_warns_once_of_a_variable_that_the_assistant_does_not_have(kernel):
    code = (
        "import inspect, warnings\n"
        "with warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n"
        f"    for _ in range(2): lt.ask('Hi', target={SUPPORT!r}, topik='returns', topic='x')\n"
        "mine = inspect.currentframe().f_code.co_filename\n"
        "told = [(w.category.__name__, str(w.message), w.filename == mine) for w in caught]"
    )
    answered(kernel.run(code))

    assert kernel.value("told") == repr(
        [("LangtailWarning", "the assistant has no variable 'topik' (did you mean 'topic'?)", True)]
    )
    assert kernel.value("issubclass(lt.LangtailWarning, UserWarning)") == "True"


@pytest.mark.parametrize("name", ["fill", "compare", "dry_run", "image"])
def test_the_name_of_a_cell_option_never_becomes_a_variable(kernel, server, name):
    mark = server.mark()
    (error,) = kernel.run(f"lt.ask('Hi', target={SUPPORT!r}, {name}=True)").errors

    assert f"{name!r} is an option of cells, and no variable of support" in error
    assert [r for r in server.requests(mark) if r["method"] == "POST"] == []
