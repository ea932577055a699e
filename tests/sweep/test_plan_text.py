"""What a plan says, in lines that every terminal shows, and as HTML that is as wide as there is room."""

import re
from html import unescape

import pytest

import langtail_nb as lt
from langtail_nb._sweep.report.parts import WIDTH

ROWS = [{"q": f"question {number}", "expected": "yes"} for number in range(12)]
LABELS = [f"temperature {t}, max tokens {m}" for t in (0, 0.5, 1) for m in (16, 32)]
LONG = "please " * 30 + "<b>stop\x1b[31m</b>"
WORD = "w" * 200


@pytest.fixture(autouse=True)
def server(kernel_state):
    return kernel_state


def plan_of(over=None):
    over = lt.grid(temperature=[0, 0.5, 1], max_tokens=[16, 32]) if over is None else over
    return lt.sweep(over=over, rows=ROWS, message="q", score=lt.judge("grader", "Is it a yes?"), repeats=2)


def block(text, label):
    """The lines of one label, and those below that go on with it."""
    lines = text.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith(f"  {label:<10}"))
    more = next(number for number, line in enumerate(lines) if number > first and line[2:12].strip())
    return lines[first:more]


def test_many_settings_go_on_below_the_first_and_each_stays_whole():
    settings = block(repr(plan_of()), "settings")

    assert len(settings) > 2
    assert all(line.startswith(" " * 12) and line[12] != " " for line in settings[1:])
    assert [one for line in settings for one in line[12:].removesuffix(" ·").split(" · ")] == [
        "deployed",
        *LABELS,
    ]


@pytest.mark.parametrize("over", [None, {LONG: {"temperature": 0.5}}, {WORD: {"temperature": 0.5}}])
def test_no_line_is_longer_than_those_of_a_table(over):
    lines = repr(plan_of(over)).splitlines()

    assert max(map(len, lines)) <= WIDTH
    assert all(line.isprintable() for line in lines)


def test_as_html_each_line_hangs_below_its_own_beginning_and_says_what_the_text_says():
    plan = plan_of({LONG: {"temperature": 0.5}, "short": {"temperature": 1}})
    html = plan._repr_html_()
    without_styles = unescape(re.sub("<[^>]*>", "", html))

    assert without_styles.split() == repr(plan).split()
    assert html.count("<span ") == len(without_styles.splitlines())
    for label in ("settings", "judge", "budget"):
        assert f'padding-left:12ch;text-indent:-12ch">  {label:<10}' in html
