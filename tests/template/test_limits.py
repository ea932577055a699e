"""Templates made to break the renderer: each ends, rendered or refused."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langtail_nb.template import problems, render, variables

MEGABYTES = 10_000_000


def times(piece, size=MEGABYTES):
    return piece * (size // len(piece))


@pytest.mark.parametrize(
    "text",
    [
        times("{{#if a}}"),
        times("{{"),
        times("{{a "),
        times("{{!--"),
        "{{or " + times("(or "),
        "{{a" + times(".a") + "}}",
        "{{" + times("../") + "a}}",
        "{{or " + times("b ") + "}}",
        "{{foo " + times("b=1 ") + "}}",
        "{{#if a as |" + times("b ") + "|}}{{/if}}",
        "{{#if z}}" + times("{{else if z}}") + "{{/if}}",
        times('{{#*inline "x"}}'),
        '{{a "' + times('\\"'),
        "{{" + times(" "),
    ],
    ids=lambda text: text[:12],
)
def test_ten_megabytes_of_the_same_are_refused(text):
    assert render(text, {"a": "1"}) is text
    assert variables(text) == []
    assert len(problems(text)) == 1


def test_ten_megabytes_of_text_around_a_tag_are_rendered():
    text = times("\\") + "{{a}}" + times("\n")

    assert render(text, {"a": "1"}) == text[: MEGABYTES - 1] + "1" + "\n" * (MEGABYTES - 1)


def test_deep_blocks_are_rendered():
    """Langtail's renderer recurses, and manages 937 (seen with Node 20)."""
    assert render("{{#if a}}" * 900 + "x" + "{{/if}}" * 900, {"a": "1"}) == "x"


def test_deep_subexpressions_are_rendered():
    assert render("{{or " + "(or " * 900 + "a" + ")" * 900 + "}}", {"a": "1"}) == "true"


@pytest.mark.parametrize(
    "text",
    [
        '{{#*inline "a"}}{{> a}}{{/inline}}{{> a}}',
        "".join(
            f'{{{{#*inline "p{n}"}}}}{{{{> p{n + 1}}}}}{{{{> p{n + 1}}}}}{{{{/inline}}}}' for n in range(40)
        )
        + "{{> p0}}",
        "{{#each @root.l}}" * 30 + "x" + "{{/each}}" * 30,
    ],
    ids=["partial of itself", "partials that double", "loops in loops"],
)
def test_what_would_never_end_is_refused(text):
    assert render(text, {"l": "[1,2]"}) == text


def test_a_flood_of_output_is_refused():
    text = "{{#each l}}{{../big}}{{/each}}"

    assert render(text, {"l": str(list(range(1000))), "big": "x" * 100_000}) == text


LIST = "[" + "[]," * 5_000 + "[]]"
LONG = "\xe9" * 50_000


@pytest.mark.thorough
@pytest.mark.parametrize(
    "piece",
    [
        "{{l}}",
        "{{eq l 1}}",
        "{{toJSON l}}",
        "{{lookup o l}}",
        "{{formatMessages l}}",
        '{{$date t "y"}}',
        "{{> p l a=1}}",
        "{{> p t a=1}}",
        "{{eq (toJSON l) 1}}",
        "{{> (lookup @root 'l')}}",
        "{{lookup t 5}}",
        "{{t.[5]}}",
    ],
)
def test_a_long_value_looked_at_again_and_again_is_refused(piece):
    """Each look is short; together they would take minutes."""
    text = '{{#*inline "p"}}{{/inline}}' + times(piece, 200_000)

    assert render(text, {"l": LIST, "o": '{"k":1}', "t": LONG}) is text


def test_an_object_that_holds_itself_many_times_is_refused():
    steps = "".join(
        f'{{{{#*inline "p{n}"}}}}{{{{> p{n + 1} x=this y=this}}}}{{{{/inline}}}}' for n in range(60)
    )
    text = steps + '{{#*inline "p60"}}{{toJSON this}}{{/inline}}{{> p0 o}}'

    assert render(text, {"o": '{"k":1}'}) is text


def test_many_names_between_bars_hold_nothing_up():
    """Each of forty thousand names could be one of nine thousand."""
    text = "{{#each l as |" + " b" * 9_000 + " c|}}" + times("{{x}}{{c}}", 200_000) + "{{/each}}"

    assert render(text, {"l": "[1]", "x": "2"}) == ""
    assert variables(text) == ["l", "x"]
    assert len(problems(text, warnings=True)) == 20_000


def test_a_long_list_is_rendered():
    items = str(list(range(300_000)))

    assert render("{{#each l}}{{this}};{{/each}}", {"l": items}).endswith(";299998;299999;")


def test_json_nested_too_deep_stays_text():
    deep = "[" * 100_000 + "]" * 100_000

    assert render("{{x}}", {"x": deep}) == deep


def test_python_values_nested_too_deep_are_refused():
    loop: list[object] = []
    loop.append(loop)

    assert render("{{x}}", {"x": loop}) == "{{x}}"


NAME = st.sampled_from(
    ["a", "l", "o", "z", "this", "../a", "@index", "o._value.k", "l.[0]", "x", "$date", "if"]
)
VALUE = st.one_of(NAME, st.sampled_from(['"s"', "1", "true", "null", "(eq a 1)", "(lookup l 0)", "(nope)"]))
TEXT = st.text(alphabet=string.ascii_letters + " \n\t{}~\\", max_size=6)
INNER = st.one_of(
    TEXT,
    st.builds("{{{{{}}}}}".format, NAME),
    st.builds("{{{{~{} {}~}}}}".format, NAME, VALUE),
    st.sampled_from(["{{! c }}", "\\{{a}}", "{{else}}", "{{", "}}", "{{> p}}"]),
)
BLOCK = st.recursive(
    INNER,
    lambda inner: st.one_of(
        st.builds("{{{{#if {}}}}}\n{}{{{{else}}}}{}{{{{/if}}}}\n".format, VALUE, inner, inner),
        st.builds("{{{{#each {} as |x i|}}}}{}\n{{{{/each}}}}".format, VALUE, inner),
        st.builds("{{{{#with {}}}}}{}{{{{/with}}}}".format, VALUE, inner),
        st.builds('{{{{#*inline "p"}}}}{}{{{{/inline}}}}{}'.format, inner, inner),
        st.builds("{}{}".format, inner, inner),
    ),
    max_leaves=12,
)
VARIABLES = st.dictionaries(
    st.sampled_from(["a", "l", "o", "x", "p"]),
    st.sampled_from(["1", "", "[1,2]", '{"k":1}', '[{"k":[]}]', "text", "{bad"]),
)


@settings(max_examples=300, deadline=None)
@given(
    text=st.one_of(BLOCK, st.text(alphabet="{}#/^~ \n\\\"'()=|.@[]!->aelsifx&*0", max_size=60)),
    given_values=VARIABLES,
)
def test_any_template_renders_or_stays_as_it_is(text, given_values):
    """No exception, and a template that does not parse is explained and left alone."""
    result = render(text, given_values)
    assert isinstance(result, str)
    assert all(isinstance(name, str) for name in variables(text))
    for problem in problems(text, warnings=True):
        assert problem.line >= 1
        assert problem.column >= 1
        assert problem.message


@settings(max_examples=100, deadline=None)
@given(text=BLOCK, given_values=VARIABLES)
def test_a_template_is_rendered_the_same_every_time(text, given_values):
    assert render(text, given_values) == render(text, given_values)
