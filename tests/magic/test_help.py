"""What ``?`` shows, asked of a real IPython shell."""

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import langtail_nb
from langtail_nb._http.timeout import Timeout
from langtail_nb._kernel.budget import FREE
from langtail_nb._line.commands import COMMANDS
from langtail_nb._line.options import OPTIONS
from langtail_nb._line.reading import parse, split_cell
from langtail_nb._magic import help
from langtail_nb._magic.commands import replay, table, thread
from langtail_nb._types.fields import FIELDS


@pytest.fixture
def shell(tmp_path):
    shell = InteractiveShell(ipython_dir=str(tmp_path), config=Config(HistoryManager={"enabled": False}))
    langtail_nb.load_ipython_extension(shell)
    yield shell
    langtail_nb.unload_ipython_extension(shell)


@pytest.mark.parametrize(
    ("typed", "text"),
    [("%%langtail?", help.cell()), ("%langtail?", help.line()), ("%%langtail_template?", help.template())],
)
def test_a_question_mark_shows_the_help(shell, capsys, typed, text):
    shell.run_cell(typed)
    shown = capsys.readouterr().out

    assert all(line.strip() in shown for line in text.splitlines())


def test_examples_come_first_then_daily_options_then_the_rest():
    text = help.cell()

    assert 0 < text.index("%%langtail acme") < text.index("Every day") < text.index("The rest")
    daily = text[text.index("Every day") : text.index("The rest")]
    assert sum(option.usage in daily for option in OPTIONS.values()) == 8


def test_every_option_and_command_is_explained_once():
    for option in OPTIONS.values():
        assert (help.cell() + help.line()).count(f"\n  {option.usage}") == 1
        assert option.help
    for command in COMMANDS.values():
        assert f"\n  {command.name} {command.usage}".rstrip() in help.line()


def test_every_command_that_exists_is_explained_and_no_other():
    threads = {f"thread {name}" for name in thread.COMMANDS}
    replays = {f"replay {name}" for name in replay.COMMANDS}

    assert {"run", *table.COMMANDS, *threads, *replays, "runs prune"} == set(COMMANDS)


def test_every_field_with_an_option_is_an_option():
    assert {name for name, field in FIELDS.items() if field.options} <= set(OPTIONS)


def test_the_examples_are_lines_that_can_be_read():
    examples = [line.strip() for line in help.cell().splitlines() if line.startswith("    %%langtail")]
    assert len(examples) >= 3
    for example in examples:
        parse(split_cell(example.removeprefix("%%langtail"), "")[0])


def test_help_fits_into_a_hundred_and_ten_columns():
    texts = [help.cell(), help.line(), help.template(), *map(help.command, COMMANDS)]

    assert max(len(line) for text in texts for line in text.splitlines()) <= 110


def test_the_help_of_a_command_says_what_its_words_mean():
    for one in COMMANDS.values():
        shown = " ".join(help.command(one.name).split())
        assert " ".join(one.more.replace("`", "").split()) in shown
        words = [word for word in one.words if f"{one.name} {word}" not in COMMANDS]
        assert [word for word in words if word not in f"{one.help} {one.more}"] == []


def test_what_help_says_of_limits_is_so():
    limit = Timeout()

    assert "600, once it answers 60" in OPTIONS["timeout"].help
    assert (limit.first_byte, limit.silence) == (600, 60)
    assert f"needed over {FREE} calls" in OPTIONS["budget"].help
