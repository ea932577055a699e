"""Sliders in JupyterLab show where an answer is stored; stepped onto, it stands there and nothing is sent."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.panel_view import LIMIT_MS, Bench
from tests.servers import deployment

pytestmark = pytest.mark.browser

DEPLOYMENTS = {"stepped": deployment("You are support.", args={"temperature": 0.5, "max_tokens": 800})}
TARGET = "acme/help/stepped/production"


def test_a_slider_steps_from_one_stored_answer_to_the_next(desk: Bench) -> None:
    desk.run(
        f"lt.sweep({TARGET!r}, lt.grid(temperature=[0.2, 1.5]), [dict(q='Where is it?')], message='q').run();"
    )
    panel = desk.open(f"lt.panel({TARGET!r})")
    panel.message.fill("Where is it?")
    expect(panel.root.locator(".lt-tick")).to_have_count(3)
    mark = desk.server.mark()
    box = panel.number("Temperature")
    box.focus()
    box.press("PageUp")

    answer = panel.answer("Stored answer")
    expect(answer).to_contain_text("Where is it?", timeout=LIMIT_MS)
    expect(box).to_have_value("1.5")
    column = panel.column(0)
    expect(column).to_contain_text(re.compile(r"stored, .*\d\d:\d\d, not asked anew"))
    expect(panel.status).to_contain_text("not asked anew")
    expect(column.get_by_role("button", name="Keep Stored answer")).to_be_hidden()
    box.press("PageDown")
    expect(box).to_have_value("0.5")
    expect(answer).to_be_visible()
    box.press("ArrowUp")
    expect(answer).to_have_count(0)
    assert [entry for entry in desk.server.requests(mark) if entry["provider"] is not None] == []

    box.press("PageUp")
    expect(answer).to_be_visible()
    panel.button("Run").click()
    expect(panel.answer()).to_contain_text("Where is it?", timeout=LIMIT_MS)
    expect(answer).to_have_count(0)
    [asked] = [entry for entry in desk.server.requests(mark) if entry["provider"] is not None]
    assert asked["body"]["temperature"] == 1.5
