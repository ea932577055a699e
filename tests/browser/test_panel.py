"""The panel in JupyterLab: run, stop, compare, take up again, copy."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.panel_view import Bench, PanelView
from tests.servers import deployment

pytestmark = pytest.mark.browser

ARGUMENTS = {"temperature": 0.5, "max_tokens": 800, "top_p": 1}
SUPPORT = {"chatInput": {"company": "Acme", "topic": ""}, "args": ARGUMENTS}
TEMPLATE = "You are support of {{company}}. Topic: {{topic}}."
PARTS = [
    {"type": "text", "text": "As here"},
    {"type": "image_url", "image_url": {"url": "http://a.example/picture.png"}},
]
DEPLOYMENTS = {
    **{
        name: deployment(TEMPLATE, **SUPPORT)
        for name in (
            "plain",
            "compare",
            "turned",
            "history",
            "copy",
            "rows",
            "template",
            "images",
            "steps",
            "cells",
        )
    },
    "parts": deployment("Look.", {"role": "user", "content": PARTS}, args=ARGUMENTS),
    "slow": deployment("Slow.", fault="slow:0.05", args=ARGUMENTS),
}
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture(scope="module")
def desk(desk: Bench) -> Bench:
    desk.notebook.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return desk


def opened(desk: Bench, name: str, more: str = "") -> PanelView:
    """A panel on the assistant of that name."""
    return desk.open(f"lt.panel('acme/help/{name}/production'{more})")


def invoked(desk: Bench, mark: int) -> list[dict[str, Any]]:
    """The bodies of the invokes since a request."""
    return [entry["body"] for entry in desk.server.requests(mark) if entry["provider"] is not None]


def test_an_answer_streams_and_stop_keeps_its_text(desk: Bench) -> None:
    panel = opened(desk, "slow")
    panel.message.fill("word " * 200)
    panel.button("Run").click()
    expect(panel.answer()).to_contain_text("word word")
    panel.button("Stop").click()
    panel.until_ended()

    kept = panel.answer().inner_text().strip()
    assert kept.startswith("system: Slow.\nuser: word word")
    assert len(kept) < 1_000
    expect(panel.status).to_have_text("Stopped.")
    expect(panel.receipt).to_contain_text(kept.splitlines()[1])
    expect(panel.receipt).to_contain_text("stopped")


def test_three_columns_run_side_by_side_and_each_sends_its_own_settings(desk: Bench) -> None:
    panel = opened(desk, "compare")
    for value in ("0.2", "0.9"):
        panel.number("Temperature").fill(value)
        panel.button("Add these settings").click()
        expect(panel.button(f"Compare {2 if value == '0.2' else 3}")).to_be_visible()
    panel.message.fill("One question")
    mark = desk.server.mark()
    panel.button("Compare 3").click()
    for title in ("deployed", "temperature 0.2", "temperature 0.9"):
        expect(panel.answer(title)).to_contain_text("user: One question")
    panel.until_ended()

    sent = invoked(desk, mark)
    assert sorted(body.get("temperature", -1) for body in sent) == [-1, 0.2, 0.9]
    assert len({json.dumps(body["messages"]) for body in sent}) == 1
    assert panel.root.get_by_text("fastest").count() == 0


def test_a_column_that_is_added_is_turned_as_the_others_are(desk: Bench) -> None:
    panel = opened(desk, "turned")
    panel.number("Temperature").fill("0.2")
    panel.button("Add these settings").click()
    panel.message.fill("One question")
    panel.button("Compare 2").click()
    toggles = panel.root.get_by_role("button", name="Word diff")
    toggles.click()
    expect(panel.answer("temperature 0.2")).to_be_hidden()
    panel.number("Temperature").fill("0.9")
    panel.button("Compare 3").click()
    expect(toggles).to_have_count(2)
    for title in ("temperature 0.2", "temperature 0.9"):
        expect(panel.answer(title)).to_be_hidden()
        expect(panel.root.get_by_role("group", name=f"Word diff: {title}")).to_be_visible()
    toggles.last.click()
    for title in ("temperature 0.2", "temperature 0.9"):
        expect(panel.answer(title)).to_be_visible()


def test_a_run_is_restored_from_history_and_taken_back_again(desk: Bench) -> None:
    panel = opened(desk, "history")
    panel.number("Temperature").fill("0.3")
    panel.box("company").fill("First")
    panel.run("The first question")
    panel.number("Temperature").fill("0.8")
    panel.box("company").fill("Second")
    panel.run("The second question")

    past = panel.tab("History")
    row = past.get_by_role("listitem").filter(has_text="temperature 0.3").first
    row.get_by_role("button", name="Restore").click()
    panel.tab("Ask")
    expect(panel.message).to_have_value("The first question")
    expect(panel.number("Temperature")).to_have_value("0.3")
    expect(panel.box("company")).to_have_value("First")

    panel.button("Undo: restore").click()
    expect(panel.message).to_have_value("The second question")
    expect(panel.number("Temperature")).to_have_value("0.8")
    panel.button("Redo: restore").click()
    expect(panel.message).to_have_value("The first question")
    expect(panel.box("company")).to_have_value("First")


def test_a_cell_with_the_exact_text_is_inserted_below_and_sends_the_same(desk: Bench) -> None:
    panel = opened(desk, "cells")
    panel.number("Temperature").fill("0.7")
    panel.box("topic").fill("a 'quoted' {topic}")
    mark = desk.server.mark()
    panel.message.fill("What --now?\n\n%%and this")
    panel.button("Run").click()
    expect(panel.answer()).to_contain_text("%%and this")
    panel.until_ended()
    (by_panel,) = invoked(desk, mark)
    after = desk.run("1 + 1")
    text = panel.line.inner_text()
    panel.button("Insert below").click()
    expect(panel.status).to_have_text("Inserted below.")
    beside = panel.root.locator(".lt-line").get_by_text("Inserted below.")
    expect(beside).to_be_visible()

    sources = desk.sources()
    assert sources[-2:] == [text, "1 + 1"]
    panel.number("Temperature").fill("0.8")
    expect(beside).to_be_hidden()
    panel.number("Temperature").fill("0.7")
    mark = desk.server.mark()
    desk.run(text)
    (by_cell,) = invoked(desk, mark)
    assert by_cell == by_panel
    expect(after).to_be_visible()


def test_each_kind_of_copy_reaches_the_clipboard(desk: Bench) -> None:
    panel = opened(desk, "copy")
    mark = desk.server.mark()
    panel.run("Copy me")
    (body,) = invoked(desk, mark)
    copied = {}
    shown = panel.line.inner_text()
    for kind in ("cell", "Python", "curl", "JSON body", "playground link"):
        panel.root.get_by_role("combobox", name="Copy as", exact=True).select_option(label=kind)
        panel.button("Copy").click()
        expect(panel.status).to_have_text(f"Copied: {kind}.")
        copied[kind] = desk.notebook.page.evaluate("() => navigator.clipboard.readText()")

    assert copied["cell"] == shown
    assert json.loads(copied["JSON body"]) == body
    assert "$LANGTAIL_API_KEY" in copied["curl"]
    assert "Copy me" in copied["Python"]
    assert copied["playground link"].startswith("https://")


def test_edits_are_undone_and_done_again_one_by_one(desk: Bench) -> None:
    panel = opened(desk, "steps")
    panel.number("Temperature").fill("0.9")
    expect(panel.button("Undo: temperature")).to_be_visible()
    panel.box("topic").fill("returns")
    panel.button("Undo: variable topic").click()
    expect(panel.box("topic")).to_have_value("")
    panel.button("Undo: temperature").click()
    expect(panel.number("Temperature")).to_have_value("0.5")
    expect(panel.root.locator(".lt-top")).to_contain_text("as deployed")
    panel.button("Redo: temperature").click()
    expect(panel.number("Temperature")).to_have_value("0.9")
    panel.button("Reset all").click()
    expect(panel.number("Temperature")).to_have_value("0.5")


def test_variables_are_filled_from_the_row_that_is_named(desk: Bench) -> None:
    rows = "[dict(company='One', topic='first'), dict(company='Two', topic='second')]"
    panel = opened(desk, "rows", f", rows={rows}")
    expect(panel.number("Row of the table")).to_have_value("")
    panel.number("Row of the table").press_sequentially("2")
    panel.number("Row of the table").press("Enter")
    expect(panel.box("company")).to_have_value("Two")
    panel.number("Row of the table").press("ArrowDown")
    expect(panel.box("company")).to_have_value("One")
    for step, row, company in (("Next row", "2", "Two"), ("Previous row", "1", "One")):
        panel.button(step).click()
        expect(panel.box("company")).to_have_value(company)
        expect(panel.number("Row of the table")).to_have_value(row)


def test_an_edited_template_is_sent_shown_as_a_diff_and_its_faults_are_told(desk: Bench) -> None:
    panel = opened(desk, "template")
    tab = panel.tab("Template")
    text = tab.get_by_role("textbox", name="Text of template message 1")
    text.fill("You are helper of {{company}}. Topic: {{topic}}.")
    expect(tab.locator("ins")).to_contain_text("helper")
    expect(tab.locator("del")).to_contain_text("support")
    expect(panel.run("Who are you?")).to_contain_text("You are helper of Acme.")

    panel.tab("Template")
    text.fill("Broken {{#if company}} text")
    expect(tab.get_by_role("button", name="Line 1, column")).to_be_visible()
    tab.get_by_role("button", name="Add message").click()
    tab.get_by_role("textbox", name="Text of template message 2").fill("Second {{company}}")
    tab.get_by_role("button", name="Delete template message 1").click()
    preview = panel.tab("Preview")
    expect(preview).to_contain_text("Second Acme")
    expect(preview).to_contain_text("from the template")
    expect(preview).not_to_contain_text("Broken")
    panel.tab("Template").get_by_role("button", name="Back to deployed").click()
    expect(text).to_have_value(TEMPLATE)


def test_what_cannot_be_edited_as_text_is_sent_as_it_is(desk: Bench) -> None:
    """A template's message with an image stays whole when another one is edited; metadata stays JSON."""
    panel = opened(desk, "parts")
    panel.root.get_by_text("More parameters").click()
    metadata = panel.box("Metadata")
    metadata.fill('{"team": ')
    panel.number("Temperature").fill("0.3")
    expect(panel.line).to_contain_text("-t 0.3")
    expect(metadata).to_have_value('{"team": ')
    expect(panel.root.get_by_text("Not JSON")).to_be_visible()
    panel.button("Reset Temperature").click()
    metadata.fill('{"team": "blue"}')
    panel.tab("Template").get_by_role("textbox", name="Text of template message 1").fill("Look closely.")
    expect(panel.line).to_contain_text("Look closely.")
    mark = desk.server.mark()
    panel.run("And this?")

    (body,) = invoked(desk, mark)
    assert body["template"][0]["content"] == "Look closely."
    assert body["template"][1]["content"] == PARTS
    assert body["metadata"] == {"team": "blue"}
    expect(metadata).to_have_value('{"team": "blue"}')


def test_an_image_is_attached_sent_and_removed(desk: Bench) -> None:
    panel = opened(desk, "images")
    tab = panel.tab("Messages")
    tab.get_by_role("button", name="Add message").click()
    tab.get_by_role("textbox", name="Text of extra message 1").fill("Look at this")
    tab.locator("input[type=file]").set_input_files(
        {"name": "pixel.png", "mimeType": "image/png", "buffer": PIXEL}
    )
    expect(tab.get_by_role("img", name="Image of extra message 1")).to_be_visible()
    mark = desk.server.mark()
    expect(panel.run("What is it?")).to_contain_text("Look at this")
    (body,) = invoked(desk, mark)
    kinds = [part["type"] for part in body["messages"][0]["content"]]
    assert kinds == ["text", "image_url"]
    assert PIXEL in base64.b64decode(body["messages"][0]["content"][1]["image_url"]["url"].partition(",")[2])

    panel.tab("Messages").get_by_role("button", name="Remove image of extra message 1").click()
    expect(tab.get_by_role("img")).to_have_count(0)
