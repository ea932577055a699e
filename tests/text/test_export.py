"""Answers leave a notebook letter by letter: through nbconvert to LaTeX (so PDF), rst, asciidoc and HTML."""

from __future__ import annotations

import itertools
import re
import shutil
import textwrap
from collections.abc import Callable

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert import ASCIIDocExporter, HTMLExporter, LatexExporter, RSTExporter

from langtail_nb._text.markdown import to_markdown
from tests.servers import missing
from tests.text.listings import LISTINGS, PLACES

EXPORTERS = {
    "latex": LatexExporter,
    "rst": RSTExporter,
    "asciidoc": ASCIIDocExporter,
    "html": HTMLExporter,
}


def exported(answers: list[str], form: str) -> str:
    """Return a notebook in which a cell shows these answers, as nbconvert writes it."""
    if form != "html" and shutil.which("pandoc") is None:
        missing("pandoc")
    data = [{"text/markdown": to_markdown(answer), "text/plain": answer} for answer in answers]
    outputs = [nbformat.v4.new_output("display_data", each) for each in data]
    cell = nbformat.v4.new_code_cell("", outputs=outputs)
    body: str = EXPORTERS[form]().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))[0]
    return body


# What pandoc writes for the characters of code.
_LATEX = {
    r"\textbackslash{}": "\\", r"\textless{}": "<", r"\textgreater{}": ">", r"\textasciitilde{}": "~",
    r"\textasciigrave{}": "`", r"\textquotesingle{}": "'", r"\^{}": "^", r"\VerbBar{}": "|", "{-}": "-",
    r"\textbar{}": "|", r"\textbackslash ": "\\", r"\textbackslash": "\\", r"\/": "", r"\ ": " ",
    r"\texttt{": "", r"\{": "{", r"\}": "}", r"\_": "_", r"\&": "&", r"\%": "%", r"\#": "#", r"\$": "$",
    "}": "",
}  # fmt: skip
_LATEX_PIECE = re.compile("|".join(map(re.escape, _LATEX)) + r"|\\[A-Z][A-Za-z]*Tok\{")
_IN_LATEX = re.compile(r"\\begin\{(Highlighting|verbatim)\}(?:\[\])?\n(.*?)\n\\end\{\1\}", re.DOTALL)
_IN_RST = re.compile(r"([ -]*)(?:\.\. code:: \S+|::)$")
_IN_ASCIIDOC = re.compile(
    r"^(?:\[source,[^ \]]+\]\n----\n(.*?)\n----|\.{4}\n(.*?)\n\.{4})$", re.M | re.DOTALL
)


def in_latex(page: str) -> list[str]:
    return [_plain(code) if kind == "Highlighting" else code for kind, code in _IN_LATEX.findall(page)]


def _plain(code: str) -> str:
    return _LATEX_PIECE.sub(lambda found: _LATEX.get(found[0], ""), code)


def in_rst(page: str) -> list[str]:
    """Return what is set in further than the directive above it."""
    lines = page.split("\n")
    found = []
    for number, line in enumerate(lines):
        if mark := _IN_RST.match(line):
            inside = " " * (len(mark[1]) + 1)
            code = itertools.takewhile(lambda line: not line or line.startswith(inside), lines[number + 1 :])  # noqa: B023
            found.append(textwrap.dedent("\n".join(code)).strip("\n"))
    return found


def in_asciidoc(page: str) -> list[str]:
    return [coloured or plain for coloured, plain in _IN_ASCIIDOC.findall(page)]


def in_html(page: str) -> list[str]:
    return [
        code.get_text().rstrip("\n")
        for code in BeautifulSoup(page, "html.parser").select(".jp-RenderedMarkdown pre")
    ]


READERS = {"latex": in_latex, "rst": in_rst, "asciidoc": in_asciidoc, "html": in_html}


@pytest.mark.parametrize(("form", "read"), READERS.items(), ids=READERS)
def test_listings_arrive_letter_by_letter(form: str, read: Callable[[str], list[str]]) -> None:
    answers = ["\n\nNext:\n\n".join(map(write, LISTINGS)) for write in PLACES.values()]

    found = read(exported(answers, form))

    assert len(found) == len(LISTINGS) * len(PLACES)
    for number, code in enumerate(found):
        assert code == LISTINGS[number % len(LISTINGS)].code


SPANS = ["$a < b", "Vec<String>", "a`b", "ls | wc", r"\begin{x} -- 'y' \end{x}", r"\\(\d+\\) ...", 'f("--x")']


def test_spans_arrive_letter_by_letter() -> None:
    """As code, or as text that keeps its plain quotes and dashes."""
    marks = [("``" if "`" in span else "`") for span in SPANS]
    answer = "\n\n".join(f"A {mark}{span}{mark} Z" for mark, span in zip(marks, SPANS, strict=True))

    html = BeautifulSoup(exported([answer], "html"), "html.parser")
    page = exported([answer], "latex").replace("\n", " ")

    assert [code.get_text() for code in html.select(".jp-RenderedMarkdown code")] == SPANS
    for found, span in zip(re.findall(r"(?<=A ).*?(?= Z)", page), SPANS, strict=True):
        assert _plain(found) == span


def test_a_break_in_a_cell_parts_words_where_no_tag_can() -> None:
    page = exported(["| a |\n|---|\n| one<br>two |\n\nthree<br/>four"], "latex")

    assert "one two" in page
    assert "three\\\\\nfour" in page


def test_answers_from_the_right_need_no_package_of_latex() -> None:
    page = exported(
        ["\u05e9\u05dc\u05d5\u05dd `f(x)`\n\n- \u05e9\u05dc\u05d5\u05dd\n  ```py\n  f(x)\n  ```"], "latex"
    )

    assert re.search(r"\{(?:RTL|LTR)\}|\\(?:RL|LR)\b", page) is None
    assert in_latex(page) == ["f(x)"]


def test_no_answer_keeps_a_notebook_from_leaving() -> None:
    """The reader of citations that goes before fails on such a section."""
    assert "section" in exported(["section\n\n```\n<![x[ y\n```\n\n`<![ z`"], "latex")
