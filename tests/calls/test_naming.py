"""What answers beside each other are called, and how far they are alike."""

import pytest

from langtail_nb._calls.naming import apart, badges_of, beside, called
from langtail_nb._calls.trial import Trial
from langtail_nb._types.reply import Reply
from langtail_nb._types.request import Request

DEPLOYED = {"state": {"template": [{"role": "system", "content": "Answer {{name}}. Be brief, be kind."}]}}


def edited(text):
    return {"template": [{"role": "system", "content": text}]}


@pytest.mark.parametrize(
    ("overrides", "title"),
    [
        ({}, "deployed"),
        ({"temperature": 0.7}, "temperature 0.7"),
        ({"model": "gpt-4o", "seed": 1}, "model gpt-4o, seed 1"),
        ({"do_not_record": True, "temperature": 0.7}, "temperature 0.7"),
        (
            edited("Greet {{name}} first. Answer {{name}}. Be brief, be kind."),
            "template: +Greet {{name}} first.",
        ),
        (edited("Answer {{name}}. Be brief."), "template: −, be kind"),
        (edited("Reply to {{name}}. Be brief, be very kind indeed."), "template: +Reply to …"),
        (edited("Answer {{name}}. Be brief, be kind."), "template as deployed"),
    ],
)
def test_settings_are_called_by_what_differs_from_what_is_deployed(overrides, title):
    assert called(overrides, DEPLOYED) == title


def test_a_template_is_only_named_where_the_deployed_one_is_not_known():
    assert called({"seed": 1, **edited("Hi")}, None) == "seed 1, template"


def test_no_title_is_longer_than_a_column_can_hold():
    assert (
        len(called({"stop": ["x"], "model": "m" * 30, "user": "u", "reasoning_effort": "r" * 30}, None)) <= 80
    )


def test_no_two_titles_are_alike():
    assert apart(["deployed", "tools", "deployed", "tools"]) == [
        "deployed",
        "tools",
        "deployed, again",
        "tools, number 2",
    ]


@pytest.mark.parametrize(
    ("title", "detail", "left"),
    [
        ("deployed", "as deployed", ""),
        ("deployed", "as deployed, delivery=two weeks", "as deployed, delivery=two weeks"),
        ("temperature 0.7", "temperature 0.7, delivery=two weeks", "delivery=two weeks"),
        ("this cell: temperature 0.7", "temperature 0.7", ""),
        ("this cell: temperature 0.7", "temperature 0.7 (set)", "temperature 0.7 (set)"),
        ("/staging", "temperature 0.7", "temperature 0.7"),
        ("deployed, again", "as deployed", ""),
        (
            "temperature 0.7, template: +Be brief.",
            "temperature 0.7, template, delivery=two weeks",
            "delivery=two weeks",
        ),
    ],
)
def test_a_detail_says_what_the_title_does_not(title, detail, left):
    assert beside(title, detail) == left


def trial(name, text, state="done"):
    request = Request("acme/help/triage/staging", "Where?")
    return Trial(name, name, "", request, state=state, reply=Reply(request, text))


@pytest.mark.parametrize(
    ("one", "other", "badges"),
    [
        ("Two weeks.", "Two weeks.", ["the same, word for word"]),
        ('{"a": 1, "b": 2}', '{"b":2,"a":1}', ["the same values"]),
        ("Two weeks.", "Ten weeks.", []),
    ],
)
def test_an_answer_that_is_the_first_one_again_says_in_what_way(one, other, badges):
    found = badges_of([trial("a", one), trial("b", other)])

    assert [badge for badge in found["b"] if badge != "shortest"] == badges


def test_of_answers_that_broke_off_none_is_the_same():
    assert badges_of([trial("a", "Two"), trial("b", "Two", "failed")]) == {"a": [], "b": []}
    assert badges_of([trial("a", "Two"), trial("b", "Two", "running")]) == {"a": [], "b": []}
