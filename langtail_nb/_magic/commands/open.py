"""``%langtail open``: where the assistant can be seen in a browser."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from langtail_nb._errors import APIStatusError
from langtail_nb._http.origin import is_loopback
from langtail_nb._kernel import loop
from langtail_nb._kernel.session import Session
from langtail_nb._line import copies
from langtail_nb._magic.commands.context import Context
from langtail_nb._show.say import show
from langtail_nb._text import markdown


def open_(context: Context) -> None:
    """Show a link to the assistant in Langtail, or to the page of the local server."""
    session = context.alone()
    # A server on this machine may be ours though another process started it: ask for its page, and see.
    if is_loopback(urlsplit(session.base_url).hostname or "") and (link := _server_page_link(session)):
        return show(link, f"[Open the page of the local server]({link}): once, within ten minutes")
    target = session.target()
    config = session.deployed.wait(session.client(), target)
    link = copies.playground_link(config, session.settings.request(target=target))
    return show(link, f"[Open {markdown.inline(target.assistant)} in Langtail's playground]({link})")


def _server_page_link(session: Session) -> str | None:
    """Return an address that opens the local server's page once; it holds a ticket, and no key.

    None where another kind of server answers.
    """
    client = session.client()
    subject = client.caller.subject("the page of the local server")
    try:
        answer = loop.wait(client.caller.call("POST", "_page/ticket", subject, repeatable=True))
    except APIStatusError:
        return None
    path = answer.get("path")
    return f"{session.base_url}{quote(path)}" if isinstance(path, str) else None
