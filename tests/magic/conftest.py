"""What several tests of the magics stand on."""

from pathlib import Path

import pytest


@pytest.fixture
def store(kernel):
    """The store of the kernel, which is whole afterwards."""
    path = Path(kernel.value("__import__('os').environ['LANGTAIL_NB_HOME']")[1:-1]) / "store.sqlite"
    path.unlink(missing_ok=True)
    yield path
    path.unlink(missing_ok=True)
