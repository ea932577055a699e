"""The real things that tests stand on."""

from __future__ import annotations

import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from langtail_nb._local.engines.weights import find_model
from tests.kernels import Kernel
from tests.kernels import kernel as start_kernel
from tests.literal import HOST
from tests.places import PROJECT, SOCKETS
from tests.servers import KEY, LONG_KEY, Server, echo, fault_deployments, missing, running, write_project

MakeServer = Callable[..., Server]

# A shell's background job has SIGINT ignored, and so have the kernels it starts, which tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Without pytest-xdist, what pyproject.toml says of it means nothing."""
    if not pluginmanager.has_plugin("xdist"):
        parser.addoption("--numprocesses", "--dist", help="of pytest-xdist, which is off or missing")
        parser.addoption("--no-loadscope-reorder", action="store_true", help="likewise")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Start no other processes for one file, nor where a debugger is wanted, unless asked to."""
    asked = any(word.startswith(("-n", "--numprocesses")) for word in config.invocation_params.args)
    files = {name.partition("::")[0] for name in config.args}
    alone = len(files) == 1 and (config.invocation_params.dir / min(files)).is_file()
    if not asked and (alone or config.getoption("usepdb")):
        config.option.numprocesses = 0


def pytest_configure(config: pytest.Config) -> None:
    """Give each kernel sockets of its own, whatever starts it; see ``tests/sockets``."""
    if str(SOCKETS) not in sys.path:
        sys.path.append(str(SOCKETS))
    if "OWN_SOCKETS" in os.environ:
        return  # by the process that started this one, and takes the folder away
    folder = tempfile.mkdtemp(prefix="kernels-")
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    os.environ |= {
        "OWN_SOCKETS": folder,
        "JUPYTER_DEFAULT_PROVISIONER_NAME": "own-sockets",
        "PYTHONPATH": os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(SOCKETS)))),
    }


LEFT_OUT = pytest.StashKey[list[str]]()


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Note what is left out for being thorough."""
    for item in items:
        if item.get_closest_marker("thorough") and item.config.option.markexpr == "not thorough":
            item.config.stash.setdefault(LEFT_OUT, []).append(item.nodeid.partition("[")[0])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that started this one what was left out here."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(LEFT_OUT, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear it; each process leaves out the same."""
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name what was left out, and say how to run it."""
    left_out = config.stash.get(LEFT_OUT, [])
    if left_out:
        terminalreporter.section(
            f"{len(left_out)} thorough tests left out; python -m pytest -m thorough runs them"
        )
        for name in dict.fromkeys(left_out):
            count = left_out.count(name)
            terminalreporter.line(name if count == 1 else f"{name}, {count} times")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An echo server of the whole session: ``tests/project``, and ``fault-NAME`` for each fault."""
    folder = tmp_path_factory.mktemp("server")
    project = shutil.copytree(PROJECT, folder / "project")
    write_project(project, fault_deployments())
    with running("--engine", "echo", "--project", str(project), database=folder / "local.sqlite") as server:
        yield server


@pytest.fixture(scope="module")
def echo_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An echo server of a module's ``DEPLOYMENTS``: one for each test, as settings belong to one."""
    with echo(request.module.DEPLOYMENTS, tmp_path_factory.mktemp("echo")) as server:
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


@pytest.fixture(scope="module")
def started_kernel(
    request: pytest.FixtureRequest, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kernel]:
    """One kernel for a module, with the extension loaded, on the assistant that its ``TARGET`` names."""
    home = tmp_path_factory.mktemp("work")
    environment = {
        "LANGTAIL_BASE_URL": server.url,
        "LANGTAIL_API_KEY": LONG_KEY,
        "LANGTAIL_ASSISTANT": request.module.TARGET,
        "LANGTAIL_NB_HOME": str(home / "kept"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    with start_kernel(sys.executable, env=environment, cwd=str(home)) as kernel:
        assert kernel.run("%load_ext langtail_nb").status == "ok"
        yield kernel


@pytest.fixture
def kernel(started_kernel: Kernel) -> Kernel:
    """The module's kernel with nothing set, no thread and no history of calls."""
    done = started_kernel.run(
        "import langtail_nb as lt\n"
        "from langtail_nb._kernel.session import session as _s\n"
        "lt.settings.reset(); lt.settings.target = None; lt.settings.rerun = 'fork'\n"
        "_s._threads.clear(); _s.told.clear(); _s.answers.clear(); _s.last = _s.asked = _s.newest = None\n",
        cell_id="reset",
    )
    assert done.status == "ok", done.errors
    return started_kernel


@pytest.fixture(scope="module")
def sample_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables of a kernel with the sample project and an echo behind it."""
    folder = tmp_path_factory.mktemp("sample")
    with running("--engine", "echo", database=folder / "local.sqlite") as server:
        yield {
            "LANGTAIL_BASE_URL": server.url,
            "LANGTAIL_API_KEY": KEY,
            "LANGTAIL_NB_LOCAL": server.url,
            "LANGTAIL_NB_HOME": str(folder / "home"),
        }


@pytest.fixture
def children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Sets what cells need in this process's environment, which children inherit, and goes to a folder."""

    def set_for(url: str, assistant: str, **more: str) -> Path:
        given = {
            "LANGTAIL_BASE_URL": url,
            "LANGTAIL_API_KEY": LONG_KEY,
            "LANGTAIL_ASSISTANT": assistant,
            "LANGTAIL_NB_HOME": str(tmp_path / "kept"),
            "IPYTHONDIR": str(tmp_path / "ipython"),
            "JUPYTER_PLATFORM_DIRS": "1",
            **more,
        }
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        return tmp_path

    return set_for


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what the environment says of proxies and certificates."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for ``literal.HOST`` and its private key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate, is missing")
    folder = tmp_path_factory.mktemp("certificate")
    paths = folder / "certificate.pem", folder / "key.pem"
    command = [
        openssl, "req", "-x509", "-nodes", "-days", "2",
        "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}",
        "-out", paths[0], "-keyout", paths[1],
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return paths


@pytest.fixture
def tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    """A server's TLS with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context
