"""``%%langtail``, ``%%langtail_template`` and ``%langtail``: text in, a request out."""

from __future__ import annotations

import json
from typing import Any

from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand

from langtail_nb import _commands, _exchange, _fill, _help, _line, _live, _markdown, _template_cell
from langtail_nb._errors import ConfigurationError
from langtail_nb._models import Request
from langtail_nb._reply import Reply
from langtail_nb._route import Route
from langtail_nb._say import show
from langtail_nb._session import Session
from langtail_nb._threads import Execution


@magics_class
class LangtailMagics(Magics):
    """The magics of one shell, on the session of its kernel."""

    def __init__(self, shell: Any, session: Session) -> None:
        super().__init__(shell)
        self.session = session

    @no_var_expand
    @cell_magic("langtail")
    def ask(self, line: str, cell: str) -> None:
        """Send the cell's text to an assistant and stream the answer."""
        self._send(line, cell)

    @no_var_expand
    @cell_magic("langtail_template")
    def set_template(self, line: str, cell: str) -> None:
        """Set the template override of the current assistant; sends nothing."""
        if line.strip():
            raise ConfigurationError(f"%%langtail_template takes no options, not {line.strip()!r}")
        target = self.session.target()
        messages = _template_cell.read(cell)
        self.session.settings.template = messages
        show(*_template_cell.report(messages, self.session.config_soon(target)))

    @no_var_expand
    @line_magic("langtail")
    def command(self, line: str) -> None:
        """Show or change what ``%%langtail`` cells do."""
        name, _, rest = line.strip().partition(" ")
        if not name:
            _commands.status(self.session)
        elif name == "run":
            self._send(rest, None)
        else:
            _commands.run(_commands.Context(self.session, rest, self.shell), name)

    def _send(self, line: str, cell: str | None) -> None:
        call = _line.evaluate(_line.parse(line, cell), self.shell.user_ns)
        request, filled = self._request(call)
        if call.dry_run:
            self._dry_run(request, call)
            return
        manner = _exchange.Manner(
            execution=execution_of(self.shell),
            view=_live.view_for(self.shell, quiet=call.quiet, show=_shown(call)),
            stream=not call.no_stream,
            timeout=call.timeout or self.session.settings.timeout,
            filled=filled,
            given=frozenset(call.parameters),
            bind=lambda reply: self._bind(reply, call.out),
        )
        route = Route(call.thread, new=call.new_thread, apart=call.no_thread)
        reply = _exchange.run(self.session, request, route=route, manner=manner)
        if call.json:
            # Not valid JSON fails the cell with the reason; the answer itself is shown and kept by now.
            reply.json()

    def _request(self, call: _line.Call) -> tuple[Request, frozenset[str]]:
        body, filled = call.body, frozenset[str]()
        if call.fill and body is not None:
            given = {name: text for name, text in call.variables.items() if text is not None}
            body, filled = _fill.fill(body, given, self.shell.user_ns)
        request = self.session.settings.request(
            call.content(body),
            target=self.session.target(call.target),
            variables=call.variables,
            messages=call.messages,
            as_deployed=call.as_deployed,
            json=call.json,
            extra=call.extra,
            **call.parameters,
        )
        return request, filled

    def _dry_run(self, request: Request, call: _line.Call) -> None:
        client = self.session.client()
        version = f"?v={request.target.version}" if request.target.version else ""
        conversations = self.session.conversations(request.target)
        thread = conversations.named(call.thread) if call.thread else conversations.current
        apart = call.new_thread or call.no_thread or thread is None
        earlier = thread.turns[-1].variables if thread is not None and thread.turns and not apart else {}
        whole = request.replace(variables={**earlier, **request.variables})
        if thread is not None and not apart:
            whole = whole.replace(messages=[*thread.replay(), *request.messages], thread_id=thread.id)
        head = f"POST {client.base_url}/{request.target.path}{version}"
        text = f"{head}\n{json.dumps(whole.body(stream=not call.no_stream), ensure_ascii=False, indent=2)}"
        show(f"{text}\nNothing was sent.", f"{_markdown.code(text, 'http')}\n\nNothing was sent.")

    def _bind(self, reply: Reply, name: str | None) -> None:
        _live.bind(self.shell, reply)
        if name:
            self.shell.user_ns[name] = reply


def _shown(call: _line.Call) -> Any:
    return call.show or ("json" if call.json else "markdown")


def execution_of(shell: Any) -> Execution:
    """Return the run of the cell that is under way.

    JupyterLab, Notebook 7 and VS Code send a cell id, nbclient and a terminal do not.
    """
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    request = parent.get("header", {}).get("msg_id") or str(shell.execution_count)
    interactive = bool(parent.get("content", {}).get("allow_stdin"))
    return Execution(parent.get("metadata", {}).get("cellId"), request, interactive)


def register(shell: Any, session: Session) -> LangtailMagics:
    """Register the magics with a shell, their help text with them."""
    magics = LangtailMagics(shell, session)
    shell.register_magics(magics)
    for kind, name in (("cell", "langtail"), ("cell", "langtail_template"), ("line", "langtail")):
        _help.attach(shell.magics_manager.magics[kind], name)
    return magics


def unregister(shell: Any) -> None:
    """Take the magics out of a shell again."""
    for kind, name in (("cell", "langtail"), ("cell", "langtail_template"), ("line", "langtail")):
        shell.magics_manager.magics[kind].pop(name, None)
    shell.magics_manager.registry.pop(LangtailMagics.__name__, None)
