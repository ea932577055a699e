"""The real things that tests stand on."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from langtail_nb._local.model import find_model
from tests.places import PROJECT
from tests.servers import Server, fault_deployments, missing, running, write_project

MakeServer = Callable[..., Server]

# A shell's background job has SIGINT ignored, and so have the kernels it starts, which tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An echo server of the whole session: ``tests/project``, and ``fault-NAME`` for each fault."""
    folder = tmp_path_factory.mktemp("server")
    project = shutil.copytree(PROJECT, folder / "project")
    write_project(project, fault_deployments())
    with running("--engine", "echo", "--project", str(project), database=folder / "local.sqlite") as server:
        yield server


@pytest.fixture(scope="session")
def model_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the whole session with the real model and the sample project."""
    if find_model() is None:
        missing("the model (langtail-nb model)")
    folder = tmp_path_factory.mktemp("model-server")
    with running("--engine", "smollm2", database=folder / "local.sqlite") as server:
        yield server


@pytest.fixture
def project_folder(tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    """Writes deployments into a folder of this test, and returns the folder."""
    return lambda deployments: write_project(tmp_path / "project", deployments)


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[MakeServer]:
    """Starts servers of this test, given deployments by name, more options, an engine, an environment."""
    with ExitStack() as stack:

        def make(
            deployments: dict[str, Any],
            *options: str,
            engine: str = "echo",
            environment: dict[str, str] | None = None,
        ) -> Server:
            project = write_project(tmp_path / "project", deployments)
            arguments = ("--project", str(project), "--engine", engine, *options)
            start = running(*arguments, database=tmp_path / "local.sqlite", environment=environment)
            return stack.enter_context(start)

        yield make
