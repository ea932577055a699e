"""``%langtail local``: a server with a small real model for this kernel, and nothing sent anywhere else."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from langtail_nb._client import key_lookup
from langtail_nb._client.api_key import ApiKey
from langtail_nb._client.base_url import base_url_of
from langtail_nb._environment import beside_no_notebook
from langtail_nb._errors import ConfigurationError
from langtail_nb._kernel.disk.folder import local_threads
from langtail_nb._kernel.own_server import Before, OwnServer, Server
from langtail_nb._kernel.session import SERVED_VARIABLE, Session
from langtail_nb._magic.commands.context import Context
from langtail_nb._show.say import say, show, table
from langtail_nb._text.markdown import inline, span
from langtail_nb._text.near import near
from langtail_nb._types.config import variables_of
from langtail_nb._types.target import Target

if TYPE_CHECKING:
    from langtail_nb._local.engines.weights import Progress
    from langtail_nb._local.server.local_server import LocalServer
    from langtail_nb._types.deployment import Deployment

_USAGE = "local [stop] [--project FOLDER] [--engine smollm2|echo|URL] [--tools]"
_VALUED, _FLAGS = ("--project", "--engine"), ("--tools",)
# The stand-in checks neither; these say plainly in every target where an answer came from.
_WORKSPACE, _PROJECT = "local", "demo"


def local(context: Context) -> None:
    """Start a server for this kernel, or use the one that runs; with ``stop``, end it.

    Raises:
        ConfigurationError: Wrong words, or the server cannot start; one line says what to do.
    """
    session, words = context.session, context.words
    if words == ["stop"]:
        return _stop(session)
    options = _options(words)
    session.edition += 1
    if session.replay.is_on and session.replay.mode == "only":
        return _play(session, options)
    if not options and _is_served():
        _forget(session)
        session.settings.base_url = None
        return _welcome(session)
    own = session.own_server
    before = own.before if own is not None else Before(session.settings.target, session.settings.base_url)
    # Run again, in a notebook run from the top, it keeps the server and the threads in use.
    if own is None or not own.server.is_running or own.options != options:
        # The old one goes once the new one answers: else a slip would leave the kernel with the real service.
        own = OwnServer(_start(options), options, before, _folder(options))
        _forget(session)
        session.own_server = own
    _use(session, own.server)
    # What the server has to say is in no recording.
    return _welcome(session, () if session.replay.is_on else own.server.take_notes())


def _play(session: Session, options: dict[str, str]) -> None:
    """Use the server whose answers are recorded, which need not run."""
    before = Before(session.settings.target, session.settings.base_url)
    _forget(session)
    session.own_server = OwnServer(_Played(), options, before, _folder(options))
    _use(session, session.own_server.server)
    return _welcome(session)


@dataclass
class _Played:
    """A server that answered once, at an address where nothing is asked."""

    url: str = "http://127.0.0.1:9"
    token: str = key_lookup.NO_KEY
    is_running: bool = True

    def stop(self) -> None:
        """It does not run."""

    def take_notes(self) -> Sequence[str]:
        """It has nothing to say."""
        return ()


def _is_served() -> bool:
    # One server, and one model in memory, for all kernels of a demo.
    served = os.environ.get(SERVED_VARIABLE)
    return served is not None and served == base_url_of()


def _stop(session: Session) -> None:
    own = session.own_server
    if own is None:
        return say("No local server runs in this kernel.")
    was_used = session.settings.base_url == own.server.url
    _forget(session)
    if was_used:
        _go_back(session, own.before)
    current = session.settings.target or session.settings.current_target()
    told = f"{current} is current" if current else "no assistant is current"
    return say(f"The local server has stopped; calls go to {session.shown_url} again, and {told}")


def _go_back(session: Session, before: Before) -> None:
    """Set what was set before the local server; a target that was named since and is elsewhere stays."""
    session.settings.base_url = before.base_url
    current = session.settings.current_target()
    if current is not None and (current.workspace, current.project) == (_WORKSPACE, _PROJECT):
        session.settings.target = before.target


def _use(session: Session, server: Server) -> None:
    key_lookup.remember(server.url, ApiKey(server.token, "the local server"))
    session.settings.base_url = server.url
    session.stand_ins.add(server.url)


def _options(words: list[str]) -> dict[str, str]:
    options: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        if word in _FLAGS:
            options[word] = ""
            continue
        if word not in _VALUED:
            raise ConfigurationError(
                f"unknown {word!r}{near(word, [*_VALUED, *_FLAGS, 'stop'])}; write {_USAGE}"
            )
        value = next(rest, None)
        if value is None:
            raise ConfigurationError(f"{word} needs a value; write {_USAGE}")
        options[word] = value
    return options


def _start(options: dict[str, str]) -> LocalServer:
    project, engine = options.get("--project"), options.get("--engine", "smollm2")
    try:
        with beside_no_notebook():
            from langtail_nb._local.engines import weights
            from langtail_nb._local.server.local_server import LocalServer, LocalServerError
    except ImportError as exc:
        raise ConfigurationError(
            f'the local server needs {exc.name}: python -m pip install "langtail-nb[local]"'
        ) from exc
    folder = _folder(options)
    if folder is not None and not os.path.isdir(folder):
        raise ConfigurationError(f"--project {project!r} is no folder")
    try:
        if engine == "smollm2" and weights.find_model() is None:
            _fetch(weights.fetch_model)
        database, told = local_threads()
        if told:
            say(*told)
        return LocalServer.start(folder, engine, database, tools="--tools" in options)
    except (LocalServerError, weights.ModelError) as exc:
        raise ConfigurationError(str(exc)) from exc


def _folder(options: dict[str, str]) -> Path | None:
    # Whole, as the kernel may go to another folder while the server runs.
    project = options.get("--project")
    return Path(os.path.abspath(os.path.expanduser(project))) if project else None


def _fetch(fetch_model: Callable[[Progress], object]) -> None:
    from IPython.display import display
    from ipywidgets import FloatProgress, HBox, Label

    bar = FloatProgress(min=0, max=1, description="Model")
    label = Label("93 MB, once")
    display(HBox([bar, label]))

    def progress(fraction: float) -> None:
        bar.value = fraction
        label.value = f"{93 * fraction:.0f} of 93 MB"

    fetch_model(progress)
    label.value = "ready"


def _forget(session: Session) -> None:
    if session.own_server is None:
        return
    server, session.own_server = session.own_server.server, None
    server.stop()
    key_lookup.forget(server.url)
    session.stand_ins.discard(server.url)
    if session.settings.base_url == server.url:
        session.settings.base_url = None


def _target(slug: str, listing: Sequence[Deployment]) -> Target:
    """Return where to reach an assistant: in production where it is, else where it was deployed last."""
    rows = [row for row in listing if row.assistant == slug]
    row = next((row for row in rows if row.environment == "production"), rows[0])
    # Only preview needs a version; the others have a current one.
    version = row.version if row.environment == "preview" else None
    return Target(_WORKSPACE, _PROJECT, slug, row.environment, version)


def record_welcome(session: Session) -> None:
    """Ask again what ``%langtail local`` asked before replay was on, so that it is recorded, too."""
    own = session.own_server
    is_there = session.listed == session.base_url and (own is None or own.server.is_running)
    if session.replay.mode in ("auto", "record") and is_there:
        _assistants(session)


def _assistants(session: Session) -> dict[Target, list[str]]:
    """Return what can be asked, each with the variables of its prompt."""
    client = session.client()
    listing = session.deployed.wait_for_listing(client)
    targets = [_target(slug, listing) for slug in sorted({row.assistant for row in listing})]
    return {target: list(variables_of(session.deployed.wait(client, target))) for target in targets}


def _welcome(session: Session, notes: Sequence[str] = ()) -> None:
    targets = _assistants(session)
    session.listed = session.base_url
    rows = [[str(target), ", ".join(names) or "none"] for target, names in targets.items()]
    if not targets:
        raise ConfigurationError("the project folder holds no deployment; put a SLUG.md or SLUG.json there")
    preferred = next((t for t in targets if t.assistant == "support"), next(iter(targets)))
    session.settings.target = str(preferred)
    plain, markdown = table(["assistant", "variables"], rows, title="A local Langtail answers in this kernel")
    show(
        "\n".join([plain, f"current: {preferred}", *notes]),
        "\n\n".join([markdown, f"Current: {span(str(preferred))}", *map(inline, notes)]),
    )
