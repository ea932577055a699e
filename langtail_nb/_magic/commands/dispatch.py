"""``%langtail WORD``: what the line magic can do, one function each."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from IPython.core.error import StdinNotImplementedError

from langtail_nb._client import key as _key
from langtail_nb._errors import APIStatusError, ConfigurationError
from langtail_nb._http.origin import is_loopback, origin
from langtail_nb._kernel import loop
from langtail_nb._kernel.session import Session
from langtail_nb._line import copies, template_cell
from langtail_nb._line.reading import parse
from langtail_nb._line.scanner import tokens
from langtail_nb._line.values import evaluate
from langtail_nb._line.writing import write_cell
from langtail_nb._magic.commands import local, runs, thread, tool
from langtail_nb._panel.panel import panel
from langtail_nb._show.say import say, show, table
from langtail_nb._text import markdown as _markdown
from langtail_nb._text.brief import shorten
from langtail_nb._text.near import near
from langtail_nb._types.config import arguments_of, template_of, variables_of
from langtail_nb._types.fields import FIELDS
from langtail_nb._types.messages import shown_text
from langtail_nb._types.target import Target


@dataclass(frozen=True, slots=True)
class Context:
    """What a command works on: the session, the words after it as typed, and the shell."""

    session: Session
    rest: str
    shell: Any

    @property
    def words(self) -> list[str]:
        """The rest, split as the option line is, quotes dropped."""
        return tokens(self.rest)


def run(context: Context, name: str) -> None:
    """Carry out one command.

    Raises:
        ConfigurationError: There is no such command; names near matches.
    """
    command = COMMANDS.get(name)
    if command is None:
        raise ConfigurationError(
            f"unknown command {name!r}{near(name, [*COMMANDS, 'run'])}; %langtail? lists all"
        )
    command(context)


def status(session: Session) -> None:
    """Show what is set and what was used; with nothing configured, the next two steps."""
    target = session.settings.current_target()
    key = _key.lookup(session.base_url)
    if target is None:
        return _first_steps(has_key=key is not None)
    rows: list[list[Any]] = [["assistant", target], ["base URL", session.base_url]]
    rows.append(["key", f"{key.ending} from {key.source}" if key else "none; %langtail login asks for one"])
    for name, value in session.settings.overrides(target).items():
        rows.append([name, f"{shorten(str(value), 60)} ({session.settings.source(name)})"])
    rows += [[f"variable {n}", shorten(v, 60)] for n, v in session.settings.variables_of(target).items()]
    thread = session.conversations(target).current
    rows.append(["thread", f"{thread.label}, {thread.length}" if thread else "none yet"])
    totals = session.totals
    tokens = f"{totals.prompt_tokens:,} → {totals.completion_tokens:,} tokens"
    rows.append(["this kernel", f"{totals.calls} call{'s' * (totals.calls != 1)}, {tokens}"])
    return show(*table(["", ""], rows))


def _first_steps(*, has_key: bool) -> None:
    steps = (
        ["%langtail use workspace/project/assistant/production", "%langtail run"]
        if has_key
        else ["%langtail local", "%langtail run"]
    )
    live = (
        ""
        if has_key
        else "With an API key: set LANGTAIL_API_KEY or type %langtail login, then %langtail use."
    )
    say(
        "Nothing is set up yet. Type these two next:",
        *(f"    {step}" for step in steps),
        *([live] if live else []),
    )


def _alone(name: str, command: Callable[[Context], None]) -> Callable[[Context], None]:
    """Return a command that takes no words, and says so where some are given."""

    def checked(context: Context) -> None:
        if context.rest.strip():
            raise ConfigurationError(f"%langtail {name} takes nothing after it, not {context.rest.strip()!r}")
        command(context)

    return checked


def _target(context: Context, name: str) -> Target:
    if len(context.words) > 1:
        raise ConfigurationError(f"write %langtail {name} [TARGET], not {context.rest.strip()!r}")
    return context.session.target(context.words[0] if context.words else None)


def _use(context: Context) -> None:
    words = context.words
    if len(words) != 1:
        raise ConfigurationError("write %langtail use workspace/project/assistant/environment")
    target = context.session.target(words[0])
    context.session.settings.target = str(target)
    say(f"{target} is current")


def _set(context: Context) -> None:
    session = context.session
    call = evaluate(parse(context.rest, where="set"), context.shell.user_ns)
    session.settings.update(call.parameters, call.variables)
    if call.timeout is not None:
        session.settings.timeout = call.timeout
    if call.rerun is not None:
        session.settings.rerun = call.rerun
    status(session)


def _unset(context: Context) -> None:
    if not context.words:
        raise ConfigurationError("write %langtail unset NAME, such as temperature or a variable's name")
    context.session.settings.unset(*context.words)
    status(context.session)


def _reset(context: Context) -> None:
    context.session.settings.reset()
    say("No override, variable or template is set any more; all is as deployed")


def _login(context: Context) -> None:
    if context.rest.strip():
        raise ConfigurationError(
            "never type a key into a cell: it is saved with it; %langtail login asks for it hidden"
        )
    url = context.session.base_url
    try:
        value = getpass.getpass(f"Langtail API key for {origin(url)}: ")
    except (StdinNotImplementedError, EOFError) as exc:
        raise ConfigurationError("nobody can be asked here for a key; set LANGTAIL_API_KEY") from exc
    key = _key.store(url, value)
    used = _key.resolve(url)
    before = "" if used == key else f"; the key {used.ending} from {used.source} goes before it"
    say(f"The key {key.ending} is kept in {key.source}{before}")


def _local(context: Context) -> None:
    local.run(context.session, context.words)


def _thread(context: Context) -> None:
    thread.run(context.session, context.words)


def _tool(context: Context) -> None:
    tool.run(context.session, context.rest, context.shell)


def _edit(context: Context) -> None:
    session, target = context.session, context.session.target()
    override = session.settings.overrides(target).get("template")
    config = session.deployed.wait(session.client(), target) if not override else {}
    context.shell.set_next_input(template_cell.cell(template_cell.deployed_or_override(config, override)))


def _cell(context: Context) -> None:
    session = context.session
    request = session.asked or session.settings.request(target=session.target())
    context.shell.set_next_input(write_cell(request))


def _show(context: Context) -> None:
    session, target = context.session, _target(context, "show")
    config = session.deployed.wait(session.client(), target)
    overrides = session.settings.overrides(target)
    deployed = arguments_of(config)
    names = dict.fromkeys([*deployed, *(FIELDS[n].wire for n in overrides if n != "template")])
    by_wire = {FIELDS[n].wire: v for n, v in overrides.items()}
    rows = [[n, _value(deployed.get(n)), _value(by_wire.get(n))] for n in names]
    plain, markdown = table(["parameter", "deployed", "set here"], rows, title=str(target))
    messages = [(str(m.get("role")), shown_text(m)) for m in template_of(config)]
    blocks = [f"**{_markdown.inline(role)}**\n\n{_markdown.code(text)}" for role, text in messages]
    texts = [f"--- {role}\n{text}" for role, text in messages]
    show("\n\n".join([plain, *texts]), "\n\n".join([markdown, *blocks]))


def _variables(context: Context) -> None:
    session, target = context.session, _target(context, "variables")
    config = session.deployed.wait(session.client(), target)
    given = session.settings.variables_of(target)
    known = variables_of(config, session.settings.overrides(target).get("template"))
    rows = [[n, shorten(default), shorten(given.get(n, ""))] for n, default in known.items()]
    rows += [
        [n, f"not in the template{near(n, known)}", shorten(v)] for n, v in given.items() if n not in known
    ]
    show(*table(["variable", "deployed default", "set here"], rows, title=str(target)))


def _deployments(context: Context) -> None:
    session = context.session
    listing = session.deployed.wait_for_listing(session.client())
    rows = [[r.assistant, r.environment, r.version, _when(r.deployed_at)] for r in listing]
    show(*table(["assistant", "environment", "version", "deployed"], rows))


def _last(context: Context) -> None:
    from IPython.display import display

    reply = _newest(context.session)
    display(reply)


def _curl(context: Context) -> None:
    session = context.session
    request = (
        session.last.request
        if session.last is not None
        else session.settings.request(target=session.target())
    )
    command = copies.curl(session.base_url, request)
    show(command, _markdown.code(command, "bash"))


def _runs(context: Context) -> None:
    runs.runs(context.session, context.words)


def _diff(context: Context) -> None:
    runs.diff(context.session, context.words)


def _panel(context: Context) -> None:
    from IPython.display import display

    if len(context.words) > 1:
        raise ConfigurationError(f"write %langtail panel [TARGET], not {context.rest.strip()!r}")
    display(panel(context.words[0] if context.words else None))


def _open(context: Context) -> None:
    session = context.session
    # A server on this machine may be ours though another process started it: ask for its page, and see.
    if is_loopback(urlsplit(session.base_url).hostname or "") and (link := server_page_link(session)):
        return show(link, f"[Open the page of the local server]({link}): once, within ten minutes")
    target = session.target()
    config = session.deployed.wait(session.client(), target)
    link = copies.playground_link(config, session.settings.request(target=target))
    return show(link, f"[Open {_markdown.inline(target.assistant)} in Langtail's playground]({link})")


def server_page_link(session: Session) -> str | None:
    """Return an address that opens the local server's page once; it holds a ticket, and no key.

    None where another kind of server answers.
    """
    client = session.client()
    subject = client.subject("the page of the local server")
    try:
        answer = loop.wait(client.call("POST", "_page/ticket", subject, repeatable=True))
    except APIStatusError:
        return None
    path = answer.get("path")
    return f"{session.base_url}{quote(path)}" if isinstance(path, str) else None


def _newest(session: Session) -> Any:
    if session.last is None:
        raise ConfigurationError("nothing was answered in this kernel yet")
    return session.last


def _when(at: datetime | None) -> str:
    return "" if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M")


def _value(value: Any) -> str:
    return (
        ""
        if value is None
        else shorten(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    )


COMMANDS: dict[str, Callable[[Context], None]] = {
    "use": _use,
    "set": _set,
    "unset": _unset,
    "reset": _alone("reset", _reset),
    "login": _login,
    "local": _local,
    "tool": _tool,
    "edit": _alone("edit", _edit),
    "cell": _alone("cell", _cell),
    "show": _show,
    "variables": _variables,
    "deployments": _alone("deployments", _deployments),
    "last": _alone("last", _last),
    "thread": _thread,
    "runs": _runs,
    "diff": _diff,
    "curl": _alone("curl", _curl),
    "open": _alone("open", _open),
    "panel": _panel,
}
