"""The History tab with many runs, and a panel whose kernel is gone."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab
from tests.browser.panel_view import Bench, PanelView, bench
from tests.servers import Server, deployment

pytestmark = pytest.mark.browser

TOPIC = deployment("Talk of {{topic}}.", chatInput={"topic": "returns"}, args={"temperature": 0.5})
DEPLOYMENTS = dict.fromkeys(("many", "few", "gone"), TOPIC)
GONE = "The kernel is gone. Run the cell again for a live panel."
SOON_MS = 3_000
KEPT = """
from langtail_nb._kernel.disk.store import Store
def keep(count, name="many"):
    store = Store()
    for number in range(count):
        question = f"Question {{number}} about <b>{{'parcels ' * 9}}</b>"
        asked = {{"messages": [{{"role": "user", "content": question}}], "temperature": (1 + number % 9) / 10,
                 "variables": {{"topic": "cats"}}}}
        turn = store.begin_turn(source=["cell", "panel", "ask"][number % 3], base_url="https://other.example",
                                target=f"acme/help/{{name}}/production", thread=None, request=asked)
        said = f"Answer {{number}}. " + "It goes on and on. " * 30
        store.end_turn(turn, thread_id=None, state="failed" if number % 7 == 6 else "done", reply={{
            "messages": [{{"role": "assistant", "content": said}}], "model": "gpt-5", "latency_s": 1.5,
            "usage": {{"prompt_tokens": 300, "completion_tokens": 120}}}})
keep({count})
""".format
RESTART = "() => void window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"


def opened(desk: Bench, name: str, count: int) -> PanelView:
    """A panel on an assistant that was asked so many times before, by another kernel."""
    desk.run(KEPT(count=f"{count}, {name!r}"))
    return desk.open(f"lt.panel('acme/help/{name}/production')")


def listed(past: Locator) -> Locator:
    return past.locator(".lt-history > li")


def test_all_runs_are_counted_and_come_by_pages(desk: Bench) -> None:
    panel = opened(desk, "many", 112)
    expect(panel.root.get_by_role("tab", name="History")).to_contain_text("112")
    past = panel.tab("History")
    expect(past).to_contain_text("50 of 112")
    for count in (100, 112):
        past.get_by_role("button", name="Show more").scroll_into_view_if_needed()
        expect(listed(past)).to_have_count(count)
    expect(listed(past).first).to_contain_text("Question 111")
    expect(listed(past).last).to_contain_text("Question 0 ")
    expect(past.get_by_role("button", name="Show more")).to_be_hidden()

    past.get_by_role("searchbox", name="Search runs").press_sequentially("answer 17.")
    expect(listed(past)).to_have_count(1)
    expect(past.get_by_role("status")).to_have_text("1")
    past.get_by_role("checkbox", name="failed only").check()
    expect(past).to_contain_text("No such run")
    past.get_by_role("searchbox", name="Search runs").fill("")
    expect(past.get_by_role("status")).to_have_text("16")
    past.get_by_role("combobox", name="Runs of").select_option("this notebook")
    expect(past).to_contain_text("No such run")


def test_a_run_opens_in_place_whole_and_its_source_is_a_sign_with_a_name(desk: Bench) -> None:
    panel = opened(desk, "few", 2)
    past = panel.tab("History")
    row = listed(past).first
    expect(row.get_by_role("img", name="from a panel, in production at other.example")).to_be_visible()
    row.locator(".lt-asked").press("Enter")
    expect(row.get_by_role("button", expanded=True)).to_contain_text("Question 1")
    expect(row.locator(".lt-answer")).to_contain_text("Answer 1. " + "It goes on and on. " * 29)
    expect(row).to_contain_text("Question 1 about <b>parcels")
    expect(row.locator(".lt-whole")).to_contain_text("topic=cats\ntemperature 0.2", use_inner_text=True)
    row.get_by_role("button", name="Restore").click()
    panel.tab("Ask")
    expect(panel.box("topic")).to_have_value("cats")
    panel.run("Asked just now")
    expect(listed(panel.tab("History")).first).to_contain_text("Asked just now")
    expect(panel.tab("History").get_by_role("status")).to_have_text("3")


@pytest.mark.parametrize("end", ["restart", "kill", "shutdown"])
def test_a_kernel_that_is_gone_is_told_of_without_a_press(
    lab: Lab, echo_server: Server, tmp_path: Path, end: str
) -> None:
    with bench(lab, echo_server, tmp_path) as desk:
        panel = desk.open("lt.panel('acme/help/gone/production')")
        panel.run("Before")
        expect(panel.root.get_by_role("alert")).to_be_hidden()
        if end == "kill":
            [output] = desk.run("import os; print(os.getpid())").locator(".jp-OutputArea-output").all()
            os.kill(int(output.inner_text()), signal.SIGKILL)
            desk.notebook.page.locator(".jp-Dialog").get_by_role("button", name="Ok").click()
        elif end == "restart":
            desk.notebook.page.evaluate(RESTART)
        else:
            desk.notebook.command("kernelmenu:shutdown")
        expect(panel.root.get_by_role("alert")).to_have_text(GONE, timeout=SOON_MS)
        expect(panel.root).to_have_class(re.compile("lt-ended"))
        expect(panel.answer()).to_contain_text("Before")
        panel.message.press_sequentially("typed")
        expect(panel.message).to_have_value("Before")
        panel.message.select_text()
        assert desk.notebook.page.evaluate("String(getSelection())") == "Before"
        panel.button("Run").click()
        expect(panel.status).to_have_text(GONE)
        if end == "restart":
            desk.notebook.run()
            again = PanelView(desk.notebook.page.locator("[data-named]").last)
            expect(again.root.get_by_role("alert")).to_be_hidden()
            expect(again.run("After")).to_contain_text("After")
