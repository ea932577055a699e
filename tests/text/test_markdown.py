"""What leaves ``_markdown``: only our own tags, no image, no link but to http, https and mailto.

How it reads, and that it does nothing, is proved in Chromium by ``browser/test_markdown_*.py``.
"""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langtail_nb._text.markdown import code, difference, fold, footer, inline, to_markdown

OWN_TAG = re.compile(
    r"</?(?:span|code|pre|small|del|ins|details|summary)>|<br>|<(?:small|del) style=\"opacity: 0\.65\">"
)
TAG = re.compile(r"<[A-Za-z/!?]")
DESTINATION = re.compile(r"\]\(([^)]*)\)")

MARKS = [
    *"`~$\\<>[]()!*_|#-+&;:\"'@\n\t =.1aA",
    "```",
    "~~~",
    "$$",
    "\\(",
    "\\)",
    "\\[",
    "\\]",
    "\n\n",
    "\n- ",
    "\n> ",
    "    ",
    "| - |",
    "](",
    "![",
    "http://a.b",
    "javascript:",
    "<img src=x>",
    "&#36;",
    "&lt;",
    "@@0@@",
    "\\begin{align}",
    "\\end{align}",
    "\u2028",
    "\x00",
    "\ud83d",
    "**",
    "__",
    '{"',
    '"}',
    "]: ",
]
TEXTS = st.lists(st.sampled_from(MARKS), max_size=30).map("".join) | st.text(max_size=80)


@given(TEXTS)
@settings(max_examples=600, deadline=None)
def test_no_tag_of_the_text_leaves(text):
    """Not in code either, whatever the text is used for."""
    for markdown in (to_markdown(text), to_markdown(text, closed=False), fold(text, text), inline(text)):
        assert TAG.search(OWN_TAG.sub("", markdown)) is None
    assert TAG.search(OWN_TAG.sub("", code(text, text) + footer([text]))) is None


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_every_text_can_be_sent(text):
    """Half a surrogate pair cannot be encoded, and a null character is in no page."""
    for markdown in (to_markdown(text), fold(text, text), code(text, text), footer([text])):
        assert "\0" not in markdown
        markdown.encode()


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_links_lead_only_to_the_web_and_to_mail(text):
    prose = re.sub(r"(`{3,}).*?\n\1|`[^`\n]*`|<code>.*?</code>", "", to_markdown(text), flags=re.DOTALL)
    formulas_out = re.sub(r"\$[^$]*\$", "", prose)

    assert "![" not in formulas_out
    assert all(
        re.match("https?://|mailto:", found, re.IGNORECASE) for found in DESTINATION.findall(formulas_out)
    )


@given(st.text(alphabet=st.sampled_from("ab `~<$\\(\n\t&@0[]{}\u2028")), st.booleans())
@settings(max_examples=400, deadline=None)
def test_code_is_kept_to_the_character(text, in_list):
    """As a fence, or as references in a ``pre`` where a fence could be undone."""
    markdown = code(text, "python")

    if markdown.startswith("<pre>"):
        assert html.unescape(markdown[len("<pre><code>") : -len("</code></pre>")]) == text
    else:
        fence, *lines, closing = markdown.split("\n")
        assert fence == f"{closing}python"
        assert "\n".join(lines) == text
        assert not any(line.strip().startswith(closing) for line in lines)


@given(TEXTS, st.integers(1, 40))
@settings(max_examples=100, deadline=None)
def test_the_size_grows_with_the_text_and_not_with_its_square(text, times):
    """A mark becomes at most some twenty characters, however many there are of it."""
    assert len(to_markdown(text * times)) <= 40 * len(text) * times + 200


@pytest.mark.parametrize(
    ("language", "kept"),
    [
        ("python", "python"),
        ("c++", "c++"),
        ("js {1,3}", "js"),
        ("mermaid", ""),
        ("Mermaid", ""),
        ('"onmouseover=alert(1)', ""),
        ("a`b", ""),
        ("{raw} html", ""),
        ("js\nx", "js"),
    ],
)
def test_a_language_is_a_plain_name_or_nothing(language, kept):
    """JupyterLab puts it into an attribute unescaped; Mermaid is drawn, and can fetch pictures."""
    assert code("x", language) == f"```{kept}\nx\n```"


