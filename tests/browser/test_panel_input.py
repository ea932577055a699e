"""What people type and click in a panel: it goes as it stands, or nothing goes and the panel says why."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.panel_view import Bench, PanelView
from tests.servers import deployment

pytestmark = pytest.mark.browser

TOOL = {"type": "function", "function": {"name": "find_parcel", "description": "Find it.", "parameters": {}}}
NAMES = (
    "comma",
    "twice",
    "unread",
    "press",
    "tools",
    "pictures",
    "undo",
    "keep",
    "reset",
    "back",
    "digits",
    "boxed",
    "added",
    "refused",
    "ticked",
    "settled",
    "focus",
)
SUPPORT = deployment("You are support.", args={"temperature": 0.5, "max_tokens": 800}, tools=[TOOL])
DEPLOYMENTS = {
    **dict.fromkeys(NAMES, SUPPORT),
    "edited": deployment("Be {{tone}}.", chatInput={"tone": "calm,\nbrief"}),
    "slow": deployment("Slow.", fault="slow:0.05", args={"temperature": 0.5}),
}


def opened(desk: Bench, name: str) -> PanelView:
    return desk.open(f"lt.panel('acme/help/{name}/production')")


def invoked(desk: Bench, mark: int) -> list[dict[str, Any]]:
    """The bodies of the invokes since a request."""
    return [entry["body"] for entry in desk.server.requests(mark) if entry["provider"] is not None]


def test_a_decimal_comma_is_a_decimal_point(desk: Bench) -> None:
    panel = opened(desk, "comma")
    box = panel.number("Temperature")
    box.select_text()
    box.press_sequentially("0,7")
    expect(box).to_have_value("0.7")
    expect(panel.line).to_contain_text("-t 0.7")


def test_settings_typed_a_moment_ago_are_added_though_the_older_ones_could_not_be(desk: Bench) -> None:
    panel = opened(desk, "added")
    add = panel.button("Add these settings")
    panel.number("Temperature").fill("0.3")
    add.click()
    expect(add).to_have_attribute("aria-disabled", "true")
    panel.number("Temperature").fill("0.4")
    add.click(force=True)
    expect(panel.button("Remove temperature 0.4 from the comparison")).to_be_visible()
    expect(add).to_have_attribute("aria-disabled", "true")
    add.click(force=True)
    expect(panel.status).to_have_text("These settings are there already; change something first")
    expect(panel.button("Compare 3")).to_be_visible()


@pytest.mark.parametrize("name", ["twice", "slow"])
def test_a_double_click_on_run_runs_once(desk: Bench, name: str) -> None:
    panel = opened(desk, name)
    panel.message.fill("Only once, please")
    mark = desk.server.mark()
    panel.button("Run").dblclick()
    expect(panel.status).to_contain_text("Done.", timeout=20_000)
    desk.run("1 + 1")

    assert len(invoked(desk, mark)) == 1
    panel.button("Run").click()
    expect(panel.status).to_contain_text("Done.", timeout=20_000)
    assert len(invoked(desk, mark)) == 2


def test_what_is_deployed_for_a_variable_can_be_edited(desk: Bench) -> None:
    panel = opened(desk, "edited")
    box = panel.box("tone")
    options = panel.button("Options of tone")
    options.press("Enter")
    expect(panel.button("Reset tone")).to_be_hidden()
    panel.button("Edit the value of tone").press("Enter")
    expect(box).to_be_focused()
    box.press_sequentially(" and kind")
    expect(box).to_have_value("calm,\nbrief and kind")
    expect(panel.line).to_contain_text("calm,\\nbrief and kind")
    options.click()
    expect(panel.button("Edit the value of tone")).to_be_hidden()
    panel.button("Reset tone").click()
    expect(box).to_have_value("")
    expect(box).to_be_focused()
    options.click()
    panel.button("Edit the value of tone").click()
    expect(box).to_have_value("calm,\nbrief")
    expect(panel.line).not_to_contain_text("tone")


def test_a_number_is_shown_as_it_is_in_force_after_a_tick_beside_it(desk: Bench) -> None:
    panel = opened(desk, "ticked")
    panel.number("Temperature").fill("0.9")
    expect(panel.line).to_contain_text("-t 0.9")
    panel.tick("Send Temperature").uncheck()
    expect(panel.number("Temperature")).to_have_value("0.5")
    panel.number("Max tokens").fill("300")
    panel.tick("Max tokens: no limit").check()
    expect(panel.line).to_contain_text("--max-tokens -1")
    expect(panel.number("Max tokens")).to_have_value("")
    panel.root.get_by_text("More parameters").click()
    panel.tick("Send Seed").check()
    expect(panel.number("Seed")).to_have_value("1")


def test_a_number_that_could_not_be_read_is_settled_by_what_stands_beside_it(desk: Bench) -> None:
    panel = opened(desk, "settled")
    panel.number("Max tokens").fill("1.5")
    panel.number("Max tokens").press("Tab")
    expect(panel.root.get_by_text("Not a whole number that can be sent.")).to_be_visible()
    panel.tick("Max tokens: no limit").check()
    expect(panel.root.get_by_text("Not a whole number that can be sent.")).to_have_count(0)
    mark = desk.server.mark()
    panel.run("Now it goes")
    assert invoked(desk, mark)[0]["max_tokens"] == -1


def test_the_focus_stays_near_a_button_that_goes_with_what_it_did(desk: Bench) -> None:
    panel = opened(desk, "focus")
    panel.number("Temperature").fill("0.9")
    expect(panel.line).to_contain_text("-t 0.9")
    panel.button("Reset Temperature").press("Enter")
    expect(panel.line).not_to_contain_text("-t 0.9")
    expect(panel.number("Temperature")).to_be_focused()
    panel.run("Keep this")
    panel.button("Keep Answer").press("Enter")
    expect(panel.button("Keep Answer")).to_be_hidden()
    expect(panel.answer()).to_be_focused()


def test_a_box_that_cannot_be_read_keeps_its_text_and_is_not_sent_as_what_was_there_before(
    desk: Bench,
) -> None:
    panel = opened(desk, "unread")
    panel.root.get_by_text("More parameters").click()
    metadata = panel.box("Metadata")
    metadata.fill('{"a": 1}')
    panel.run("First")
    metadata.fill('{"a": ')
    mark = desk.server.mark()
    metadata.press("Control+Enter")
    expect(panel.status).to_contain_text("Nothing was sent: Metadata: Not JSON")
    expect(metadata).to_have_value('{"a": ')
    assert invoked(desk, mark) == []

    metadata.fill('{"a": 2}')
    panel.run("Second")
    assert invoked(desk, mark)[0]["metadata"] == {"a": 2}


def test_a_value_that_was_refused_stays_marked_and_is_not_copied_as_what_was_there_before(
    desk: Bench,
) -> None:
    panel = opened(desk, "refused")
    box = panel.number("Temperature")
    told = panel.root.get_by_text("temperature must be from 0 to 2, not 5", exact=True)
    box.fill("5")
    expect(told).to_be_visible()
    box.press("Tab")
    panel.button("Copy").click()
    expect(panel.status).to_contain_text("Nothing was copied: temperature must be")
    expect(told).to_be_visible()
    expect(box).to_have_attribute("aria-invalid", "true")
    colours = "nodes => nodes.map(node => getComputedStyle(node).color)"
    (status,) = panel.status.evaluate_all(colours)
    assert told.evaluate_all(colours) == [status]
    box.fill("1.5")
    panel.button("Copy").click()
    expect(panel.status).to_have_text("Copied: cell.")
    expect(told).to_be_hidden()
    expect(panel.line).to_contain_text("-t 1.5")


def test_reset_all_clears_what_cannot_be_read(desk: Bench) -> None:
    panel = opened(desk, "reset")
    box = panel.number("Top p")
    box.select_text()
    box.press_sequentially("1e")
    box.press("Tab")
    expect(panel.root.get_by_text("Not a number.")).to_be_visible()
    panel.number("Temperature").fill("0.9")
    panel.button("Copy").click()
    expect(panel.status).to_have_text("Nothing was copied: Top p: Not a number.")
    panel.button("Reset all").click()
    expect(panel.root.get_by_text("Not a number.")).to_have_count(0)
    panel.run("Now it goes")


def test_a_text_that_was_put_back_does_not_hold_its_box_against_a_cell(desk: Bench) -> None:
    panel = opened(desk, "back")
    box = panel.number("Temperature")
    box.fill("0.5")
    box.press("End")
    box.press_sequentially("1")
    box.press("Backspace")
    panel.message.click()
    desk.run("%langtail use acme/help/back/production\n%langtail set -t 0.9")
    expect(box).to_have_value("0.9")
    mark = desk.server.mark()
    panel.run("As the cell said")
    assert invoked(desk, mark)[0]["temperature"] == 0.9


def test_json_goes_with_its_numbers_as_they_were_typed(desk: Bench) -> None:
    panel = opened(desk, "digits")
    panel.root.get_by_text("More parameters").click()
    panel.box("Metadata").fill('{"id": 12345678901234567890}')
    mark = desk.server.mark()
    panel.run("Long numbers")
    assert invoked(desk, mark)[0]["metadata"] == {"id": 12345678901234567890}


def test_a_panel_inside_another_widget_reads_what_is_deployed(desk: Bench) -> None:
    cell = desk.run("import ipywidgets\nipywidgets.VBox([lt.panel('acme/help/boxed/production')])")
    panel = PanelView(cell)
    expect(panel.number("Temperature")).to_have_value("0.5", timeout=20_000)


def test_a_click_on_run_counts_although_leaving_the_box_shows_a_line(desk: Bench) -> None:
    panel = opened(desk, "press")
    box = panel.number("Temperature")
    box.select_text()
    box.press_sequentially("--")
    panel.button("Run").scroll_into_view_if_needed()
    place = panel.button("Run").bounding_box()
    assert place is not None
    mouse = desk.notebook.page.mouse
    mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    mouse.down()
    desk.notebook.page.wait_for_timeout(200)
    mouse.up()
    expect(panel.status).to_contain_text("Nothing was sent: Temperature: Not a number.")


def test_a_tool_can_be_chosen_by_its_name(desk: Bench) -> None:
    panel = opened(desk, "tools")
    panel.root.get_by_text("More parameters").click()
    panel.root.get_by_role("combobox", name="Tool choice", exact=True).select_option(label="find_parcel")
    mark = desk.server.mark()
    panel.run("Where?")
    assert invoked(desk, mark)[0]["tool_choice"] == {"type": "function", "function": {"name": "find_parcel"}}


def test_images_of_several_megabytes_are_all_sent(desk: Bench) -> None:
    panel = opened(desk, "pictures")
    tab = panel.tab("Messages")
    tab.get_by_role("button", name="Add message").click()
    tab.get_by_role("textbox", name="Text of extra message 1").fill("Compare these")
    # A PNG in name only: nobody here draws it, and the server counts it.
    data = base64.b64decode("iVBORw0KGgo=") + bytes(4_000_000)
    for count in (1, 2, 3):
        tab.locator("input[type=file]").set_input_files(
            {"name": f"{count}.png", "mimeType": "image/png", "buffer": data + bytes([count])}
        )
        expect(tab.get_by_role("button", name="Remove image of extra message 1")).to_have_count(count)
    tab.get_by_role("textbox", name="Text of extra message 1").fill("Compare these three")
    expect(panel.line).to_contain_text("Compare these three")
    expect(panel.line).to_contain_text("… 4000 kB …")
    panel.tab("Ask")
    panel.message.fill("Which?")
    panel.button("Run").click()
    expect(panel.status).to_contain_text("Done.", timeout=60_000)
    # The server's journal leaves such bodies out.
    told = desk.run(
        "parts = lt.last().request.messages[0]['content']\n"
        "print([part['type'] for part in parts], len({part['image_url']['url'] for part in parts[1:]}))"
    )
    expect(told).to_contain_text("['text', 'image_url', 'image_url', 'image_url'] 3")


def test_undo_leaves_what_a_cell_set_in_between(desk: Bench) -> None:
    panel = opened(desk, "undo")
    panel.number("Temperature").fill("0.9")
    expect(panel.line).to_contain_text("-t 0.9")
    desk.run("%langtail use acme/help/undo/production\n%langtail set --top-p 0.3")
    expect(panel.line).to_contain_text("--top-p 0.3")
    panel.button("Undo: temperature").click()
    expect(panel.line).not_to_contain_text("-t 0.9")
    expect(panel.line).to_contain_text("--top-p 0.3")


def test_an_answer_that_is_kept_shows_in_the_other_panel_of_the_assistant(desk: Bench) -> None:
    one, other = opened(desk, "keep"), opened(desk, "keep")
    one.run("Keep this")
    one.button("Keep Answer").click()
    expect(one.status).to_have_text("Kept: turn 1 of thread 1. The next cell goes on from there.")
    expect(other.root).to_contain_text("Sees thread 1, 1 turn")
    expect(other.tab("Preview")).to_contain_text("Keep this")

    one.button("New thread").press("Enter")
    expect(one.message).to_be_focused()
    expect(one.button("New thread")).to_be_hidden()
    expect(other.tab("Preview")).not_to_contain_text("Keep this")
