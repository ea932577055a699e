"""Where things stand in the panel: question, sliders and answer in one sight, at every width."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from tests.browser.panel_view import Bench, PanelView
from tests.servers import deployment

pytestmark = pytest.mark.browser

LAPTOP = (1366, 768)
NAMES = ("company", "delivery", "price", "tone", "language")
ARGUMENTS = {"temperature": 0.5, "max_tokens": 800, "top_p": 1, "model": "gpt-4o-mini"}
RULES = "".join(f"\nRule {number}: say what is known." for number in range(1, 30))
FIVE = deployment(
    "".join(f"{{{{{name}}}}} " for name in NAMES) + RULES,
    chatInput=dict.fromkeys(NAMES, "as deployed"),
    args=ARGUMENTS,
)
DEPLOYMENTS = {
    **dict.fromkeys(
        (
            "seen",
            "moved",
            "stops",
            "lines",
            "wide",
            "narrow",
            "barred",
            "folded",
            "short",
            "still",
            "menu",
            "shaded",
        ),
        FIVE,
    ),
    "table": deployment("Talk of {{topic}}.", chatInput={"topic": "returns"}, args=ARGUMENTS),
    "bare": deployment("Hi."),
}


@pytest.fixture
def desk(desk: Bench) -> Iterator[Bench]:
    """The notebook on a laptop, the file browser open beside it."""
    page = desk.notebook.page
    page.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})
    if not page.locator(".jp-FileBrowser").is_visible():
        desk.notebook.command("application:toggle-left-area")
        page.locator(".jp-FileBrowser").wait_for()
    yield desk
    page.emulate_media(reduced_motion="no-preference")


def opened(desk: Bench, name: str, more: str = "", *, width: int = 0, height: int = 900) -> PanelView:
    """A panel on the assistant of that name; with a width, in a window of it with nothing beside it."""
    if width:
        desk.notebook.page.set_viewport_size({"width": width, "height": height})
        if desk.notebook.page.locator(".jp-FileBrowser").is_visible():
            desk.notebook.command("application:toggle-left-area")
    return desk.open(f"lt.panel('acme/help/{name}/production'{more})")


def until_in_sight(*places: Locator) -> None:
    """Wait until all of these are in sight, none cut at the notebook's edge."""
    for place in places:
        place.page.wait_for_function(_IN_SIGHT, arg=place.element_handle(), timeout=5_000)


# A run glides; what is in sight may still be on its way.
_AT_REST = """node => new Promise(done => {
  let before;
  const look = () => {
    const { top } = node.getBoundingClientRect();
    if (top === before) return done(top);
    before = top;
    setTimeout(look, 200);
  };
  look();
})"""
# The answer by the end of its eighth line, all others as a whole.
_IN_SIGHT = """node => {
  const view = node.closest('.jp-WindowedPanel-outer').getBoundingClientRect();
  const { top, bottom } = node.getBoundingClientRect();
  if (!node.matches('.lt-answer')) return top >= view.top && bottom <= view.bottom;
  const range = document.createRange();
  range.selectNodeContents(node);
  const ends = [...new Set([...range.getClientRects()].map(({ bottom }) => Math.round(bottom)))];
  ends.sort((one, other) => one - other);
  return ends.length > 8 && top >= view.top && ends[7] <= view.bottom;
}"""


def test_eight_lines_of_the_answer_are_in_sight_after_a_run(desk: Bench) -> None:
    panel = opened(desk, "seen")
    width = panel.root.evaluate("node => node.getBoundingClientRect().width")
    assert 900 < width < 960
    panel.message.fill("What is known?")
    panel.message.press("Control+Enter")
    expect(panel.answer()).to_contain_text("Rule 29")
    until_in_sight(panel.message, panel.number("Temperature"), panel.button("Run"), panel.answer())
    for name in NAMES:
        until_in_sight(panel.box(name))


def test_question_slider_and_answer_are_in_sight_while_the_slider_moves(desk: Bench) -> None:
    panel = opened(desk, "moved")
    panel.run("What is known?")
    page = desk.notebook.page
    slider = panel.root.get_by_role("slider", name="Frequency penalty slider")
    until_in_sight(slider, panel.answer())
    slider.evaluate(_AT_REST)
    box = slider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    for step in range(1, 4):
        page.mouse.move(box["x"] + box["width"] / 2 + step * 8, box["y"] + box["height"] / 2)
        until_in_sight(panel.message, slider, panel.answer())
    page.mouse.up()
    expect(panel.line).to_contain_text("--frequency-penalty")
    until_in_sight(panel.message, slider, panel.answer())
    assert slider.bounding_box() == box


def test_tab_goes_from_field_to_field_and_soon_comes_to_run(desk: Bench) -> None:
    panel = opened(desk, "stops")
    page = desk.notebook.page
    panel.message.focus()
    visited: list[str] = []
    while visited[-1:] != ["Run"]:
        page.keyboard.press("Tab")
        visited.append(page.evaluate(_NAME))
        assert len(visited) < 24, visited
    fields = [name for name in visited if name in NAMES]
    assert fields == list(NAMES)
    for name in NAMES:
        assert visited[visited.index(name) + 1] == f"Options of {name}"


