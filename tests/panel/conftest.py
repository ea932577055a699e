"""Panels on the session's echo server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from langtail_nb._kernel import loop
from langtail_nb._kernel.session import Session
from tests.panel.panels import Panel, opened
from tests.servers import KEY, Server, deployment, echo

ARGUMENTS = {
    "temperature": 0.5,
    "max_tokens": 800,
    "top_p": 1,
    "presence_penalty": 0,
    "frequency_penalty": 0,
}
TRIAGE = deployment(
    "Answer about {{topic}}.",
    {"role": "system", "content": "Be {{style}}."},
    chatInput={"topic": "returns", "style": ""},
    args=ARGUMENTS,
)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Session]:
    """The state of a kernel that has done nothing yet."""
    monkeypatch.setenv("LANGTAIL_API_KEY", KEY)
    monkeypatch.setenv("LANGTAIL_NB_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("LANGTAIL_ASSISTANT", raising=False)
    session = Session()
    yield session
    if session._client is not None:
        loop.wait(session._client[1].aclose())


@pytest.fixture(scope="session")
def panel_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with one assistant, one whose settings are locked, and some that fail."""
    faults = ("slow:0.02", "500", "drop:2", "tools", "error-event:3", "stall-before")
    others = {name.partition(":")[0]: deployment("Hello.", fault=name, args=ARGUMENTS) for name in faults}
    locked = deployment("Say {{topic}}.", args={**ARGUMENTS, "jsonmode": True, "stop": ["END"], "seed": 3})
    folder = tmp_path_factory.mktemp("panel")
    with echo({"triage": TRIAGE, "locked": locked, **others}, folder) as server:
        yield server


@pytest.fixture
def triage(panel_server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server, as the one that calls go to."""
    monkeypatch.setenv("LANGTAIL_BASE_URL", panel_server.url)
    return panel_server


@pytest.fixture
def make_panel(session: Session, triage: Server) -> Iterator[Callable[..., Panel]]:
    """Opens panels; they are closed at the end."""
    made: list[Panel] = []

    def make(target: str = "acme/help/triage/staging", **options: Any) -> Panel:
        made.append(opened(session, target, **options))
        return made[-1]

    yield make
    for panel in made:
        panel.model.close()
        panel.model.wait()


@pytest.fixture
def panel(make_panel: Callable[..., Panel]) -> Panel:
    """A panel on the assistant that answers."""
    return make_panel()
