"""The work that a template makes, counted and not timed: it grows as the text does, whatever the text is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from langtail_nb.template import problems, render, variables

FUNCTIONS: dict[str, Callable[[str, dict[str, object]], object]] = {
    "render": render,
    "problems": lambda text, _: problems(text, warnings=True),
    "variables": lambda text, _: variables(text),
}
VARIABLES: dict[str, object] = {"a": "1", "b": "x", "l": '["p","q"]', "o": '{"k":1}', "u": "\xe9" * 9}

# What is repeated. Some of it is valid, some is not, some has a meaning only in numbers.
PIECES = [
    "word ",
    "{{a}}",
    "{{ a }}{{b.c}}\n",
    "{{{a}}}{{& b}}",
    "{{#if a}}x{{/if}}",
    "{{#if a}}\nx\n{{else}}\ny\n{{/if}}\n",
    "{{#unless z}}{{^}}{{/unless}}",
    "{{#if z}}{{else if a}}x{{else}}y{{/if}}",
    "{{^z}}x{{/z}}",
    "{{#each l as |x i|}}{{x}}{{i}}{{@index}}{{../a}}{{/each}}",
    "{{#with o as |x|}}{{x._value.k}}{{@root.a}}{{/with}}",
    "{{#o}}{{k}}{{/o}}{{#l}}{{this}}{{/l}}",
    "{{or (eq a 1) (lookup l 0)}}",
    '{{$date "2025-01-31T00:00:00Z" "yyyy-MM-dd"}}',
    "{{toJSON o}}{{last l}}{{formatMessages l}}",
    '{{#*inline "p"}}x{{/inline}}{{> p a=1}}',
    "{{#> q}}x{{/q}}",
    "{{{{raw}}}}{{x}}{{{{/raw}}}}",
    "{{! c }}\n{{!-- }} --}}\n",
    "\\{{a}}",
    "\\\\{{a}}",
    "{{a}}\\\\\\\\",
    "  {{~a~}}  \n",
    "{{u.[3]}}{{u.length}}",
    # Not valid, or not closed.
    "{{",
    "{{a ",
    "{",
    "{{{{",
    "{{{{a}}}}",
    "{{!--",
    "{{! ",
    "{{else}}",
    "{{#if a}}",
    "{{/if}}",
    "{{#if a}}{{else}}{{else}}",
    '{{"',
    "{{[",
    "{{'\\'",
    "}}",
    "\\",
    " \n",
    "{{^}}",
    "{{>",
    "{{a.",
    "{{../",
    "{{@",
    "{{a|",
    "{{a=",
]

# What stands around the repeated piece, so that it is read in that state.
FRAMES = {
    "alone": ("", ""),
    "in a block": ("{{#if a}}", "{{/if}}"),
    "in a loop": ("{{#each l as |x y|}}", "{{/each}}"),
    "in a tag": ("{{or ", "}}"),
    "in a comment": ("{{!-- ", " --}}"),
    "in a raw block": ("{{{{a}}}}", "{{{{/a}}}}"),
    "in a text": ('{{or "', '"}}'),
    "in an inline partial": ('{{#*inline "p"}}', "{{/inline}}{{> p}}"),
}

# Where two lengths grow together: each of the first may look at all of the second.
GROWN: dict[str, Callable[[int], str]] = {
    "block parameters and names": lambda n: "{{#each l as |" + " b" * n + "|}}" + "{{x}}" * n + "{{/each}}",
    "block parameters and blocks": lambda n: (
        "{{#each l as |" + " b" * n + "|}}" + "{{#with a as |x|}}{{x}}{{/with}}" * n + "{{/each}}"
    ),
    "arguments and names": lambda n: "{{#each (or" + " b" * n + ")}}" + "{{x}}" * n + "{{/each}}",
    "parts of a path and names": lambda n: "{{#each a" + ".b" * n + "}}" + "{{x}}" * n + "{{/each}}",
    "depth and names": lambda n: "{{#if a}}" * n + "{{x}}" * n + "{{/if}}" * n,
    "named depth and names": lambda n: "{{#with @root.o as |x|}}" * n + "{{x}}{{y}}" * n + "{{/with}}" * n,
    "depth and else": lambda n: "{{#if z}}{{else}}" * n + "x" + "{{/if}}" * n,
    "else if": lambda n: "{{#if z}}" + "{{else if z}}x" * n + "{{/if}}",
    "brackets": lambda n: "{{or " + "(or a " * n + ")" * n + "}}",
    "space around tags": lambda n: (" " * n + "{{~ " + " " * n + "a" + " " * n + "~}}" + " \n" * n) * 3,
    "space around else": lambda n: "{{#if z}}" + "{{" + " " * n + "else" + " " * n + "}}{{/if}}" + "\n" * n,
    "space before a bar": lambda n: "{{#if a as" + " " * n + "|x|}}{{/if}}",
    "long names": lambda n: "{{" + "a" * n + "}}{{" + "else" * n + "}}{{" + "1" * n + "}}",
    "backslashes and escapes": lambda n: "\\" * n + "{{a}}" + "\\{{a" * n + "\\" * n,
    "marks without an end": lambda n: "{{or " + '"\\" ' * n + "[\\] " * n + "}}",
    "inline partials and calls": lambda n: (
        "".join(f'{{{{#*inline "p{k}"}}}}x{{{{/inline}}}}' for k in range(n)) + "{{> p0}}" * n
    ),
    "problems on lines": lambda n: "{{> nobody}}\n{{else}}\n" * n,
    "faults on lines": lambda n: "{{#if a}}\n{{> nobody}}\n{{else}}\n{{nobody 1}}\n{{/if}}\n" * n,
}


def steps(call: Callable[..., object], *arguments: object) -> int:
    """How many bytecodes of the template package a call runs.

    It is traced twice and the second time counts: from Python 3.12 on, a function's bytecodes are reported
    only once it has been traced before.
    """
    _traced(call, *arguments)
    return _traced(call, *arguments)


def _traced(call: Callable[..., object], *arguments: object) -> int:
    count = 0

    def opcode(_frame: FrameType, event: str, _value: Any) -> Any:
        nonlocal count
        count += event == "opcode"
        return opcode

    def called(frame: FrameType, _event: str, _value: Any) -> Any:
        if not str(frame.f_globals.get("__name__", "")).startswith("langtail_nb.template"):
            return None
        frame.f_trace_lines = False
        frame.f_trace_opcodes = True
        return opcode

    before = sys.gettrace()
    sys.settrace(called)
    try:
        call(*arguments)
    finally:
        sys.settrace(before)
    return count


def assert_linear(text_of_size: Callable[[int], str], size: int) -> None:
    """Twice the text takes at most 2.2 times the work, or fails early in both."""
    for name, function in FUNCTIONS.items():
        once, twice = (steps(function, text_of_size(n), VARIABLES) for n in (size, 2 * size))
        assert twice <= 2.2 * once, (name, once, twice)


@pytest.fixture(autouse=True, scope="module")
def _loaded() -> None:
    """What is imported when it is first used must not be counted."""
    for function in FUNCTIONS.values():
        function(PIECES[13], VARIABLES)


@pytest.mark.thorough
@pytest.mark.parametrize("frame", FRAMES)
def test_work_grows_with_the_number_of_repeated_pieces(frame: str) -> None:
    start, end = FRAMES[frame]
    for piece in PIECES:
        assert_linear(lambda n, piece=piece: start + piece * n + end, 25)  # type: ignore[misc]


@pytest.mark.parametrize("grown", GROWN)
def test_work_grows_with_the_text_where_two_lengths_meet(grown: str) -> None:
    assert_linear(GROWN[grown], 60)


def test_work_is_counted_at_all() -> None:
    """The counter sees a loop that calls nothing."""
    few, many = (steps(render, "{{a}}" * n, VARIABLES) for n in (10, 1000))

    assert many > 50 * few > 0


def test_a_function_is_counted_from_the_first_time_on() -> None:
    made: dict[str, Any] = {"__name__": "langtail_nb.template.made"}
    exec("def loop(n):\n    for _ in range(n):\n        pass", made)

    first = steps(made["loop"], 100)

    assert steps(made["loop"], 100) == first
    assert 190 < steps(made["loop"], 200) - first < 1000