_NAME = """() => {
  const node = document.activeElement;
  return node.ariaLabel ?? node.labels?.[0]?.textContent ?? node.textContent;
}"""


def test_what_is_set_by_a_tick_or_a_slider_is_set_by_keyboard_too(desk: Bench) -> None:
    panel = opened(desk, "stops")
    number = panel.number("Temperature")
    number.press("ArrowUp")
    expect(panel.line).to_contain_text("-t 0.51")
    number.press("ArrowUp")
    expect(panel.line).to_contain_text("-t 0.52")
    number.press("ArrowDown")
    expect(panel.line).to_contain_text("-t 0.51")
    expect(panel.tick("Send Temperature")).to_be_checked()
    panel.button("Reset Temperature").press("Enter")
    expect(panel.line).not_to_contain_text("-t ")


def test_a_variable_takes_one_line(desk: Bench) -> None:
    panel = opened(desk, "lines")
    tops = []
    for name in NAMES:
        field, options = panel.box(name).bounding_box(), panel.button(f"Options of {name}").bounding_box()
        label = panel.root.locator(f"label:has-text('{name}')").first.bounding_box()
        assert field is not None
        assert options is not None
        assert label is not None
        assert label["x"] + label["width"] <= field["x"]
        assert field["x"] + field["width"] <= options["x"]
        assert abs(label["y"] + label["height"] / 2 - field["y"] - field["height"] / 2) < 4
        tops.append(field["y"])
    assert all(26 <= below - above <= 34 for above, below in pairwise(tops)), tops


def compare_four(panel: PanelView) -> None:
    """Compare what is deployed and three temperatures to the end."""
    for value in ("0.2", "0.9", "1.4"):
        panel.number("Temperature").fill(value)
        panel.button("Add these settings").click()
        expect(panel.root).to_contain_text(f"temperature {value}")
    panel.message.fill("What is known?")
    panel.button("Compare 4").click()
    expect(panel.root.locator(".lt-column")).to_have_count(4)
    panel.until_ended()


def test_on_a_wide_screen_the_answers_take_its_width_and_the_form_does_not(desk: Bench) -> None:
    panel = opened(desk, "wide", width=1920)
    compare_four(panel)
    columns = [column.bounding_box() for column in panel.root.locator(".lt-column").all()]
    root, form = panel.root.bounding_box(), panel.root.get_by_role("tabpanel", name="Ask").bounding_box()
    assert root is not None
    assert form is not None
    assert len(columns) == 4
    assert root["width"] > 1700
    assert all(column is not None and column["width"] > 400 for column in columns)
    assert form["width"] <= 1280


@pytest.mark.parametrize(("width", "inner"), [(480, 376), (400, 296)])
def test_nothing_is_cut_on_a_narrow_screen(desk: Bench, width: int, inner: int) -> None:
    panel = opened(desk, "narrow", width=width)
    assert abs(panel.root.evaluate("node => node.getBoundingClientRect().width") - inner) < 16
    panel.root.get_by_text("Parameters", exact=True).click()
    panel.box("delivery").fill("a value that is longer than the field on a phone")
    panel.number("Temperature").fill("0.9")
    panel.run("What is known?")
    for name in ("Ask", "Rows", "Template", "Messages", "Tools", "Preview", "History"):
        panel.tab(name)
        assert panel.root.evaluate(_CUT) == [], name


# What stands over the panel's edge, but for what can be scrolled to or is for ears only.
_CUT = """panel => {
  const { left, right } = panel.getBoundingClientRect();
  const boxes = [...panel.querySelectorAll('*')].filter(
    node => node.checkVisibility() && !node.closest('.lt-hidden, .lt-told, .lt-scroll, .lt-many, pre, svg'));
  return boxes.filter(node => {
    const box = node.getBoundingClientRect();
    return box.width && (box.left < left - 1 || box.right > right + 1);
  }).map(node => `${node.localName}.${node.className} ${node.textContent.slice(0, 40)}`);
}"""


def test_the_run_bar_stays_in_sight_above_a_long_answer_and_below_a_long_form(desk: Bench) -> None:
    panel = opened(desk, "barred", width=1000, height=620)
    panel.run("What is known?")
    outer = desk.notebook.page.locator(".jp-NotebookPanel-notebook .jp-WindowedPanel-outer")
    panel.line.scroll_into_view_if_needed()
    bar = panel.root.locator(".lt-run")
    outer.evaluate(
        "(view, line) => { view.scrollTop += line.getBoundingClientRect().top - 300; }",
        panel.line.element_handle(),
    )
    expect(panel.message).not_to_be_in_viewport()
    until_in_sight(bar)
    panel.root.get_by_text("Parameters", exact=True).click()
    panel.root.get_by_text("More parameters").click()
    panel.root.get_by_role("tab", name="Ask").scroll_into_view_if_needed()
    expect(panel.answer()).not_to_be_in_viewport()
    until_in_sight(bar)


