"""JupyterLab and Chromium, for every browser test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests import servers
from tests.browser.lab import Lab, Server, find_chromium, launch, serving
from tests.browser.panel_view import Bench, bench
from tests.servers import missing


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One JupyterLab for the whole session; its folders are its own."""
    if find_chromium() is None:
        missing("Chromium (LANGTAIL_NB_CHROMIUM)")
    with serving(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium for the tests of one module, which are synchronous.

    Not for the session: Playwright's synchronous interface keeps an event loop running on this thread,
    and the asynchronous tests of later modules could not start theirs.
    """
    chromium = find_chromium()
    if chromium is None:
        missing("Chromium (LANGTAIL_NB_CHROMIUM)")
    with sync_playwright() as playwright:
        browser = launch(playwright, str(chromium))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def lab(lab_server: Server, browser: Browser) -> Lab:
    """Opens notebooks in JupyterLab: ``with lab.open(["1 + 1"]) as notebook: notebook.run()``."""
    return Lab(lab_server, browser)


@pytest.fixture(scope="module")
def desk(lab: Lab, echo_server: servers.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A notebook for the panels of a module, which ask the server of its ``DEPLOYMENTS``."""
    with bench(lab, echo_server, tmp_path_factory.mktemp("home")) as opened:
        yield opened
