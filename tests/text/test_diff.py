"""Word diffs, and those of answers that are JSON."""

import difflib
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langtail_nb._text import diff, patience

FEW_WORDS = st.lists(st.sampled_from(["a", "b", "the", " ", "  ", "\n", ".", "x1", "x2", "x3"]), max_size=60)


def test_the_word_diff_keeps_a_rewritten_sentence_together():
    old, new = "You are a kind agent of Acme. Be brief.", "Answer with a numbered list of steps. Be brief."

    marks = diff.word_diff(old, new)

    assert marks == [
        ("-", "You are a kind agent of Acme"),
        ("+", "Answer with a numbered list of steps"),
        (" ", ". Be brief."),
    ]


def test_both_texts_can_be_read_off_the_word_diff():
    old, new = "a b\nc  d {{e}}", "a x\nc d {{e}}!\n"

    marks = diff.word_diff(old, new)

    assert "".join(text for sign, text in marks if sign != "+") == old
    assert "".join(text for sign, text in marks if sign != "-") == new


def test_two_json_answers_differ_in_values_and_not_in_order_or_spacing():
    old, new = '{"a": 1, "b": [2]}', '{\n "b": [2],\n "a": 3}'

    marks = diff.answer_diff(old, new)

    assert [(sign, text) for sign, text in marks if sign != " "] == [("-", "1"), ("+", "3")]


def test_an_answer_that_is_json_beside_one_that_is_not_is_compared_word_by_word():
    assert diff.answer_diff('{"a": 1}', "no") == diff.word_diff('{"a": 1}', "no")


def test_two_equal_answers_have_no_mark_but_kept():
    assert {sign for sign, _ in diff.answer_diff("42 is it", "42 is it")} == {" "}


@given(FEW_WORDS, FEW_WORDS)
def test_any_two_texts_can_be_read_off_their_word_diff(old, new):
    marks = diff.word_diff("".join(old), "".join(new))

    assert "".join(text for sign, text in marks if sign != "+") == "".join(old)
    assert "".join(text for sign, text in marks if sign != "-") == "".join(new)


@given(FEW_WORDS, FEW_WORDS)
def test_what_is_kept_stands_in_both_in_the_same_order_however_little_may_be_compared(old, new):
    for steps in (0, 50, patience._MOST_STEPS):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(patience, "_MOST_STEPS", steps)
            pairs = patience.matches(old, new)

        assert all(old[i] == new[j] for i, j in pairs)
        assert all(a < b and c < d for (a, c), (b, d) in pairwise(pairs))


def text_of(words, seed, length=40_000):
    chosen = random.Random(seed)
    return " ".join(chosen.choice(words) for _ in range(length // (len(words[0]) + 1)))


ONE, OTHER = [f"a{n:04}" for n in range(3000)], [f"b{n:04}" for n in range(3000)]
FEW = ["yes", "no", "or", "not"]
LONG = {
    "nothing in common": (text_of(ONE, 1), text_of(OTHER, 2)),
    "the same words": (text_of(ONE, 1), text_of(ONE, 2)),
    "few words": (text_of(FEW, 1), text_of(FEW, 2)),
    "one word": ("yes. " * 8_000, "yes, " * 8_000),
    "lines without words": ("\n- " * 13_000, "\n* " * 13_000),
}


@pytest.mark.parametrize("case", LONG)
def test_comparing_long_texts_takes_a_bounded_number_of_steps(case, monkeypatch):
    """difflib did 40 KB in hours, under the panel's lock; it gets only what it can do in few steps."""
    steps = []

    class Counted(difflib.SequenceMatcher):
        def find_longest_match(self, alo=0, ahi=None, blo=0, bhi=None):
            steps.append(sum(blo <= j < bhi for i in range(alo, ahi) for j in self.b2j.get(self.a[i], ())))
            return super().find_longest_match(alo, ahi, blo, bhi)

    monkeypatch.setattr(patience.difflib, "SequenceMatcher", Counted)
    marks = diff.answer_diff(*LONG[case])

    assert sum(steps) <= patience._MOST_STEPS
    assert "".join(text for sign, text in marks if sign != "-") == LONG[case][1]


def test_a_change_in_a_long_text_is_found_where_it_is():
    old = text_of([f"w{n:04}" for n in range(3000)], 1)
    words = old.split(" ")
    words[100], words[3000] = "other words", "else"

    marks = diff.word_diff(old, " ".join(words))

    assert [text for sign, text in marks if sign == "+"] == ["other words", "else"]


def test_a_tag_of_a_template_is_one_word():
    marks = diff.word_diff("Talk of {{topic}} to all of them.", "Talk of {{topics}} to all of them.")

    assert ("-", "{{topic}}") in marks
    assert ("+", "{{topics}}") in marks


LINES = [f"Line {n} of the prompt." for n in range(300)]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ([0], ["297 lines as deployed"]),
        ([150], ["148 lines as deployed", "147 lines as deployed"]),
        ([299], ["297 lines as deployed"]),
        ([10, 14, 200], ["8 lines as deployed", "181 lines as deployed", "97 lines as deployed"]),
    ],
)
def test_a_long_text_is_left_out_but_for_two_lines_around_each_change(changed, told):
    new = [line.replace("Line", "The first lines") if n in changed else line for n, line in enumerate(LINES)]

    marks = diff.hunks(diff.word_diff("\n".join(LINES), "\n".join(new)), "as deployed")

    assert [text for sign, text in marks if sign == "~"] == told
    shown = "".join(text for sign, text in marks if sign in " +").split("\n")
    near = {at for n in changed for at in range(n - 2, n + 3) if 0 <= at < 300}
    assert [line for line in shown if line] == [new[n] for n in sorted(near)]


def test_a_long_text_on_one_line_is_left_out_by_words():
    words = [f"word{n}" for n in range(2000)]
    new = [*words[:1000], "another", "thought", *words[1001:]]

    marks = diff.hunks(diff.word_diff(" ".join(words), " ".join(new)))

    assert [text.split(" ", 1)[1] for sign, text in marks if sign == "~"] == ["words the same"] * 2
    assert sum(len(text) for _, text in marks) < 1500


def test_a_short_difference_and_equal_texts_are_shown_whole():
    for old, new in [("a\nb\nc\nd\ne", "x y\nb\nc\nd\ne"), ("\n".join(LINES), "\n".join(LINES)), ("", "new")]:
        marks = diff.word_diff(old, new)
        assert diff.hunks(marks) == marks


@given(st.lists(st.tuples(st.sampled_from(" -+"), st.text("ab \n", max_size=900)), max_size=6))
def test_what_changed_is_never_left_out_and_what_is_left_out_was_kept(marks):
    found = diff.hunks(marks)

    assert [mark for mark in found if mark[0] in "-+"] == [mark for mark in marks if mark[0] in "-+"]
    assert all(
        text in "\n".join(kept for sign, kept in marks if sign == " ") for sign, text in found if sign == " "
    )