def test_what_does_not_fit_above_the_answer_is_folded_at_the_first_run_and_says_what_is_set(
    desk: Bench,
) -> None:
    panel = opened(desk, "folded", width=700, height=700)
    panel.box("delivery").fill("two weeks")
    panel.number("Temperature").fill("0.9")
    panel.message.fill("What is known?")
    panel.message.press("Control+Enter")
    expect(panel.answer()).to_contain_text("Rule 29")
    told = panel.root.locator(".lt-told")
    expect(told.first).to_have_text("delivery=two weeks4 as deployed")
    expect(told.last).to_contain_text("temperature 0.9")
    until_in_sight(panel.message, *told.all(), panel.answer())
    expect(panel.box("delivery")).to_be_hidden()
    panel.root.get_by_text("Variables", exact=True).click()
    expect(panel.box("delivery")).to_be_visible()
    expect(told.first).to_be_hidden()
    # Once: what was unfolded since is wanted.
    panel.run("And what else?")
    expect(panel.box("delivery")).to_be_visible()


def test_where_all_is_in_sight_nothing_is_folded(desk: Bench) -> None:
    panel = opened(desk, "short")
    panel.run("What is known?")
    expect(panel.box("delivery")).to_be_visible()
    expect(panel.number("Temperature")).to_be_visible()


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_the_page_glides_to_an_answer_only_where_motion_is_welcome(desk: Bench, motion: Any) -> None:
    page = desk.notebook.page
    page.emulate_media(reduced_motion=motion)
    panel = opened(desk, "still")
    page.evaluate(_NOTE_GLIDES)
    panel.run("What is known?")
    glides = page.evaluate("window.__glides")
    assert glides == ["instant" if motion == "reduce" else "smooth"]


_NOTE_GLIDES = """() => {
  window.__glides = [];
  const scroll = window.__scroll ??= Element.prototype.scrollIntoView;
  Element.prototype.scrollIntoView = function (how) {
    if (this.matches('.lt-sight')) window.__glides.push(how.behavior);
    return scroll.call(this, how);
  };
}"""


def test_a_variables_menu_opens_and_closes_by_keyboard(desk: Bench) -> None:
    panel = opened(desk, "menu")
    page = desk.notebook.page
    options = panel.button("Options of delivery")
    panel.box("delivery").focus()
    page.keyboard.press("Tab")
    expect(options).to_be_focused()
    page.keyboard.press("Enter")
    edit = panel.button("Edit the value of delivery")
    expect(edit).to_be_visible()
    until_in_sight(edit)
    page.keyboard.press("Escape")
    expect(edit).to_be_hidden()
    expect(options).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(edit).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel.box("delivery")).to_be_focused()
    expect(panel.box("delivery")).to_have_value("as deployed")
    options.press("Enter")
    panel.button("Reset delivery").press("Enter")
    expect(panel.box("delivery")).to_have_value("")


def test_reset_all_takes_back_kinds_and_the_row(desk: Bench) -> None:
    panel = opened(desk, "table", ", rows=[dict(topic='cats'), dict(topic='dogs')]")
    panel.number("Row of the table").fill("2")
    panel.number("Row of the table").press("Enter")
    expect(panel.box("topic")).to_have_value("dogs")
    options, kind = panel.button("Options of topic"), panel.root.get_by_role("combobox", name="Kind of topic")
    options.click()
    kind.select_option("json")
    expect(panel.root.get_by_text("Not JSON")).to_be_visible()
    desk.notebook.page.keyboard.press("Escape")
    panel.button("Reset all").click()
    expect(panel.box("topic")).to_have_value("")
    expect(panel.number("Row of the table")).to_have_value("")
    options.click()
    expect(kind).to_have_value("text")


def test_an_empty_tab_is_as_high_as_its_words_and_says_what_can_be_done(desk: Bench) -> None:
    panel = opened(desk, "bare")
    for name, words in (("Messages", "Show by example how to answer"), ("Tools", "lt.settings.tools")):
        tab = panel.tab(name)
        expect(tab).to_contain_text(words)
        box = tab.bounding_box()
        assert box is not None
        assert box["height"] < 120, name


def test_columns_that_go_on_beyond_the_edge_are_shaded_there(desk: Bench) -> None:
    panel = opened(desk, "shaded", width=800)
    if not panel.number("Temperature").is_visible():
        panel.root.get_by_text("Parameters", exact=True).click()
    compare_four(panel)
    columns = panel.root.locator(".lt-many")
    columns.scroll_into_view_if_needed()
    left, right = edges(columns)
    assert left > right + 20
    columns.evaluate("node => { node.scrollLeft = 10_000; }")
    left, right = edges(columns)
    assert right > left + 20


def edges(columns: Locator) -> tuple[int, int]:
    """How light a box mostly is at its left and at its right edge, from 0 to 255."""
    with Image.open(io.BytesIO(columns.screenshot())) as image:
        grey = image.convert("L")
        left, right = (
            sorted(grey.crop((x, 0, x + 1, grey.height)).tobytes())[grey.height // 2]
            for x in (1, grey.width - 2)
        )
    return left, right
