"""Whatever a model, a deployment, a server or a table says: panel, receipt and cells only show it."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from langtail_nb._calls.trial import Trial
from langtail_nb._magic.beside import beside
from langtail_nb._types.reply import Reply, ToolCall
from langtail_nb._types.request import Request
from tests.browser import alarm, hostile
from tests.browser.lab import Lab
from tests.browser.panel_view import Bench, PanelView
from tests.browser.refusing import refusing
from tests.servers import deployment

pytestmark = pytest.mark.browser

RUN = "window.__pwned.push('panel')"
URL = "http://evil.example/panel"
# Each in every place at once; the marks turn text around, the braces are a template's.
EVIL = (
    f"</style></textarea></script><script>{RUN}</script><img src=x onerror={RUN}><img src={URL}.png> "
    f"[link](javascript:{RUN}) ![picture]({URL}.png) <a href=javascript:{RUN}>a</a> "
    f"<style>*{{display:none}}</style><iframe srcdoc='<script>parent.{RUN[7:]}</script>'></iframe> "
    f"\u202etxt\u2066 {{{{ <svg onload={RUN}> $x$ `</code>` <base href={URL}/> "
    f"\"' onfocus={RUN} autofocus x='"
)
NAME = "</b><img src=x onerror=window.__pwned.push(1)>"
TOOL = {
    "type": "function",
    "function": {"name": EVIL, "description": EVIL, "parameters": {"type": EVIL, "title": EVIL}},
}
ARGUMENTS = {"temperature": 0.5, "model": EVIL, "max_tokens": -1, "stop": [EVIL]}
EVERYWHERE = deployment(
    EVIL, {"role": "user", "content": "{{topic}}"},
    chatInput={"topic": EVIL, NAME: EVIL}, args={**ARGUMENTS, "stop": []}, tools=[TOOL],
)  # fmt: skip
# A slug may hold anything but a slash; the file of the deployment is called so, too.
SLUG = f"\"'<img src=x onerror={RUN}><script>{RUN}<b> javascript:{RUN} \u202e {{{{x}}}} #?&%"
SEED = 20_261_124
GENERATED = 600
# All of the panel's elements are made by it; what a text could add, it never makes, nor such attributes.
FOUND = """panels => panels.flatMap(panel => [...panel.querySelectorAll('*')].flatMap(node => {
  const bad = [...node.attributes].filter(({name, value}) => name.startsWith('on') || name === 'srcdoc'
    || name === 'src' || (name === 'href' && !/^(https?:|mailto:)/i.test(value)));
  const strange = node.matches(
    'script, style, iframe, object, embed, link, meta, base, form, svg *:not(path), img');
  const told = bad.map(({name, value}) => `${name}=${value}`);
  return strange ? [node.outerHTML.slice(0, 200), ...told] : told;
}))"""
TABS = ("Ask", "Template", "Messages", "Tools", "Preview", "History")
DEPLOYMENTS = {
    "evil": EVERYWHERE,
    "calls": deployment(EVIL, fault="tools:2", args=ARGUMENTS, tools=[TOOL]),
    "page": deployment(EVIL, fault="html"),
    SLUG: deployment("Harmless.", args=ARGUMENTS),
}


@pytest.fixture(scope="module")
def desk(desk: Bench) -> Bench:
    """A notebook whose page tells when a text did something."""
    desk.notebook.page.evaluate(alarm.ARM)
    return desk


def harm(desk: Bench) -> list[str]:
    """Return what the texts did, and what they made in the panels."""
    page = desk.notebook.page
    fetched = [url for url in [*desk.notebook.foreign, *desk.notebook.requests] if "evil.example" in url]
    made = page.get_by_role("group", name="Langtail panel", exact=True).evaluate_all(FOUND)
    return [f"ran: {one}" for one in alarm.executed(page)] + fetched + made


def look_at(panel: PanelView) -> None:
    """Open everything that can be opened."""
    for name in TABS:
        panel.tab(name)
        panel.root.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    panel.tab("Ask")


def test_hostile_texts_in_every_place_are_shown_and_do_nothing(desk: Bench) -> None:
    """Template, variables and their names, tools, message, answer, history, receipt, diff, names of files."""
    panel = desk.open(f"lt.panel('acme/help/evil/production', rows=[{{'topic': {EVIL!r}}}])")
    panel.button("Next row").click()
    expect(panel.box("topic")).to_have_value(EVIL)
    messages = panel.tab("Messages")
    messages.get_by_role("button", name="Add message").click()
    messages.get_by_role("textbox", name="Text of extra message 1").fill(EVIL)
    messages.locator("input[type=file]").set_input_files(
        {
            "name": "<img src=x onerror=window.__pwned.push(1)>.svg",
            "mimeType": "image/svg+xml",
            "buffer": b"<svg/>",
        }
    )
    expect(panel.status).to_contain_text("is not a PNG")
    panel.tab("Template").get_by_role("textbox", name="Text of template message 1").fill(f"Own {EVIL}")
    panel.tab("Ask")
    panel.root.get_by_role("combobox", name="Model").fill(EVIL)
    panel.message.fill(EVIL)
    panel.button("Add these settings").click()
    panel.button("Compare 2").click()
    panel.button("Compare 2 anyway").click()
    expect(panel.column(1)).to_contain_text("onerror=")
    panel.until_ended()
    panel.root.get_by_role("button", name="Word diff").click()
    expect(panel.receipt).to_contain_text("onerror=")
    panel.run("and once more")
    panel.button("Keep Answer").click()
    look_at(panel)
    panel.tab("History").get_by_role("button", name="Pin the run").first.click()
    expect(panel.tab("Preview")).to_contain_text("onerror=")

    assert harm(desk) == []
    assert (
        panel.receipt.evaluate("node => node.querySelectorAll('img, a, script, style, iframe').length") == 0
    )
    # What turns text around ends where it stands.
    assert panel.root.evaluate("node => getComputedStyle(node).direction") == "ltr"


def test_a_hostile_slug_is_shown_run_and_kept_as_it_is(desk: Bench) -> None:
    target = f"acme/<svg onload={RUN}>/{SLUG}/production"
    panel = desk.open(f"shown = lt.panel({target!r})\nshown")
    expect(panel.root).to_contain_text(SLUG)
    panel.run("Who are you?")
    expect(panel.receipt).to_contain_text(SLUG)
    look_at(panel)
    desk.run(panel.line.inner_text())
    desk.run("same = lt.last().request.target == shown.model.target\nassert same\nassert lt.last().text")

    assert harm(desk) == []


@pytest.mark.parametrize("name", ["calls", "page"])
def test_hostile_tool_calls_and_pages_of_errors_do_nothing(desk: Bench, name: str) -> None:
    panel = desk.open(f"lt.panel('acme/help/{name}/production')")
    panel.message.fill(EVIL)
    panel.button("Run").click()
    panel.button("Run anyway").click()
    expect(panel.status).to_contain_text("one" if name == "calls" else "ailed")
    panel.until_ended()
    look_at(panel)
    assert harm(desk) == []


@pytest.mark.parametrize(("body", "kind"), [
    (json.dumps({"error": {"message": EVIL, "code": EVIL}}), "application/json"),
    (json.dumps({"error": EVIL}), "application/json"),
    (f"<!DOCTYPE html><title>{EVIL}</title><h1>{EVIL}</h1>", "text/html"),
])  # fmt: skip
def test_hostile_errors_do_nothing(desk: Bench, body: str, kind: str) -> None:
    with refusing(403, body, kind) as url:
        panel = desk.open(f"os.environ['LANGTAIL_BASE_URL'] = {url!r}\nlt.panel('acme/help/x/production')")
        panel.button("Run").click()
        expect(panel.status).to_contain_text("ailed")
        expect(panel.receipt).to_contain_text("403")
    desk.run(f"os.environ['LANGTAIL_BASE_URL'] = {desk.server.url!r}")
    assert harm(desk) == []


def test_hostile_messages_from_a_kernel_do_nothing(desk: Bench) -> None:
    """The view trusts no HTML: neither what our own Markdown makes, nor what anybody else would send."""
    texts = hostile.numbered([*hostile.written(), *hostile.generated(GENERATED, SEED)])
    data = base64.b64encode(json.dumps(texts).encode()).decode()
    panel = desk.open("shown = lt.panel('acme/help/evil/production')\nshown")
    panel.button("Run").click()
    expect(panel.button("Run anyway")).to_be_visible()
    panel.run("Something to stand before")
    desk.run(
        f"import base64, json\ntexts = json.loads(base64.b64decode({data!r}))\n"
        "serial = shown.columns[0]['serial']\n"
        "for at in range(0, len(texts), 50):\n"
        "    part = texts[at : at + 50]\n"
        "    shown.send({'grow': {'id': 'run', 'serial': serial, 'add': part, 'tail': {'html': part[-1]}}})\n"
        "shown.send({'grow': {'id': 'run', 'serial': serial, 'add': ['<p>The last</p>'], 'tail': None}})"
    )
    expect(panel.answer()).to_contain_text("The last")
    assert harm(desk) == []


def test_the_alarms_sound_for_a_text_that_becomes_html(desk: Bench) -> None:
    """The last of this notebook: were the alarms deaf, the tests above would mean nothing."""
    panel = desk.open("lt.panel('acme/help/evil/production')")
    panel.root.evaluate(
        "(node, html) => node.insertAdjacentHTML('beforeend', html)", f"{NAME}<a href=javascript:1>"
    )
    desk.notebook.page.wait_for_function("window.__pwned.length > 0")
    assert len(harm(desk)) >= 3


def compared(text: str) -> list[Trial]:
    """Two columns of a cell, made of one hostile text."""
    trials = []
    for number in range(2):
        call = {"id": "a", "type": "function", "function": {"name": text[:60], "arguments": text[:200]}}
        request = Request("acme/help/evil/staging", variables={"topic": text})
        said = text if number == 0 else f"{text[: len(text) // 2]} other {text[len(text) // 2 :]}"
        trial = Trial(str(number), text[:50], text[-50:], request, state="done")
        trial.reply = Reply(
            request, text=said, latency_s=1.0 + number, warnings=[text[:80]],
            messages=({"role": "assistant", "content": said, "tool_calls": [call]},),
            tool_calls=(ToolCall("a", text[:60], text[:200]),),
        )  # fmt: skip
        trials.append(trial)
    return trials


@pytest.mark.thorough
def test_hostile_answers_beside_each_other_do_nothing_in_a_trusted_cell(lab: Lab, tmp_path: Path) -> None:
    """The table of ``--compare``: nothing leaves its cell either."""
    # Each is drawn four times: enough of the many forms of links.
    written = hostile.written()
    texts = hostile.numbered([*written[:200], *written[200::6], *hostile.generated(100, SEED)])
    shown = [beside(compared(text))[1] for text in texts]
    with lab.open(alarm.cells_that_show(shown, tmp_path)) as notebook:
        notebook.page.evaluate(alarm.ARM)
        notebook.run(timeout_s=240)
        assert alarm.damage(notebook, texts) == []
        broken = notebook.page.evaluate(_OUT_OF_PLACE)
        assert [texts[number] for number in broken] == []


# A table of its own, two columns wide in every row, and nothing after it.
_OUT_OF_PLACE = """() => [...document.querySelectorAll('.jp-OutputArea-output.jp-RenderedMarkdown')]
  .flatMap((root, number) => {
    const table = root.firstElementChild;
    const rows = [...(table?.rows ?? [])];
    const whole = rows.length >= 2 && rows.every(row => row.cells.length === 2);
    return whole && root.children.length === 1 ? [] : [number];
  })"""
