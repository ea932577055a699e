"""The panel by keyboard alone, and by its roles and names; the notebook around it hears nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.panel_view import Bench, PanelView
from tests.servers import deployment, missing

pytestmark = pytest.mark.browser

AXE = "axe-core@4.14.1"
NPM_LIMIT_S = 120
TABS = ("Ask", "Rows", "Template", "Messages", "Tools", "Preview", "History")
TOOL = {
    "type": "function",
    "function": {"name": "find_order", "description": "Finds it", "parameters": {"type": "object"}},
}
FULL = deployment(
    "Talk of {{topic}}. {{#if a}}",
    chatInput={"topic": "returns", "empty": "", "data": '{"a": 1}'},
    args={"temperature": 0.5, "max_tokens": 800, "top_p": 1},
    tools=[TOOL],
)
# Enter and Space press a button, which is what it is for; all others mean something to a notebook only.
KEYS = ["d", "d", "b", "a", "x", "m", "ArrowUp", "ArrowDown", "Shift+Enter", "Control+Enter", "Escape"]
# All that can take the focus, and is in sight.
STOPS = """panel => (panel.querySelectorAll('[data-stop]').forEach(node => delete node.dataset.stop),
[...panel.querySelectorAll(
    'a[href], button, input, select, textarea, summary, [tabindex]:not([tabindex="-1"])')]
  .filter(node => node.checkVisibility({visibilityProperty: true}) && !node.disabled && node.tabIndex >= 0)
  .map((node, number) => (
    node.dataset.stop = number, `${node.localName} ${node.ariaLabel ?? node.textContent}`)))"""
# How many of those are still there and in sight.
_MARKED = """panel => [...panel.querySelectorAll('[data-stop]')]
  .filter(node => node.checkVisibility({visibilityProperty: true}) && !node.disabled).length"""
DEPLOYMENTS = dict.fromkeys(("keys", "tabbed", "alone", "roles"), FULL)


def filled(desk: Bench, name: str) -> PanelView:
    """A panel with something on every tab, two answers beside each other, and all that folds unfolded."""
    panel = desk.open(f"lt.panel('acme/help/{name}/production', rows=[dict(topic='cats')])")
    panel.root.get_by_text("More parameters").click()
    panel.number("Temperature").fill("0.3")
    panel.tab("Messages").get_by_role("button", name="Add message").click()
    template = panel.tab("Template")
    template.get_by_role("textbox", name="Text of template message 1").fill("Say {{topic}} {{#if a}}")
    panel.tab("Tools").get_by_text("Parameters", exact=True).click()
    panel.tab("Ask")
    panel.message.fill("A [link](http://a.example) and `code`")
    panel.button("Add these settings").click()
    panel.button("Compare 2").click()
    panel.button("Compare 2 anyway").click()
    expect(panel.column(1)).to_contain_text("A link and code")
    panel.until_ended()
    return panel


@pytest.mark.thorough
def test_no_key_pressed_in_the_panel_reaches_the_notebook(desk: Bench) -> None:
    """On every element of every tab that takes the focus; `b` would insert a cell, `d` `d` delete it."""
    panel = filled(desk, "keys")
    desk.run("1 + 1")
    before, page = desk.cells(), desk.notebook.page
    pressed, kinds = 0, set()
    for name in TABS:
        panel.tab(name)
        for number, what in enumerate(panel.root.evaluate(STOPS)):
            kind = panel.root.evaluate(_FOCUS, number)
            if kind is None or "Insert below" in what:
                continue
            pressed += 1
            panel.root.evaluate(_PRESS, [number, KEYS])
            # Each kind of element once by the real keys, which do what a browser does besides.
            if kind not in kinds:
                kinds.add(kind)
                for key in KEYS:
                    page.keyboard.press(key)
            assert desk.cells() == before, f"on {what} of {name}"
    assert pressed > 90
    assert len(kinds) >= 8, kinds
    # What takes no focus gives it to the panel.
    panel.tab("Ask")
    for text in ("acme/help", "Variables", "The same as a cell"):
        panel.root.get_by_text(text, exact=True).first.click()
        for key in KEYS:
            page.keyboard.press(key)
        assert desk.cells() == before, f"after a click on {text}"
    # Nor does a button that goes away when it is pressed.
    panel.until_ended()
    panel.run("Keep this")
    panel.button("Keep Answer").press("Enter")
    expect(panel.root).to_contain_text("kept: turn 1")
    for key in KEYS[:6]:
        page.keyboard.press(key)
    assert desk.cells() == before


_FOCUS = """(panel, number) => {
  // A fold that a key has closed would hide what comes after it.
  for (const fold of panel.querySelectorAll('details')) fold.open = true;
  const stop = panel.querySelector(`[data-stop="${number}"]`);
  stop?.focus();
  return stop && stop === document.activeElement ? `${stop.localName} ${stop.type} ${stop.role}` : null;
}"""
# Takes away both guards: the mark, and the end of each key at the panel's edge.
_UNMARK = """panel => {
  for (const node of [panel, ...panel.querySelectorAll('*')]) {
    node.removeAttribute('data-lm-suppress-shortcuts');
  }
  panel.addEventListener('keydown', event => { event.stopPropagation = () => {}; }, true);
}"""
# JupyterLab hears keys that a script presses as it does others.
_PRESS = """(panel, [number, keys]) => {
  const stop = panel.querySelector(`[data-stop="${number}"]`);
  if (!stop) return; // drawn anew meanwhile, because something typed before it was taken over
  for (const name of keys) {
    const [key, modifier] = name.split('+').reverse();
    const code = {ArrowUp: 38, ArrowDown: 40, Enter: 13, Escape: 27}[key] ?? key.toUpperCase().charCodeAt(0);
    for (const type of ['keydown', 'keyup']) {
      stop.dispatchEvent(new KeyboardEvent(type, {
        key, keyCode: code, bubbles: true, cancelable: true, composed: true,
        shiftKey: modifier === 'Shift', ctrlKey: modifier === 'Control'}));
    }
  }
}"""


def test_without_its_mark_an_element_would_let_keys_through(desk: Bench) -> None:
    """The same keys, where the panel's guard is taken away: were they not heard, the test above is deaf."""
    for way in ("by hand", "by a script"):
        panel = desk.open("lt.panel('acme/help/keys/staging')")
        count = len(desk.cells())
        panel.root.evaluate(STOPS)
        stop = panel.line
        panel.root.evaluate(_UNMARK)
        stop.focus()
        if way == "by hand":
            for key in ("d", "d"):
                desk.notebook.page.keyboard.press(key)
        else:
            panel.root.evaluate(_PRESS, [int(stop.get_attribute("data-stop") or -1), ["d", "d"]])
        expect(panel.root).to_have_count(0)
        assert len(desk.cells()) == count - 1, way


