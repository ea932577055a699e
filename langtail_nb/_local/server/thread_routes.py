"""The endpoints of ``/v2/threads``.

Source: Langtail's documentation of threads and messages; its SDK for what the pages contradict.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from langtail_nb._local.asking.responses import json_response
from langtail_nb._local.asking.served_call import ServedCall, call_of
from langtail_nb._local.protocol.assumed import PAGE_LIMIT, UNSET_QUERY_VALUES
from langtail_nb._local.protocol.refusals import bad_request
from langtail_nb._local.protocol.schema import message_body, metadata_body, thread_body
from langtail_nb._local.threads.tables import ListPage

JSON = dict[str, Any]


async def list_threads(request: Request) -> Response:
    """Return one page of threads, newest first."""
    page = _page(request, newest_first=True)
    return _list(await _call(request).services.store.threads(page))


async def create_thread(request: Request) -> Response:
    """Create a thread."""
    call = _call(request)
    body = thread_body(call.body)
    return json_response(await call.services.store.create_thread(body.get("metadata"), body.get("createLog")))


async def get_thread(request: Request) -> Response:
    """Return a thread."""
    return json_response(await _call(request).services.store.thread(_thread(request)))


async def update_thread(request: Request) -> Response:
    """Replace a thread's metadata."""
    call = _call(request)
    metadata = metadata_body(call.body)["metadata"]
    return json_response(await call.services.store.update_thread(_thread(request), metadata))


async def delete_thread(request: Request) -> Response:
    """Delete a thread and its messages."""
    await _call(request).services.store.delete_thread(_thread(request))
    return _deleted(_thread(request), "thread.deleted")


async def list_messages(request: Request) -> Response:
    """Return one page of a thread's messages, oldest first unless ``order=desc``."""
    order = request.query_params.get("order", "asc")
    if order not in ("asc", "desc") and order not in UNSET_QUERY_VALUES:
        raise bad_request("order: expected one of asc, desc", "order")
    page = _page(request, newest_first=order == "desc")
    return _list(await _call(request).services.store.messages(_thread(request), page))


async def create_message(request: Request) -> Response:
    """Add a message without calling a model."""
    call = _call(request)
    body = message_body(call.body)
    store = call.services.store
    added = await store.append(_thread(request), [body["message"]], body.get("metadata"))
    return json_response(added[0])


async def get_message(request: Request) -> Response:
    """Return a message."""
    store = _call(request).services.store
    return json_response(await store.message(_thread(request), _message(request)))


async def update_message(request: Request) -> Response:
    """Replace a message's metadata; its content cannot be changed."""
    call = _call(request)
    metadata = metadata_body(call.body)["metadata"]
    store = call.services.store
    return json_response(await store.update_message(_thread(request), _message(request), metadata))


async def delete_message(request: Request) -> Response:
    """Delete a message."""
    await _call(request).services.store.delete_message(_thread(request), _message(request))
    return _deleted(_message(request), "thread.message.deleted")


def _call(request: Request) -> ServedCall:
    return call_of(request.scope)


def _thread(request: Request) -> str:
    return str(request.path_params["thread_id"])


def _message(request: Request) -> str:
    return str(request.path_params["message_id"])


def _page(request: Request, *, newest_first: bool) -> ListPage:
    after = request.query_params.get("after", "")
    return ListPage(
        limit=_limit(request.query_params.get("limit", "")),
        after=None if after in UNSET_QUERY_VALUES else after,
        newest_first=newest_first,
    )


def _limit(text: str) -> int:
    if text in UNSET_QUERY_VALUES:
        return PAGE_LIMIT
    if not (text.isascii() and text.isdecimal()) or not text.strip("0"):
        raise bad_request("limit: expected a whole number from 1 to 100", "limit")
    # Cut first: Python refuses to read a number of some thousand digits.
    return min(int(text.lstrip("0")[:4]), PAGE_LIMIT)


def _list(page: tuple[list[JSON], bool]) -> Response:
    data, has_more = page
    first_id, last_id = (data[0]["id"], data[-1]["id"]) if data else (None, None)
    body = {"object": "list", "data": data, "first_id": first_id, "last_id": last_id, "has_more": has_more}
    return json_response(body)


def _deleted(deleted_id: str, kind: str) -> Response:
    return json_response({"id": deleted_id, "object": kind, "deleted": True})
