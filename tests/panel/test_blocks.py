"""How an answer becomes blocks of HTML while it comes."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langtail_nb._panel.blocks import Blocks

PARTS = (
    "# A heading\n\n", "Words and *more* words\n", "a line\nand another\n\n", "- one\n- two\n\n",
    "7. seven\n8. eight\n", "```python\nx = 1\n\ny = 2\n```\n", "~~~\n```\n~~~\n", "    indented\n\n",
    "| a | b |\n|---|---|\n| 1 | 2 |\n\n", "> quoted\n> more\n\n", "---\n", "$$\nx = 1\n- 2\n$$\n",
    "\\[ y^2 \\]\n\n", "so $z_1 + z_2$ and $5 or $6\n\n", "\r\n", "Title\n===\n\n", "<b>no tag</b>\n\n",
    "- item\n**Note** it\n", "Tags:\n#python\n", "See\n***really***\n", "word", "***", "---", "#",
    "![no](picture.png)\n\n", "$$\nnever closed\n\n", "```\nnever closed\n",
)  # fmt: skip


def grown(text: str, cuts: list[int]) -> tuple[list[str], Blocks]:
    """The blocks of a text that comes in pieces."""
    blocks, added = Blocks(), []
    for cut in sorted(cuts):
        added += blocks.grow(text[:cut]).add
    return [*added, *blocks.finish(text).add], blocks


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=8), st.lists(st.integers(0, 400), max_size=12))
def test_a_text_has_the_same_blocks_however_it_was_cut(parts: list[str], cuts: list[int]) -> None:
    text = "".join(parts)
    added, blocks = grown(text, [min(cut, len(text)) for cut in cuts])
    assert added == Blocks().finish(text).add
    assert added == blocks.finished
    assert blocks.tail is None


@pytest.mark.parametrize("text", ['{"use": "*stars*",\n  "n": 1.50}', '[{"a": "``` and more"}]', " {}\n"])
def test_an_answer_in_json_is_code_while_it_comes_and_keeps_all_its_signs(text: str) -> None:
    blocks = Blocks()
    for end in range(3, len(text)):
        blocks.grow(text[:end])
        assert blocks.tail == {"text": text[:end], "more": False, "code": True}
    [listing] = blocks.finish(text).add
    assert listing.startswith('<pre><code class="language-json">')
    shown = html.unescape(re.sub("<[^>]+>", "", listing))
    assert "".join(shown.split()) == "".join(text.split())


def test_what_begins_like_json_and_is_none_is_read_as_what_it_is() -> None:
    text = '{"never": *closed*\n\n- one\n'
    added, _ = grown(text, [10, 20])
    assert added == Blocks().finish(text).add
    assert "<em>closed</em>" in added[0]


def test_open_code_comes_once_and_without_its_fences() -> None:
    text = "Before\n\n```python\n" + "".join(f"line {number}\n" for number in range(300)) + "```\nAfter"
    blocks, sent = Blocks(), []
    for end in range(1, len(text) + 1):
        sent.append(blocks.grow(text[:end]))
    code = [growth.tail for growth in sent if growth.tail and growth.tail.get("code")]

    begun = [tail["text"] for tail in code if not tail["more"]]
    assert begun[-1] == "l"
    assert set(begun) == {"", "l"}
    assert "".join(tail["text"] for tail in code) == text.partition("python\n")[2].partition("```")[0]
    assert "`" not in "".join(tail["text"] for tail in code)


def test_code_is_finished_by_its_closing_fence_and_not_by_what_follows() -> None:
    growth = Blocks().grow("```\ncode\n```\n")
    assert growth.add == ["<pre><code>code\n</code></pre>\n"]
    assert growth.tail is None


def test_a_long_paragraph_is_told_as_what_is_new_of_it() -> None:
    text = "word " * 4_000
    blocks = Blocks()
    sizes = [blocks.grow(text[:end]).size for end in range(5_000, len(text), 100)]
    assert sizes[0] == 5_000
    assert set(sizes[1:]) == {100}
    assert blocks.tail == {"text": text[: range(5_000, len(text), 100)[-1]], "more": False, "code": False}


def test_a_long_list_is_cut_at_an_item_and_counts_on() -> None:
    text = "".join(f"{number}. the item of **number** {number}\n" for number in range(1, 400))
    blocks, most = Blocks(), 0
    for end in range(0, len(text), 40):
        most = max(most, blocks.grow(text[:end]).size)
    blocks.finish(text)
    items = re.findall(r"number</strong> (\d+)", "".join(blocks.finished))

    assert items == [str(number) for number in range(1, 400)]
    assert len(blocks.finished) > 2
    assert all(re.match(r'<ol( start="\d+")?>\n<li>', block) for block in blocks.finished)
    assert most < 10_000


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("so $a_1 * b_2 * c$ it is", r"\(a_1 * b_2 * c\)"),
        (r"so \(x \ne 0\) it is", r"\(x \ne 0\)"),
        ("$$\na = b\n- c\n$$", r"\[a = b - c\]"),
        (r"\[ x < 1 \]", r"\[x \lt  1\]"),
        ("> $$\n> x^2\n> $$", r"\[x^2\]"),
        (r"\begin{align} a &= b \\ c &= d \end{align}", r"\begin{align} a &= b \\ c &= d \end{align}"),
    ],
)
def test_a_formula_is_kept_whole(text: str, formula: str) -> None:
    made = "".join(Blocks().finish(text).add)
    assert html.unescape(made).count(f'<code class="lt-formula">{formula}</code>') == 1
    assert "<em>" not in made
    assert "<li>" not in made


@pytest.mark.parametrize(
    "text",
    [
        "from $5 to $10", r"$\href{javascript:alert(1)}{x}$", r"\[\require{html}\]", "`$x$`",
        "$$\na\n\nb\n$$", r"$\def\x{y}$", "cost \\$3 and $x", r"\(just brackets\)",
    ],
)  # fmt: skip
def test_money_code_and_what_could_act_is_no_formula(text: str) -> None:
    assert "lt-formula" not in "".join(Blocks().finish(text).add)


def test_a_formula_that_has_not_ended_is_not_taken_apart() -> None:
    blocks = Blocks()
    assert blocks.grow("$$\na = b\n- c\n# d").add == []
    assert blocks.grow("$$\na = b\n- c\n\n").add != [], "after a blank line it can be none"


def test_half_an_address_does_not_stand_for_the_whole_one() -> None:
    text = "[a]: https://a.example/page\n\nSee [a]."
    blocks, added = Blocks(), []
    for end in range(1, len(text)):
        added += blocks.grow(text[:end]).add
    added += blocks.finish(text).add
    assert added == ['<p>See <a href="https://a.example/page">a</a>.</p>\n']


def test_a_language_that_readers_draw_is_left_out() -> None:
    blocks = Blocks().finish("```mermaid\ngraph TD\n```\n\n- ```python\n  x\n  ```").add
    assert blocks[0].startswith("<pre><code>graph")
    assert 'class="language-python"' in blocks[1]
