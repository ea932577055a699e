"""Texts of others, changed at random: templates, Markdown, option lines.

Beside it: ``tests/template/test_limits.py`` makes templates by their grammar, ``tests/text/test_markdown.py``
texts of marks that matter, ``tests/line/test_line.py`` requests that are written and read again. Here the
samples are what people and attackers wrote, and the changes know no grammar.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

import langtail_nb as lt
from langtail_nb._errors import ConfigurationError
from langtail_nb._line import completion, template_cell
from langtail_nb._line.options import OPTIONS
from langtail_nb._line.reading import parse, split_cell
from langtail_nb._line.scanner import Expr
from langtail_nb._line.typed_line import Typed, Variable
from langtail_nb._line.values import evaluate
from langtail_nb._line.writing import write
from langtail_nb._text.diff import answer_diff
from langtail_nb._text.markdown import difference, to_markdown
from tests.browser import hostile, ordinary
from tests.faults.fuzz import ODD_TEXTS, changed_text, fuzzed, in_one_line
from tests.line.test_complete import Account
from tests.places import VECTORS
from tests.template.test_vectors import PUBLISHED
from tests.text.test_markdown import MARKS, OWN_TAG, TAG, tags_in

TAGS = (
    "{{",
    "}}",
    "{{#if a}}",
    "{{else}}",
    "{{/if}}",
    "{{#each l as |x i|}}",
    "{{~",
    "~}}",
    "../",
    "@index",
    "(",
    ")",
    '"',
)
TEMPLATES = [text for text, *_ in PUBLISHED] + [one[0] for one in json.loads(VECTORS.read_bytes())]
VALUES = ["", "1", "[1,[2]]", '{"k":{"n":1}}', "{bad", "text", "2026-11-30", "9" * 5000, "[" * 3000, "\ud83d"]
CUT = 4000
"""More of a text finds nothing new, and takes time from other seeds."""


def test_a_template_is_rendered_or_explained() -> None:
    def check(dice: Random) -> None:
        text = changed_text(dice, dice.choice(TEMPLATES), (*ODD_TEXTS, *TAGS))[:CUT]
        given = {
            name: dice.choice(VALUES)
            for name in ("a", "b", "l", "o", "n", "topic", "chatInput")
            if dice.random() < 0.7
        }
        assert isinstance(lt.template.render(text, given), str)
        assert all(isinstance(name, str) for name in lt.template.variables(text))
        lines = text.split("\n")
        for problem in lt.template.problems(text, warnings=True):
            assert 1 <= problem.line <= len(lines)
            assert problem.column >= 1
            assert problem.message

    assert fuzzed(check)


ANSWERS = [*hostile.HTML, *hostile.MARKDOWN, *hostile.FENCES, *ordinary.ANSWERS]


def test_no_tag_leaves_an_answer_however_it_is_changed() -> None:
    def check(dice: Random) -> None:
        sample = dice.choice(ANSWERS)
        text = changed_text(dice, sample if isinstance(sample, str) else str(sample), (*ODD_TEXTS, *MARKS))[
            :CUT
        ]
        before = changed_text(dice, text)[:CUT]
        for markdown in (
            to_markdown(text),
            to_markdown(text, closed=False),
            difference(answer_diff(before, text)),
        ):
            markdown.encode()
            assert "\0" not in markdown
            assert TAG.search(OWN_TAG.sub("", "".join(tags_in(markdown)))) is None

    assert fuzzed(check)


LINES = [
    "acme/support/triage/staging -t 0.2 -v topic=returns -v n:=[1,2] --json -o reply",
    "-v 'topic=two words' --stop END --stop \"a b\" --metadata run:=7 --thread demo --timeout 2.5",
    "/production@4 --new-thread -f --max-tokens -1 --seed 7 --compare deployed,@3,sales/staging -q # why",
    "--vars {'a': 1} --messages [{'role':'user','content':'x'}] --response-format :={'type':'text'} \\",
    "-v doc=@notes.txt -v topic --image a.png --tool-choice auto --field x:=1 --field y=z",
    "support@production;  --temperature deployed --top-p :=0.5 --presence-penalty -1 --do-not-record",
]
SIGNS = (
    "-v ",
    " --",
    "=",
    ":=",
    "'",
    '"',
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "\\",
    "\\\n",
    "@",
    "#",
    ";",
    "deployed",
    " ",
    "\n",
)
SPELLED = tuple(f" {spelled} " for option in OPTIONS.values() for spelled in option.spellings)


def is_code(value: Typed) -> bool:
    """Whether it would run as Python, or read a file."""
    return isinstance(value, Expr) or (isinstance(value, Variable) and value.form != "text")


def test_a_line_is_read_or_refused_and_what_is_read_can_be_written() -> None:
    def check(dice: Random) -> None:
        line = changed_text(dice, dice.choice(LINES), (*ODD_TEXTS, *SIGNS, *SPELLED))[:CUT].replace("\n", " ")
        body = changed_text(dice, "-t 1 \\\nHello {{x}}\n")
        split_cell(line, body)
        for completed in (completion.for_cell, completion.for_command):
            completed(line, Account())
        try:
            typed = parse(line, body)
            if (
                any(is_code(one) for values in typed.given.values() for one in values)
                or "images" in typed.given
            ):
                return
            options = evaluate(typed, {})
        except ConfigurationError as exc:
            in_one_line(exc)
            return
        try:
            written = write(options, width=None)
        except ConfigurationError as exc:
            in_one_line(exc, "cannot be written on a line")
            return
        again = parse(written)
        again.body = options.body
        assert evaluate(again, {}) == options

    assert fuzzed(check)


CELLS = [
    "--- system\nBe {{style}}.\n--- user\nHi\n--- assistant\nYes\n",
    "--- user name=x\n\\--- user\n",
    "no role",
]


def test_a_template_cell_is_read_or_refused() -> None:
    def check(dice: Random) -> None:
        try:
            messages: Any = template_cell.read(
                changed_text(dice, dice.choice(CELLS), (*ODD_TEXTS, "--- ", "---", "\n"))
            )
        except ConfigurationError:
            return
        assert all(isinstance(one["content"], str) for one in messages)

    assert fuzzed(check)
