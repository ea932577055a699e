"""Which names the variables form asks for."""

import random

import pytest

from langtail_nb.template import printed, render, variables

NAMES = ("a", "b", "l", "o")
VALUES = {"a": ["x", ""], "b": ["y", ""], "l": ['[{"a": 1}, {"b": 2}]', '["p"]'], "o": ['{"a": [1]}', "{}"]}
OTHERS = ("other", '[{"a": "other"}]', '{"a": "other", "b": "other"}')


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
        ("{{#with a}}{{b}}{{else}}{{c}}{{/with}}", {"a", "c"}),
        ("{{@a}} {{#each l}}{{@b}}{{@_parent.root.c}}{{/each}}", {"a", "c", "l"}),
        ("{{#each l}}{{#unless @first}}, {{/unless}}{{first}}{{/each}}", {"l"}),
        ("{{#each l}}{{toJSON @_parent}}{{/each}}", None),
        ("{{toJSON this}}", None),
        ("{{#if a}}{{toJSON}}{{/if}}", None),
        ("{{#each l}}{{toJSON @root}}{{/each}}", None),
        ("{{#each l}}{{a}}", set()),
    ],
)
def test_what_a_template_prints_is_told_from_what_its_items_hold(text, expected):
    assert printed(text) == expected


class Writer:
    """Writes templates by chance."""

    def __init__(self, seed):
        self.choose = random.Random(seed).choice

    def path(self):
        name = self.choose(NAMES)
        forms = (name, name, f"{name}.a", f"../{name}", f"./{name}", f"@root.{name}", f"{name}._value.a")
        rare = ("this", "this.a", "..", "@index", f"@{name}", f"@_parent.root.{name}", "@_parent")
        return self.choose((*forms * 8, *rare))

    def tag(self):
        path = self.path()
        return self.choose((f"{{{{{path}}}}} ", f"{{{{toJSON {path}}}}} ", f'{{{{lookup {path} "a"}}}} '))

    def text(self, depth):
        if not depth:
            return self.tag()
        path, params = self.path(), self.choose(("", "", " as |a|"))
        kind, inside, other = self.choose(("each", "with", "if")), self.text(depth - 1), self.text(depth - 1)
        params = "" if kind == "if" else params
        rest = self.choose(("", f"{{{{else}}}}{self.text(depth - 1)}"))
        return f"{self.tag()}{{{{#{kind} {path}{params}}}}}{inside}{rest}{{{{/{kind}}}}}{other}"


def test_what_is_not_told_as_printed_never_changes_the_result():
    checked = 0
    for seed in range(3_000):
        writer = Writer(seed)
        text = writer.text(seed % 3)
        found = printed(text)
        if found is None:
            continue
        given = {name: writer.choose(values) for name, values in VALUES.items()}
        for name in {*NAMES} - found:
            checked += 1
            assert render(text, given) == render(text, {**given, name: writer.choose(OTHERS)}), (text, name)
    assert checked > 1_000
