"""Why a template stays unrendered, and where."""

import pytest

from langtail_nb.template import problems, render

BROKEN = [
    ("Dear {{who", (1, 11), "never closed"),
    ('{"k":{{b}}}', (1, 9), "put a space"),
    ("a\n  {{else}}", (2, 3), "outside of a block"),
    ("{{}}", (1, 3), "missing"),
    ("x\n\n{{#if a}}y", (3, 1), "add {{/if}}"),
    ("{{#if a}}\n{{else}}\n{{/each}}", (3, 1), "'if' is still open"),
    ("{{/if}}", (1, 1), "no block to close"),
    ("{{a.0}}", (1, 5), "[0]"),
    ("é {{a\n  b=1 c}}", (2, 7), "move it to the front"),
    ('{{a "x}}', (1, 5), "never closed"),
    ("{{a,b}}", (1, 4), "','"),
    ("{{foo {{bar}}}}", (1, 7), "inside another one"),
    ("{{!-- x }}", (1, 1), "--}}"),
    ("{{{{raw}}}} x", (1, 1), "never closed"),
    ("{{#if (not a)}}Y{{/if}}", (1, 7), "no helper 'not'"),
    ("{{nope x}}", (1, 1), "no helper 'nope'"),
    ("{{> header}}", (1, 1), "no partial 'header'"),
    ("{{#if}}{{/if}}", (1, 1), "exactly one value"),
    ("{{if a}}", (1, 1), "{{#if"),
    ("{{lookup a}}", (1, 1), "two values"),
    ("{{#if a}}{{else}}{{else}}{{/if}}", (1, 18), "already"),
    ("{{^a}}{{else if b}}{{/a}}", (1, 7), "{{#"),
    ("{{a/../b}}", (1, 3), "may only stand first"),
    ("a\0{{b}}", (1, 2), "NUL"),
    ("{{" + "a" * 3 + ".b" * 20_000 + "}}", (1, 20_005), "10000"),
]


@pytest.mark.parametrize(("text", "place", "words"), BROKEN)
def test_a_broken_template_is_explained_at_its_place(text, place, words):
    found = problems(text)

    assert render(text, {"a": "1"}) == text
    assert (found[0].line, found[0].column) == place
    assert words in found[0].message
    assert found[0].severity == "error"


@pytest.mark.parametrize("text", [text for text, _, _ in BROKEN])
def test_a_message_is_one_short_sentence(text):
    (message,) = [problem.message for problem in problems(text)[:1]]

    assert len(message) < 130
    assert message.endswith((".", "]."))
    assert "\n" not in message


def test_a_place_counts_the_newlines_that_rendering_drops():
    text = "{{#if a}}\nx\n{{else}}\n\n{{bad x}}\n{{/if}}\n  {{bad y}}"

    assert [(problem.line, problem.column) for problem in problems(text)] == [(5, 1), (7, 3)]


@pytest.mark.parametrize(
    "text",
    [
        "plain {x}",
        "Hi {{name}}",
        "{{#each l as |v|}}{{v 1}}{{/each}}",
        '{{#*inline "p"}}x{{/inline}}{{> p}}',
        "{{o.k}}",
        "{{#if (eq a b)}}{{/if}}",
        "{{foo}}",
        "{{#> p}}x{{/p}}",
        "{{$date}}",
        "{{> (lookup . 'a')}}",
    ],
)
def test_a_template_that_renders_has_no_problem(text):
    assert problems(text) == []


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("{{o.k}}", 3, "o._value.k"),
        ("{{#each l}}{{n}}{{/each}}", 12, "../n"),
        ('{{"lit"}}', 1, "'lit'"),
        ("{{#eq a b}}x{{/eq}}", 1, "{{#if (eq"),
        ("{{$date d}}", 1, "today"),
        ("{{eq (a) 1}}", 6, "brackets"),
        ("{{@last}}", 1, "{{#if @last}}"),
    ],
)
def test_a_surprise_is_a_warning_for_those_who_ask(text, column, words):
    (problem,) = problems(text, warnings=True)

    assert (problem.column, problem.severity) == (column, "warning")
    assert words in problem.message
    assert problems(text) == []


@pytest.mark.parametrize(
    "text", ["{{l.length}}", "{{o._value.k}}", "{{#each l}}{{this}}{{@index}}{{../s}}{{/each}}"]
)
def test_what_works_is_no_surprise(text):
    assert problems(text, warnings=True) == []
