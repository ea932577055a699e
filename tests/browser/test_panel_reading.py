"""How a panel's answer reads in JupyterLab: formulas typeset, code in colours, and neither able to act."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.browser.panel_view import LIMIT_MS, Bench, PanelView, bench
from tests.servers import KEY, Server
from tests.wire import text, wire

pytestmark = pytest.mark.browser

FORMULAS = (
    "The roots of $ax^2 + bx + c = 0$ cost $5 to $10:\n\n$$\nx = \\frac{-b}{2a}\n- c\n$$\n\n"
    "> With \\(\\alpha\\) in a quote.\n\n$\\href{javascript:window.__acted=1}{x}$\n"
)
PYTHON = 'def double(x):\n    return "two", 2 * x  # twice\n'
MERMAID = 'graph TD; A["<img src=x onerror=window.__acted=1>"]-->B\n'
CODE = f"Here:\n\n```python\n{PYTHON}```\n\n```mermaid\n{MERMAID}```\n"
ARABIC = "مرحبا بكم\n\n1. واحد\n2. اثنان\n\n| أ | ب |\n|---|---|\n| ١ | ٢ |\n\n`left` and right.\n"
WIDE = "```python\n" + "call(argument=True) " * 30 + "\n```\n\n" + "A long answer.\n\n" * 60
LISTING = "".join(f"line {number} of a listing\n" for number in range(400))
ANSWERS = {
    "formulas": text(FORMULAS, every_s=0.002),
    "code": text(CODE, every_s=0.002),
    "arabic": text(ARABIC),
    "wide": text(WIDE, size=60),
    "tall": text("A paragraph.\n\n" * 45 + "$$\n\\frac{a}{b}\n$$\n\n" * 6, size=4, every_s=0.02),
    "json": text('{"use": "*stars*"}'),
    "listing": text(f"```\n{LISTING}```\n", every_s=0.002),
}


@pytest.fixture(scope="module")
def desk(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A notebook for all tests of this module."""
    home = tmp_path_factory.mktemp("home")
    with wire(ANSWERS) as server, bench(lab, Server(server.url, KEY), home) as opened:
        yield opened


def asked(desk: Bench, name: str) -> PanelView:
    """A panel with the answer of that name, which has come to its end."""
    panel = desk.open(f"lt.panel('acme/help/{name}/production')")
    panel.message.fill("Go on")
    panel.button("Run").click()
    expect(panel.status).to_contain_text("Done", timeout=LIMIT_MS)
    return panel


def test_formulas_are_typeset_and_prices_are_not(desk: Bench) -> None:
    answer = asked(desk, "formulas").answer()
    expect(answer.locator("mjx-container")).to_have_count(3)
    expect(answer.locator('mjx-container[display="true"]')).to_have_count(1)
    shown = answer.locator(".lt-formula").evaluate_all("all => all.map(one => getComputedStyle(one).display)")
    assert shown == ["inline-block", "block", "inline-block"]
    expect(answer).to_contain_text("cost $5 to $10:")
    expect(answer).to_contain_text(r"$\href{javascript:window.__acted=1}{x}$")
    assert answer.locator("a").count() == 0


def test_the_end_of_a_slow_answer_stays_in_sight_when_its_formulas_grow(desk: Bench) -> None:
    answer = asked(desk, "tall").answer()
    expect(answer.locator("mjx-container")).to_have_count(6)
    assert answer.evaluate("node => node.scrollHeight > node.clientHeight")
    at_its_end = "node => node.scrollTop + node.clientHeight > node.scrollHeight - 4"
    desk.notebook.page.wait_for_function(at_its_end, arg=answer.element_handle())


def test_a_quick_answer_is_seen_from_its_beginning(desk: Bench) -> None:
    answer = asked(desk, "wide").answer()
    assert answer.evaluate("node => node.scrollHeight > node.clientHeight")
    assert answer.evaluate("node => node.scrollTop") == 0


def test_code_has_the_colours_of_the_notebook_and_is_copied_as_it_is(desk: Bench) -> None:
    answer = asked(desk, "code").answer()
    keyword = answer.locator("pre code span").get_by_text("return", exact=True)
    expect(keyword).to_have_count(1)
    assert keyword.evaluate(
        "node => getComputedStyle(node).color !== getComputedStyle(node.closest('pre')).color"
    )
    assert answer.locator("pre code").first.evaluate("node => node.textContent") == PYTHON


def test_a_drawing_is_shown_as_its_source(desk: Bench) -> None:
    answer = asked(desk, "code").answer()
    assert answer.locator("pre code").nth(1).evaluate("node => node.textContent") == MERMAID
    assert answer.locator("svg, img").count() == 0
    assert desk.notebook.page.evaluate("window.__acted") is None


def test_a_listing_stands_in_its_block_while_it_comes(desk: Bench) -> None:
    panel = desk.open("lt.panel('acme/help/listing/production')")
    panel.message.fill("Go on")
    panel.button("Run").click()
    tail = panel.answer().locator(".lt-tail pre code")
    expect(tail).to_contain_text("line 20 of", timeout=LIMIT_MS)
    assert "`" not in (tail.text_content() or "")
    expect(panel.status).to_contain_text("Done", timeout=LIMIT_MS)
    assert panel.answer().locator("pre code").evaluate_all("all => all.map(one => one.textContent)") == [
        LISTING
    ]


def test_each_block_has_the_direction_of_its_own_words(desk: Bench) -> None:
    answer = asked(desk, "arabic").answer()
    directions = "nodes => nodes.map(node => getComputedStyle(node).direction)"
    for kind in ("ol", "li", "table", "th"):
        assert set(answer.locator(kind).evaluate_all(directions)) == {"rtl"}, kind
    assert answer.locator("p").evaluate_all(directions) == ["rtl", "ltr"]
    # Its end is where the reader's eye begins; no line is longer than those that run from left to right.
    table, whole = answer.locator("table").bounding_box(), answer.bounding_box()
    assert table is not None
    assert whole is not None
    assert abs(whole["x"] + min(whole["width"], 736) - table["x"] - table["width"]) < 40


def test_code_breaks_between_words_and_the_receipt_beside_a_panel_is_a_line(desk: Bench) -> None:
    panel = asked(desk, "wide")
    code = panel.answer().locator("pre").first
    assert code.evaluate("node => getComputedStyle(node).wordBreak") == "normal"
    expect(panel.receipt).to_contain_text("A long answer.")
    for _ in range(2):
        panel.button("Run").click()
        expect(panel.status).to_have_text("Done.")
    box = panel.receipt.bounding_box()
    assert box is not None
    assert box["height"] < 60


def test_of_several_long_answers_the_beginnings_are_seen_in_the_end(desk: Bench) -> None:
    panel = desk.open("lt.panel('acme/help/wide/production')")
    panel.message.fill("Go on")
    panel.button("Compare 2").click()
    expect(panel.status).to_have_text("Done.", timeout=LIMIT_MS)
    for title in ("deployed", "deployed, again"):
        expect(panel.answer(title)).to_contain_text("A long answer.")
        assert panel.answer(title).evaluate("node => node.scrollHeight > node.clientHeight")
        assert panel.answer(title).evaluate("node => node.scrollTop") == 0


def test_an_answer_in_json_keeps_its_signs(desk: Bench) -> None:
    answer = asked(desk, "json").answer()
    assert answer.locator("pre code").evaluate_all("all => all.map(one => one.textContent)") == [
        '{\n  "use": "*stars*"\n}\n'
    ]
