"""Templates whose result was observed with Langtail's own renderer (npm langtail 0.16.16)."""

import json

import pytest

from langtail_nb.template import render
from tests.places import VECTORS

# The table of the protocol notes, row by row.
PUBLISHED = [
    ("Hi {{n}}, {{m}}!", {"n": "Jo"}, "Hi Jo, !"),
    ("{{a}}", {"a": "<b>&\"'"}, "<b>&\"'"),
    ("{{#if a}}\nA\n{{/if}}\nafter", {"a": "1"}, "A\nafter"),
    ("{{#if a}}\nA\n{{/if}}\nafter", {}, "\nafter"),
    ("before\n{{#if a}}\nA\n{{/if}}\nafter", {}, "before\n\nafter"),
    ("{{#if a}}\nA\n{{else if b}}\nB\n{{else}}\nC\n{{/if}}\nafter", {"b": "1"}, "B\nafter"),
    ("{{#each a}}\n- {{this}}\n{{/each}}\nafter", {"a": '["x","y"]'}, "- x\n- y\nafter"),
    ("p\n{{#each a}}\n{{this}}\n{{else}}\nnone\n{{/each}}\nafter", {"a": '["q","r"]'}, "p\nqrafter"),
    ("{{a}}", {"a": '[1,2,"x",null,true,[3]]'}, "1,2,x,,true,3"),
    ("{{o}}", {"o": '{"b":1.0,"1":2}'}, '{\n  "1": 2,\n  "b": 1\n}'),
    ("{{o.k}}/{{o._value.k}}", {"o": '{"k":1}'}, "/1"),
    ("{{o._value.n}}", {"o": '{"n":{"k":1}}'}, "[object Object]"),
    ("{{#each l}}{{n}}|{{/each}}", {"l": '[{"n":1},{"n":2}]'}, "||"),
    ("{{#if b}}Y{{else}}N{{/if}}", {"b": "false"}, "Y"),
    ("{{#if b}}Y{{else}}N{{/if}}", {"b": "[]"}, "N"),
    ("{{lt a b}}", {"a": "10", "b": "9"}, "true"),
    ("{{lt a 9}}", {"a": "10"}, "false"),
    ("{{#if (not a)}}Y{{/if}}", {"a": "x"}, "{{#if (not a)}}Y{{/if}}"),
    ("Dear {{who", {}, "Dear {{who"),
    ('{"k":{{b}}}', {"b": "1"}, '{"k":{{b}}}'),
    ("{{b}}\n\n", {"b": "x"}, "x\n"),
    ('{{$date "2025-03-07" "dd"}}', {}, "07"),
    ("{{toJSON a}}", {"a": "[1,2]"}, "[\n  1,\n  2\n]"),
]


@pytest.mark.parametrize(("text", "variables", "expected"), PUBLISHED)
def test_a_published_vector_gives_its_result(text, variables, expected):
    assert render(text, variables) == expected


def test_every_measured_template_gives_what_langtail_gave():
    """Templates made at random, rendered by npm langtail 0.16.16; null stands for "unrendered"."""
    measured = json.loads(VECTORS.read_text(encoding="utf-8"))

    wrong = [
        (text, variables, expected, result)
        for text, variables, expected in measured
        if (result := render(text, variables)) != (text if expected is None else expected)
    ]

    assert len(measured) >= 700
    assert wrong == []
