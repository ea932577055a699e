"""The pickers of a panel: which assistant, environment and version it asks."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.panel_view import Bench, PanelView
from tests.servers import deployment

pytestmark = pytest.mark.browser

DEPLOYMENTS = {
    "support": deployment("Help about {{topic}}.", chatInput={"topic": "orders"}, args={"temperature": 0.5}),
    "support@staging": deployment("Help at length.", args={"temperature": 0.1}),
    "support@production@3": deployment("Version three."),
    "translator": deployment("Into {{language}}.", chatInput={"language": "French"}),
}


def pick(panel: PanelView, name: str) -> Locator:
    return panel.root.get_by_role("combobox", name=name, exact=True)


def offered(panel: PanelView, name: str) -> list[str]:
    return pick(panel, name).locator("option").all_inner_texts()


def test_a_panel_is_moved_with_its_pickers_and_what_was_typed_comes_back(desk: Bench) -> None:
    panel = desk.open("lt.panel('acme/help/support/production')")
    expect(pick(panel, "Assistant").locator("option")).to_have_text(["support", "translator", "Other…"])
    assert offered(panel, "Environment") == ["production", "staging", "Other…"]
    assert offered(panel, "Version") == ["current version", "@3", "Other…"]
    panel.message.fill("For support")
    panel.number("Temperature").fill("0.9")

    pick(panel, "Assistant").select_option("translator")
    expect(panel.box("language")).to_be_visible()
    expect(panel.message).to_have_value("")
    expect(panel.status).to_contain_text("This panel is on acme/help/translator/production")
    expect(panel.run("Good day")).to_contain_text("Good day")

    pick(panel, "Assistant").select_option("support")
    expect(panel.message).to_have_value("For support")
    expect(panel.number("Temperature")).to_have_value("0.9")
    expect(panel.root).to_contain_text("No answer yet")
    pick(panel, "Environment").select_option("staging")
    expect(panel.tab("Template").get_by_role("textbox", name="Text of template message 1")).to_have_value(
        "Help at length."
    )
    pick(panel, "Environment").select_option("production")
    pick(panel, "Version").select_option("@3")
    expect(panel.tab("Template").get_by_role("textbox", name="Text of template message 1")).to_have_value(
        "Version three."
    )


def test_another_target_is_typed_by_keyboard_and_a_wrong_one_refused(desk: Bench) -> None:
    panel = desk.open("lt.panel('acme/help/support/production')")
    box = panel.box("Other assistant")
    expect(box).to_be_hidden()
    pick(panel, "Assistant").focus()
    pick(panel, "Assistant").press("End")
    expect(box).to_be_focused()
    expect(box).to_have_value("acme/help/support/production")
    box.press_sequentially("suport")
    box.press("Enter")
    expect(panel.status).to_have_text(re.compile("is not deployed.*did you mean 'support'"))
    expect(pick(panel, "Assistant")).to_have_value("support")
    expect(pick(panel, "Assistant")).to_be_focused()
    pick(panel, "Assistant").press("End")
    box.fill("/staging")
    box.press("Escape")
    expect(box).to_be_hidden()
    expect(pick(panel, "Environment")).to_have_value("production")
    pick(panel, "Assistant").press("End")
    box.fill("/staging")
    box.press("Enter")
    expect(pick(panel, "Environment")).to_have_value("staging")


def test_two_environments_are_compared_beside_the_pickers(desk: Bench) -> None:
    panel = desk.open("lt.panel('acme/help/support/production')")
    panel.button("Differences…").click()
    box = panel.root.get_by_role("region", name="Differences", exact=True)
    box.get_by_role("combobox", name="Differences to").select_option(label="staging")

    expect(box).to_contain_text(re.compile("temperature.*0.5.*0.1"))
    expect(box.locator("del").first).to_contain_text("about {{topic}}")
    expect(box.locator("ins").first).to_contain_text("at length")
    box.get_by_role("button", name="Close").click()
    expect(box).to_be_hidden()
    expect(panel.button("Differences…")).to_be_focused()
