"""A server that remembers its threads, and a session on it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from langtail_nb._kernel import loop
from langtail_nb._kernel.session import Session
from tests.remembering import Remembering, remembering


@pytest.fixture(scope="module")
def remembers() -> Iterator[Remembering]:
    with remembering() as running:
        yield running


@pytest.fixture
def remembered(remembers: Remembering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A session on the server; a call is tried once."""
    memory = Path("/dev/shm")  # a disk would take most of the time
    home = Path(tempfile.mkdtemp(dir=memory)) if memory.is_dir() else tmp_path
    monkeypatch.setenv("LANGTAIL_NB_HOME", str(home))
    monkeypatch.setenv("LANGTAIL_BASE_URL", remembers.url)
    monkeypatch.setenv("LANGTAIL_API_KEY", "lt-test-key")
    session = Session()
    session.settings.retries = 0
    yield session
    loop.wait(session.client().aclose())
    shutil.rmtree(home)
