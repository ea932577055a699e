"""How two deployments of an assistant differ, as a panel shows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from langtail_nb._kernel.session import Session
from tests.panel.panels import Panel, opened
from tests.servers import deployment, echo

TARGET = "acme/help/guide/production"
DEPLOYMENTS = {
    "guide": deployment("Guide in a few words.", args={"temperature": 0.5}),
    "guide@staging": deployment("Guide in two words.", args={"temperature": 0.1}),
    "guide@production@1": deployment("Guide.", args={"temperature": 0.5}),
    "guide@preview@abc": deployment("Guide, perhaps.", args={"temperature": 0.5}),
    "other": deployment("Other."),
}


@pytest.fixture
def panel(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Panel]:
    with echo(DEPLOYMENTS, tmp_path / "project") as server:
        monkeypatch.setenv("LANGTAIL_BASE_URL", server.url)
        session.deployed.wait_for_listing(session.client())
        panel = opened(session, TARGET)
        yield panel
        panel.model.close()


def shown(panel: Panel) -> dict[str, Any]:
    """What is shown once it has been read."""
    panel.shown.until(lambda shown: not shown["versions"]["busy"])
    found: dict[str, Any] = panel.shown["versions"]
    return found


def test_two_environments_are_compared_by_words_and_parameters(panel: Panel) -> None:
    panel.do("versions_open", on=True)
    panel.do("versions_pick", first="/production", second="/staging")

    found = shown(panel)

    assert found["facts"] == [{"name": "temperature", "before": "0.5", "after": "0.1"}]
    assert [tuple(mark) for mark in found["words"] if mark[0] != " "] == [("-", "a few"), ("+", "two")]
    assert [one["label"] for one in found["choices"]] == [
        "production",
        "staging",
        "preview @abc",
        "production @1",
        "what is set here",
    ]


def test_what_is_set_here_is_compared_as_it_is_edited(panel: Panel) -> None:
    panel.do("set", name="temperature", value=0.7)
    panel.do("versions_open", on=True)
    found = shown(panel)
    assert (found["first"], found["second"]) == ("/production", "here")
    assert found["facts"] == [{"name": "temperature", "before": "0.5", "after": "0.7"}]

    panel.do("set", name="temperature", value=0.9)

    assert panel.shown["versions"]["facts"][0]["after"] == "0.9"
    panel.do("versions_open", on=False)
    assert panel.shown["versions"]["facts"] == []


def test_what_is_not_deployed_and_what_cannot_be_read_is_told(panel: Panel, session: Session) -> None:
    panel.do("versions_open", on=True)
    panel.do("versions_pick", first="/production", second="/nowhere")
    assert "'/nowhere' is not deployed" in panel.shown.said()[-1]
    session.settings.base_url = "http://127.0.0.1:9"

    panel.do("versions_pick", first="/production", second="here")

    assert "127.0.0.1:9" in shown(panel)["problem"]
    assert panel.shown["versions"]["facts"] == []
