"""The body of ``%%langtail_template``: messages in, messages out, and what is said of them."""

import re

import pytest

from langtail_nb._errors import ConfigurationError
from langtail_nb._line import template_cell
from langtail_nb._magic.template_report import report

BODY = "--- system\nBe brief.\n\n{{topic}}\n--- user\nHi {{name}}\n"


def test_each_message_stands_after_its_role():
    assert template_cell.read(BODY) == [
        {"role": "system", "content": "Be brief.\n\n{{topic}}"},
        {"role": "user", "content": "Hi {{name}}"},
    ]


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "system", "content": ""}],
        [{"role": "system", "content": "a\n"}, {"role": "user", "content": "\n--- x y\n---\n"}],
    ],
)
def test_what_is_written_reads_back_the_same(messages):
    body = template_cell.cell(messages).split("\n", 1)[1]

    assert template_cell.read(body + "\n") == messages


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("Hello\n", "line 1: text stands before the first role"),
        ("\n", "has no message"),
        ("--- sytem\nx\n", "did you mean 'system'"),
    ],
)
def test_a_body_that_cannot_be_read_names_the_line(body, named):
    with pytest.raises(ConfigurationError, match=named):
        template_cell.read(body)


def test_parts_and_role_lines_in_a_text_are_refused_and_not_lost():
    for content in ([{"type": "text", "text": "x"}], "a\n--- user\nb"):
        with pytest.raises(ConfigurationError, match="no plain text"):
            template_cell.write([{"role": "user", "content": content}])


def test_the_report_names_variables_problems_and_the_difference():
    messages = template_cell.read("--- system\nBe kind to {{name}}.\n--- user\n{{#if a}}x\n")
    deployed = {"state": {"template": [{"role": "system", "content": "Be brief to {{name}}."}]}}

    plain, markdown = report(messages, deployed)

    assert "2 messages" in plain
    assert "name" in plain
    assert "user, line 1, column" in plain
    assert "[-brief-]{+kind+}" in plain
    assert re.search("<del [^>]*>brief</del><ins [^>]*>kind</ins>", markdown)


def test_a_template_like_the_deployed_one_shows_no_difference():
    messages = template_cell.read(BODY)

    assert "no difference" in report(messages, {"state": {"template": messages}})[0]


def test_a_word_changed_in_a_long_template_is_reported_with_two_lines_around_it():
    lines = [f"Line {n} of the prompt." for n in range(300)]
    deployed = {"state": {"template": [{"role": "system", "content": "\n".join(lines)}]}}
    edited = [*lines[:150], "Line 150 of the text.", *lines[151:]]

    plain, markdown = report([{"role": "system", "content": "\n".join(edited)}], deployed)

    assert "[... 149 lines as deployed ...]" in plain
    assert "[-prompt-]{+text+}" in plain
    assert all(len(text.splitlines()) < 20 for text in (plain, markdown))
    assert "⋯ 147 lines as deployed ⋯</small>" in markdown