def test_tab_visits_every_control_and_leaves_the_panel_at_its_end(desk: Bench) -> None:
    panel = filled(desk, "tabbed")
    for name in TABS:
        panel.tab(name)
        # What is drawn anew under way, as a plan that has just been made, is walked through once more.
        for _ in range(5):
            stops, visited = walked(desk, panel)
            if panel.root.evaluate(_MARKED) == len(stops):
                break
        assert visited == list(range(len(stops))), f"{name}: {stops}"


def walked(desk: Bench, panel: PanelView) -> tuple[list[str], list[int]]:
    """Return all that can take the focus, and the places of those that Tab came to, in its order."""
    stops = panel.root.evaluate(STOPS)
    panel.root.locator('[data-stop="0"]').first.focus()
    page, visited = desk.notebook.page, []
    for _ in range(len(stops) + 2):
        at = page.evaluate("document.activeElement.dataset.stop ?? null")
        if at is None or (visited and int(at) == visited[0]):
            break
        assert page.evaluate("document.activeElement.hasAttribute('data-lm-suppress-shortcuts')")
        visited.append(int(at))
        page.keyboard.press("Tab")
    return stops, visited


def test_all_is_done_without_a_pointer(desk: Bench) -> None:
    panel = desk.open("lt.panel('acme/help/alone/production')")
    press, type_ = desk.notebook.page.keyboard.press, desk.notebook.page.keyboard.type
    before = desk.cells()

    def to(name: str, key: str = "Tab") -> None:
        """Go on until the control of that name has the focus."""
        for _ in range(80):
            press(key)
            if desk.notebook.page.evaluate(_NAME) == name:
                return
        raise AssertionError(f"{key} never comes to {name}")

    panel.root.focus()
    to("Ask")
    press("ArrowRight")
    expect(panel.root.get_by_role("tab", name="Rows")).to_be_focused()
    press("ArrowRight")
    expect(panel.root.get_by_role("tab", name="Template")).to_be_focused()
    press("End")
    expect(panel.root.get_by_role("tabpanel", name="History")).to_be_visible()
    press("Home")
    to("Message")
    type_("Asked by hand")
    press("Control+Enter")
    expect(panel.button("Run anyway")).to_be_visible()
    press("Control+Enter")
    expect(panel.answer()).to_contain_text("user: Asked by hand")
    panel.until_ended()
    expect(panel.message).to_be_focused()
    to("Temperature")
    for key in ("ArrowUp", "ArrowUp", "ArrowDown"):
        press(key)
    expect(panel.number("Temperature")).to_have_value("0.51")
    expect(panel.line).to_contain_text("-t 0.51")
    to("Run anyway")
    press("Enter")
    expect(panel.status).to_have_text("Done.")
    expect(panel.tab("History").get_by_role("listitem")).to_have_count(2)
    panel.root.get_by_role("tab", name="History").focus()
    to("Copy as")
    press("ArrowDown")
    to("Copy")
    press("Space")
    expect(panel.status).to_contain_text("Python")
    to("Insert below")
    press("Enter")
    expect(panel.status).to_have_text("Inserted below.")
    assert len(desk.cells()) == len(before) + 1
    assert [count for *_, count in desk.cells()[:-1]] == [count for *_, count in before]


