"""``--fill``: values into the message, once."""

import pytest

from langtail_nb._errors import ConfigurationError
from langtail_nb._line.fill import fill


def test_values_come_from_the_options_before_the_kernel():
    assert fill("{{a}} {{ b }}", {"a": "option"}, {"a": "kernel", "b": [1]}) == (
        "option [1]",
        frozenset("ab"),
    )


def test_a_value_is_not_looked_into_again():
    assert fill("{{a}}", {"a": "{{b}} $x {y}"}, {"b": "no"})[0] == "{{b}} $x {y}"


def test_single_braces_and_template_blocks_stay_as_written():
    body = "{a} {{#if a}} {{{a}} }} $a {{a.b}}"

    assert fill(body.replace("{{{a}}", "("), {"a": "x"}, {})[0] == body.replace("{{{a}}", "(")


def test_an_unknown_name_lists_near_matches():
    with pytest.raises(ConfigurationError, match=r"'tpoic' \(did you mean 'topic'\?\)"):
        fill("{{tpoic}}", {}, {"topic": "x"})


def test_a_numpy_scalar_counts_as_its_number():
    numpy = pytest.importorskip("numpy")

    assert fill("{{n}} {{x}}", {}, {"n": numpy.int64(3), "x": numpy.float64(0.5)})[0] == "3 0.5"
