"""What can be done with answers in a panel: used, copied, inserted, compared question by question."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.panel_view import Bench, PanelView
from tests.servers import deployment

pytestmark = pytest.mark.browser

NAMES = ("taken", "grid", "again", "pinned", "form", "whole", "same", "lost")
DEPLOYMENTS = {
    name: deployment("Answer about {{topic}}.", chatInput={"topic": "parcels"}, args={"temperature": 0.5})
    for name in NAMES
}
QUESTIONS = ("Where is it?", "When does it come?", "What does it cost?")


@pytest.fixture(scope="module")
def desk(desk: Bench) -> Bench:
    desk.notebook.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return desk


class Hand:
    """What a user does in one panel, counted: a click, or a text that is typed."""

    def __init__(self, panel: PanelView) -> None:
        self.panel, self.count = panel, 0

    def click(self, what: Locator) -> None:
        self.count += 1
        what.click()

    def type(self, what: Locator, text: str) -> None:
        self.count += 1
        what.fill(text)

    def turn(self, name: str) -> Locator:
        self.count += 1
        return self.panel.tab(name)

    def compare(self, text: str) -> None:
        """Ask a question under all settings, to the end."""
        self.type(self.panel.message, text)
        self.click(self.panel.root.get_by_role("button", name="Compare"))
        for place in range(2):
            expect(self.panel.column(place)).to_contain_text(text)
        self.panel.until_ended()


def opened(desk: Bench, name: str) -> PanelView:
    return desk.open(f"lt.panel('acme/help/{name}/production')")


def invoked(desk: Bench, mark: int) -> list[dict[str, Any]]:
    return [entry["body"] for entry in desk.server.requests(mark) if entry["provider"] is not None]


def with_temperatures(panel: PanelView, *values: str) -> None:
    """Compare temperatures to the end."""
    for count, value in enumerate(values, 2):
        panel.number("Temperature").fill(value)
        panel.button("Add these settings").click()
        expect(panel.button(f"Compare {count}")).to_be_visible()
    Hand(panel).compare("One question")


def test_the_best_of_four_temperatures_reaches_the_next_cell_with_one_click(desk: Bench) -> None:
    panel = opened(desk, "taken")
    with_temperatures(panel, "0.2", "0.7", "0.9")
    last = desk.run("1 + 1")
    before = desk.sources()

    panel.button("Insert cell temperature 0.7").click()
    expect(panel.status).to_have_text("Inserted below.")

    (added,) = [source for source in desk.sources() if source not in before]
    assert added == "%%langtail acme/help/taken/production -t 0.7\nOne question"
    mark = desk.server.mark()
    desk.run(added)
    assert [body["temperature"] for body in invoked(desk, mark)] == [0.7]

    panel.button("Use settings temperature 0.2").click()
    expect(panel.number("Temperature")).to_have_value("0.2")
    mark = desk.server.mark()
    desk.run("%%langtail acme/help/taken/production\nNext")
    assert [body["temperature"] for body in invoked(desk, mark)] == [0.2]
    panel.button("Use settings deployed").click()
    expect(panel.number("Temperature")).to_have_value("0.5")
    expect(panel.root.locator(".lt-top")).to_contain_text("as deployed")
    expect(last).to_be_visible()


def test_three_questions_stand_under_both_prompts_after_twelve_actions_at_most(desk: Bench) -> None:
    panel = opened(desk, "grid")
    hand = Hand(panel)

    template = hand.turn("Template")
    hand.type(template.get_by_role("textbox", name="Text of template message 1"), "Be brief about {{topic}}.")
    hand.turn("Ask")
    for question in QUESTIONS:
        hand.compare(question)
    rows = panel.root.locator(".lt-past")
    expect(rows).to_have_count(2)
    for row in rows.all():
        hand.click(row.locator("summary"))

    assert hand.count <= 12
    for row, question in zip(rows.all(), QUESTIONS[1::-1], strict=True):
        expect(row.locator(".lt-column")).to_have_count(2)
        for place, prompt in enumerate(("Answer about parcels.", "Be brief about parcels.")):
            answer = row.locator(".lt-column").nth(place)
            expect(answer).to_contain_text(question)
            expect(answer).to_contain_text(prompt)
            expect(answer).to_be_visible()
    expect(panel.column(1).get_by_text("template: +Be brief")).to_be_visible()
    rows.first.get_by_role("button", name="Word diff").click()
    expect(rows.first.locator("ins")).to_contain_text("brief")


def test_a_row_shows_how_its_answers_begin_until_it_is_opened_and_its_answers_can_be_taken(
    desk: Bench,
) -> None:
    panel = opened(desk, "again")
    panel.number("Temperature").fill("0.9")
    for question in QUESTIONS[:2]:
        Hand(panel).compare(question)
    row = panel.root.locator(".lt-past")
    glimpses = row.locator(".lt-glimpse")
    expect(glimpses).to_have_count(2)
    expect(glimpses.nth(1)).to_contain_text("temperature 0.9")
    expect(glimpses.nth(1)).to_contain_text(QUESTIONS[0])
    expect(glimpses.nth(1)).to_contain_text("the same, word for word")

    row.locator("summary").click()
    expect(glimpses.first).to_be_hidden()
    row.get_by_role("button", name="Copy temperature 0.9").click()
    expect(panel.status).to_have_text("Copied.")
    copied = desk.notebook.page.evaluate("() => navigator.clipboard.readText()")
    assert copied == f"system: Answer about parcels.\nuser: {QUESTIONS[0]}"
    row.get_by_role("button", name="Keep temperature 0.9").click()
    expect(row.locator(".lt-column").nth(1)).to_contain_text("kept: turn 1")
    expect(row.get_by_role("button", name="Keep temperature 0.9")).to_be_hidden()


def test_a_pinned_answer_stands_there_at_once_and_costs_nothing(desk: Bench) -> None:
    panel = opened(desk, "pinned")
    panel.run("An early question")
    panel.run("A late question")
    mark = desk.server.mark()
    past = panel.tab("History").locator(".lt-history > li").filter(has_text="An early question")
    past.get_by_role("button", name="Pin").click()

    expect(panel.column(1)).to_contain_text("user: An early question")
    expect(panel.column(0)).to_contain_text("user: A late question")
    assert invoked(desk, mark) == []
    panel.root.get_by_role("button", name="Remove Earlier").click()
    expect(panel.root.locator(".lt-column")).to_have_count(1)


def test_what_is_shown_is_what_is_copied_and_a_prompt_of_ones_own_is_inserted_as_two_cells(
    desk: Bench,
) -> None:
    panel = opened(desk, "form")
    template = panel.tab("Template").get_by_role("textbox", name="Text of template message 1")
    template.fill("Greet.\nThen answer about {{topic}}.")
    panel.tab("Ask")
    Hand(panel).compare("Where is it?")
    forms = panel.root.get_by_role("combobox", name="Copy as")
    for form, head in (("python", "as Python"), ("curl", "as curl"), ("cell", "as a cell")):
        forms.select_option(form)
        shown = panel.root.get_by_role("group", name=f"The same {head}", exact=True)
        expect(shown).to_contain_text("Where is it?")
        panel.button("Copy").click()
        expect(panel.status).to_contain_text("Copied: ")
        assert desk.notebook.page.evaluate("() => navigator.clipboard.readText()") == shown.inner_text()

    before = desk.sources()
    panel.button("Insert below").click()
    expect(panel.status).to_have_text("Inserted below.")
    added = [source for source in desk.sources() if source not in before]
    assert added == [
        "%%langtail_template acme/help/form/production\n--- system\nGreet.\nThen answer about {{topic}}.",
        "%%langtail acme/help/form/production --compare deployed\nWhere is it?",
    ]
    mark = desk.server.mark()
    for source in added:
        desk.run(source)
    templates = [body.get("template", [{}])[0].get("content") for body in invoked(desk, mark)]
    assert sorted(templates, key=str) == ["Greet.\nThen answer about {{topic}}.", None]


def test_a_cell_that_makes_a_comparison_of_one_parameter_again_leaves_nothing_out(desk: Bench) -> None:
    panel = opened(desk, "lost")
    with_temperatures(panel, "0.2", "0.7")
    panel.button("Insert below").click()

    expect(panel.status).to_have_text("Inserted below.")


def test_a_long_answer_is_opened_whole_and_closed_again(desk: Bench) -> None:
    panel = opened(desk, "whole")
    panel.message.fill("A line.\n\n" * 100)
    panel.button("Run").click()
    panel.until_ended()
    answer = panel.answer()
    panel.button("Open whole: Answer").click()
    assert answer.evaluate("node => node.scrollHeight <= node.clientHeight")
    panel.button("Close: Answer").click()
    assert answer.evaluate("node => node.scrollHeight > node.clientHeight")


def test_columns_in_panel_and_cell_have_one_width_and_rows_do_not_light_up(desk: Bench) -> None:
    panel = opened(desk, "same")
    panel.number("Temperature").fill("0.9")
    Hand(panel).compare("One question")
    expect(panel.column(1).get_by_text("the same, word for word")).to_be_visible()
    cell = desk.run("%%langtail acme/help/same/production -t 0.9 --compare form,deployed\nA question")

    widths = cell.locator("td").evaluate_all("all => all.map(one => Math.round(one.offsetWidth))")
    assert max(widths) - min(widths) <= 1
    assert cell.locator("th").first.inner_text().startswith("deployed")
    row = cell.locator("tbody tr").first
    row.hover()
    assert row.evaluate("node => getComputedStyle(node).backgroundColor") == "rgba(0, 0, 0, 0)"
    expect(cell.get_by_text("the same, word for word")).to_be_visible()