@pytest.mark.parametrize("text", ['{"a": 1}', " [1, 2]\n", '{"a": {"b": "<b>"}}', "[]", "{}", "[true]"])
def test_an_answer_that_is_json_is_fenced(text):
    assert to_markdown(text) == code(text.strip(), "json")


@pytest.mark.parametrize(
    "text", ["[1] says so", "{a: 1}", '{"a": 1} it is', "[Note] x", '{"a": 1', "7", '"a"']
)
def test_an_answer_that_is_not_wholly_json_is_prose(text):
    assert "json" not in to_markdown(text)


def test_json_is_fenced_from_its_first_key_on():
    """While it arrives it is not valid yet, and must not flash as prose."""
    text = '{"name": "Ada", "tags": ["a", true, 1.5], "at": {"x": null}}'
    start = text.index('"') + 1

    assert all(
        to_markdown(text[:cut], closed=False).startswith("```json") for cut in range(start, len(text) + 1)
    )


def test_prose_that_follows_json_is_seen_while_it_arrives():
    assert not to_markdown('{"a": 1}\n\nThis', closed=False).startswith("```json")


def test_deep_json_is_prose_and_no_error():
    assert to_markdown("[" * 100_000 + "]" * 100_000)


def test_a_list_below_a_row_of_cells_is_no_table():
    """Its dash was taken for a row of dashes, and the one cell of the header was inside code."""
    assert to_markdown("`| - |`\n- ") == "<code>&#124; - &#124;</code>  \n&#45;"


def test_an_open_fence_is_closed():
    assert to_markdown("a\n```python\nb") == "a\n\n```python\nb\n```"


def test_a_nested_fence_stays_open_while_it_arrives():
    """Else the end of the inner fence would flash as the end of the outer."""
    text = "```markdown\n```python\n1\n```\nstill inside"

    assert to_markdown(text, closed=False).endswith("\nstill inside\n````")
    assert to_markdown(text).endswith("\n\nstill inside")


def test_a_sentence_keeps_what_it_quotes():
    quoted = inline("no prompt 'jo_kes*' in <staging>, see `x` at $5\nand more")

    assert quoted == (
        "no prompt 'jo_kes&#42;' in &lt;staging>, see &#96;x&#96; at <span>&#36;</span>5 and more"
    )


@pytest.mark.parametrize(
    "name", ["gpt-4o-mini", "temperature 0.9 (panel)", "max_tokens", "acme/support/triage"]
)
def test_a_plain_name_stays_as_it_is(name):
    assert inline(name) == name


@pytest.mark.parametrize("text", ["- a", "# a", "1. a", "12) a", "> a", "+ a", "=", "* a"])
def test_a_sentence_opens_no_block(text):
    assert inline(text)[0] != text[0] or inline(text)[1] == "&" or inline(text)[2] == "&"


def test_a_footer_of_nothing_is_nothing():
    assert footer([]) == ""


def test_a_footer_is_one_line():
    assert (
        footer(["gpt-4o", "12 → 50\ntokens"])
        == '<small style="opacity: 0.65">gpt-4o\u00a0· 12 → 50 tokens</small>'
    )


def test_a_fold_stays_around_a_text_that_tries_to_end_it():
    folded = fold("Reasoning", "</details>\n\n```\nopen")

    assert folded.count("</details>") == 1
    assert folded.endswith("\n```\n\n</details>")


def test_nothing_is_nothing():
    assert to_markdown("") == ""
    assert to_markdown(" \n\n ") == ""


def test_a_difference_keeps_lines_and_spaces_and_marks_words():
    marks = [(" ", "Be "), ("-", "brief"), ("+", "kind"), (" ", " to\n    {{name}}.")]

    assert difference(marks) == 'Be <del style="opacity: 0.65">brief</del><ins>kind</ins> to  \n {{name}}.'


@pytest.mark.parametrize(
    "text",
    [
        "!http://a.b",
        "!![a](http://b.c)",
        "!!![a](http://b.c)",
        "!<http://a.b>",
        "!www.a.b",
        "!*x*!http://a.b",
    ],
)
def test_no_exclamation_mark_before_a_link_makes_a_picture_of_it(text):
    assert "![" not in to_markdown(text)
