"""The Rows tab and the explorer in JupyterLab: priced, swept, read side by side, used by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.panel_view import LIMIT_MS, Bench, PanelView
from tests.servers import deployment

pytestmark = pytest.mark.browser

SUPPORT = deployment(
    "You are support. Delivery takes {{delivery}}.",
    chatInput={"delivery": "a week"},
    args={"temperature": 0.5, "max_tokens": 800},
)
DEPLOYMENTS = dict.fromkeys(
    ("swept", "pasted", "budget", "explored", "keys", "marks", "late", "again", "hostile"), SUPPORT
)
ROWS = """[
  dict(question='Where is my parcel?', delivery='two days', expected='two days'),
  dict(question='When does it come?', delivery='two weeks', expected='soon'),
  dict(question='What does it cost?', delivery='a month', expected='a month'),
]"""


def opened(desk: Bench, name: str, more: str = "") -> PanelView:
    return desk.open(f"lt.panel('acme/help/{name}/production'{more})")


def invoked(desk: Bench, mark: int) -> list[dict[str, Any]]:
    """The bodies of the invokes since a request."""
    return [entry["body"] for entry in desk.server.requests(mark) if entry["provider"] is not None]


def line(root: Locator, asked: str) -> Locator:
    """The line of a row in the grid."""
    return root.get_by_role("row").filter(has=root.page.get_by_role("button", name=asked))


def explored(desk: Bench, name: str, rows: str, over: str = "max_tokens=[5]") -> Locator:
    """Sweep in a cell, and return the explorer."""
    desk.run(
        f"run = lt.sweep('acme/help/{name}/production', lt.grid({over}), {rows}, message='question', "
        "score={'right': lt.contains(lt.column('expected'))}).run()"
    )
    cell = desk.run("run.explore()")
    root = cell.get_by_role("group", name="Answers of a sweep", exact=True)
    root.wait_for(timeout=LIMIT_MS)
    return root


def test_a_table_is_swept_with_its_price_in_sight_and_read_side_by_side(desk: Bench) -> None:
    panel = opened(desk, "swept", f", rows={ROWS}")
    tab = panel.tab("Rows")
    expect(tab.get_by_role("columnheader", name="expected for scores")).to_be_visible()
    expect(tab.get_by_role("button", name="Sweep 3 calls")).to_be_visible()
    tab.get_by_label("Vary a parameter").select_option(label="max tokens")
    tab.get_by_role("textbox", name="max tokens").fill("5, 800")
    expect(tab.get_by_role("button", name="Sweep 6 calls")).to_be_visible()
    expect(tab).to_contain_text("max tokens 800 is the same as deployed")
    tab.get_by_label("Score", exact=True).select_option("contains")
    tab.get_by_label("Column of the score").select_option("expected")
    button = tab.get_by_role("button", name="Sweep 6 calls")
    expect(button).not_to_have_attribute("aria-disabled", "true")
    mark = desk.server.mark()
    button.click()
    expect(tab.get_by_role("button", name="Show 6 stored answers")).to_be_visible(timeout=LIMIT_MS)
    assert len(invoked(desk, mark)) == 6

    row = line(tab, "Where is my parcel?")
    expect(row.get_by_role("cell").nth(0)).to_contain_text("1/1")
    expect(row.get_by_role("cell").nth(1)).to_contain_text("lost")
    # Those that disagree come first.
    expect(tab.get_by_role("rowheader").last).to_contain_text("When does it come?")
    row.get_by_role("button", name="Where is my parcel?").click()
    whole = tab.get_by_role("group", name="Row 0: Where is my parcel?")
    expect(whole.locator("del").first).to_be_visible()
    whole.get_by_role("button", name="Use these settings: max tokens 5").click()
    expect(panel.root.locator(".lt-top")).to_contain_text("max_tokens 5")
    before = len(desk.sources())
    whole.get_by_role("button", name="Insert cell: max tokens 5").click()
    expect(whole).to_contain_text("Inserted below")
    assert len(desk.sources()) == before + 1


def test_a_table_is_pasted_where_none_was_given(desk: Bench) -> None:
    panel = opened(desk, "pasted")
    tab = panel.tab("Rows")
    expect(tab).to_contain_text("lt.panel(rows=df)")
    box = tab.get_by_role("textbox", name="Paste a table")
    assert box.evaluate("box => box.clientHeight / parseFloat(getComputedStyle(box).lineHeight)") > 4
    box.fill("question\tdelivery\nWhere?\ttwo days\nWhen?\ta week")
    tab.get_by_role("button", name="Take this table").click()
    expect(tab.get_by_role("button", name="Sweep 2 calls")).to_be_visible()
    expect(panel.root.get_by_role("tab", name="Rows")).to_contain_text("2")
    panel.tab("Ask")
    panel.button("Next row").click()
    expect(panel.message).to_have_value("Where?")


def test_a_sweep_over_a_hundred_calls_says_what_to_type_and_sends_nothing(desk: Bench) -> None:
    panel = opened(desk, "budget", ", rows=[dict(question=f'Number {n}') for n in range(120)]")
    tab = panel.tab("Rows")
    button = tab.get_by_role("button", name="Sweep 120 calls")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(tab).to_contain_text('budget="120 calls"')
    mark = desk.server.mark()
    button.click(force=True)
    expect(panel.status).to_contain_text("need a budget")
    assert invoked(desk, mark) == []
    tab.get_by_label("Budget").fill("120 calls")
    expect(tab.get_by_role("button", name="Sweep 120 calls")).not_to_have_attribute("aria-disabled", "true")


def test_the_explorer_filters_searches_and_keeps_what_differs(desk: Bench) -> None:
    root = explored(desk, "explored", f"{ROWS} * 5 + [dict(question='Last?', delivery='now', expected='')]")
    expect(root.get_by_role("rowheader")).to_have_count(10)
    expect(root).to_contain_text("page 1 of 2")
    root.get_by_role("button", name="Next page").click()
    expect(root.get_by_role("rowheader")).to_have_count(6)
    root.get_by_role("searchbox", name="Search rows").fill("last")
    expect(root.get_by_role("rowheader")).to_have_count(1)
    root.get_by_role("searchbox", name="Search rows").fill("")
    expect(root.get_by_role("rowheader")).to_have_count(10)
    root.get_by_label("Which rows").select_option("unscored")
    expect(root.get_by_role("rowheader")).to_have_count(1)
    root.get_by_label("Which rows").select_option("won")
    expect(root).to_contain_text("No row is like this")
    receipt = root.page.locator(".jp-RenderedHTML", has_text="8 rows that differ most")
    expect(receipt.locator("details")).to_have_count(8)


def test_the_explorer_is_used_by_keyboard_alone(desk: Bench) -> None:
    root = explored(desk, "keys", ROWS)
    heads = root.locator(".lt-row-head")
    expect(heads).to_have_count(3)
    cells = len(desk.cells())
    heads.nth(0).focus()
    heads.nth(0).press("ArrowDown")
    expect(heads.nth(1)).to_be_focused()
    heads.nth(1).press("Enter")
    expect(heads.nth(1)).to_have_attribute("aria-expanded", "true")
    expect(root.locator(".lt-row-whole:visible del").first).to_be_visible()
    for key in ("d", "d", "x", "a"):
        heads.nth(1).press(key)
    assert len(desk.cells()) == cells
    act = root.get_by_role("button", name="To panel: max tokens 5").first
    act.press("Enter")
    expect(
        root.get_by_role("status").filter(has_text=re.compile("is asked with the settings"))
    ).to_be_visible()


def test_an_explorer_whose_cell_runs_again_shows_what_was_open(desk: Bench) -> None:
    root = explored(desk, "again", ROWS)
    root.get_by_label("Which rows").select_option("differ")
    root.get_by_label("Sort rows").select_option("row")
    root.get_by_role("button", name="When does it come?").click()
    expect(root.get_by_role("group", name="max tokens 5", exact=True)).to_be_visible()
    desk.notebook.command("notebook:run-cell")

    root = desk.notebook.page.get_by_role("group", name="Answers of a sweep", exact=True).last
    expect(root.get_by_label("Which rows")).to_have_value("differ")
    expect(root.get_by_label("Sort rows")).to_have_value("row")
    expect(root.get_by_role("group", name="max tokens 5", exact=True)).to_be_visible()


def test_answers_are_marked_by_keyboard_without_leaving_the_row(desk: Bench) -> None:
    root = explored(desk, "marks", ROWS)
    head = root.get_by_role("button", name="Where is my parcel?")
    head.focus()
    head.press("y")
    expect(root.locator(".lt-row-whole:visible")).to_have_count(0)
    head.press("Enter")
    first = root.get_by_role("group", name="deployed", exact=True)
    second = root.get_by_role("group", name="max tokens 5", exact=True)
    expect(second).to_be_visible()
    page = root.page
    page.keyboard.press("y")
    expect(first).to_be_focused()
    expect(first.get_by_role("button", name="Good: deployed", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    page.keyboard.press("ArrowRight")
    expect(second).to_be_focused()
    page.keyboard.press("n")
    bad = second.get_by_role("button", name="Not good: max tokens 5")
    expect(bad).to_have_attribute("aria-pressed", "true")
    expect(root).to_contain_text("2 marked: 1 good, 1 not")
    # The small marks of the list come with what follows from them; the focus stays where it was.
    row = line(root, "Where is my parcel?")
    expect(row.get_by_role("cell").nth(1)).to_contain_text("✗ not good")
    expect(second).to_be_focused()
    page.keyboard.press("n")
    expect(root).to_contain_text("1 marked: 1 good, 0 not")
    bad.click()
    expect(root).to_contain_text("2 marked: 1 good, 1 not")
    expect(bad).to_be_focused()
    page.keyboard.press("u")
    expect(root).to_contain_text("1 marked: 1 good, 0 not")
    expect(row.get_by_role("cell").nth(1)).not_to_contain_text("✗ not good")
    page.keyboard.press("ArrowLeft")
    expect(first).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(head).to_be_focused()
    expect(root.get_by_role("searchbox", name="Search rows")).to_be_visible()


@contextmanager
def held(desk: Bench, folder: Path) -> Iterator[None]:
    """Have the kernel answer nothing within, as a cell runs."""
    folder.mkdir()
    starts, ends = folder / "starts", folder / "ends"
    desk.start(
        f"import pathlib, time\npathlib.Path({str(starts)!r}).touch()\n"
        f"while not pathlib.Path({str(ends)!r}).exists(): time.sleep(0.01)"
    )
    while not starts.exists():
        desk.notebook.page.wait_for_timeout(20)
    yield
    ends.touch()


def test_a_kernel_that_answers_late_takes_nobody_back(desk: Bench, tmp_path: Path) -> None:
    rows = "[dict(question=f'Question {n}', delivery='now', expected='now') for n in range(27)]"
    root = explored(desk, "late", rows)
    page, press = root.page, root.page.keyboard.press
    expect(root).to_contain_text("page 1 of 3")
    root.locator(".lt-row-head").first.press("Enter")
    first = root.get_by_role("group", name="deployed", exact=True)
    second = root.get_by_role("group", name="max tokens 5", exact=True)
    expect(second).to_be_visible()

    with held(desk, tmp_path / "marks"):
        first.focus()
        for key in ("y", "ArrowRight", "n", "ArrowLeft"):
            press(key)
    expect(root).to_contain_text("2 marked: 1 good, 1 not")
    expect(first).to_have_attribute("data-mark", "good")
    expect(second).to_have_attribute("data-mark", "not")
    expect(first).to_be_focused()

    with held(desk, tmp_path / "pages"):
        root.get_by_label("Sort rows").select_option("row")
        first.focus()
        for key in ("u", "PageDown", "PageDown"):
            press(key)
    expect(root).to_contain_text("1 marked: 0 good, 1 not")
    expect(root).to_contain_text("page 3 of 3")
    expect(root.get_by_role("rowheader")).to_have_count(7)
    # The row that had the focus is on another page.
    expect(root.locator(".lt-row-head").first).to_be_focused()
    press("PageUp")
    expect(root).to_contain_text("page 2 of 3")
    assert page.evaluate("() => document.activeElement.className").startswith("lt-asked")


def test_answers_and_questions_are_text_in_the_explorer_and_its_receipt(desk: Bench) -> None:
    rows = "[dict(question='<img src=x onerror=alert(1)> why?', delivery='<b>now</b>', expected='x')]"
    root = explored(desk, "hostile", rows)
    expect(root.get_by_role("rowheader")).to_contain_text("<img src=x onerror=alert(1)> why?")
    root.locator(".lt-row-head").click()
    expect(root.locator(".lt-row-whole")).to_contain_text("<b>now</b>")
    assert root.locator("img").count() == 0
    receipt = root.page.locator(".jp-RenderedHTML", has_text="the row that differs").last
    assert receipt.locator("img").count() == 0
