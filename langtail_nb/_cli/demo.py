"""``langtail-nb demo``: the notebooks and a local Langtail behind them, in JupyterLab or in this terminal."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from langtail_nb._cli.exit_code import ENDED
from langtail_nb._cli.progress import TerminalBar
from langtail_nb._cli.serve import ENGINE_HELP, own_database
from langtail_nb._cli.terminal import CommandError
from langtail_nb._kernel.disk.folder import FOLDER as FOLDER_OF_FILES
from langtail_nb._kernel.replay import RECORDINGS
from langtail_nb._kernel.session import SERVED_VARIABLE
from langtail_nb._local.engines.weights import ModelError, fetch_model, find_model
from langtail_nb._local.server.local_server import LocalServer, LocalServerError

if TYPE_CHECKING:
    Subcommands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001

FOLDER = Path("langtail-demo")
FIRST = "01-quickstart.ipynb"
_ASSISTANT = "local/demo/support/production"
_KERNEL = "python3"


def add_demo(subcommands: Subcommands) -> None:
    """Add ``demo``."""
    parser = subcommands.add_parser(
        "demo",
        help="open the notebooks in JupyterLab, with a local Langtail behind them",
        description="Open the notebooks in JupyterLab, with a local Langtail and a real small model behind "
        "them. No key and no network are needed, but for fetching the model once. Ctrl-C ends everything.",
    )
    parser.add_argument("--headless", action="store_true", help="run the quickstart here, without JupyterLab")
    parser.add_argument(
        "--folder", type=Path, default=FOLDER, help=f"for your copy of the notebooks (default: {FOLDER})"
    )
    parser.add_argument("--engine", default="smollm2", help=ENGINE_HELP)
    parser.add_argument(
        "--port", type=int, help="where JupyterLab listens (default: the first free one from 8888)"
    )
    parser.add_argument("--no-browser", action="store_true", help="only print JupyterLab's address")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the demo to its end and return the exit code: 1 if a cell of ``--headless`` failed that should not.

    Raises:
        CommandError: Something is missing; one line says what to do.
    """
    signal.signal(signal.SIGTERM, _leave)
    _require("jupyter_client" if options.headless else "jupyterlab")
    if options.port is not None and not options.headless:
        _require_port(options.port)
    if options.engine == "smollm2":
        _require_model()
    folder = _own_copy(options.folder)
    _tell("notebooks", folder)
    with _behind(folder, options.engine) as environment:
        # For the kernels, and for finding the kernel: Jupyter looks both up in this process.
        os.environ.update(environment)
        if options.headless:
            from langtail_nb._cli import walkthrough

            os.environ["LANGTAIL_NB_LIVE"] = "text"
            return walkthrough.run(folder / FIRST, kernel=_KERNEL)
        _open_lab(folder, options.port, browser=not options.no_browser)
    return 0


def _leave(*_: object) -> None:
    # Unwinds, so that what was started is ended; the default would leave the kernel to find out by itself.
    sys.exit(ENDED)


def _require(module: str) -> None:
    try:
        __import__(module)
    except ImportError as exc:
        raise CommandError(f'demo needs {exc.name}: python -m pip install "langtail-nb[demo]"') from exc


def _require_port(port: int) -> None:
    with socket.socket() as probe:
        if os.name == "posix":  # on Windows it would find a taken port free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as exc:
            reason = getattr(exc, "strerror", None) or exc
            raise CommandError(
                f"cannot use port {port} ({reason}); leave --port out to take a free one"
            ) from exc


def _require_model() -> None:
    try:
        if find_model() is None:
            with TerminalBar("fetching SmolLM2-135M-Instruct (93 MB, once)") as bar:
                fetch_model(bar.show)
    except ModelError as exc:
        raise CommandError(str(exc)) from exc


def shipped_notebooks() -> Path:
    """Return the folder of the notebooks: inside an installed package, beside the package in a checkout."""
    here = Path(__file__).parents[1]
    return next(path for path in (here / "_notebooks", here.parent / "notebooks") if path.is_dir())


