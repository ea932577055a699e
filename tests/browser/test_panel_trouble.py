"""The panel beside cells and other panels, without a kernel or a deployment, very full and very narrow."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.browser.panel_view import Bench, PanelView, bench
from tests.browser.refusing import refusing
from tests.servers import Server, deployment

pytestmark = pytest.mark.browser

ARGUMENTS = {"temperature": 0.5, "max_tokens": 800, "top_p": 1}
NAMES = [f"name_{number}" for number in range(60)]
LARGE = deployment(
    *(f"Message {number} about {{{{{NAMES[number % 60]}}}}}." for number in range(200)),
    chatInput={name: f"value of {name}" for name in NAMES},
    args={"temperature": 0.5, "max_tokens": -1},
)
TOPIC = deployment("Talk of {{topic}}.", chatInput={"topic": "returns"}, args=ARGUMENTS)
DEPLOYMENTS = {
    "large": LARGE,
    **dict.fromkeys(("twice", "shown", "again", "beside", "restart", "gone", "wide"), TOPIC),
}
TABS = ("Ask", "Template", "Messages", "Tools", "Preview", "History")
RESTART = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
# What is wider than the room it has, of the page and of the panel.
OVERFLOW = """panel => [document.documentElement, panel]
  .map(node => node.scrollWidth - node.clientWidth).filter(more => more > 1)"""


def opened(desk: Bench, name: str) -> PanelView:
    """A panel on the assistant of that name."""
    return desk.open(f"lt.panel('acme/help/{name}/production')")


def test_two_panels_on_one_assistant_keep_in_step_with_each_other_and_with_cells(desk: Bench) -> None:
    one, other = opened(desk, "twice"), opened(desk, "twice")
    one.number("Temperature").fill("0.3")
    expect(other.number("Temperature")).to_have_value("0.3")
    other.box("topic").fill("cats")
    expect(one.box("topic")).to_have_value("cats")
    other.tab("Template").get_by_role("textbox", name="Text of template message 1").fill("Other {{topic}}.")
    preview = one.tab("Preview")
    expect(preview).to_contain_text("Other cats.")
    expect(one.run("Same question")).to_contain_text("Other cats.")
    expect(other.root).to_contain_text("No answer yet")

    desk.run("%langtail use acme/help/twice/production\n%langtail set --temperature 1.25")
    for panel in (one, other):
        panel.tab("Ask")
        expect(panel.number("Temperature")).to_have_value("1.25")
    slider = one.root.get_by_role("slider", name="Temperature slider")
    slider.press("ArrowRight")
    expect(other.number("Temperature")).to_have_value("1.26")
    # A label names the control of its own panel.
    other.root.get_by_text("Temperature", exact=True).click()
    expect(other.number("Temperature")).to_be_focused()


def test_a_panel_that_is_shown_in_two_cells_is_one_panel(desk: Bench) -> None:
    one = desk.open("shown = lt.panel('acme/help/shown/production'); shown")
    other = desk.open("shown")
    other.number("Temperature").fill("0.3")
    expect(one.number("Temperature")).to_have_value("0.3")
    other.run("Asked below")
    expect(one.message).to_have_value("Asked below")
    one.run("Asked above")
    expect(other.answer()).to_contain_text("Asked above")
    for panel in (one, other):
        expect(panel.receipt).to_contain_text("Asked below")
        expect(panel.receipt).to_contain_text("Asked above")
    desk.run("shown.close()")
    for panel in (one, other):
        expect(panel.root).to_have_count(0)
        expect(panel.receipt).to_contain_text("Asked above")


def test_a_panel_whose_cell_is_run_again_goes_on(desk: Bench) -> None:
    panel = opened(desk, "again")
    panel.run("An old question")
    panel.button("Keep Answer").click()
    expect(panel.receipt).to_contain_text("kept: turn 1")
    panel.message.fill("Half a quest")
    first = panel.root.element_handle()
    panel.cell.locator(".jp-InputArea-prompt").click()
    desk.notebook.command("notebook:run-cell")
    desk.notebook.page.wait_for_function("node => !node.isConnected", arg=first)
    expect(panel.message).to_have_value("Half a quest")
    expect(panel.answer()).to_contain_text("An old question")
    expect(panel.answer()).to_have_count(1)
    expect(panel.root).to_contain_text("kept: turn 1")
    expect(panel.receipt).to_contain_text("An old question")


def test_a_panel_goes_on_while_a_cell_holds_the_kernel(desk: Bench, tmp_path: Path) -> None:
    panel = opened(desk, "beside")
    panel.message.fill("Are you there?")
    seen = tmp_path / "seen"
    desk.start(f"import pathlib, time\nwhile not pathlib.Path({str(seen)!r}).exists(): time.sleep(0.02)")
    panel.button("Run").click()
    expect(panel.answer()).to_contain_text("Are you there?")
    panel.until_ended()
    seen.touch()
    cell = desk.run("%%langtail acme/help/beside/production\nAnd now?")
    expect(cell.locator(".jp-OutputArea-output")).to_contain_text("user: And now?")
    expect(panel.tab("History").locator(".lt-history > li")).to_have_count(2)


@pytest.mark.parametrize(
    ("status", "told"), [(403, "403"), (404, "not deployed|404|no "), (None, "connect|refused|reach")]
)
def test_a_deployment_that_cannot_be_read_is_told_in_a_line_and_the_panel_stays_usable(
    desk: Bench, status: int | None, told: str
) -> None:
    with refusing(status or 500, '{"error": "Not for you"}') as url:
        gone = "http://127.0.0.1:9" if status is None else url
        use = f"os.environ['LANGTAIL_BASE_URL'] = {gone!r}\n"
        panel = desk.open(f"{use}lt.panel('acme/help/missing/production')")
        try:
            expect(panel.root).to_contain_text(re.compile(told, re.IGNORECASE))
            expect(panel.button("Try again")).to_be_visible()
            panel.number("Temperature").fill("0.3")
            expect(panel.line).to_contain_text("-t 0.3")
            panel.message.fill("Anyone?")
            panel.button("Run").click()
            expect(panel.status).to_contain_text("ailed")
        finally:
            desk.run(f"os.environ['LANGTAIL_BASE_URL'] = {desk.server.url!r}")


def test_a_large_template_can_be_read_and_typed_in(desk: Bench) -> None:
    panel = opened(desk, "large")
    panel.message.press_sequentially("A question typed letter by letter", delay=5)
    expect(panel.message).to_have_value("A question typed letter by letter")
    expect(panel.root.get_by_role("textbox", name=re.compile("^name_"))).to_have_count(60)
    panel.box("name_7").fill("seven")
    expect(panel.tab("Preview")).to_contain_text("Message 187 about seven.")
    box = panel.tab("Template").get_by_role("textbox", name="Text of template message 200")
    box.press("End")
    box.press_sequentially(" More words", delay=5)
    expect(box).to_have_value("Message 199 about {{name_19}}. More words")
    expect(panel.run("Anything else?")).to_contain_text("More words")


def test_nothing_in_the_panel_is_wider_than_the_page(desk: Bench) -> None:
    panel = opened(desk, "wide")
    page = desk.notebook.page
    panel.number("Temperature").fill("0.3")
    panel.button("Add these settings").click()
    panel.number("Temperature").fill("0.4")
    panel.button("Add these settings").click()
    panel.box("topic").fill("x" * 300)
    panel.message.fill("| a | b |\n|---|---|\n| " + "y" * 300 + " | c |\n\n```\n" + "z" * 300 + "\n```")
    panel.button("Compare 3").click()
    expect(panel.answer("temperature 0.4")).to_contain_text("zzz")
    panel.until_ended()
    panel.tab("Messages").get_by_role("button", name="Add message").click()
    wide = {}
    for width in (480, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        for name in TABS:
            panel.tab(name)
            if found := panel.root.evaluate(OVERFLOW):
                wide[width, name] = found
    assert wide == {}


def test_a_restarted_kernel_is_told_of_and_the_cell_can_be_run_again(
    lab: Lab, echo_server: Server, tmp_path: Path
) -> None:
    with bench(lab, echo_server, tmp_path) as desk:
        panel = opened(desk, "restart")
        panel.run("Before")
        desk.notebook.page.evaluate(RESTART)
        panel.button("Run").click()
        expect(panel.status).to_contain_text(re.compile("restart|gone"), timeout=15_000)
        expect(panel.answer()).to_contain_text("Before")

        desk.notebook.run()
        panel = PanelView(desk.notebook.page.locator("[data-named]").last)
        expect(panel.root.get_by_text("reading the deployment")).to_have_count(0)
        expect(panel.run("After")).to_contain_text("After")
        expect(panel.root).to_have_count(1)
