"""What leaves ``_markdown``: only our own tags, no image, no link but to http, https and mailto.

How it reads, and that it does nothing, is proved in Chromium by ``browser/test_markdown_*.py``.
"""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from nbconvert.filters.markdown_mistune import MarkdownWithMath

from langtail_nb._text.markdown import code, difference, fold, footer, inline, span, to_markdown

OWN_TAG = re.compile(
    r"</?(?:span|code|pre|div|small|del|ins|details|summary)>|<br>|<small style=\"opacity: 0\.65\">"
    r"|<(?:del|ins) style=\"background-color: rgba\([\d., ]+\)\">"
    r"|<span dir=\"auto\"(?: style=\"display: block; text-align: (?:left|right)\")?>"
    r"|<div style=\"direction: (?:ltr|rtl)\">"
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


def tags_in(markdown: str) -> list[str]:
    """Return what two other readers take for HTML: all that is no code and no text."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(markdown)
    found = [token for token in tokens for token in (token, *(token.children or ()))]
    pieces = [token.content for token in found if token.type in ("html_block", "html_inline")]
    return pieces + _raw(MarkdownWithMath(renderer=None)(markdown))  # type: ignore[arg-type]


def _raw(tokens: list[dict[str, Any]]) -> list[str]:
    pieces = [token["raw"] for token in tokens if token["type"] in ("block_html", "inline_html")]
    return pieces + [piece for token in tokens for piece in _raw(token.get("children", []))]


@given(TEXTS)
@settings(max_examples=600, deadline=None)
def test_no_tag_of_the_text_leaves(text):
    """But in code, out of which no reader lets it; whatever the text is used for."""
    uses = (to_markdown(text), to_markdown(text, closed=False), fold(text, text), inline(text), span(text))
    for markdown in (*uses, code(text, text) + "\n\n" + footer([text])):
        assert TAG.search(OWN_TAG.sub("", "".join(tags_in(markdown)))) is None


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


CODE = st.lists(
    st.sampled_from(
        [*"ab `~<$\\(\n\t&@0[]{}\u2028", "\\\\(", "\\\\)", "\\begin{x}", "\\end{x}", "\n\n", "@@1@@"]
    ),
    max_size=20,
).map("".join)


@given(CODE, st.sampled_from(["{}", "- {}", "1. a\n\n   {}", "> {}", "> > {}"]))
@settings(max_examples=600, deadline=None)
@example("`````", "{}")
def test_code_is_kept_to_the_character(text, place):
    """In any place, by whatever means; the readers find it as it was."""
    start = place.split("\n")[-1].replace("{}", "")
    under = start if start.startswith(">") else " " * len(start)
    fence = "`" * (1 + max(2, *map(len, re.findall("`*", text))))
    answer = place.format(f"{fence}\n{under}" + text.replace("\n", f"\n{under}") + f"\n{under}{fence}")

    assert code_in(code(text, "python")) == text
    assert code_in(to_markdown(answer)) == text


def code_in(markdown: str) -> str:
    """Return the one block of code, as markdown-it finds it."""
    for token in MarkdownIt("commonmark", {"html": True}).parse(markdown):
        if token.type == "fence":
            return token.content.removesuffix("\n")
        if token.type == "html_block" and token.content.startswith("<pre>"):
            return html.unescape(token.content.strip()[len("<pre><code>") : -len("</code></pre>")])
    raise AssertionError(f"no code in {markdown!r}")


@given(CODE)
@settings(max_examples=300, deadline=None)
def test_a_span_is_kept_to_the_character(text):
    """Between backticks, or as an element that holds letters, digits, spaces and references only."""
    written = span(text)
    found = re.fullmatch("<code>((?:[a-z0-9 ]|&#?[a-z0-9]+;)*)</code>", written)
    shown = html.unescape(found[1]) if found else MarkdownIt().parseInline(written)[0].children[0].content

    assert shown.replace("\t", " ") == re.sub("[\n\t]", " ", text)


@pytest.mark.parametrize("text", ["`\\\\(` www.a.b", "`\\begin{x} $y$ www.a.b *c*`", "`@@ $x$ http://a.b`"])
def test_nothing_in_a_code_element_is_an_address_or_mathematics(text):
    """Readers look for both between tags; a reference stops them."""
    element = re.search("<code>.*</code>", to_markdown(text))

    assert element
    assert re.search(r"[$.\\:*@]", element[0]) is None


@pytest.mark.parametrize(
    "text",
    [
        "```cpp\n#include <a>\n```",
        "```bash\necho $A $B\n```",
        "```html\n<b>$x$</b>\n\n`c`\n```",
        "- a\n  ```js\n  x < y\n  ```",
    ],
)
def test_a_fence_that_nothing_can_undo_leaves_unchanged(text):
    assert to_markdown(text) == text


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("```tex\n\\begin{x}\n\\end{x}\n```", "[inert]: #\\begin{inert}\n```tex\n\\begin{x}\n\\end{x}\n```"),
        ("```tex\na\n\n\\begin{b}\\end{b}\n```", "```\na\n\n\\begin{b}\\end{b}\n```"),
        ("```js\n'\\\\('\n\n'\\\\)'\n```", "```js\n'\\\\('\n\n'\\\\)'\n```"),
        (
            "```js\na\n\n'\\\\(b\\\\)'\n```",
            "> [inert]: #\\begin{inert}\n> ```js\n> a\n>\n> '\\\\(b\\\\)'\n> ```",
        ),
        ("```py\n@@1@@\n```", "```\n@@1@@\n```"),
        (
            "- a\n  ```sh\n  $b\n  ```\n- $c$",
            "- a\n\n  [inert]: #\\begin{inert}\n  ```sh\n  $b\n  ```\n\n- $c$",
        ),
        ("> ```sh\n> $b\n> ```\n> c", "> [inert]: #\\begin{inert}\n> ```sh\n> $b\n> ```\n\n> c"),
    ],
)
def test_a_fence_in_which_jupyterlab_would_find_formulas_is_shielded(text, markdown):
    assert to_markdown(text) == markdown


def test_a_quote_with_a_shielded_fence_stands_apart_from_the_line_above():
    """Under a lazy line the definition in it would be text."""
    assert (
        to_markdown("a\n> ```sh\n> $b $c\n> ```")
        == "a\n\n> [inert]: #\\begin{inert}\n> ```sh\n> $b $c\n> ```"
    )


@pytest.mark.parametrize("below", ["- b", "1. b", "> b", "# b", "***"])
def test_what_stands_right_under_a_line_stands_apart_from_it(below):
    """Pandoc, on the way to PDF, would read it as part of the line."""
    assert to_markdown(f"a\n{below}") == f"a\n\n{below}"


@pytest.mark.parametrize("written", ["<br>", "<br/>", "<br />", "<BR>", "</br>"])
def test_a_break_written_as_html_breaks_the_line(written):
    assert to_markdown(f"a{written}b") == "a  \nb"
    assert to_markdown(f"- a{written}\n  **b{written}c**") == "- a  \n  **b  \n  c**"
    assert to_markdown(f"|a{written}b|\n|-|\n|c|") == "| a <br>b |\n| - |\n| c |"
    assert to_markdown(f"{written}a{written}{written}b{written}") == "a  \n<br>b"
    assert to_markdown(f"# a{written}b") == "# a b"
    assert to_markdown(f"`{written}`") == f"`{written}`"


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("-\ta\n-\tb", "- a\n- b"),
        ("1.\ta\n2.\tb", "1. a\n2. b"),
        ("-\ta\n\t-\tb\n\t\t1)\tc", "- a\n  - b\n    1) c"),
        ("-\t-\ta\n\t\tb", "- - a  \n    b"),
        ("-\t\ta", "- a"),
        ("-\ta\n\t```py\n\t\tb\n\t```", "- a\n  ```py\n  \tb\n  ```"),
        ("-\t[ ] a", "- [ ] a"),
        ("#\ta", "# a"),
        (">\ta\n>\tb", "> a  \n> b"),
        ("a\n\n*\t*\t*\n\nb", "a\n\n***\n\nb"),
    ],
)
def test_tabs_after_marks_are_space(text, markdown):
    assert to_markdown(text) == markdown


HEBREW, ARABIC = "\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627"


OWN = '<span dir="auto" style="display: block; text-align: {}">{}</span>'


def test_a_paragraph_that_begins_from_the_right_finds_its_own_direction():
    text = f"{HEBREW} `f(x)`.\n\nHello {HEBREW}.\n\n- a\n- {ARABIC}"

    assert to_markdown(text) == "\n\n".join(
        [
            OWN.format("right", f'{HEBREW} <span dir="auto">`f(x)`</span>.'),
            f"Hello {HEBREW}.",
            f"- a\n- {OWN.format('left', ARABIC)}",
        ]
    )


@pytest.mark.parametrize("block", ["## {}", "- {}\n- a", "| {} |\n| --- |\n| a |", "> {}"])
def test_a_list_a_table_and_a_quote_take_the_side_they_begin_on(block):
    markdown = to_markdown(block.format(ARABIC))

    assert markdown.startswith('<div style="direction: rtl">\n\n')
    assert markdown.endswith("\n\n</div>")


def test_code_runs_from_the_left_in_a_list_from_the_right():
    markdown = to_markdown(f"1. {ARABIC}\n   ```py\n   f(x)\n   ```\n2. {HEBREW}\n\n```py\nf(x)\n```")

    assert '\n   <div style="direction: ltr">\n\n   ```py\n   f(x)\n   ```\n\n   </div>\n' in markdown
    assert markdown.endswith("</div>\n\n```py\nf(x)\n```")


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
    assert to_markdown("`| - |`\n- ") == "`| - |`  \n&#45;"


def test_indented_code_ends_where_the_indent_does():
    """And what is indented further below is code of its own."""
    assert to_markdown("a\n\n    b\n\n      c\n\nd\n\n    e") == "a\n\n```\nb\n\n  c\n```\n\nd\n\n```\ne\n```"


@pytest.mark.parametrize("text", ["2 * 3 * 4", "a ** b ** c", "****a****", "_ a _", "~a~", "a * *"])
def test_marks_that_stand_alone_or_too_many_together_are_no_emphasis(text):
    """Of two readers each takes another part of them for emphasis."""
    assert re.search("[*_~]", to_markdown(text)) is None


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        (
            "\\begin{align*}a &= b\\\\ c &= d\\end{align*} so",
            "$$\\begin{align*}a &= b\\\\ c &= d\\end{align*}$$ so",
        ),
        ("\\begin{align}a", "<span>&#92;</span>begin{align}a"),
        ("\\begin{other}a\\end{other}", "<span>&#92;</span>begin{other}a<span>&#92;</span>end{other}"),
        ("\\(x^2\\) and \\[y\n^2\\] or \\(no\\)", "$x^2$ and $$y ^2$$ or (no)"),
        ("\\(a \\\\) b\\)", "$a \\\\) b$"),
        ("$$a$$ $b$ $5 or $6", "$$a$$ $b$ <span>&#36;</span>5 or <span>&#36;</span>6"),
        ("|a|b|\n|-|-|\n|$x|y$|\\(z\\|w\\)|", "| a | b |\n| - | - |\n| $x\\vert y$ | $z\\vert w$ |"),
        ("\\(\\href{x}{y^2}\\)", "`\\(\\href{x}{y^2}\\)`"),
    ],
)
def test_a_formula_stands_between_dollars_or_is_text(text, markdown):
    """However it was marked; one that could do more than be shown is code."""
    assert to_markdown(text) == markdown


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        (
            "[a][b], [B], [c] and [d](http://x.y/(z) 'T')\n\n[b]: http://x.y 'title'\n[c]: javascript:x",
            "[a](http://x.y), [B](http://x.y), &#91;c&#93; and [d](http://x.y/%28z%29)\n\n"
            "&#91;c&#93;: javascript:x",
        ),
        (
            "see http://a.b/c. (https://x.y),",
            "see [http&#58;//a.b/c](http://a.b/c). ([https&#58;//x.y](https://x.y)),",
        ),
        ("(www.a.b/c) <http://q.r>", "([www.a.b/c](http://www.a.b/c)) [http&#58;//q.r](http://q.r)"),
        ("<a@b.cd> HTTP://a.b!", "[a&#64;b.cd](mailto:a@b.cd) [HTTP&#58;//a.b](HTTP://a.b)!"),
        (
            "![pic](http://a.b/c.png) [![p](http://a.b)](http://c.d)",
            "[image: pic](http://a.b/c.png) [image: p](http://c.d)",
        ),
        ("x[1] [y] [z](ftp://a)", "x&#91;1&#93; &#91;y&#93; &#91;z&#93;(ftp&#58;//a)"),
    ],
)
def test_links_are_written_out_and_other_brackets_are_text(text, markdown):
    assert to_markdown(text) == markdown


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("2*3*4 (a)*(b)*(c) a*b*c", "2&#42;3&#42;4 (a)&#42;(b)&#42;(c) a&#42;b&#42;c"),
        (
            "__init__ obj.__foo__ __foo__() __bold__",
            "&#95;&#95;init&#95;&#95; obj.&#95;&#95;foo&#95;&#95; &#95;&#95;foo&#95;&#95;() __bold__",
        ),
        ("a **b**c **d:**e", "a **b**c **d:**&#101;"),
        (
            "|`a|b`|`c`|\n|-|-|\n|`x|y`|z|",
            "| <code>a&#124;b</code> | `c` |\n| - | - |\n| <code>x&#124;y</code> | z |",
        ),
    ],
)
def test_marks_inside_names_products_and_code_stay_what_they_are(text, markdown):
    assert to_markdown(text) == markdown


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("***\n---\n- ***", "***\n***\n- ***"),
        ("- a\n- b\n  1. c\n     d\n\n  e\n\nf", "- a\n- b\n  1. c  \n     d\n\n  e\n\nf"),
        ("1. a\n   > q\n   > r\n2. b", "1. a\n   > q  \n   > r\n2. b"),
        ("* a\n+ [x] b", "* a\n+ [x] b"),
    ],
)
def test_lists_quotes_and_rules_keep_their_form(text, markdown):
    assert to_markdown(text) == markdown


@pytest.mark.parametrize(
    "text",
    ["http://{}", "www.{}", "<http://{}>", "[t](http://{})", "[t]\n\n[t]: http://{}", "![t](http://{})"],
)
def test_in_an_address_nothing_is_mathematics_emphasis_or_its_end(text):
    """However the link was written. JupyterLab puts formulas back into attributes, too, unescaped."""
    written = to_markdown(text.format("a.b/$x$(y)@@1@@*c*~d~&e'\u00e9"))
    goal = written.removesuffix(")").rpartition("](")[2].removeprefix("http://").removeprefix("www.")

    assert goal == "a.b/%24x%24%28y%29%40%401%40%40%2Ac%2A%7Ed%7E&amp;e%27%C3%A9"


@pytest.mark.parametrize("name", ["__all__", "__file__", "__main__", "__version__", "__len__", "__getitem__"])
def test_a_name_of_python_is_not_bold(name):
    assert to_markdown(f"Set {name} first") == f"Set {name.replace('_', '&#95;')} first"


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

    gone, come = (
        '<del style="background-color: rgba(229, 57, 53, 0.22)">',
        '<ins style="background-color: rgba(67, 160, 71, 0.26)">',
    )
    assert difference(marks) == f"Be {gone}brief</del>{come}kind</ins> to  \n {{{{name}}}}."


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
