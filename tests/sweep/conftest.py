"""A server that counts, and a kernel's state that is made anew for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from langtail_nb._kernel import loop
from langtail_nb._kernel.session import session
from tests.sweep.counting import Counting

TARGET = "acme/help/triage/staging"


@pytest.fixture
def counting() -> Counting:
    """A server of this test."""
    return Counting().start()


@pytest.fixture
def kernel_state(counting: Counting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    """The session of this process on that server, with a store of its own."""
    monkeypatch.setenv("LANGTAIL_NB_HOME", str(tmp_path))
    monkeypatch.setenv("LANGTAIL_BASE_URL", counting.url)
    monkeypatch.setenv("LANGTAIL_API_KEY", "lt-test-key")
    before = session.settings.target
    session.settings.target = TARGET
    yield counting
    session.settings.reset()
    session.settings.target = before
    loop.wait(session.client().aclose())


def flat(thing: object) -> str:
    """What a plan or a run says, without its line breaks."""
    return " ".join(repr(thing).split())
