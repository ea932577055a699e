"""Where things lie. A test asks here and not its own path, so that it may move."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).parent
ROOT = TESTS.parent
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PACKAGE = ROOT / "langtail_nb"
NOTEBOOKS = ROOT / "notebooks"
QUICKSTART = NOTEBOOKS / "01-quickstart.ipynb"

# The deployments of the session's echo server.
PROJECT = TESTS / "project"
# Calls of Langtail's own SDK, for Node.
SDK = TESTS / "local" / "sdk"
# Templates as Langtail renders them.
VECTORS = TESTS / "template" / "vectors.json"
# A plug-in of jupyter_client that gives each kernel sockets of its own.
SOCKETS = TESTS / "sockets"