def _own_copy(folder: Path) -> Path:
    """Return the folder with a copy of every notebook and recording; what is there is left as it is."""
    folder = folder.expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for notebook in sorted(shipped_notebooks().glob("*.ipynb")):
            if not (folder / notebook.name).exists():
                (folder / notebook.name).write_text(_without_outputs(notebook), encoding="utf-8")
        _copy_recordings(folder)
    except OSError as exc:
        raise CommandError(f"cannot keep the notebooks in {folder}: {exc.strerror or exc}") from exc
    return folder


def _copy_recordings(folder: Path) -> None:
    # Its parent holds what was asked here, which is nobody else's business.
    (folder / FOLDER_OF_FILES).mkdir(mode=0o700, exist_ok=True)
    recordings = Path(FOLDER_OF_FILES, RECORDINGS)
    (folder / recordings).mkdir(exist_ok=True)
    for file in sorted((shipped_notebooks() / recordings).iterdir()):
        if not (folder / recordings / file.name).exists():
            (folder / recordings / file.name).write_bytes(file.read_bytes())


def _without_outputs(notebook: Path) -> str:
    # The committed outputs are for those who only read; here every answer should be seen to come.
    content = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


@contextmanager
def _behind(folder: Path, engine: str) -> Iterator[dict[str, str]]:
    """Run a local server, and yield the variables that lead a kernel to it and to this very Python."""
    os.chdir(folder)
    try:
        server = LocalServer.start(None, engine, own_database())
    except LocalServerError as exc:
        raise CommandError(str(exc)) from exc
    _tell("local server", f"{server.url}, engine {engine}")
    try:
        with tempfile.TemporaryDirectory(prefix="langtail-nb-") as shared:
            _write_kernel(Path(shared))
            yield {
                "LANGTAIL_BASE_URL": server.url,
                "LANGTAIL_API_KEY": server.token,
                "LANGTAIL_ASSISTANT": _ASSISTANT,
                SERVED_VARIABLE: server.url,
                "JUPYTER_PATH": os.pathsep.join(filter(None, (shared, os.environ.get("JUPYTER_PATH")))),
            }
    finally:
        server.stop()


def _write_kernel(shared: Path) -> None:
    # A "python3" that `ipython kernel install --user` once wrote comes before the environment's own, and
    # may be a Python without this package. What JUPYTER_PATH names comes before both.
    folder = (
        shared / "kernels" / _KERNEL
    )  # named as the notebooks name theirs, or opening one would change it
    folder.mkdir(parents=True)
    # Errors only: ipykernel 7.4 warns at every start that kernels speak plain TCP on loopback, as ever.
    arguments = ["-f", "{connection_file}", "--IPKernelApp.log_level=ERROR"]
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", *arguments],
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
    }
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


def _open_lab(folder: Path, port: int | None, *, browser: bool) -> None:
    """Run JupyterLab in this process until Ctrl-C or SIGTERM; it ends its kernels."""
    from jupyterlab.labapp import LabApp

    token = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="langtail-nb-") as settings:
        _write_lab_settings(Path(settings))
        arguments = {
            "ServerApp.root_dir": folder,
            "ServerApp.answer_yes": True,
            "Application.log_level": "ERROR",
            "ServerApp.open_browser": browser,
            "IdentityProvider.token": token,
            "LabApp.default_url": f"/lab/tree/{FIRST}",
            "LabApp.app_settings_dir": settings,
        }
        if port is not None:
            arguments |= {"ServerApp.port": port, "ServerApp.port_retries": 0}
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            arguments["ServerApp.allow_root"] = True
        server = LabApp.initialize_server([f"--{name}={value}" for name, value in arguments.items()])
        address = f"{server.connection_url.rstrip('/')}/lab/tree/{FIRST}?token={token}"
        # Comes after the callback that makes it listen.
        server.io_loop.add_callback(_tell, "JupyterLab", f"{address}  (Ctrl-C ends it)")
        server.start()


def _write_lab_settings(folder: Path) -> None:
    # Defaults that the user's own settings still override. The demo promises to need no network, and the
    # first thing on the screen should be the notebook, not a question about news.
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    overrides = {"@jupyterlab/apputils-extension:notification": quiet}
    (folder / "overrides.json").write_text(json.dumps(overrides), encoding="utf-8")


def _tell(what: str, value: object) -> None:
    print(f"{what:13} {value}", file=sys.stderr, flush=True)
