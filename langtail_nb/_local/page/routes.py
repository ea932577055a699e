"""The paths of the page. They have three segments at most: four are a deployment's."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from langtail_nb._local.asking.journal_entry import JournalEntry
from langtail_nb._local.asking.responses import json_response
from langtail_nb._local.asking.services import Services
from langtail_nb._local.page.deployments import deployment_table, whole_deployment
from langtail_nb._local.page.document import document, refresh_of, refused, root_of
from langtail_nb._local.page.door import Door, cookie_name
from langtail_nb._local.page.markup import Html, el
from langtail_nb._local.page.requests import request_list, whole_request
from langtail_nb._local.page.threads import thread_table, whole_thread
from langtail_nb._local.project.project import Project
from langtail_nb._local.protocol.assumed import UNSET_QUERY_VALUES
from langtail_nb._local.protocol.refusals import Refusal, no_route, not_allowed
from langtail_nb._local.threads.tables import ListPage

JSON = dict[str, Any]
Show = Callable[[Request], Awaitable[Response]]

_REQUESTS = 40
_THREADS = 20
_MANY_THREADS = 100
_ALL_MESSAGES = 10**9
_USED = (
    "This link has been used, or is older than ten minutes; each opens the page once. Make a new one: "
    "%langtail open in the notebook, or POST /_page/ticket with the key. A browser that has opened the page "
    "before needs none: the link above leads there."
)


class Pages:
    """Every page of the server."""

    def __init__(self, services: Services, door: Door) -> None:
        self._services = services
        self._door = door

    def routes(self) -> list[Route]:
        """Return the routes; the last two are for what is not there."""
        return [
            self._page("/", self.overview),
            self._page("/_page/requests", self.requests),
            self._page("/_page/requests/{id}", self.request),
            self._page("/_page/threads", self.threads),
            self._page("/_page/threads/{id}", self.thread),
            self._page("/_page/deployment", self.deployment),
            Route("/_page/ticket", self.ticket, methods=["POST"]),
            Route("/_page/enter/{ticket}", self.enter, methods=["GET"]),
            Route("/favicon.ico", _no_icon, methods=["GET"]),
            self._page("/_page/{name}", self.nothing),
            self._page("/_page/{name}/{id}", self.nothing),
        ]

    async def overview(self, request: Request) -> Response:
        """Return the first page: the last requests, threads, deployments."""
        root = root_of(request.scope["path"])
        threads, more_threads = await self._services.store.summaries(ListPage(_THREADS, newest_first=True))
        entries = self._entries()
        older = el("p", el("a", "Older threads", href=f"{root}_page/threads"), class_="whole")
        return document(
            "langtail-nb",
            el("h1", "What this server was asked"),
            el("p", self._about(request), class_="line"),
            _section("requests", "Requests", self._requests(request, entries[:_REQUESTS], root)),
            el("p", el("a", f"All {len(entries)} requests", href=f"{root}_page/requests"), class_="whole")
            if len(entries) > _REQUESTS
            else None,
            _section(
                "threads", "Threads", thread_table(threads, root) if threads else self._no_thread(request)
            ),
            older if more_threads else None,
            _section("deployments", "Deployments", deployment_table(self._services.project, root)),
            root=root,
            footer=_footer(request),
            refresh=refresh_of(request.query_params.get("refresh")),
        )

    async def requests(self, request: Request) -> Response:
        """Return every request that is remembered."""
        root = root_of(request.scope["path"])
        requests = self._requests(request, self._entries(), root)
        return document("Requests", el("h1", "Requests"), requests, root=root)

    async def request(self, request: Request) -> Response:
        """Return all about one request."""
        root, asked = root_of(request.scope["path"]), request.path_params["id"]
        entry = next((entry for entry in self._entries() if str(entry.id) == asked), None)
        if entry is None:
            raise no_route()
        return document(f"Request {entry.id}", whole_request(entry, root), root=root)

    async def threads(self, request: Request) -> Response:
        """Return threads, a hundred at a time."""
        root = root_of(request.scope["path"])
        page = ListPage(_MANY_THREADS, request.query_params.get("after"), newest_first=True)
        threads, has_more = await self._services.store.summaries(page)
        older = (
            el("a", "Older threads", href=f"threads?after={quote(threads[-1]['id'], safe='')}")
            if has_more
            else None
        )
        table = thread_table(threads, root) if threads else self._no_thread(request)
        return document("Threads", el("h1", "Threads"), table, el("p", older, class_="whole"), root=root)

    async def thread(self, request: Request) -> Response:
        """Return a thread with all its messages."""
        root, thread_id = root_of(request.scope["path"]), request.path_params["id"]
        store = self._services.store
        thread = await store.thread(thread_id)
        messages, _ = await store.messages(thread_id, ListPage(_ALL_MESSAGES))
        # Not on the event loop: a thread may hold many megabytes.
        shown = await asyncio.to_thread(whole_thread, thread, messages)
        return document("Thread", shown, root=root)

    async def deployment(self, request: Request) -> Response:
        """Return one deployment with its template."""
        root, query = root_of(request.scope["path"]), request.query_params
        environment, version = query.get("environment", ""), query.get("v", "")
        asked = None if version in UNSET_QUERY_VALUES else version
        found = self._services.project.find(query.get("slug", ""), environment, asked)
        # Not on the event loop: a template of megabytes takes seconds to be looked through.
        shown = await asyncio.to_thread(whole_deployment, found, environment)
        return document(found.slug, shown, root=root)

    async def ticket(self, request: Request) -> Response:
        """Return the path of a ticket to whoever shows the key as the API wants it."""
        self._door.check_api_key(request)
        path = f"/_page/enter/{self._door.ticket()}"
        return json_response({"path": path}, headers={"cache-control": "no-store"})

    async def enter(self, request: Request) -> Response:
        """Exchange a ticket for a session, and lead to the first page."""
        root = root_of(request.scope["path"])
        # A HEAD comes from programs that look at links, not from somebody who follows one.
        session = None if request.method == "HEAD" else self._door.enter(request.path_params["ticket"])
        if session is None:
            return refused(not_allowed(_USED), root)
        response = _lead(request, root)
        response.set_cookie(cookie_name(request), session, path="/", httponly=True, samesite="strict")
        return response

    async def nothing(self, request: Request) -> Response:
        """Return the page for a path that leads nowhere."""
        raise no_route()

    def _page(self, path: str, show: Show) -> Route:
        async def shown(request: Request) -> Response:
            try:
                self._door.check(request)
                return self._door.masked(await show(request))
            except Refusal as refusal:
                return refused(refusal, root_of(request.scope["path"]))

        return Route(path, shown, methods=["GET"])

    def _entries(self) -> list[JournalEntry]:
        return list(reversed(self._services.journal.entries))

    def _about(self, request: Request) -> str:
        key = "asks for its key" if self._door.has_key else "takes any key"
        engine = self._services.engine.model
        return f"{_address(request)} answers with {engine} and {key}."

    def _requests(self, request: Request, entries: list[JournalEntry], root: str) -> Html:
        if entries:
            return request_list(entries, root)
        return self._nothing_yet(request, "No request yet. This would be one, and starts a thread:")

    def _no_thread(self, request: Request) -> Html:
        if not self._services.journal.entries:
            return el("p", "No thread yet. A message to an assistant starts one.")
        return self._nothing_yet(request, "No thread yet. A message to an assistant starts one:")

    def _nothing_yet(self, request: Request, text: str) -> Html:
        return el("div", el("p", text), el("pre", self._curl(request), class_="text json"), class_="empty")

    def _curl(self, request: Request) -> str:
        first = _first_assistant(self._services.project)
        slug, environment = (quote(str(first.get(n, "...")), safe="") for n in ("promptSlug", "environment"))
        version = f"?v={quote(first['version'], safe='')}" if "version" in first else ""
        url = f"{_address(request)}/local/demo/{slug}/{environment}{version}"
        key = "$LANGTAIL_API_KEY" if self._door.has_key else "local"
        return (
            f"curl {shlex.quote(url)} \\\n"
            f'  -H "X-API-Key: {key}" -H "Content-Type: application/json" \\\n'
            '  -d \'{"messages": [{"role": "user", "content": "Hello"}]}\''
        )


async def _no_icon(request: Request) -> Response:
    return Response(status_code=204)


def _address(request: Request) -> str:
    prefix = request.scope["raw_path"].decode("latin-1").partition("/_page")[0].rstrip("/")
    return f"http://{request.headers.get('host', '')}{prefix}"


def _first_assistant(project: Project) -> JSON:
    """Return the entry of an assistant, one without a version where there is one, else any."""
    entries = sorted(project.listing(), key=lambda entry: "version" in entry)
    found = (project.find(e["promptSlug"], e["environment"], e.get("version")) for e in entries)
    assistants = [e for e, deployment in zip(entries, found, strict=True) if deployment.is_assistant]
    return next(iter([*assistants, *entries]), {})


def _section(anchor: str, title: str, content: Html) -> Html:
    heading = f"{anchor}-heading"
    return el("section", el("h2", title, id=heading), content, id=anchor, aria_labelledby=heading)


def _footer(request: Request) -> Html:
    is_refreshed = refresh_of(request.query_params.get("refresh")) is not None
    link = (
        el("a", "Stop loading it again", href="./")
        if is_refreshed
        else el("a", "Load it again every 5 seconds", href="?refresh=5")
    )
    kept = "The last 200 requests are kept until the server ends, keys masked. "
    return el("footer", el("p", kept, link))


def _lead(request: Request, root: str) -> Response:
    if request.headers.get("sec-fetch-site") != "cross-site":
        return Response(status_code=303, headers={"location": root, "cache-control": "no-store"})
    # Followed from a page of another site, a redirect carries no SameSite=Strict cookie; a page's own does.
    # JupyterLab at http://localhost is another site than 127.0.0.1.
    main = el("h1", "Welcome"), el("p", el("a", "Open the page", href=root))
    return document("langtail-nb", *main, root=root, refresh=f"0;url={root}")