_NAME = """() => {
  const node = document.activeElement;
  return node.ariaLabel ?? node.labels?.[0]?.textContent ?? node.textContent;
}"""


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core, from the package registry."""
    npm, folder = shutil.which("npm"), tmp_path_factory.mktemp("axe")
    if npm is None:
        missing("npm")
    command = [str(npm), "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder)]
    try:
        subprocess.run([*command, AXE], check=True, capture_output=True, timeout=NPM_LIMIT_S)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        missing(f"{AXE} (npm install)")
    return (Path(folder) / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


AUDIT = """async panel => {
  const { violations } = await axe.run(panel, {resultTypes: ['violations']});
  return violations.filter(({impact}) => impact === 'serious' || impact === 'critical')
    .flatMap(({id, nodes}) => nodes.map(
      node => `${id}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ''}`));
}"""


def test_axe_finds_no_serious_fault_in_any_tab_in_light_and_in_dark(desk: Bench, axe: str) -> None:
    idle = desk.open("lt.panel('acme/help/alone/staging')")
    full = filled(desk, "roles")
    page = desk.notebook.page
    page.evaluate(axe)
    found: dict[str, Any] = {}
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        desk.notebook.command("apputils:change-theme", theme=theme)
        page.wait_for_selector(f'body[data-jp-theme-name="{theme}"]', state="attached")
        for kind, panel in (("idle", idle), ("full", full)):
            for name in TABS:
                shown = panel.tab(name)
                # What stands under every tab is looked at once.
                if faults := (panel.root if name == "Ask" else shown).evaluate(AUDIT):
                    found[f"{theme}, {kind}, {name}"] = faults
        full.tab("Ask")
        if not full.box("topic").is_visible():
            full.root.get_by_text("Variables", exact=True).click()  # folded at the first run
        full.button("Options of topic").click()
        if faults := full.root.evaluate(AUDIT):
            found[f"{theme}, menu"] = faults
    assert found == {}, json.dumps(found, indent=1)


def test_every_control_has_a_role_and_a_name(desk: Bench) -> None:
    """As the browser itself tells assistive technology."""
    panel = desk.open("lt.panel('acme/help/keys/production')")
    panel.root.get_by_text("More parameters").click()
    named = panel.cell.get_attribute("data-named")
    session = desk.notebook.page.context.new_cdp_session(desk.notebook.page)
    session.send("Accessibility.enable")
    nameless = []
    for name in TABS:
        panel.tab(name)
        for number, what in enumerate(panel.root.evaluate(STOPS)):
            place = f"[data-named={named}] [data-stop='{number}']"
            handle = session.send("Runtime.evaluate", {"expression": f'document.querySelector("{place}")'})
            found = session.send(
                "Accessibility.getPartialAXTree",
                {"objectId": handle["result"]["objectId"], "fetchRelatives": False},
            )["nodes"][0]
            if not found.get("name", {}).get("value") or found["role"]["value"] in ("generic", "none"):
                nameless.append((name, what))
    assert nameless == []
