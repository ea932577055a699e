"""Kernels that record, and kernels that play what was recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from langtail_nb._kernel import loop
from langtail_nb._kernel.session import Session
from tests.servers import LONG_KEY

MakeSession = Callable[..., Session]


@pytest.fixture
def kernel(server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeSession]:
    """Makes a fresh kernel's session in a mode; the recordings of a test are in one folder."""
    monkeypatch.setenv("LANGTAIL_NB_HOME", str(tmp_path / ".langtail"))
    monkeypatch.setenv("LANGTAIL_API_KEY", LONG_KEY)
    made = []

    def make(mode: str, url: str = server.url) -> Session:
        monkeypatch.setenv("LANGTAIL_NB_REPLAY", mode)
        monkeypatch.setenv("LANGTAIL_BASE_URL", url)
        session = Session()
        session.settings.retries = 0
        made.append(session)
        return session

    yield make
    for session in made:
        loop.wait(session.client().aclose())
