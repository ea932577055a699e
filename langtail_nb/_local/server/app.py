"""The routes: which path means what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from langtail_nb._local.answering.invoke import Invoke
from langtail_nb._local.answering.provider import model_request
from langtail_nb._local.asking.responses import fault_response, json_response, refusal_response
from langtail_nb._local.asking.served_call import call_of
from langtail_nb._local.asking.services import Services
from langtail_nb._local.page.door import Door
from langtail_nb._local.page.routes import Pages
from langtail_nb._local.project.served_deployment import ServedDeployment
from langtail_nb._local.protocol.assumed import UNSET_QUERY_VALUES
from langtail_nb._local.protocol.refusals import Refusal, bad_request, no_route
from langtail_nb._local.protocol.schema import invoke_body
from langtail_nb._local.server import thread_routes
from langtail_nb._local.server.guard import Guard, Rules

Endpoint = Callable[[Request], Awaitable[ASGIApp]]

_DEPLOYMENT_PATHS = ("/project-prompt/{slug}/{environment}", "/{workspace}/{project}/{slug}/{environment}")
_THREADS = "/v2/threads"
_THREAD = "/v2/threads/{thread_id}"
_MESSAGES = "/v2/threads/{thread_id}/messages"
_MESSAGE = "/v2/threads/{thread_id}/messages/{message_id}"


def build_app(services: Services, rules: Rules) -> ASGIApp:
    """Return the server as an ASGI application."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        services.store.close()
        await services.engine.close()

    handlers = {404: _no_route, 405: _no_route, Refusal: _refused}
    pages = Pages(services, Door(rules.api_key))
    app = Starlette(routes=[*_routes(), *pages.routes()], lifespan=lifespan, exception_handlers=handlers)
    app.router.redirect_slashes = False
    return Guard(app, services, rules)


async def invoke(request: Request) -> ASGIApp:
    """Invoke what is deployed at a path."""
    return Invoke(call_of(request.scope), _deployment(request))


async def config(request: Request) -> ASGIApp:
    """Return the configuration of what is deployed at a path."""
    return json_response(_deployment(request).config)


async def list_deployments(request: Request) -> ASGIApp:
    """Return every deployment, newest first."""
    return json_response({"deployments": call_of(request.scope).services.project.listing()})


async def tokens(request: Request) -> ASGIApp:
    """Return how many tokens a prompt has, null where the engine cannot tell; no endpoint of Langtail's."""
    call = call_of(request.scope)
    body, engine = invoke_body(call.body), call.services.engine
    if body.get("threadId") is not None:
        raise bad_request("What a thread holds is not counted; send its messages", "threadId")
    asked = await asyncio.to_thread(model_request, _deployment(request).config, body)
    return json_response({"promptTokens": await engine.count(asked), "model": engine.model})


async def requests(request: Request) -> ASGIApp:
    """Return the last requests and the counts of connections; no endpoint of Langtail's."""
    services = call_of(request.scope).services
    after = request.query_params.get("after", "0")
    listing = services.journal.listing(int(after[:18]) if after.isdecimal() else 0)
    return json_response({"requests": listing, "connections": services.connections.counts()})


async def clear_requests(request: Request) -> ASGIApp:
    """Forget the last requests."""
    call_of(request.scope).services.journal.clear()
    return json_response({})


def _routes() -> list[Route]:
    return [
        *(Route(f"/_tokens{path}", tokens, methods=["POST"]) for path in _DEPLOYMENT_PATHS),
        Route("/_requests", requests, methods=["GET"]),
        Route("/_requests", clear_requests, methods=["DELETE"]),
        _route("GET", "/list-deployments", list_deployments),
        _route("GET", _THREADS, thread_routes.list_threads),
        _route("POST", _THREADS, thread_routes.create_thread),
        _route("GET", _THREAD, thread_routes.get_thread),
        _route("POST", _THREAD, thread_routes.update_thread),
        _route("DELETE", _THREAD, thread_routes.delete_thread),
        _route("GET", _MESSAGES, thread_routes.list_messages),
        _route("POST", _MESSAGES, thread_routes.create_message),
        _route("GET", _MESSAGE, thread_routes.get_message),
        _route("POST", _MESSAGE, thread_routes.update_message),
        _route("DELETE", _MESSAGE, thread_routes.delete_message),
        *(_route("GET", path, config) for path in _DEPLOYMENT_PATHS),
        # Invoke fails in its own time: what it was sent is stored even where the answer never comes.
        *(Route(path, invoke, methods=["POST"]) for path in _DEPLOYMENT_PATHS),
    ]


def _route(method: str, path: str, endpoint: Endpoint) -> Route:
    async def faulty(request: Request) -> ASGIApp:
        call = call_of(request.scope)
        fault = call.fault_before(call.faults)
        return await endpoint(request) if fault is None else fault_response(fault)

    return Route(path, faulty, methods=[method])


def _deployment(request: Request) -> ServedDeployment:
    project = call_of(request.scope).services.project
    version = request.query_params.get("v", "")
    slug, environment = request.path_params["slug"], request.path_params["environment"]
    return project.find(slug, environment, None if version in UNSET_QUERY_VALUES else version)


async def _refused(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    return refusal_response(refusal)


async def _no_route(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)
    return refusal_response(no_route())
