"""The server's page in Chromium: nothing runs, everybody can read it, and a link from JupyterLab opens it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser import alarm, hostile
from tests.servers import Server, deployment, running, write_project

pytestmark = pytest.mark.browser

KEY = "lt-page-0123456789abcdef"
EVIL = "'\"><img src=x onerror=window.__pwned.push('slug')>"
TEXTS = hostile.numbered(hostile.written())
PER_REQUEST = 40
FAULTS = ("", "tools", "hosted-tools", "reasoning", "error-event", "500", "429", "drop:2")

_LINES = """() => [...document.querySelectorAll('main *, header *')].filter(element =>
  element.checkVisibility() && [...element.childNodes].some(n => n.nodeType === 3 && n.data.trim()))"""
# WCAG 2.2, success criterion 1.4.3: contrast of text with what is behind it, here always a plain colour.
CONTRASTS = f"""() => {{
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const linear = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const behind = element => {{
    for (let at = element; at; at = at.parentElement) {{
      const colour = parts(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }}
    return [255, 255, 255];
  }};
  return ({_LINES})().map(element => {{
    const [a, b] = [light(parts(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return [ratio, element.className, element.textContent.slice(0, 40)];
  }});
}}"""
HEADINGS = "() => [...document.querySelectorAll('h1, h2, h3, h4')].map(h => Number(h.localName[1]))"
ELEMENTS = (
    "script, img, iframe, object, embed, svg, math, form, input, button, link, base, audio, video, template"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose deployments, requests and threads hold everything that must not run."""
    folder = tmp_path_factory.mktemp("hostile-page")
    evil = deployment(*TEXTS[:20], chatInput=dict.fromkeys(TEXTS[:20], EVIL), args={"model": EVIL})
    files = {EVIL: evil, "plain": deployment("Help with {{topic}}.", chatInput={"topic": "trams"})}
    options = ("--engine", "echo", "--project", str(write_project(folder / "project", files)))
    with running(*options, database=folder / "t.sqlite") as server:
        fill(server)
        yield server


def fill(server: Server) -> None:
    """Send every text as message, variable, metadata, tool and path, and ask for every kind of answer."""
    with server.http() as client:
        for start in range(0, len(TEXTS), PER_REQUEST):
            texts = TEXTS[start : start + PER_REQUEST]
            body = {
                "messages": [{"role": "user", "content": text} for text in texts],
                "variables": {text: text for text in texts},
                "metadata": {f"m{i}": text for i, text in enumerate(texts)},
                "user": texts[0],
            }
            thread = client.post("/a/b/plain/production", json=body).headers["x-langtail-thread-id"]
            client.post(f"/v2/threads/{thread}", json={"metadata": {"m": texts[0]}})
        for fault in FAULTS:
            ask(client, fault)
        client.get(f"/{EVIL}/{EVIL}", params={EVIL: EVIL})
        client.post("/a/b/plain/production", content=EVIL.encode(), headers={"x-odd": EVIL})
        client.post("/a/b/plain/production", json={"temperature": EVIL})


def ask(client: httpx.Client, fault: str) -> None:
    tool = {"type": "function", "function": {"name": "evil", "parameters": {"properties": {EVIL: {}}}}}
    body = {"stream": True, "messages": [{"role": "user", "content": EVIL}], "tools": [tool]}
    try:
        client.post("/a/b/plain/production", json=body, headers={"x-fault": fault})
    except httpx.HTTPError:
        assert fault.startswith("drop")


@pytest.fixture
def armed(browser: Browser) -> Iterator[Page]:
    """A page that tells when something runs, is asked for elsewhere, or is forbidden by the policy."""
    page = browser.new_page()
    page.add_init_script(f"({alarm.ARM})()")
    yield page
    page.close()


def watched(page: Page, server: Server) -> list[str]:
    """Return a list that grows with whatever the page should not do."""
    alarms: list[str] = []
    page.on("request", lambda r: None if r.url.startswith(server.url) else alarms.append(r.url))
    page.on("console", lambda message: alarms.append(message.text))
    page.on("pageerror", lambda error: alarms.append(str(error)))
    return alarms


def paths(server: Server, page: Page) -> list[str]:
    """Return the path of every page that links lead to."""
    page.goto(f"{server.url}/_page/requests")
    found: list[str] = page.evaluate("() => [...document.links].map(link => link.href)")
    page.goto(server.url)
    found += page.evaluate("() => [...document.links].map(link => link.href)")
    return sorted({link.partition("#")[0] for link in found if "refresh" not in link})


@pytest.mark.thorough
def test_no_text_on_any_page_does_anything_but_be_read(armed: Page, server: Server) -> None:
    alarms = watched(armed, server)
    shown = ""

    for path in paths(server, armed):
        armed.goto(path)
        armed.evaluate("() => document.querySelectorAll('details').forEach(d => { d.open = true; })")
        assert alarm.executed(armed) == [], path
        assert armed.locator(ELEMENTS).count() == 0, path
        assert armed.evaluate("() => [...document.links].every(a => a.origin === location.origin)"), path
        shown += armed.locator("main").evaluate("main => main.textContent")

    assert alarms == []
    assert EVIL in shown
    for text in TEXTS:
        if text.isprintable():
            assert text in shown, text


@pytest.mark.parametrize(
    ("scheme", "width"), [("light", 1280), ("dark", 1040), ("light", 720), ("dark", 480)]
)
def test_it_fits_and_can_be_read(browser: Browser, server: Server, scheme: Any, width: int) -> None:
    page = browser.new_page(viewport=ViewportSize(width=width, height=900), color_scheme=scheme)
    for path in ("/", "/_page/requests/1", "/_page/threads", "/_page/nowhere"):
        page.goto(f"{server.url}{path}")
        page.evaluate("() => document.querySelectorAll('details').forEach(d => { d.open = true; })")
        contrasts = page.evaluate(CONTRASTS)

        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), path
        assert len(contrasts) > 3
        assert [found for found in contrasts if found[0] < 4.5] == [], path
    page.close()


def test_it_is_built_of_landmarks_headings_and_tables_with_names(armed: Page, server: Server) -> None:
    armed.goto(server.url)
    levels = armed.evaluate(HEADINGS)

    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    for role in ("banner", "navigation", "main", "contentinfo"):
        assert armed.get_by_role(role).count() == 1, role
    for name in ("Threads, newest first", "Deployments, newest first"):
        table = armed.get_by_role("table", name=name)
        assert table.get_by_role("columnheader").count() in (5, 7)
        assert table.get_by_role("rowheader").count() > 0


def test_a_request_opens_with_the_keyboard(armed: Page, server: Server) -> None:
    armed.goto(server.url)
    opened = armed.locator(".requests details[open]")
    assert opened.count() == 0

    while not armed.evaluate("() => document.activeElement.matches('.requests summary')"):
        armed.keyboard.press("Tab")
    outline = armed.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
    armed.keyboard.press("Enter")

    assert outline == "solid"
    assert opened.count() == 1


def test_a_text_that_turns_the_direction_turns_only_itself(armed: Page, server: Server) -> None:
    turned = "\u202eturned \u2067 about"
    with server.http() as client:
        client.post("/a/b/plain/production", json={"messages": [{"role": "user", "content": turned}]})
    armed.goto(f"{server.url}/_page/requests/{server.mark()}")

    found = armed.locator("pre, bdi, [dir=auto]").filter(has_text="turned")

    assert found.count() >= 2
    for bidi in found.evaluate_all("all => all.map(each => getComputedStyle(each).unicodeBidi)"):
        assert bidi in ("plaintext", "isolate")


@pytest.mark.parametrize("place", ["http://localhost:9/lab", "http://127.0.0.1:9/lab"])
def test_a_link_in_a_notebook_opens_the_page_of_a_server_with_a_key(
    browser: Browser, tmp_path: Path, place: str
) -> None:
    """JupyterLab's usual address, localhost, is another site than 127.0.0.1."""
    project = write_project(tmp_path / "project", {"plain": deployment()})
    options = ("--engine", "echo", "--project", str(project), "--api-key", KEY)
    with running(*options, database=tmp_path / "t.sqlite") as server, browser.new_context() as context:
        asked = httpx.post(f"{server.url}/_page/ticket", headers={"x-api-key": KEY}, trust_env=False)
        link = f'<a href="{server.url}{asked.json()["path"]}" target="_blank" rel="noopener">open</a>'
        page = context.new_page()
        page.route(place, lambda route: route.fulfill(body=link, content_type="text/html"))
        page.goto(place)
        with context.expect_page() as opening:
            page.get_by_text("open").click()
        opened = opening.value

        opened.wait_for_url(f"{server.url}/")
        opened.get_by_role("heading", name="What this server was asked").wait_for()
        opened.get_by_role("link", name="plain").click()
        opened.get_by_role("heading", name="plain").wait_for()
        assert KEY not in json.dumps(context.cookies())


def test_the_key_as_a_password_opens_it(browser: Browser, tmp_path: Path) -> None:
    project = write_project(tmp_path / "project", {"plain": deployment()})
    options = ("--engine", "echo", "--project", str(project), "--api-key", KEY)
    with (
        running(*options, database=tmp_path / "t.sqlite") as server,
        browser.new_context(http_credentials={"username": "me", "password": KEY}) as context,
    ):
        page = context.new_page()
        page.goto(server.url)
        assert page.get_by_role("heading", name="What this server was asked").is_visible()
